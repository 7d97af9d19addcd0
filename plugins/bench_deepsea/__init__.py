"""DeepSEA and the networks after it: chromatin features from 1 or 2 kb of sequence."""

from __future__ import annotations

from dataclasses import replace

from bench.interface import Preset, Register, hookimpl
from bench.training import network_card
from bench_deepsea.settings import BelugaSettings, DeeperDeepSeaSettings, DeepSeaSettings

# Zhou and Troyanskaya trained by plain gradient descent for days; rates are per update.
DEEPSEA = DeepSeaSettings(
    batch_size=16, optimizer="sgd", learning_rate=1.0, momentum=0.9, weight_decay=1e-6,
    schedule="inverse-time", decay=8e-7, weight_norm=0.9, epochs=200, initial_weights="uniform",
)  # fmt: skip
COMPACT_DEEPSEA = DeepSeaSettings(
    filters_1=40, filters_2=60, filters_3=120, hidden=128, batch_size=16, learning_rate=1e-3,
    gradient_clip=0.5, epochs=30, patience=8, schedule="one-cycle", initial_weights="he",
    dropout=0.0,
)  # fmt: skip
BELUGA = BelugaSettings(
    batch_size=16, optimizer="sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-6, epochs=200
)
COMPACT_BELUGA = BelugaSettings(
    filters_1=16, filters_2=24, filters_3=32, hidden=128, batch_size=16, learning_rate=3e-3,
    gradient_clip=0.5, epochs=36, patience=0, schedule="one-cycle", initial_weights="he",
    dropout=0.0,
)  # fmt: skip
DEEPER = DeeperDeepSeaSettings(
    batch_size=64, optimizer="sgd", learning_rate=0.08, momentum=0.9, weight_decay=1e-6,
    schedule="plateau", plateau_factor=0.8, plateau_patience=16, epochs=200, patience=0,
)  # fmt: skip
COMPACT_DEEPER = DeeperDeepSeaSettings(
    filters_1=24, filters_2=36, filters_3=72, hidden=128, batch_size=32, learning_rate=5e-3,
    epochs=30, patience=8, schedule="one-cycle",
)  # fmt: skip
# Small enough for the checks that every model must pass.
TRIAL_DEEPSEA = replace(COMPACT_DEEPSEA, length=320)
# Of the few items of a check, a network without normalisation learns what is common to them only
# where it has room to spare and its weights are kept small.
TRIAL_BELUGA = replace(
    COMPACT_BELUGA, length=320, filters_1=32, filters_2=48, filters_3=64, learning_rate=1e-3,
    weight_decay=0.5, epochs=30,
)  # fmt: skip
TRIAL_DEEPER = replace(COMPACT_DEEPER, length=320, epochs=12)


DEEPSEA_CARD = network_card(
    "deepsea",
    "Three convolutions and a hidden layer on 1 kb",
    paper="Zhou and Troyanskaya 2015, doi:10.1038/nmeth.3547",
    year=2015,
    settings=DeepSeaSettings,
    files=("weights",),
    presets={
        "published": Preset(
            input_length=1000, parameters=52_843_119, targets=919, settings=DEEPSEA.as_preset()
        ),
        "compact": Preset(
            input_length=1000, parameters=892_637, targets=1, settings=COMPACT_DEEPSEA.as_preset()
        ),
        "trial": Preset(
            input_length=320, parameters=232_157, targets=1, settings=TRIAL_DEEPSEA.as_preset()
        ),
    },
)
BELUGA_CARD = network_card(
    "beluga",
    "Three pairs of convolutions and a hidden layer on 2 kb, the chromatin model of ExPecto",
    paper="Zhou et al. 2018, doi:10.1038/s41588-018-0160-6",
    year=2018,
    settings=BelugaSettings,
    files=("weights",),
    presets={
        "published": Preset(
            input_length=2000, parameters=149_536_251, targets=2002, settings=BELUGA.as_preset()
        ),
        "compact": Preset(
            input_length=2000, parameters=459_153, targets=1, settings=COMPACT_BELUGA.as_preset()
        ),
        "trial": Preset(
            input_length=320, parameters=106_017, targets=1, settings=TRIAL_BELUGA.as_preset()
        ),
    },
)
DEEPER_CARD = network_card(
    "deeper-deepsea",
    "Three pairs of convolutions with batch normalisation on 1 kb, Selene's example",
    paper="Chen et al. 2019, doi:10.1038/s41592-019-0360-8",
    year=2019,
    settings=DeeperDeepSeaSettings,
    files=("weights",),
    presets={
        "published": Preset(
            input_length=1000, parameters=54_634_477, targets=919, settings=DEEPER.as_preset()
        ),
        "compact": Preset(
            input_length=1000, parameters=491_409, targets=1, settings=COMPACT_DEEPER.as_preset()
        ),
        "trial": Preset(
            input_length=320, parameters=95_121, targets=1, settings=TRIAL_DEEPER.as_preset()
        ),
    },
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the three models."""
    register.model(DEEPSEA_CARD, "bench_deepsea.deepsea:DeepSea")
    register.model(BELUGA_CARD, "bench_deepsea.beluga:Beluga")
    register.model(DEEPER_CARD, "bench_deepsea.deeper_deepsea:DeeperDeepSea")
