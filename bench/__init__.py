"""cisbench: a benchmark suite for models that predict transcriptional regulation from DNA."""

__version__ = "0.1.0"
