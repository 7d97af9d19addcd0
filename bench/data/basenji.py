"""Data of Basenji and Baskerville: folders with sequences, their coverage in bins, and what it is.

Beside the TFRecords, one per some windows of a split and numbered in the order of `sequences.bed`,
lie `statistics.json`, `targets.txt` and `sequences.bed`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import Field, ValidationError

from bench.data.alphabet import N
from bench.data.intervals import read_bed
from bench.data.item_sources import Strict
from bench.data.manifest import describe
from bench.data.tables import read_lines, read_table
from bench.data.tfrecords import read_records
from bench.interface.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bench.data.tf_example import Feature
    from bench.interface.arrays import CodeArray
