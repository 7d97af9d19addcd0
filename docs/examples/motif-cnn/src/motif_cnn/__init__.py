"""A convolutional network on both strands. Keep this module light: every command imports it."""

from bench.interface import (
    ModelCard,
    Output,
    Preset,
    Register,
    StrandPolicy,
    TaskKind,
    hookimpl,
)

CARD = ModelCard(
    name="motif-cnn",
    summary="One convolution, the best match of each filter on either strand, two dense layers",
    family="CNN",
    paper="after Alipanahi et al. 2015, doi:10.1038/nbt.3300",
    year=2015,
    tasks={
        TaskKind.CLASSIFICATION: Output.PROBABILITY,
        TaskKind.REGRESSION: Output.VALUE,
    },
    strands=StrandPolicy.INVARIANT,
    # `parameters` counts those of a model with one target.
    presets={
        "default": Preset(
            input_length=200,
            parameters=20_257,
            settings={"filters": 128, "width": 19, "hidden": 80, "epochs": 30},
        ),
        "compact": Preset(
            input_length=200,
            parameters=2_497,
            settings={"filters": 32, "width": 15, "hidden": 16, "epochs": 15},
        ),
    },
    packages=("numpy", "torch"),
    resumes=True,
    interface_version=1,
)


@hookimpl
def bench_models(register: Register) -> None:
    """Add the model; its class is imported when it is needed."""
    register.model(CARD, "motif_cnn.model:MotifCnn")
