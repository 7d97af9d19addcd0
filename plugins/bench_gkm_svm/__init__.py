"""Gapped k-mer support vector machines."""
