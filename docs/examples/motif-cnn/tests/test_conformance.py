"""The model keeps what the interface promises and what its card says: one test for each check."""

import pytest


@pytest.mark.bench_model("motif-cnn")
def test_conforms(bench_check):
    bench_check()
