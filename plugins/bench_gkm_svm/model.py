"""The gapped k-mer SVM as a model of the suite."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from bench.data.alphabet import N
from bench.interface import DEFAULT_HEAD, BenchError, FitContext, Model
from bench.interface.estimator import centre_and_scale, feature_batches, learnable
from bench_gkm_svm import GKM_CARD, WEIGHTED_GKM_CARD
from bench_gkm_svm.kernel import CENTRE_TYPES, GkmKernel, KernelType
from bench_gkm_svm.memory import machines_together, need_of
from bench_gkm_svm.mutagenesis import LONGEST, GkmMutagenesis
from bench_gkm_svm.options import Options, with_fewer_negatives
from bench_gkm_svm.path import Chosen, Judge, Limits, solve_path
from bench_gkm_svm.saved import load_scores, save_scores
from bench_gkm_svm.scores import TableScores
from bench_gkm_svm.threads import threads
from bench_gkm_svm.training import Training

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.interface import CodeArray, Examples, FloatArray, Mutagenesis
    from bench_gkm_svm.scores import Scores


class GkmSvm(Model):
    """A support vector machine on gapped k-mers, equal to LS-GKM's up to the tolerance.

    Args:
        kernel: 0 gapped k-mer counts, 1 estimated l-mers with the full filter, 2 with the truncated
            filter, 3 a radial basis function of 2, whose cost grows with the square of the data.
        l: length of the l-mers, 3 to 12.
        k: informative positions of a gapped k-mer.
        d: most mismatches between two l-mers that count.
        c: cost of an error.
        c_grid: several costs with commas between them, each solved from the one before; that with
            the best AUROC or Pearson correlation on the validation items is kept, for each target;
            `c` has no meaning then.
        positive_weight: factor on the cost of positives; 0 weighs both classes inversely to size.
        loss: "hinge" or "squared-hinge".
        tube: error of a regression that costs nothing, in standard deviations of the target.
        n_policy: "skip" leaves out l-mers that hold an N; "lsgkm" reads N as A, as LS-GKM does.
        max_negatives: most negatives of a target that are trained on, drawn at random; 0 for all.
        tolerance: violation of the conditions of the optimum at which the solver stops.
        gamma: of the radial basis function.
        length: bp that are read around an item's centre; 0 for its own interval.

    Raises:
        BenchError: a setting is out of range.
    """

    card = GKM_CARD
    kernels: ClassVar[frozenset[KernelType]] = frozenset(set(KernelType) - CENTRE_TYPES)

    def __init__(
        self,
        *,
        kernel: int = 2,
        l: int = 11,
        k: int = 7,
        d: int = 3,
        c: float = 1.0,
        c_grid: str = "",
        positive_weight: float = 1.0,
        loss: str = "hinge",
        tube: float = 0.1,
        n_policy: str = "skip",
        max_negatives: int = 0,
        tolerance: float = 1e-3,
        gamma: float = 1.0,
        length: int = 0,
    ) -> None:
        self._refuse_other(kernel)
        options = Options(
            c=c,
            c_grid=c_grid,
            positive_weight=positive_weight,
            loss=loss,
            tube=tube,
            n_policy=n_policy,
            max_negatives=max_negatives,
            tolerance=tolerance,
        )
        if length < 0:
            raise BenchError(f"length is {length}, expected 0 or more")
        form = GkmKernel(type=KernelType(kernel), l=l, k=k, d=d, gamma=gamma)
        self._prepare(form, options, length)

    def _refuse_other(self, kernel: int) -> None:
        if kernel not in self.kernels:
            known = ", ".join(f"{one:d}" for one in sorted(self.kernels))
            raise BenchError(f"kernel is {kernel}, expected one of {known}")

    def _prepare(self, kernel: GkmKernel, options: Options, length: int = 0) -> None:
        self._kernel = kernel
        self._options = options
        self._length = length or None
        self._scores: dict[str, Scores] = {}
        self._log = logging.getLogger("bench")
        self._threads = 1

    def fit(self, train: Examples, valid: Examples, context: FitContext) -> None:
        """Fit one machine per target.

        Raises:
            BenchError: a target has no measured value, or one class only; a sequence holds no
                l-mer; memory does not suffice.
        """
        self._log, self._threads = context.log, context.threads
        with threads(self._threads):
            for head in context.shape.heads:
                part = train.of_head(head)
                self._scores[head] = self._fit_head(part, valid.of_head(head), head, context)

    def _fit_head(self, train: Examples, valid: Examples, head: str, context: FitContext) -> Scores:
        kind, names = context.shape.kind, context.shape.heads[head].targets
        targets = train.targets(head).astype(np.float64)
        for column, name in enumerate(names):
            truth = targets[:, column]
            learnable(truth[~np.isnan(truth)], name, kind)
        centre, scale = np.zeros(len(names)), np.ones(len(names))
        if kind.has_values:
            centre, scale = centre_and_scale(targets)
        else:
            targets = with_fewer_negatives(targets, self._options.max_negatives)
        used = np.flatnonzero(~np.isnan(targets).all(axis=1))
        train, targets = train[used], (targets[used] - centre) / scale
        judge = (
            Judge(lambda: self._batches(valid), valid.targets(head), kind)
            if self._options.c_grid
            else None
        )
        need = need_of(self._kernel, self._lengths(train), len(names))
        together = machines_together(need, context.device)
        self._log.info("%s", need.told(together, context.device))
        training = Training.of(
            lambda: self._batches(train), self._kernel, context.device, context.progress
        )
        chosen = solve_path(
            training,
            lambda cost: [self._options.problem(column, kind, cost) for column in targets.T],
            self._options.costs,
            judge,
            Limits(self._options.tolerance, together, context.device),
            context.progress,
        )
        self._report(chosen, names)
        return training.scores([one.solution for one in chosen], scale, centre)

    def _report(self, chosen: Sequence[Chosen], names: Sequence[str]) -> None:
        for name, one in zip(names, chosen, strict=True):
            self._log.info("target %s: %s", name, one.summary)
            if not one.solution.converged:
                self._log.warning("target %s: the solver has not converged", name)

    def _batches(self, examples: Examples) -> Iterator[tuple[CodeArray, NDArray[np.integer]]]:
        for rows in feature_batches(examples):
            part = examples[rows]
            codes = part.windows(self._length)
            if self._options.n_policy == "lsgkm":
                codes = np.where(codes == N, np.uint8(0), codes)
            yield codes, self._lengths(part)

    def _lengths(self, examples: Examples) -> NDArray[np.integer]:
        """Return how many bp are read of each item."""
        if self._length is None:
            return examples.lengths
        return np.full(len(examples), self._length)

    def predict(self, examples: Examples, head: str = DEFAULT_HEAD) -> FloatArray:
        """Return margins or values, float64 `(n, targets)`.

        A sequence that holds no l-mer gets the bias alone; how many do is logged.
        """
        scores = self._scores[head]
        parts, without = [np.zeros((0, scores.targets))], 0
        with threads(self._threads):
            for codes, lengths in self._batches(examples):
                values, empty = scores.of_sequences(codes, lengths)
                parts.append(values)
                without += int(empty.sum())
        if without:
            self._log.warning(
                "%d of %d sequences hold no %d-mer, and get the bias alone",
                without,
                len(examples),
                self._kernel.l,
            )
        return np.concatenate(parts)

    def mutagenesis(self, codes: CodeArray, head: str = DEFAULT_HEAD) -> Mutagenesis | None:
        """Predict changes by the l-mers that they replace, of machines without an RBF."""
        scores = self._scores[head]
        length = len(codes) if self._length is None else self._length
        if length != len(codes) or length > LONGEST:
            return None
        if not isinstance(scores, TableScores):
            return None
        if self._options.n_policy == "lsgkm":
            codes = np.where(codes == N, np.uint8(0), codes)
        return GkmMutagenesis(scores, codes, self._threads)

    def kmer_weights(self, target: int, head: str = DEFAULT_HEAD) -> FloatArray | None:
        """Return the weight of every l-mer by its number; None for a radial basis function."""
        scores = self._scores[head]
        return scores.lmer_weights(target) if isinstance(scores, TableScores) else None

    def save(self, folder: Path) -> None:
        """Write the tables of l-mer weights, or the support sequences, of each head."""
        save_scores(folder, self._scores)

    @classmethod
    def load(cls, folder: Path, context: FitContext) -> Self:
        """Read back what `save` wrote."""
        model = cls(**context.settings)
        model._log, model._threads = context.log, context.threads
        model._scores = load_scores(folder)
        return model

    def scores(self, head: str = DEFAULT_HEAD) -> Scores:
        """Return the fitted decision function, for look-ups of l-mers."""
        return self._scores[head]


class WeightedGkmSvm(GkmSvm):
    """The same, with l-mers that weigh more the nearer they are to the centre of their sequence.

    Args:
        kernel: 4 the truncated filter, 5 a radial basis function of it.
        peak: weight at the centre, 1 to 255.
        half_life: distance from the centre in bp over which the weight halves.

    The other settings are those of `GkmSvm`.

    Raises:
        BenchError: a setting is out of range.
    """

    card = WEIGHTED_GKM_CARD
    kernels = frozenset(CENTRE_TYPES)

    def __init__(
        self,
        *,
        kernel: int = 4,
        l: int = 11,
        k: int = 7,
        d: int = 3,
        c: float = 1.0,
        c_grid: str = "",
        positive_weight: float = 1.0,
        loss: str = "hinge",
        tube: float = 0.1,
        n_policy: str = "skip",
        max_negatives: int = 0,
        tolerance: float = 1e-3,
        gamma: float = 1.0,
        peak: int = 50,
        half_life: float = 50.0,
    ) -> None:
        self._refuse_other(kernel)
        options = Options(
            c=c,
            c_grid=c_grid,
            positive_weight=positive_weight,
            loss=loss,
            tube=tube,
            n_policy=n_policy,
            max_negatives=max_negatives,
            tolerance=tolerance,
        )
        self._prepare(
            GkmKernel(
                type=KernelType(kernel),
                l=l,
                k=k,
                d=d,
                gamma=gamma,
                peak=peak,
                half_life=half_life,
            ),
            options,
        )
