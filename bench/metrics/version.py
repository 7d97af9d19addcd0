"""The version of the statistics."""

STATISTICS_VERSION = 2
"""Raised when the same predictions would get another value or interval."""
