"""Models made of a torch network and a function that builds it.

A model in about ten lines:

    class OneLayer(TorchModel):
        card = CARD
        settings_class = OneLayerSettings

        def build(self, shape: TaskShape, settings: OneLayerSettings) -> nn.Module:
            return nn.Sequential(
                nn.Conv1d(4, settings.filters, 19), nn.ReLU(), nn.AdaptiveMaxPool1d(1),
                nn.Flatten(), nn.Linear(settings.filters, shape.targets),
            )
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import torch
from torch import nn

from bench.interface import DEFAULT_HEAD, BenchError, HeadShape, Model, TaskShape
from bench.training.batches import ordered_batches, prediction_batch
from bench.training.history import History
from bench.training.initial import draw_first_weights
from bench.training.losses import HeadLosses
from bench.training.published import PublishedLayout, load_published
from bench.training.settings import PublishedSettings, TrainingSettings

if TYPE_CHECKING:
    from bench.interface import CodeArray, Examples, FitContext, FloatArray, Mutagenesis
    from bench.interface.workload import Workload

WEIGHTS = "weights.safetensors"

SettingsT = TypeVar("SettingsT", bound=TrainingSettings)


class TorchModel(Model, Generic[SettingsT]):
    """A network with the suite's own training.

    A subclass sets `card` and `settings_class`, and implements `build`; `layout` where weights are
    published. The constructor takes the
    fields of `settings_class` as keyword arguments.
    """

    settings_class: ClassVar[type[TrainingSettings]] = TrainingSettings
    layout: ClassVar[PublishedLayout | None] = None
    """How published weights are named, for settings that may give some."""

    def __init_subclass__(cls, **more: Any) -> None:  # noqa: ANN401
        """Let the constructor's signature tell the settings."""
        super().__init_subclass__(**more)
        cls.__signature__ = inspect.signature(cls.settings_class)  # type: ignore[attr-defined]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  checked by the class of settings
        self.settings: SettingsT = self.settings_class(**settings)  # type: ignore[assignment]
        self.history: History | None = None

    @abstractmethod
    def build(self, shape: TaskShape, settings: SettingsT) -> nn.Module:
        """Return a network from one-hot sequences `(n, 4, length)` to `(n, targets)`.

        Its output is the log-odds of classes, or values in standard units; of profiles it is rates
        `(n, bins, targets)`, above 0. Where the task has several heads, the network takes the name
        of one after the sequences. First weights may be drawn from torch's global generator, which
        is seeded here.
        """

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Train the network; `valid` decides which weights are kept.

        Raises:
            BenchError: there are no validation items.
        """
        from bench.training.fitting import Training

        self._begin(context)
        self.take_weights(context)
        training = Training(
            network=self.network, losses=self.losses, settings=self.settings, context=context
        )
        self.history = training.run(train, valid)
        context.log.info("%s", self._told(self.history))

    def _begin(self, context: FitContext) -> None:
        self.device = context.device
        self.settings = self.settings.suited_to(context.shape.kind)
        with torch.random.fork_rng():
            torch.manual_seed(context.seed)
            self.network = self.build(context.shape, self.settings)
            draw_first_weights(self.network, self.settings.initial_weights)
        self.losses = HeadLosses(context.shape)
        self.shape = context.shape

    def take_weights(self, context: FitContext) -> None:
        """Begin with published weights, where the settings name a file of them.

        Raises:
            DataError: the file does not fit.
        """
        if isinstance(self.settings, PublishedSettings) and self.settings.weights:
            self.read_published(self.network, Path(self.settings.weights))
            context.log.info("begins with the weights of %s", self.settings.weights)

    def read_published(self, network: nn.Module, path: Path) -> None:
        """Fill a network with published weights, all but those of the targets.

        Raises:
            DataError: the file does not fit.
        """
        assert self.layout is not None
        load_published(network, self.layout, path, with_head=False)

    def _told(self, history: History) -> str:
        if not history.points:
            return "no update was made"
        best = max(history.points, key=lambda point: point.score)
        last = history.points[-1]
        return (
            f"{last.step} updates in {last.seconds:.0f} s, best after {best.step}: "
            f"{history.scored_by} "
            f"{best.score:.4f}; waited for batches in {100 * last.waited:.1f} % of the time"
        )

    @torch.no_grad()
    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities, values or rates, float32 `(n, targets)` or `(n, bins, targets)`.

        Raises:
            BenchError: the model has no such head.
        """
        from bench.training.prediction import predictions_of

        if head not in self.shape.heads:
            raise BenchError(f"no head {head!r}, expected one of {', '.join(self.shape.heads)}")
        network = self.network.eval().to(self.device)
        losses = self.losses.to(self.device)
        length = self.settings.length
        parts = [self._no_predictions(head)]
        # The products of some GPUs are rounded to ten bits unless told otherwise; what is not named
        # here, such as `enabled`, would take the default of `flags`, which is off.
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            for codes in ordered_batches(examples, length, prediction_batch(length)):
                _, predicted = predictions_of(
                    network, losses, codes.to(self.device), head, self.settings.average_strands
                )
                parts.append(predicted.cpu().numpy())
        return np.concatenate(parts)

    def mutagenesis(self, codes: CodeArray, head: str = DEFAULT_HEAD) -> Mutagenesis | None:
        """Predict changes by what they reach, where the network begins with convolutions."""
        from bench.training.mutagenesis.of_network import NetworkMutagenesis

        if len(codes) != self.settings.length:
            return None
        network, losses = self.network.eval().to(self.device), self.losses.to(self.device)
        return NetworkMutagenesis.of(
            network,
            losses,
            codes,
            head,
            average_strands=self.settings.average_strands,
            device=self.device,
        )

    def receptive_field(self) -> int:
        """Return the bp that an output depends on, by the layers; see `receptive_field`."""
        from bench.training.prediction import output_of
        from bench.training.receptive_field import receptive_field

        network, losses = self.network.eval().to(self.device), self.losses
        output = partial(output_of, network, losses, head=next(iter(self.shape.heads)))
        return receptive_field(output, self.settings.length, self.device)

    def training_flops(self) -> float | None:
        """Return the FLOPs of all updates that were made; None for a network that was loaded.

        Of several heads, which take turns, each counts as the first. See `bench.training.flops`.
        """
        from bench.training.flops import update_flops

        if self.history is None or not self.history.points:
            return None
        head = next(iter(self.shape.heads)) if len(self.shape.heads) > 1 else None
        once = update_flops(
            lambda: self.build(self.shape, self.settings), self.settings.length, head
        )
        return once * self.settings.batch_size * self.history.points[-1].step

    def workload(self, length: int, targets: int, *, as_published: bool = False) -> Workload | None:
        """Return the network with random weights for the profiler; see `Model.workload`.

        Raises:
            BenchError: the network cannot be made for sequences of `length` bp.
        """
        from bench.training.workload import workload_of

        shape, settings = self.timed(length, targets)
        network = self.build(shape, self.published_form(settings) if as_published else settings)
        return workload_of(network, shape, settings)

    def timed(self, length: int, targets: int) -> tuple[TaskShape, SettingsT]:  # noqa: ARG002
        """Return the shape of the task and the settings to time.

        As it stands the window is fixed: it is that of the settings, whatever `length`.
        """
        kind = next(iter(self.card.tasks))
        names = tuple(f"target-{number}" for number in range(targets))
        return TaskShape(kind=kind, heads={DEFAULT_HEAD: HeadShape(targets=names)}), self.settings

    def published_form(self, settings: SettingsT) -> SettingsT:
        """Return settings by which the same is computed as it was published."""
        return settings

    def _no_predictions(self, head: str) -> FloatArray:
        shape = self.shape.heads[head]
        bins = () if shape.bins is None else (shape.bins,)
        return np.zeros((0, *bins, len(shape.targets)), np.float32)

    def save(self, folder: Path) -> None:
        """Write the weights with safetensors, and the learning curve."""
        from safetensors.torch import save_file

        save_file(
            {name: value.contiguous() for name, value in self._state().items()}, folder / WEIGHTS
        )
        if self.history is not None:
            self.history.write(folder)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Build the network again and fill in the saved weights."""
        from safetensors.torch import load_file

        model = cls(**context.settings)
        model._begin(context)
        state = load_file(folder / WEIGHTS)
        for prefix, module in (("network.", model.network), ("losses.", model.losses)):
            module.load_state_dict(
                {
                    name.removeprefix(prefix): value
                    for name, value in state.items()
                    if name.startswith(prefix)
                }
            )
        return model

    def _state(self) -> dict[str, torch.Tensor]:
        parts = {"network.": self.network, "losses.": self.losses}
        return {
            prefix + name: value.detach().cpu()
            for prefix, module in parts.items()
            for name, value in module.state_dict().items()
        }
