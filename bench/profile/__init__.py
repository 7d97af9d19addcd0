"""Speed, memory and arithmetic of models against the length of their input."""
