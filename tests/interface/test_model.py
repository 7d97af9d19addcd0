from __future__ import annotations

import sys

import torch

from bench.interface import Model


class Holder(Model):
    def fit(self, train, valid, context):
        pass

    def predict(self, examples, head="default"):
        pass

    def save(self, folder):
        pass

    @classmethod
    def load(cls, folder, context):
        pass


def test_a_model_without_networks_cannot_say():
    assert Holder().parameter_count() is None


def test_without_torch_there_is_no_network(monkeypatch):
    model = Holder()
    model.network = torch.nn.Linear(3, 2)
    monkeypatch.delitem(sys.modules, "torch")
    assert model.parameter_count() is None


def test_trainable_weights_count_once():
    model = Holder()
    model.network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    assert model.parameter_count() == 8 + 4
    model.alias = model.network[0]
    assert model.parameter_count() == 12
    model.network[0].bias.requires_grad_(False)
    assert model.parameter_count() == 10
