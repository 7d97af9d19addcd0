"""A network in the style of DeFine: binding from both strands of 300 bp.

The layers of DeFine were not published as code. This follows its description (both strands, the
largest and the mean output of filters, classes or intensities) and claims no parity.
"""

from __future__ import annotations

from bench.interface import Preset, Register, StrandPolicy, hookimpl
from bench.training import network_card
from bench_define.settings import DefineSettings

PUBLISHED = DefineSettings(
    batch_size=128, learning_rate=1e-3, epochs=50, reverse_complement=False, average_strands=False
)
COMPACT = DefineSettings(
    filters_1=32, filters_2=48, hidden=64, batch_size=64, learning_rate=2e-3, schedule="one-cycle",
    epochs=15, reverse_complement=False, average_strands=False,
)  # fmt: skip

CARD = network_card(
    "define",
    "DeFine-style: filters on both strands, largest and mean outputs, one hidden layer",
    paper="after Wang et al. 2018, doi:10.1093/nar/gky215",
    year=2018,
    strands=StrandPolicy.INVARIANT,
    settings=DefineSettings,
    presets={
        "published": Preset(input_length=300, parameters=94_401, settings=PUBLISHED.as_preset()),
        "compact": Preset(input_length=300, parameters=19_025, settings=COMPACT.as_preset()),
    },
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model."""
    register.model(CARD, "bench_define.model:Define")
