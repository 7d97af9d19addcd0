"""All that a plugin author imports.

Importing this package is cheap: numpy, scikit-learn and torch are loaded where they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.interface.card import (
    INTERFACE_VERSION,
    ModelCard,
    Output,
    Preset,
    Reads,
    Setting,
    StrandPolicy,
    TaskKind,
    UnknownBases,
)
from bench.interface.context import (
    DEFAULT_HEAD,
    Budget,
    FitContext,
    HeadShape,
    Progress,
    ScorePredictions,
    TaskShape,
)
from bench.interface.errors import BenchError, DataError
from bench.interface.examples import Examples
from bench.interface.hooks import MetricCard, Register, hookimpl
from bench.interface.model import Model
from bench.interface.mutagenesis import Mutagenesis
from bench.interface.workload import Workload, device_kind

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, FloatArray, IntArray
    from bench.interface.estimator import EstimatorModel

LAZY = {
    "CodeArray": "bench.interface.arrays",
    "FloatArray": "bench.interface.arrays",
    "IntArray": "bench.interface.arrays",
    "EstimatorModel": "bench.interface.estimator",
}

__all__ = [
    "DEFAULT_HEAD",
    "INTERFACE_VERSION",
    "BenchError",
    "Budget",
    "CodeArray",
    "DataError",
    "EstimatorModel",
    "Examples",
    "FitContext",
    "FloatArray",
    "HeadShape",
    "IntArray",
    "MetricCard",
    "Model",
    "ModelCard",
    "Mutagenesis",
    "Output",
    "Preset",
    "Progress",
    "Reads",
    "Register",
    "ScorePredictions",
    "Setting",
    "StrandPolicy",
    "TaskKind",
    "TaskShape",
    "UnknownBases",
    "Workload",
    "device_kind",
    "hookimpl",
]


def __getattr__(name: str) -> object:
    """Import what needs numpy only when it is asked for."""
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(LAZY[name]), name)
