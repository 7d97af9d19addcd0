"""Saturation mutagenesis beside whole predictions and another program, and scores of variants.

python -m pytest tests/benchmarks/test_mutagenesis_speed.py --benchmark-only -s
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch
from torch import nn

from bench.data.genome import GenomeStore
from bench.data.vcf import VcfReader
from bench.effects.predictor import AllelePredictor
from bench.effects.records import vcf_records
from bench.effects.saturation import substitutions
from bench.effects.scores import Score
from bench.effects.variants import LeftOut, VariantScorer
from bench.effects.writers import Origin, writing
from bench.interface import FitContext, HeadShape, TaskKind, TaskShape
from bench.training import TorchModel
from bench.training.one_hot import one_hot
from bench.training.settings import TrainingSettings
from bench_basset import CARD as BASSET_CARD
from bench_basset.model import Basset
from bench_kmer_svm.linear import LinearScore
from bench_kmer_svm.spectrum import Spectrum
from bench_kmer_svm.svm import KmerSvm

ROUNDS = 3
LEAST_RATIO = 10.0
VARIANTS, MOST_SECONDS = 10_000, 5.0


def seconds(step: Callable[[], object]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def shape(targets: int) -> TaskShape:
    names = tuple(f"target-{number}" for number in range(targets))
    return TaskShape(kind=TaskKind.CLASSIFICATION, heads={"default": HeadShape(targets=names)})


class TenConvolutions(TorchModel):
    """Ten convolutions of width 7 with 64 channels and no pooling."""

    card = BASSET_CARD
    settings_class = TrainingSettings
    flat = False

    def build(self, shape: TaskShape, settings: TrainingSettings) -> nn.Module:
        layers: list[nn.Module] = []
        for number in range(10):
            layers += [nn.Conv1d(4 if number == 0 else 64, 64, 7, padding=3), nn.ReLU()]
        if self.flat:
            return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * settings.length, 1))
        return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, 1))


class Flat(TenConvolutions):
    """The same with a dense layer over all places."""

    flat = True


def begun(model: TorchModel, targets: int, tmp_path: Path) -> TorchModel:
    model._begin(FitContext(shape=shape(targets), seed=0, scratch=tmp_path))
    return model


@pytest.mark.parametrize("kind", [TenConvolutions, Flat])
def test_beside_whole_predictions(benchmark, tmp_path, kind) -> None:
    settings = {"length": 2000, "average_strands": False, "reverse_complement": False}
    model = begun(kind(**settings), 1, tmp_path)
    predictor = AllelePredictor(model, shape(1), both_strands=False)
    window = np.random.default_rng(0).integers(0, 4, 2000).astype(np.uint8)

    def quick() -> np.ndarray:
        return substitutions(predictor, window, 0, 2000, Score.LOG_ODDS).scores

    def whole() -> np.ndarray:
        # A tenth of the places, in the middle: whole predictions cost the same everywhere.
        return substitutions(predictor, window, 900, 1100, Score.LOG_ODDS, naive=True).scores

    quick_seconds = [seconds(quick) for _ in range(ROUNDS)]
    whole_seconds = [10 * seconds(whole) for _ in range(ROUNDS)]
    np.testing.assert_allclose(quick()[900:1100], whole(), atol=1e-5)
    ratio = median(whole_seconds) / median(quick_seconds)
    told = {
        "seconds": median(quick_seconds), "whole_seconds": median(whole_seconds), "ratio": ratio,
    }  # fmt: skip
    benchmark.extra_info.update(told)
    print(kind.__name__, told)
    benchmark.pedantic(quick, rounds=1, iterations=1)
    assert ratio >= LEAST_RATIO


@pytest.mark.parametrize("preset", ["published", "compact"])
def test_beside_another_program(benchmark, tmp_path, preset) -> None:
    peers = pytest.importorskip("tangermeme.saturation_mutagenesis")
    given = dict(BASSET_CARD.presets[preset].settings) | {"average_strands": False}
    model = begun(Basset(**given), 164, tmp_path)
    predictor = AllelePredictor(model, shape(164), both_strands=False)
    window = np.random.default_rng(0).integers(0, 4, 600).astype(np.uint8)
    network = model.network.eval()
    sequences = one_hot(torch.from_numpy(window)[None])

    def own() -> np.ndarray:
        return substitutions(predictor, window, 0, 600, Score.LOG_ODDS).scores

    def peer() -> object:
        return peers.saturation_mutagenesis(
            network, sequences, device="cpu", batch_size=256, raw_outputs=True
        )

    own(), peer()
    times = [(seconds(own), seconds(peer)) for _ in range(ROUNDS)]
    before, after = (part.detach().numpy() for part in tuple(peer())[:2])
    # Theirs are logits (1, targets) and (1, 4, length, targets).
    theirs = (after[0] - before[0]).transpose(1, 0, 2)
    np.testing.assert_allclose(own(), theirs, atol=2e-4)
    ratio = median(theirs_took / own_took for own_took, theirs_took in times)
    told = {"seconds": median(one for one, _ in times), "times_faster": ratio}
    benchmark.extra_info.update(told)
    print(preset, told)
    benchmark.pedantic(own, rounds=1, iterations=1)
    assert ratio >= 1.0


def test_ten_thousand_variants(benchmark, tmp_path) -> None:
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 4, 2_000_000).astype(np.uint8)
    genome = GenomeStore.from_codes({"chr1": codes}, tmp_path / "genome", "random")
    vcf = tmp_path / "given.vcf"
    lines = ["##fileformat=VCFv4.3", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for place in np.sort(generator.choice(2_000_000 - 400, VARIANTS, replace=False) + 200):
        ref = int(codes[place])
        alt = (ref + 1 + int(place) % 3) % 4
        lines.append(f"chr1\t{place + 1}\t.\t{'ACGT'[ref]}\t{'ACGT'[alt]}\t.\t.\t.")
    vcf.write_text("\n".join(lines) + "\n")
    model = KmerSvm(k=6)
    weights = generator.normal(size=(1, Spectrum(6).columns))
    model._scores = {"default": LinearScore(weights, np.zeros(1))}
    scorer = VariantScorer(AllelePredictor(model, shape(1)), Score.DIFFERENCE, 200, genome)
    origin = Origin("kmer-svm", "difference", "random", ("target-0",))

    def score() -> None:
        reader = VcfReader(vcf)
        outputs = [tmp_path / "out.vcf.gz", tmp_path / "out.parquet"]
        with writing(outputs, origin, reader.header, ()) as writers:
            for scored in scorer.scored(vcf_records(reader), vcf, LeftOut()):
                for writer in writers:
                    writer.write(scored)

    taken = median(seconds(score) for _ in range(ROUNDS))
    print({"seconds": taken})
    benchmark.extra_info["seconds"] = taken
    benchmark.pedantic(score, rounds=1, iterations=1)
    assert taken < MOST_SECONDS
