"""Train, validation and test sets: by chromosome, by whole groups, and free of shared sequence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N, decode, reverse_complement
from bench.data.chromosomes import ChromosomeSplit
from bench.data.components import overlapping_rows
from bench.data.split_codes import EXCLUDED, TEST, TRAIN, VALID
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from bench.interface.arrays import CodeArray, IntArray

OVERLAP_POLICIES = ("error", "drop-from-train")


def by_chromosome(chroms: ArrayLike, build: ChromosomeSplit) -> NDArray[np.uint8]:
    """Divide items by the chromosome that they lie on.

    Args:
        chroms: names, shape `(n,)`.
        build: the lists of the genome build.

    Returns:
        Split codes, shape `(n,)`; `EXCLUDED` on mitochondria and unplaced contigs.

    Raises:
        BenchError: a name is not one of this build.
    """
    names, numbers = np.unique(np.asarray(chroms), return_inverse=True)
    codes = np.full(len(names), TRAIN, dtype=np.uint8)
    for number, name in enumerate(map(str, names)):
        build.check(name)
        if build.leaves_out(name):
            codes[number] = EXCLUDED
        elif name in build.test:
            codes[number] = TEST
        elif name in build.valid:
            codes[number] = VALID
    return codes[numbers.reshape(-1)]


def by_group(
    groups: ArrayLike, valid_fraction: float, test_fraction: float, seed: int
) -> NDArray[np.uint8]:
    """Divide items by whole groups.

    Groups are taken in the order of a seeded hash of their id. Each goes to test if it still fits
    there, else to validation if it fits there, else to train. The result depends on the ids, the
    sizes of the groups and the seed, not on the order of the items.

    Args:
        groups: ids, text or whole numbers, shape `(n,)`.
        valid_fraction: share of the items wanted in validation.
        test_fraction: share of the items wanted in test.
        seed: of the order in which groups are dealt.

    Returns:
        Split codes, shape `(n,)`. A set misses its share by at most half of the smallest group in
        train, unless train is one group.

    Raises:
        BenchError: a fraction is negative, or nothing is left for train.
    """
    if min(valid_fraction, test_fraction) < 0 or valid_fraction + test_fraction >= 1:
        raise BenchError(
            f"fractions {valid_fraction} for validation and {test_fraction} for test: expected "
            "numbers of at least 0 with a sum below 1"
        )
    names, numbers, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    wanted = {
        TEST: round(test_fraction * len(numbers)),
        VALID: round(valid_fraction * len(numbers)),
    }
    codes = _deal(_hash_order(names, seed), sizes, wanted)
    return codes[numbers.reshape(-1)]


def carve_valid(
    split: NDArray[np.uint8], groups: ArrayLike, fraction: float, seed: int
) -> NDArray[np.uint8]:
    """Move whole groups from train to validation, for data that come with train and test only.

    Args:
        split: codes, shape `(n,)`.
        groups: ids, text or whole numbers, shape `(n,)`.
        fraction: share of the training items wanted in validation.
        seed: of the order in which groups are dealt.

    Returns:
        New split codes, shape `(n,)`; items that are not in train keep theirs.

    Raises:
        BenchError: the fraction is negative or not below 1.
    """
    train = split == TRAIN
    carved = split.copy()
    carved[train] = by_group(np.asarray(groups)[train], fraction, 0.0, seed)
    return carved


def resolve_overlap(
    split: NDArray[np.uint8],
    sequences: Sequence[CodeArray],
    k: int,
    policy: str,
    name: str,
    items: Sequence[str] | None = None,
) -> tuple[NDArray[np.uint8], int]:
    """Find items of train and validation that share sequence with the test set.

    Args:
        split: codes, shape `(n,)`.
        sequences: one per item; only those of one split are held as k-mers at a time.
        k: length in bp of a word that may not be shared, on either strand.
        policy: "error", or "drop-from-train" to leave such items out.
        name: of the task, for the message.
        items: their ids, for the message; None: they are counted from 1.

    Returns:
        New split codes with such items `EXCLUDED`, and their number.

    Raises:
        BenchError: there are such items and the policy is "error", or the policy is unknown.
    """
    if policy not in OVERLAP_POLICIES:
        expected = " or ".join(map(repr, OVERLAP_POLICIES))
        raise BenchError(f"task {name}: overlap {policy!r}, expected {expected}")
    learnt = np.flatnonzero((split == TRAIN) | (split == VALID))
    test = np.flatnonzero(split == TEST)
    shared = overlapping_rows(
        [sequences[row] for row in learnt.tolist()], [sequences[row] for row in test.tolist()], k
    )
    rows = learnt[shared]
    if len(rows) and policy == "error":
        example = _example(sequences, int(rows[0]), test, k, items)
        raise BenchError(
            f"task {name}: {len(rows)} items of train or valid share a {k}-mer with the test set, "
            f"for example {example}; to leave them out, write in the manifest: "
            'overlap = "drop-from-train"'
        )
    resolved = split.copy()
    resolved[rows] = EXCLUDED
    return resolved, len(rows)


def _hash_order(names: NDArray[np.generic], seed: int) -> list[int]:
    """Order groups by a hash of seed and id, so that one more group hardly moves the others."""

    def digest(number: int) -> bytes:
        return hashlib.blake2b(f"{seed}:{names[number]}".encode(), digest_size=16).digest()

    return sorted(range(len(names)), key=digest)


def _deal(order: list[int], sizes: IntArray, wanted: dict[int, int]) -> NDArray[np.uint8]:
    """Give each group to the first set that it fits into, else to train."""
    codes = np.full(len(sizes), TRAIN, dtype=np.uint8)
    room = dict(wanted)
    for group in order:
        size = int(sizes[group])
        fitting = [code for code, left in room.items() if size <= left]
        if fitting:
            codes[group] = fitting[0]
            room[fitting[0]] -= size
    for code, left in room.items():
        _top_up(codes, sizes, order, code, left)
    return codes


def _top_up(
    codes: NDArray[np.uint8], sizes: IntArray, order: list[int], code: int, left: int
) -> None:
    """Overfill a set with the smallest group of train where that comes closer to its share."""
    train = [group for group in order if codes[group] == TRAIN]
    smallest = min(train, key=lambda group: int(sizes[group]), default=None)
    if smallest is not None and len(train) > 1 and sizes[smallest] < 2 * left:
        codes[smallest] = code


def _example(
    sequences: Sequence[CodeArray], row: int, test: IntArray, k: int, items: Sequence[str] | None
) -> str:
    """Name two items, by their ids or counted from 1, and show what they share."""
    partners = overlapping_rows([sequences[other] for other in test.tolist()], [sequences[row]], k)
    partner = int(test[partners][0])
    word = _shared_word(sequences[row], sequences[partner], k)
    first, second = (
        str(place + 1) if items is None else repr(items[place]) for place in (row, partner)
    )
    return f"items {first} and {second}, {decode(word)}"


def _shared_word(first: CodeArray, second: CodeArray, k: int) -> CodeArray:
    """Return the first k-mer of `first` that `second` has on either strand, or all of `first`."""
    strands = (second, reverse_complement(second))
    words = {
        strand[start : start + k].tobytes()
        for strand in strands
        for start in range(len(strand) - k + 1)
    }
    for start in range(len(first) - k + 1):
        word = first[start : start + k]
        if (word != N).all() and word.tobytes() in words:
            return word
    return first
