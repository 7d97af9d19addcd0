"""Features of genes made of a chromatin model's predictions along the sequence around them.

What ExPecto (Zhou et al. 2018, doi:10.1038/s41588-018-0160-6) and MENTR (Koido et al. 2022,
doi:10.1038/s41551-022-00961-8) share. A plugin imports its class of settings where it registers,
without loading numpy, and `ChromatinModel` where its learner is.
"""

from __future__ import annotations

from bench.training.chromatin.settings import ChromatinSettings

__all__ = ["ChromatinSettings"]
