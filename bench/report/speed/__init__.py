"""The report of a profile: what models cost against the length of their input."""
