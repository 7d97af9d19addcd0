"""Does the model read sequences as it says: strands, unknown bases, odd lengths, single bases?"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from bench.audit.conformance.check import NotCheckedError, NotConformingError, check
from bench.audit.conformance.comparison import ROUNDING, auroc, differ, require_same
from bench.audit.conformance.learning_checks import LEAST_AUROC
from bench.audit.conformance.prediction_checks import require_finite
from bench.audit.conformance.signals import MOTIFS, RUN, RUNS, SPACING, write_runs
from bench.data.alphabet import LETTERS, N, decode, encode, reverse_complement
from bench.interface.card import Output, Reads, StrandPolicy, TaskKind, UnknownBases

if TYPE_CHECKING:
    from bench.audit.conformance.fitting import FittedTrial
    from bench.audit.conformance.subject import Subject
    from bench.interface.arrays import CodeArray, FloatArray

READS_BASES = {Reads.SEQUENCE, Reads.COMPOSITION}
BOTH_STRANDS = {StrandPolicy.INVARIANT, StrandPolicy.AVERAGED}
SHORT = (1, 2, 5, 20)
LONG = 3000
ALTERED_SHARE = 0.3
"""Share of the bases that are replaced to see what an N means."""
CHANGED_ITEMS = 10
"""In how many items single bases are changed before a model counts as deaf to them."""
CHANGED_PLACES = 24
LIKE_A_BASE = 0.8
"""A run of N that is read as A does what a run of A does, and nothing of what a run of C does: a
difference of 1. To a model that takes N for no base, it is as unlike either."""


def _predicted(fitted: FittedTrial, sequences: list[CodeArray]) -> FloatArray:
    return np.asarray(fitted.model.predict(fitted.trial.altered(sequences)))


@check(
    tried="predict the reverse complements of the test items; for augmented, after a fit to motifs "
    "that stand on the given strand only",
    expected="invariant and averaged: the same predictions as for the given strand, within "
    f"{ROUNDING:g} standard deviations; augmented: AUROC of at least {LEAST_AUROC} there",
    mend="correct `strands` of the card; for averaged, predict both strands and take the mean; for "
    "augmented, show both in training",
)
def strands(subject: Subject) -> None:
    """Strands are treated as the card says."""
    policy = subject.card.strands
    if policy is StrandPolicy.GIVEN:
        raise NotCheckedError("the card says that only the given strand is read")
    if subject.kinds == (TaskKind.EXPRESSION,):
        raise NotCheckedError("genes are read in the direction of transcription")
    if policy in BOTH_STRANDS:
        for fitted in subject.fitted_to_each_kind():
            predictions = _predicted(fitted, _other_strands(fitted))
            require_same(predictions, fitted.predictions, ROUNDING, f"{fitted.kind}, other strand")
    elif subject.card.reads in READS_BASES:
        fitted = subject.fitted(subject.plan(size="full", signal="given strand"))
        found = auroc(_predicted(fitted, _other_strands(fitted)), fitted.trial.test_truth)
        if found < LEAST_AUROC:
            raise NotConformingError(f"AUROC {found:.3f} on the other strand")


def _other_strands(fitted: FittedTrial) -> list[CodeArray]:
    return [reverse_complement(codes) for codes in fitted.trial.test_sequences]


@check(
    tried=f"replace {ALTERED_SHARE:.0%} of the bases by N, and the same ones by A, C, G and T; fit "
    f"to items that are active with a run of {RUN} A or T, or of C or G, and write runs of N into "
    "others",
    expected="finite predictions; those with N like those with A where the card says as-a, and "
    "like those with none of the bases where it says neutral",
    mend="give N no weight (all zeros in one-hot, no k-mer that contains it), or say "
    "unknown_bases=UnknownBases.AS_A",
)
def unknown_bases(subject: Subject) -> None:
    """An N means what the card says."""
    fitted = subject.fitted(subject.plan())
    for one in subject.fitted_to_each_kind():
        require_finite(_predicted(one, [encode("N" * 60)] * 3), f"{one.kind}, nothing but N")
    replaced = [_replaced(fitted, base) for base in range(5)]
    require_finite(replaced[N], "items with N")
    if not differ(replaced[0], replaced[1]) and not differ(replaced[0], replaced[2]):
        raise NotCheckedError("the predictions do not depend on single bases")
    read_as = [LETTERS[base] for base in range(4) if not differ(replaced[base], replaced[N])]
    if not read_as and subject.card.reads is Reads.SEQUENCE:
        # What is turned after N was read as A has a T there, and the mean of both is neither.
        read_as = ["a base"] if _reads_as_a_base(subject) else []
    as_a = subject.card.unknown_bases is UnknownBases.AS_A
    if read_as not in ([["A"], ["a base"]] if as_a else [[]]):
        said = f"the card says {subject.card.unknown_bases}"
        raise NotConformingError(f"N is read as {' or '.join(read_as) or 'no base'}, {said}")


def _reads_as_a_base(subject: Subject) -> bool:
    """Tell whether a run of N is taken for a run of A or T and not of C or G, or the other way."""
    effects = [_run_effect(subject, bases) for bases in RUNS]
    return not np.isnan(effects).any() and abs(effects[0] - effects[1]) > LIKE_A_BASE


def _run_effect(subject: Subject, bases: str) -> float:
    """Return what a run of N does to predictions, where a run of `bases` has been learnt to do 1.

    NaN where nothing was learnt of runs, so that nothing can be told.
    """
    fitted = subject.fitted(subject.plan(size="full", signal=bases))
    if auroc(fitted.predictions, fitted.trial.test_truth) < LEAST_AUROC:
        return float("nan")
    inactive = np.flatnonzero(fitted.trial.test_truth[:, 0] == 0)
    without = [fitted.trial.test_sequences[row] for row in inactive]
    level = _unbounded(subject, fitted, without).mean()
    effects = [
        _unbounded(subject, fitted, _with_runs(without, base)).mean() - level for base in range(5)
    ]
    return float(effects[N] / np.mean([effects[base] for base in RUNS[bases]]))


def _unbounded(subject: Subject, fitted: FittedTrial, sequences: list[CodeArray]) -> FloatArray:
    """Predict, and spread probabilities out: near 1 all of them look alike."""
    predictions = _predicted(fitted, sequences).astype(np.float64)
    if subject.card.tasks[fitted.kind] is not Output.PROBABILITY:
        return predictions
    inner = predictions.clip(1e-12, 1 - 1e-12)
    logits: FloatArray = np.log(inner / (1 - inner))
    return logits


def _with_runs(sequences: list[CodeArray], base: int) -> list[CodeArray]:
    changed = [codes.copy() for codes in sequences]
    for codes in changed:
        write_runs(codes, base)
    return changed


def _replaced(fitted: FittedTrial, base: int) -> FloatArray:
    """Predict test items in which the same places hold `base`."""
    rng = np.random.default_rng(5)
    sequences = []
    for codes in fitted.trial.test_sequences:
        changed = codes.copy()
        changed[rng.random(len(codes)) < ALTERED_SHARE] = base
        sequences.append(changed)
    return _predicted(fitted, sequences)


@check(
    tried="predict items that were written in lower case, as soft-masked repeats are, and read "
    "by the suite",
    expected="the same predictions",
    mend="read sequences through `examples`, not from files",
)
def lower_case(subject: Subject) -> None:
    """Case has no meaning."""
    for fitted in subject.fitted_to_each_kind():
        lower = [encode(decode(codes).lower()) for codes in fitted.trial.test_sequences]
        what = f"{fitted.kind}, lower case"
        require_same(_predicted(fitted, lower), fitted.predictions, ROUNDING, what)


@check(
    tried=f"predict items of {', '.join(map(str, SHORT))} bp",
    expected="finite predictions",
    mend="an item shorter than what the model reads is padded with N where a length is asked for; "
    "mind sums over no k-mer, and means of nothing",
)
def short_items(subject: Subject) -> None:
    """Items shorter than anything the model looks for are predicted all the same."""
    for fitted in subject.fitted_to_each_kind():
        for length in SHORT:
            sequences = [codes[:length] for codes in fitted.trial.test_sequences[:3]]
            found = _predicted(fitted, sequences)
            require_finite(found, f"{fitted.kind}, items of {length} bp")


@check(
    tried=f"predict items of {LONG:,} bp among items of the usual length",
    expected="finite predictions; for the others the same as before, within "
    f"{ROUNDING:g} standard deviations",
    mend="mind fixed sizes, and that windows() pads items with N to the longest of the batch",
)
def long_items(subject: Subject) -> None:
    """Items longer than any in training are predicted, and change no other item."""
    for fitted in subject.fitted_to_each_kind():
        usual = fitted.trial.test_sequences
        long = np.tile(usual[0], LONG // max(1, len(usual[0])) + 1)[:LONG]
        predictions = _predicted(fitted, [*usual[:-1], long])
        require_finite(predictions, f"{fitted.kind}, an item of {LONG} bp")
        changed = fitted.predictions.copy()
        changed[:-1] = predictions[:-1]
        what = f"{fitted.kind}, beside a long item"
        require_same(changed, fitted.predictions, ROUNDING, what)


@check(
    tried=f"write the planted motif into {CHANGED_ITEMS} items without it, and change each of its "
    "bases: A and T to G, C and G to A; where nothing comes of it, write as many motifs as active "
    "items have, and change the bases of all",
    expected="predictions that change: with a single base or, for models that predict in steps, "
    "somewhere on the way from many motifs to none",
    mend="compute predictions from the sequence that `examples` gives; or say what the model reads "
    "in `reads` of the card",
)
def alleles(subject: Subject) -> None:
    """A change of one base is noticed."""
    if subject.card.reads not in READS_BASES:
        raise NotCheckedError(f"the card says that the model reads {subject.card.reads}")
    fitted = subject.fitted(subject.plan())
    inactive = np.flatnonzero(fitted.trial.test_truth[:, 0] == 0)[:CHANGED_ITEMS]
    for row in inactive:
        reference, places = _with_motif(fitted.trial.test_sequences[row])
        variants = [_substituted(reference, place) for place in places]
        predictions = _predicted(fitted, [reference, *variants])
        if any(differ(other[None], predictions[:1]) for other in predictions[1:]):
            return
    for row in inactive:
        many, none = _predicted(fitted, _many_and_none(fitted.trial.test_sequences[row]))
        if differ(none[None], many[None]):
            return
    raise NotConformingError("no change of a single base, nor of all, changes a prediction")


@check(
    tried=f"replace bases at {CHANGED_PLACES} places, on both ends and between, by the model's own "
    "`mutagenesis`, and predict the changed sequences anew",
    expected=f"the same predictions, within {ROUNDING:g} standard deviations",
    mend="leave `mutagenesis` away where it is not exact: each sequence is predicted anew then",
)
def mutagenesis(subject: Subject) -> None:
    """Changes are predicted as they are anew."""
    fitted = subject.fitted(subject.plan())
    codes = fitted.trial.test_sequences[0]
    length = subject.card.input_length(subject.preset_name, subject.settings)
    if length is not None:
        codes = fitted.trial.altered([codes]).windows(length)[0]
    own = fitted.model.mutagenesis(codes)
    if own is None:
        raise NotCheckedError("the model has no way of its own")
    places = np.unique(np.linspace(0, len(codes) - 1, CHANGED_PLACES).astype(np.int64))
    bases = np.arange(len(places), dtype=np.uint8) % 4
    changed = np.repeat(codes[None], len(places), axis=0)
    changed[np.arange(len(places)), places] = bases
    expected = _predicted(fitted, list(changed))
    require_same(np.asarray(own(places, bases)), expected, ROUNDING, f"{fitted.kind}, changes")


def _with_motif(codes: CodeArray) -> tuple[CodeArray, range]:
    """Write the first target's motif into the middle; return the sequence and the motif's place."""
    motif = MOTIFS[0][: len(codes)]
    start = (len(codes) - len(motif)) // 2
    changed = codes.copy()
    changed[start : start + len(motif)] = motif
    return changed, range(start, start + len(motif))


def _many_and_none(codes: CodeArray) -> list[CodeArray]:
    """Write the motif every `SPACING` bp, and change all of its bases."""
    pieces = np.array_split(codes, max(2, len(codes) // SPACING))
    with_motifs = [_with_motif(piece) for piece in pieces]
    many = np.concatenate([piece for piece, _ in with_motifs])
    none = [reduce(_substituted, places, piece) for piece, places in with_motifs]
    return [many, np.concatenate(none)]


def _substituted(reference: CodeArray, place: int) -> CodeArray:
    alternative = reference.copy()
    alternative[place] = {0: 2, 3: 2, 1: 0, 2: 0}[int(reference[place])]
    return alternative
