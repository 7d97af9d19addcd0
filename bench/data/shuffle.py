"""Shuffled sequences: what a sequence would be by its composition alone.

The dinucleotide shuffle is that of Altschul & Erickson (1985, Mol Biol Evol 2:526). A sequence is a
path through a graph whose vertices are letters and whose edges are its dinucleotides; a sequence
with the same dinucleotides and the same first and last letter is another path over all
edges. The last edges by which such a path leaves each letter form a tree that leads to the last
letter. With a tree drawn uniformly (Wilson 1996, doi:10.1145/237814.237880) and all other
edges in random order, every such sequence is equally likely. N is a fifth letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import LETTERS

if TYPE_CHECKING:
    from bench.interface.arrays import CodeArray


def dinucleotide_shuffles(sequences: Sequence[CodeArray], seed: int) -> list[CodeArray]:
    """Shuffle each sequence, keeping its dinucleotide counts and its first and last letter.

    A shuffle depends on the seed and on the sequence itself, not on the other sequences or on
    its place among them; equal sequences have equal shuffles.
    """
    return [dinucleotide_shuffle(codes, _stream(codes, seed)) for codes in sequences]


def mononucleotide_shuffles(sequences: Sequence[CodeArray], seed: int) -> list[CodeArray]:
    """Shuffle each sequence, keeping its letter counts; reproducible as `dinucleotide_shuffles`."""
    return [mononucleotide_shuffle(codes, _stream(codes, seed)) for codes in sequences]


def mononucleotide_shuffle(codes: CodeArray, rng: np.random.Generator) -> CodeArray:
    """Return codes of shape `(length,)` in uniformly random order."""
    return rng.permutation(codes)


def dinucleotide_shuffle(codes: CodeArray, rng: np.random.Generator) -> CodeArray:
    """Draw uniformly from all sequences with the same dinucleotide counts and ends.

    Args:
        codes: shape `(length,)`.
        rng: where the randomness comes from.

    Returns:
        A new array of the same shape.
    """
    if len(codes) < 4:
        return codes.copy()
    followers = _followers(codes, rng)
    _place_last_edges(followers, int(codes[-1]), rng)
    steps = [iter(letters).__next__ for letters in followers]
    letter = int(codes[0])
    path = [letter]
    for _ in range(len(codes) - 1):
        letter = steps[letter]()
        path.append(letter)
    return np.array(path, dtype=np.uint8)


def _stream(codes: CodeArray, seed: int) -> np.random.Generator:
    digest = hashlib.blake2b(codes.tobytes(), digest_size=16).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])


def _followers(codes: CodeArray, rng: np.random.Generator) -> list[list[int]]:
    """List, for each letter, the letters that follow it somewhere, in random order."""
    before, after = codes[:-1], codes[1:]
    order = rng.permutation(len(before))
    order = order[np.argsort(before[order], kind="stable")]
    ends = np.cumsum(np.bincount(before, minlength=len(LETTERS))).tolist()
    ordered = after[order].tolist()
    return [ordered[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _place_last_edges(followers: list[list[int]], root: int, rng: np.random.Generator) -> None:
    """Move to the end of each list the edge by which the letter is to be left for good.

    The edges are chosen by a random walk from each letter in turn until it meets the tree;
    the last edge taken from a letter remains, so that loops are erased. An edge is chosen by its
    place in a list whose order is random, so the choice does not depend on that order, and swapping
    it to the end leaves the other edges in uniformly random order.
    """
    # A step that stays at its letter is a loop, and is never in the tree.
    leaving = [
        [place for place, follower in enumerate(letters) if follower != letter]
        for letter, letters in enumerate(followers)
    ]
    done = {root}
    for start, places in enumerate(leaving):
        if start in done or not places:
            continue
        chosen: dict[int, int] = {}
        letter = start
        while letter not in done:
            chosen[letter] = leaving[letter][rng.integers(len(leaving[letter]))]
            letter = followers[letter][chosen[letter]]
        letter = start
        while letter not in done:
            done.add(letter)
            letters, place = followers[letter], chosen[letter]
            letter = letters[place]
            letters[place], letters[-1] = letters[-1], letters[place]
