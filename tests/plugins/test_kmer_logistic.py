from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bench.interface import BenchError
from bench_kmer_svm import LOGISTIC_CARD
from bench_kmer_svm.logistic import KmerLogistic
from bench_kmer_svm.spectrum import Spectrum


def test_classes(conforms, planted, area):
    probabilities = conforms(KmerLogistic, "classification", k=5, c=10.0)
    assert (probabilities > 0).all()
    assert (probabilities < 1).all()
    assert area(planted.truth[:, 0], probabilities[:, 0]) > 0.95


def test_values(conforms, planted):
    values = conforms(KmerLogistic, "regression", k=5, c=10.0)
    assert np.corrcoef(values[:, 1], planted.truth[:, 1])[0, 1] > 0.9


def test_it_is_scikit_learn_on_k_mer_counts(fitted, planted):
    probabilities = fitted(KmerLogistic, k=4).predict(planted.examples())
    features = Spectrum(4).of_codes(planted.examples().windows())
    alone = LogisticRegression(C=1.0, max_iter=1000).fit(features, planted.classes[:, 1])
    np.testing.assert_allclose(probabilities[:, 1], alone.predict_proba(features)[:, 1], rtol=1e-6)


def test_settings(fitted):
    KmerLogistic(**LOGISTIC_CARD.presets["default"].settings)
    with pytest.raises(BenchError, match="k is 12, expected 3 to 10"):
        KmerLogistic(k=12)
    with pytest.raises(BenchError, match="c is -1, expected a positive number"):
        KmerLogistic(c=-1.0)


@pytest.mark.real_data
def test_nfe2(fitted, nfe2, area):
    train, test = nfe2
    scores = fitted(KmerLogistic, examples=train, targets=("bound",)).predict(test)
    assert area(test.targets()[:, 0], scores[:, 0]) >= 0.95


def test_k_mers_of_a_fitted_model(fitted):
    model = fitted(KmerLogistic, k=4)
    weights = model.kmer_weights(0)
    assert weights.shape == (256,)
    # AAAA and TTTT are one feature, the first.
    assert weights[0] == weights[-1] == model._estimators["default"][0].coef_[0, 0]
