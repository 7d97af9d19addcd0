"""Whether a task can be trusted: what its split lets through, and what tells its classes apart."""
