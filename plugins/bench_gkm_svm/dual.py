"""The quadratic problems that support vector machines are, in one form for all of them.

With beta = y * alpha (Chang & Lin 2011, doi:10.1145/1961189.1961199) each machine is

    minimise    beta' (K + diag(ridge)) beta / 2 - linear' beta + tube |beta|_1
    subject to  lower <= beta <= upper  and  sum(beta) = 0

C-SVC has the labels -1 and 1 as its linear term and no tube; the squared hinge has no upper bound
on alpha, but a ridge, which is 1 over twice the cost of an error; epsilon-SVR has the targets as
its linear term and a tube.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class DualProblem:
    """One machine's problem; every tensor is float64 `(n,)`.

    A sequence that takes no part has 0 as its lower and upper bound.
    """

    linear: Tensor
    lower: Tensor
    upper: Tensor
    tube: float = 0.0
    ridge: Tensor | float = 0.0

    def to(self, device: str) -> DualProblem:
        """Return the problem on a device."""
        return DualProblem(
            self.linear.to(device),
            self.lower.to(device),
            self.upper.to(device),
            self.tube,
            self.ridge if isinstance(self.ridge, float) else self.ridge.to(device),
        )

    @property
    def largest_ridge(self) -> float:
        """The most that the ridge adds to the curvature along any direction."""
        return self.ridge if isinstance(self.ridge, float) else float(self.ridge.max())

    def objective(self, beta: Tensor, product: Tensor) -> float:
        """Return the value to minimise, given `(K + diag(ridge)) beta`."""
        quadratic = 0.5 * (beta @ product) - self.linear @ beta
        return float(quadratic + self.tube * beta.abs().sum())

    def slopes(self, beta: Tensor, product: Tensor) -> tuple[Tensor, Tensor]:
        """Return how much the value falls as each coefficient rises, and rises as it falls."""
        descent = self.linear - product
        if self.tube == 0:
            return descent, descent
        rising = torch.where(beta >= 0, descent - self.tube, descent + self.tube)
        falling = torch.where(beta > 0, descent - self.tube, descent + self.tube)
        return rising, falling

    def violation(self, beta: Tensor, product: Tensor) -> float:
        """Return by how much the conditions of the optimum are violated: `m - M` of LIBSVM."""
        rising, falling = self.slopes(beta, product)
        highest = rising[beta < self.upper].amax()
        lowest = falling[beta > self.lower].amin()
        return float(highest - lowest)

    def offset(self, beta: Tensor, product: Tensor) -> float:
        """Return rho: the decision value of a sequence is its product with beta, less rho."""
        rising, falling = self.slopes(beta, product)
        free = self.free(beta)
        if free.any():
            return -float(rising[free].mean())
        highest = rising[beta < self.upper].amax()
        lowest = falling[beta > self.lower].amin()
        return -float(highest + lowest) / 2

    def free(self, beta: Tensor) -> Tensor:
        """Tell which coefficients are at no bound, nor in the corner of the tube."""
        inside = (beta > self.lower) & (beta < self.upper)
        return inside & (beta != 0) if self.tube else inside

    def bounded(self, beta: Tensor) -> int:
        """Count the coefficients that are as large as the cost allows."""
        at_bound = (beta == self.lower) | (beta == self.upper)
        return int((at_bound & (beta != 0)).sum())

    def face(self, beta: Tensor) -> DualProblem:
        """Return the problem without tube that agrees with this one while no sign changes."""
        if self.tube == 0:
            return self
        return DualProblem(
            self.linear - self.tube * beta.sign(),
            torch.where(beta > 0, beta.new_zeros(()), self.lower),
            torch.where(beta < 0, beta.new_zeros(()), self.upper),
            ridge=self.ridge,
        )


def classification(
    labels: Tensor, cost: float, positive_weight: float = 1.0, squared_hinge: bool = False
) -> DualProblem:
    """Return the problem of a C-SVC.

    Args:
        labels: 1 and 0, or NaN for a sequence that takes no part, `(n,)`.
        cost: C, the cost of an error.
        positive_weight: factor on the cost of positives.
        squared_hinge: whether errors are squared, as in the L2-loss SVM.
    """
    known = ~labels.isnan()
    signs = torch.where(labels > 0, 1.0, -1.0).double() * known
    costs = torch.where(labels > 0, cost * positive_weight, cost).double()
    if not squared_hinge:
        return DualProblem(
            signs, torch.minimum(signs, signs.new_zeros(())) * costs, signs.clamp(min=0) * costs
        )
    unbounded = torch.where(known, torch.inf, 0.0).double()
    return DualProblem(
        signs,
        torch.where(signs < 0, -unbounded, 0.0),
        torch.where(signs > 0, unbounded, 0.0),
        ridge=1 / (2 * costs),
    )


def regression(targets: Tensor, cost: float, tube: float) -> DualProblem:
    """Return the problem of an epsilon-SVR.

    Args:
        targets: `(n,)`, NaN for a sequence that takes no part.
        cost: C, the cost of an error.
        tube: epsilon, the error that costs nothing.
    """
    costs = torch.where(targets.isnan(), 0.0, cost).double()
    return DualProblem(targets.nan_to_num(0.0).double(), -costs, costs, tube=tube)
