"""Tasks: items, targets, split and metrics, independent of any model."""
