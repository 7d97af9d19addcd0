"""Figures of effects of changes: logos and heat maps."""
