"""The model: features, and an estimator."""

from bench.data.kmers import count_kmers, unit_rows
from bench.interface import BenchError, EstimatorModel, Examples, FitContext, TaskKind
from scipy.sparse import csr_array, hstack
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from kmer_forest import CARD


class KmerForest(EstimatorModel):
    """Extremely randomised trees on counts of all k-mers from `k_min` to `k_max`."""

    card = CARD
    # What a saved forest consists of; it is read back without running any code of its own.
    trusted = (
        "sklearn.ensemble._forest.ExtraTreesClassifier",
        "sklearn.ensemble._forest.ExtraTreesRegressor",
        "sklearn.tree._classes.ExtraTreeClassifier",
        "sklearn.tree._classes.ExtraTreeRegressor",
        "sklearn.tree._tree.Tree",
        "numpy.dtype",
    )

    def __init__(self, *, k_min: int = 3, k_max: int = 6, trees: int = 500) -> None:
        # A BenchError is shown as one line, and the suite goes on with other models.
        if not 1 <= k_min <= k_max <= 8:
            raise BenchError(
                f"k_min is {k_min} and k_max {k_max}, expected 1 <= k_min <= k_max <= 8"
            )
        if trees < 1:
            raise BenchError(f"trees is {trees}, expected 1 or more")
        self.lengths = range(k_min, k_max + 1)
        self.trees = trees

    def features(self, examples: Examples) -> csr_array:
        """Return counts of k-mers, `(n, k-mers)`, those of each length scaled to unit length."""
        codes = examples.windows()
        counts = [unit_rows(count_kmers(codes, k)) for k in self.lengths]
        return csr_array(hstack(counts, format="csr"))

    def estimator(self, context: FitContext) -> BaseEstimator:
        """Make an unfitted forest; its randomness comes from the seed."""
        is_class = context.shape.kind is TaskKind.CLASSIFICATION
        forest = ExtraTreesClassifier if is_class else ExtraTreesRegressor
        return forest(
            self.trees, max_features="sqrt", random_state=context.seed, n_jobs=context.threads
        )
