"""Finding plugins and keeping what they register."""
