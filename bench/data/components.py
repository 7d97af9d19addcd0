"""Which sequences share a k-mer on either strand.

A k-mer and its reverse complement have one key. Up to 32 bp the key is the k-mer itself, two bits a
base; beyond that it is a 64-bit hash of the 128 bits that hold it, so that two different k-mers are
taken for one with a probability of the order of 2^-64. Whole sequences are compared by
64-bit hashes too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.data.alphabet import N, reverse_complement
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray, IntArray

Keys: TypeAlias = NDArray[np.uint64]

WORD = 32
"""Bases that fit into 64 bits."""
CHUNK = 1 << 18
"""Bases read at a time; bounds the memory for keys in the making."""


def shared_kmer_components(sequences: Sequence[CodeArray], k: int = 50) -> IntArray:
    """Find the connected components of sequences that share a k-mer on either strand.

    k-mers that hold N are ignored. Sequences that are equal, or equal to the other's reverse
    complement, are in one component even where they have no k-mer.

    Args:
        sequences: codes, each of any length.
        k: length in bp, 1 to 64.

    Returns:
        Component of each sequence, int64 of shape `(n,)`. A component's id is a hash of one of its
        sequences: ids are not consecutive, and they depend neither on the order of the sequences
        nor on sequences in other components.

    Raises:
        BenchError: `k` is out of range.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _check_length(k)
    count = len(sequences)
    identities = sequence_hashes(sequences)
    keys, owners = _all_keys(sequences, k)
    pairs = [_links(keys, owners), _links(identities, np.arange(count, dtype=np.int32))]
    del keys, owners
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    components, numbers = connected_components(graph, directed=False)
    ids = np.full(components, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(ids, numbers, identities)
    # One bit less makes room for the sign.
    return (ids >> np.uint64(1)).astype(np.int64)[numbers]


def joined(components: IntArray, *labels: NDArray[np.generic]) -> IntArray:
    """Unite components whose sequences share a label of any further kind, such as a gene.

    Args:
        components: ids of `shared_kmer_components`, shape `(n,)`.
        labels: names or numbers, each of shape `(n,)`.

    Returns:
        Ids of the united components, int64 of shape `(n,)`: the least of the ids of their parts.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(components)
    rows = np.arange(count)
    kinds = [np.unique(kind, return_inverse=True)[1].reshape(-1) for kind in (components, *labels)]
    # A node for every row and one for every label of every kind; a row is tied to its labels.
    offsets = count + np.cumsum([0, *(int(kind.max(initial=-1)) + 1 for kind in kinds)])
    ends = [kind + offset for kind, offset in zip(kinds, offsets, strict=False)]
    graph = coo_array(
        (
            np.ones(count * len(kinds), dtype=np.int8),
            (np.tile(rows, len(kinds)), np.concatenate(ends)),
        ),
        shape=(int(offsets[-1]), int(offsets[-1])),
    )
    number, numbers = connected_components(graph, directed=False)
    ids = np.full(number, np.iinfo(np.int64).max)
    np.minimum.at(ids, numbers[:count], components)
    united: IntArray = ids[numbers[:count]]
    return united


def overlapping_rows(
    train: Sequence[CodeArray], test: Sequence[CodeArray], k: int = 50
) -> NDArray[np.bool_]:
    """Tell which training sequences share a k-mer on either strand with any test sequence.

    k-mers that hold N are ignored. A training sequence that equals a test sequence, or its reverse
    complement, counts even where it has no k-mer.

    Args:
        train: codes, each of any length; read in parts, so that there may be many.
        test: codes, each of any length.
        k: length in bp, 1 to 64.

    Returns:
        Mask, shape `(len(train),)`.

    Raises:
        BenchError: `k` is out of range.
    """
    _check_length(k)
    shared = _among(sequence_hashes(train), np.sort(sequence_hashes(test)))
    known = np.sort(_all_keys(test, k)[0])
    for keys, owners in _chunks(train, k):
        shared[owners[_among(keys, known)]] = True
    return shared


def _check_length(k: int) -> None:
    if not 1 <= k <= 2 * WORD:
        raise BenchError(f"k-mers of {k} bp: expected 1 to {2 * WORD}")


def _among(keys: Keys, known: Keys) -> NDArray[np.bool_]:
    """Tell which keys are among the sorted `known`."""
    found = np.zeros(len(keys), dtype=bool)
    if len(known):
        # Looked up in order, neighbours in memory are met together: ten times faster.
        order = np.argsort(keys)
        ordered = keys[order]
        found[order] = known[np.searchsorted(known[:-1], ordered)] == ordered
    return found


def _links(keys: Keys, owners: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pair up owners of equal keys so that all owners of one key are connected."""
    order = np.argsort(keys)
    ordered = keys[order]
    equal = np.flatnonzero(ordered[1:] == ordered[:-1])
    left, right = owners[order[equal]], owners[order[equal + 1]]
    other = left != right
    return left[other], right[other]


def sequence_hashes(sequences: Sequence[CodeArray]) -> Keys:
    """Hash whole sequences, the same for both strands, `uint64` of shape `(n,)`."""
    identities = np.empty(len(sequences), dtype=np.uint64)
    for row, codes in enumerate(sequences):
        text = min(codes.tobytes(), reverse_complement(codes).tobytes())
        digest = hashlib.blake2b(text, digest_size=8).digest()
        identities[row] = int.from_bytes(digest, "little")
    return identities


def _all_keys(sequences: Sequence[CodeArray], k: int) -> tuple[Keys, NDArray[np.int32]]:
    parts = list(_chunks(sequences, k))
    if not parts:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int32)
    return np.concatenate([keys for keys, _ in parts]), np.concatenate([rows for _, rows in parts])


