"""Whether models and tasks can be trusted."""
