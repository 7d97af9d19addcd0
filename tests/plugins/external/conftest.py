"""Files of scores, and models that look variants up in them."""

from __future__ import annotations

import logging

import pytest
from external_variants import variants

from bench.interface import FitContext, HeadShape, TaskKind, TaskShape
from bench_external.model import ExternalScore


@pytest.fixture
def context(tmp_path):
    def make(targets=("a",), genome=None, **facts):
        heads = {"default": HeadShape(targets=targets, genome=genome)}
        shape = TaskShape(kind=TaskKind.VARIANT, heads=heads)
        log = logging.getLogger("test.external")
        return FitContext(shape=shape, seed=0, scratch=tmp_path, log=log, **facts)

    return make


@pytest.fixture
def write(tmp_path):
    def to(content, name="scores.tsv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to


@pytest.fixture
def fitted(context):
    def fit(path, targets=("a",), genome=None, **settings):
        model = ExternalScore(file=str(path), **settings)
        empty = variants()[:0]
        model.fit(empty, empty, context(targets, genome))
        return model

    return fit