def _chunks(sequences: Sequence[CodeArray], k: int) -> Iterator[tuple[Keys, NDArray[np.int32]]]:
    """Yield keys of all k-mers without N, and the row of the sequence that each stands in."""
    rows: list[int] = []
    size = 0
    for row, codes in enumerate(sequences):
        if len(codes) < k:
            continue
        rows.append(row)
        size += len(codes)
        if size >= CHUNK:
            yield _keys(sequences, rows, k)
            rows, size = [], 0
    if rows:
        yield _keys(sequences, rows, k)


def _keys(
    sequences: Sequence[CodeArray], rows: list[int], k: int
) -> tuple[Keys, NDArray[np.int32]]:
    """Keys of the k-mers of some sequences; they are joined by N, which no k-mer may hold."""
    gap = np.array([N], dtype=np.uint8)
    joined = np.concatenate([part for row in rows for part in (sequences[row], gap)])
    lengths = [len(sequences[row]) + 1 for row in rows]
    owners = np.repeat(np.array(rows, dtype=np.int32), lengths)[: len(joined) - k + 1]
    unknown = np.concatenate(([0], np.cumsum(joined == N)))
    clean = unknown[k:] == unknown[:-k]
    bases = joined & np.uint8(3)
    forward = _one_strand(bases, k)
    backward = _one_strand(np.uint8(3) - bases[::-1], k)[::-1]
    return np.minimum(forward, backward)[clean], owners[clean]


def _one_strand(bases: CodeArray, k: int) -> Keys:
    """Key of the k-mer at each position of one strand, shape `(length - k + 1,)`."""
    width = min(k, WORD)
    packed = _packed(bases.astype(np.uint64), width)
    if k == width:
        return packed
    # The first and the last 32 bases together are the whole k-mer.
    return _mixed(_mixed(packed[: width - k]) ^ packed[k - width :])


def _packed(bases: Keys, width: int) -> Keys:
    """Pack `width` bases from each position on into one number, two bits a base."""
    if width == 1:
        return bases
    half = _packed(bases, width // 2)
    reach = width // 2
    packed = half[:-reach] << np.uint64(2 * reach) | half[reach:]
    if width % 2:
        packed = packed[:-1] << np.uint64(2) | bases[width - 1 :]
    return packed


def _mixed(keys: Keys) -> Keys:
    """Spread every bit over all bits: the finaliser of SplitMix64 (doi:10.1145/2714064.2660195)."""
    keys = keys ^ keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys
