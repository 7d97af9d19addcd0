"""The version of the statistics."""

STATISTICS_VERSION = 1
"""Raised when the same predictions would get another value or interval."""
