"""The model, as the suite calls it."""

from pathlib import Path
from typing import Self

import torch
from bench.interface import (
    DEFAULT_HEAD,
    Examples,
    FitContext,
    FloatArray,
    Model,
    TaskKind,
)

from motif_cnn import CARD
from motif_cnn.network import one_hot, seeded_network
from motif_cnn.training import BATCH, Training

INPUT_LENGTH = 200


class MotifCnn(Model):
    """The network with its training."""

    card = CARD

    def __init__(
        self, *, filters: int = 128, width: int = 19, hidden: int = 80, epochs: int = 30
    ) -> None:
        self.sizes = {"filters": filters, "width": width, "hidden": hidden}
        self.epochs = epochs

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Train the network; `valid` chooses the epoch that is kept."""
        self._begin(context)
        if not self.is_class:
            targets = torch.from_numpy(train.targets()).to(self.device)
            self.network.mean[:] = targets.nanmean(dim=0)
            deviations = (targets - self.network.mean).square().nanmean(dim=0).sqrt()
            self.network.scale[:] = deviations.clamp(min=1e-6)
        Training(self.network, INPUT_LENGTH, train, valid, context).run(self.epochs)

    def _begin(self, context: FitContext) -> None:
        self.device = context.device
        self.is_class = context.shape.kind is TaskKind.CLASSIFICATION
        self.network = seeded_network(context.seed, **self.sizes, targets=context.shape.targets).to(
            self.device
        )

    @torch.no_grad()
    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return probabilities or values, `(n, targets)`."""
        self.network.eval()
        parts = [
            self.network(one_hot(codes, self.device))
            for codes in examples.batches(BATCH, INPUT_LENGTH)
        ]
        output = torch.cat(parts)
        if self.is_class:
            return output.sigmoid().cpu().numpy()
        return (output * self.network.scale + self.network.mean).cpu().numpy()

    def save(self, folder: Path) -> None:
        """Write the weights."""
        torch.save(self.network.state_dict(), folder / "weights.pt")

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Make the network again and fill in the saved weights."""
        model = cls(**context.settings)
        model._begin(context)
        weights = torch.load(folder / "weights.pt", map_location=context.device, weights_only=True)
        model.network.load_state_dict(weights)
        return model
