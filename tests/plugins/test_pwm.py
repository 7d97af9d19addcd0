from __future__ import annotations

import numpy as np
import pytest

from bench.data.alphabet import decode, encode, reverse_complement
from bench.data.examples import ArrayExamples
from bench.data.motifs import Motif, read_motifs, write_meme
from bench.interface import BenchError, DataError
from bench_pwm import CARD
from bench_pwm import sample as sample_module
from bench_pwm.discovery import discover, residuals_of, standardised, summarised
from bench_pwm.model import Pwm
from bench_pwm.motif import UNIFORM
from bench_pwm.refine import Sequences, grow, site_probability
from bench_pwm.sample import chosen_rows, sampled
from bench_pwm.scan import Scanner, Sites
from bench_pwm.thresholds import best_thresholds, strongest_correlation
from bench_pwm.words import WordShape, candidate_words, z_scores


def holds(consensus, word):
    """Whether a consensus holds a word on either strand."""
    return word in consensus or decode(reverse_complement(encode(word))) in consensus


def sequences_of(codes):
    lengths = np.full(len(codes), codes.shape[1])
    return Sequences(codes, lengths, Scanner(codes, lengths), UNIFORM)


def with_word(word, count=400, share=0.5, length=100, seed=0):
    """Random codes, the first of them with a word on either strand; N in the word stays random."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, length), dtype=np.uint8)
    given = encode(word)
    positives = int(count * share)
    for row in range(positives):
        place = rng.integers(0, length - len(given) + 1)
        strand = given if row % 2 else reverse_complement(given)
        window = codes[row, place : place + len(given)]
        window[strand < 4] = strand[strand < 4]
    return codes, (np.arange(count) < positives).astype(float)[:, None]


def test_words_with_a_gap():
    assert WordShape(6).offsets == [0, 1, 2, 3, 4, 5]
    assert WordShape(6, 2).offsets == [0, 1, 2, 5, 6, 7]
    assert WordShape(7).offsets == list(range(7))


@pytest.mark.parametrize("shape", [WordShape(7), WordShape(6, 11)])
def test_a_word_is_found_again_from_its_column(shape):
    codes = np.random.default_rng(0).integers(0, 4, (1, shape.offsets[-1] + 1), dtype=np.uint8)
    (column,) = shape.presence(codes).indices
    pattern = shape.pattern(column)
    read = codes[0, shape.offsets]
    assert decode(pattern[shape.offsets]) in {decode(read), decode(reverse_complement(read))}
    assert (pattern == 4).sum() == shape.gap


def test_presence_does_not_count():
    presence = WordShape(6).presence(encode("ACGTTA" * 3)[None])
    assert set(presence.data) == {1.0}


def test_z_scores_are_those_of_sampling_without_replacement():
    rng = np.random.default_rng(0)
    presence = (rng.random((50, 1)) < 0.3).astype(np.float32)
    residuals = rng.normal(size=(50, 1))
    residuals -= residuals.mean()
    from scipy.sparse import csc_array

    (score,) = z_scores(csc_array(presence), residuals)[0]
    shuffled = [float(presence[rng.permutation(50), 0] @ residuals[:, 0]) for _ in range(4000)]
    expected = float(presence[:, 0] @ residuals[:, 0]) / np.std(shuffled)
    assert score == pytest.approx(expected, rel=0.1)


def test_words_that_do_not_vary_have_no_score():
    from scipy.sparse import csc_array

    presence = csc_array(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert z_scores(presence, np.array([[1.0], [-1.0]])).tolist() == [[0.0], [0.0]]


def test_rare_words_are_no_candidates():
    codes, truth = with_word("TGACTCAGCA", count=100)
    words = candidate_words(codes, truth - truth.mean(), per_shape=5, least_held=30)
    assert words.presence.shape == (100, len(words.patterns))
    assert (words.presence.sum(axis=0) >= 30).all()


@pytest.mark.parametrize("word", ["TGACTCAGCA", "CGGNNNNNNNNNNNCCG"])
def test_discovery_finds_a_planted_word(word):
    codes, truth = with_word(word)
    motifs = discover(sequences_of(codes), truth, 2, both_signs=False)
    halves = [half for half in word.split("N") if half]
    assert all(holds(motifs[0].consensus, half) for half in halves)
    assert motifs[0].name == f"1-{motifs[0].consensus}"
    # It carries most of the 200 planted sites.
    assert 120 < motifs[0].sites < 260


def test_discovery_learns_degenerate_positions():
    codes, truth = with_word("TGACNCAGCA", count=600)
    (motif,) = discover(sequences_of(codes), truth, 1, both_signs=False)
    assert holds(motif.consensus, "TGACNCAGCA")


def test_discovery_goes_on_to_the_next_motif():
    codes, truth = with_word("TGACTCAGCA", count=600)
    second, other = with_word("CCACGTGACC", count=600, seed=1)
    both = np.concatenate([codes, second], axis=1)
    swap = np.random.default_rng(0).permutation(600)
    both[:, 100:] = second[swap]
    target = ((truth + other[swap]) > 0).astype(float)
    motifs = discover(sequences_of(both), target, 8, both_signs=False)
    found = " ".join(motif.consensus for motif in motifs)
    assert holds(found, "GACTCAG")
    assert holds(found, "CACGTG")


def test_repressing_motifs_are_found_for_values_only():
    codes, truth = with_word("TGACTCAGCA")
    low = 1 - truth + np.random.default_rng(0).normal(0, 0.1, truth.shape)
    both = discover(sequences_of(codes), low, 1, both_signs=True)
    assert holds(both[0].consensus, "GACTCAG")
    one = discover(sequences_of(codes), low, 1, both_signs=False)
    assert not any(holds(motif.consensus, "GACTCAG") for motif in one)


def test_nothing_is_discovered_where_no_word_occurs():
    codes = np.full((20, 30), 4, dtype=np.uint8)
    truth = (np.arange(20) < 10).astype(float)[:, None]
    assert discover(sequences_of(codes), truth, 2, both_signs=False) == []


def test_a_pattern_that_explains_nothing_does_not_grow():
    codes, truth = with_word("TGACTCAGCA")
    assert grow(encode("TGACTC"), sequences_of(codes), -(truth[:, 0] - truth.mean())) is None


def test_site_probability_is_half_where_evidence_equals_the_search():
    # 2 x 32 places: 6 bits of evidence.
    sites = Sites(np.array([6000, 0]), np.array([0, -1]), np.array([False, False]))
    probability = site_probability(sites, np.array([41, 41]), width=10)
    np.testing.assert_allclose(probability, [0.5, 0.0])


def test_many_targets_are_summarised():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(30, 12)) * 4.0 ** np.arange(12)
    summary = summarised(targets)
    assert summary.shape == (30, 8)
    np.testing.assert_allclose(summary[:, 0], targets.mean(axis=1))
    np.testing.assert_array_equal(summary[:, 1:], targets[:, 5:])
    assert summarised(targets[:, :8]).shape == (30, 8)


def test_standardised_columns_leave_out_what_was_not_measured():
    columns = np.array([[1.0, 2.0], [3.0, 2.0], [np.nan, 2.0]])
    np.testing.assert_allclose(standardised(columns), [[-1, 0], [1, 0], [0, 0]])


def test_residuals_do_not_go_with_the_features():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 2))
    targets = features @ [[1.0], [2.0]] + rng.normal(size=(200, 1))
    left = residuals_of(targets, features)
    assert abs(np.corrcoef(left[:, 0], features[:, 1])[0, 1]) < 0.01


def test_rows_are_chosen_from_high_and_low():
    targets = np.zeros((1000, 2))
    targets[:30, 0] = 1
    targets[500, 0] = np.nan
    rows = chosen_rows(targets, 100)
    assert len(rows) == len(set(rows)) == 100
    assert (rows < 30).sum() == 30
    assert chosen_rows(targets, 2000).tolist() == list(range(1000))
    half = np.arange(1000)[:, None] % 2
    assert (chosen_rows(half, 100) % 2).sum() == 50


def test_long_items_are_searched_around_their_centre(monkeypatch):
    monkeypatch.setattr(sample_module, "LONGEST", 10)
    examples = ArrayExamples([encode("A" * 20 + "C" * 20)], np.zeros((1, 1)))
    sample = sampled(examples, "default")
    assert decode(sample.codes[0]) == "AAAAACCCCC"
    assert sample.lengths.tolist() == [10]


def test_a_bounded_number_of_items_is_searched(monkeypatch):
    monkeypatch.setattr(sample_module, "MOST_BASES", 100)
    examples = ArrayExamples(np.zeros((50, 20), dtype=np.uint8), np.arange(50.0)[:, None])
    sample = sampled(examples, "default")
    assert sample.codes.shape == (5, 20)
    assert sample.targets.shape == (5, 1)


def test_thresholds_lie_where_scores_begin_to_matter():
    scores = np.arange(1000, dtype=np.int32)[:, None]
    target = np.maximum(np.arange(1000.0) - 800, 0)[:, None]
    assert best_thresholds(scores, target)[0] == pytest.approx(800, abs=2)
    assert best_thresholds(scores, scores.astype(float))[0] == 0


def test_correlation_is_the_strongest_over_measured_targets():
    rng = np.random.default_rng(0)
    features = rng.integers(0, 100, (50, 3)).astype(np.int32)
    features[:, 2] = 7
    targets = np.stack([rng.normal(size=50), -features[:, 1] * 1.0, np.full(50, np.nan)], axis=1)
    targets[:10, 1] = np.nan
    strongest = strongest_correlation(features, targets)
    one = abs(np.corrcoef(features[:, 0], targets[:, 0])[0, 1])
    two = abs(np.corrcoef(features[10:, 0], targets[10:, 1])[0, 1])
    np.testing.assert_allclose(strongest, [max(one, two), 1.0, 0.0])


def test_classes(conforms, planted, area):
    probabilities = conforms(Pwm, "classification", n_motifs=3)
    assert area(planted.truth[:, 0], probabilities[:, 0]) > 0.95
    assert area(planted.truth[:, 1], probabilities[:, 1]) > 0.95


def test_values(conforms, planted):
    values = conforms(Pwm, "regression", n_motifs=2)
    assert np.corrcoef(values[:, 1], planted.truth[:, 1])[0, 1] > 0.9


@pytest.fixture
def motif_file(tmp_path):
    """A file with the first planted motif and one that is longer than any sequence."""
    sharp = np.full((10, 4), 0.01)
    sharp[np.arange(10), encode("TGACTCAGCA")] = 0.97
    motifs = [Motif("AP1", sharp, 50), Motif("long", np.tile(UNIFORM, (90, 1)), 50)]
    write_meme(tmp_path / "known.meme", motifs, UNIFORM)
    return tmp_path / "known.meme"


def test_motifs_from_a_file(conforms, planted, area, motif_file):
    probabilities = conforms(Pwm, "classification", motifs=str(motif_file))
    assert area(planted.truth[:, 0], probabilities[:, 0]) > 0.95
    assert area(planted.truth[:, 1], probabilities[:, 1]) < 0.7


def test_a_saved_model_does_not_need_the_file(fitted, motif_file, context, tmp_path, planted):
    settings = {"motifs": str(motif_file)}
    model = fitted(Pwm, **settings)
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    motif_file.unlink()
    loaded = Pwm.load(tmp_path / "saved", context(**settings))
    np.testing.assert_array_equal(
        loaded.predict(planted.examples()), model.predict(planted.examples())
    )
    assert [motif.name for motif in loaded.motifs] == ["AP1", "long"]
    assert [motif.name for motif in read_motifs(tmp_path / "saved" / "motifs.meme")]


def test_motifs_are_learnt_from_the_first_head(planted, context):
    heads = {"one": ("a", "b"), "two": ("c",)}
    targets = {"one": planted.classes, "two": 1 - planted.truth[:, :1]}
    train = ArrayExamples(planted.sequences, targets)
    model = Pwm(n_motifs=1)
    model.fit(train, train[:0], context(heads=heads))
    assert model.predict(train, "two").shape == (240, 1)


def test_a_missing_motif_file_is_named(fitted):
    with pytest.raises(DataError, match=r"absent\.meme: no such file"):
        fitted(Pwm, motifs="absent.meme")


def test_no_words_at_all(fitted):
    examples = ArrayExamples([encode("ACG")] * 20, (np.arange(20.0) < 10)[:, None])
    with pytest.raises(BenchError, match="no motif found"):
        fitted(Pwm, examples=examples, targets=("a",))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_motifs": 0}, "n_motifs is 0, expected 1 or more"),
        ({"c": 0.0}, "c is 0, expected a positive number"),
    ],
)
def test_settings_out_of_range(settings, message):
    Pwm(**CARD.presets["default"].settings)
    with pytest.raises(BenchError, match=message):
        Pwm(**settings)


@pytest.mark.real_data
def test_nfe2(fitted, nfe2, area):
    train, test = nfe2
    model = fitted(Pwm, examples=train, targets=("bound",))
    assert area(test.targets()[:, 0], model.predict(test)[:, 0]) >= 0.95


@pytest.mark.real_data
def test_nfe2_with_known_motifs(fitted, nfe2, area, mirror, tmp_path):
    known = read_motifs(mirror / "motifs" / "H12CORE_meme_format.meme")
    families = ("NFE2.", "USF1.", "USF2.", "NFYA.", "CTCF.")
    chosen = [motif for motif in known if motif.name.startswith(families)]
    write_meme(tmp_path / "chosen.meme", chosen, UNIFORM)
    train, test = nfe2
    model = fitted(Pwm, examples=train, targets=("bound",), motifs=str(tmp_path / "chosen.meme"))
    assert area(test.targets()[:, 0], model.predict(test)[:, 0]) >= 0.9
