"""Writes the packages of new plugins."""
