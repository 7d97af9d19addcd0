"""Manifests and suites that come with cisbench."""
