"""One fit: epochs, checkpoints, the best weights."""

from pathlib import Path

import numpy as np
import torch
from bench.interface import Examples, FitContext, TaskKind
from torch import Tensor, nn

from motif_cnn.network import Network, one_hot

BATCH = 64
LEARNING_RATE = 3e-3
CHECKPOINT = "checkpoint.pt"


class Training:
    """Trains a network on `train` and keeps the weights that do best on `valid`.

    After each epoch the state is written into `context.scratch`. That folder is kept when a fit is
    killed, so that the next one goes on from there.
    """

    def __init__(
        self, network: Network, length: int, train: Examples, valid: Examples, context: FitContext
    ) -> None:
        self.network = network
        self.length = length
        self.train, self.valid, self.context = train, valid, context
        self.is_class = context.shape.kind is TaskKind.CLASSIFICATION
        self.targets = torch.from_numpy(train.targets()).to(context.device)
        self.valid_targets = torch.from_numpy(valid.targets()).to(context.device)
        self.optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
        self.best_loss = float("inf")
        self.best = copied(network)

    def run(self, epochs: int) -> None:
        """Train up to `epochs` epochs, from the checkpoint where there is one."""
        for epoch in range(self._resumed(), epochs):
            self._epoch(epoch)
            loss = self._valid_loss()
            if loss < self.best_loss:
                self.best_loss, self.best = loss, copied(self.network)
            self._write_checkpoint(epoch + 1)
            # Reported last: a kill after the report finds the checkpoint of what was reported.
            self.context.progress(epoch + 1, epochs, f"validation loss {loss:.4f}")
        self.network.load_state_dict(self.best)

    def _epoch(self, epoch: int) -> None:
        self.network.train()
        # One generator per epoch, so that a resumed fit sees the same batches.
        rng = np.random.default_rng([self.context.seed, epoch])
        order = rng.permutation(len(self.train))
        for rows in np.array_split(order, max(1, len(order) // BATCH)):
            self.optimizer.zero_grad()
            self._loss(self.train[rows], self.targets[torch.from_numpy(rows)]).backward()
            self.optimizer.step()

    def _loss(self, items: Examples, targets: Tensor) -> Tensor:
        """Return the mean loss over what was measured; NaN in the targets is left out."""
        output = self.network(one_hot(items.windows(self.length), self.context.device))
        measured = ~targets.isnan()
        if self.is_class:
            loss = nn.functional.binary_cross_entropy_with_logits
            return loss(output[measured], targets[measured])
        standard = (targets - self.network.mean) / self.network.scale
        return nn.functional.mse_loss(output[measured], standard[measured])

    @torch.no_grad()
    def _valid_loss(self) -> float:
        self.network.eval()
        return float(self._loss(self.valid, self.valid_targets))

    def _write_checkpoint(self, epoch: int) -> None:
        state = {
            "epoch": epoch,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best_loss": self.best_loss,
            "best": self.best,
        }
        # Written beside and renamed: a kill in between leaves the last checkpoint whole.
        temporary = self.context.scratch / f"{CHECKPOINT}.part"
        torch.save(state, temporary)
        temporary.replace(self._checkpoint)

    def _resumed(self) -> int:
        """Take over the state of an earlier fit; return how many epochs it had finished."""
        if not self._checkpoint.is_file():
            return 0
        state = torch.load(self._checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_loss, self.best = state["best_loss"], state["best"]
        return int(state["epoch"])

    @property
    def _checkpoint(self) -> Path:
        return self.context.scratch / CHECKPOINT


def copied(network: Network) -> dict[str, Tensor]:
    """Copy the weights of a network."""
    return {name: value.clone() for name, value in network.state_dict().items()}
