"""Seven short sequences, made the same way on every machine, and their codes."""

from __future__ import annotations

import numpy as np

LENGTHS = (80, 61, 45, 70, 33, 64)
LETTERS = "ACGT"
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def sequences() -> list[str]:
    """Return six sequences of two shared pieces and noise, and the reverse complement of one."""
    shared = [letters(13, 14), letters(14, 12)]
    made = []
    for number, length in enumerate(LENGTHS):
        noise = letters(number, length)
        start = 3 + number
        piece = shared[number % 2]
        made.append(noise[:start] + piece + noise[start + len(piece) :])
    # A run of one letter has an l-mer many times over.
    made[4] = made[4][:20] + "A" * 14
    return [*made, made[1].translate(COMPLEMENT)[::-1]]


def letters(seed: int, length: int) -> str:
    """Draw letters from a linear congruential generator (constants of Numerical Recipes)."""
    state, drawn = seed, []
    for _ in range(length + 4):
        state = (1664525 * state + 1013904223) % 2**32
        drawn.append(LETTERS[state >> 30])
    return "".join(drawn[4:])


def codes_of(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return padded codes and lengths."""
    lengths = np.array([len(text) for text in texts])
    codes = np.full((len(texts), lengths.max()), 4, dtype=np.uint8)
    for row, text in enumerate(texts):
        codes[row, : len(text)] = [LETTERS.find(letter) % 5 for letter in text]
    return codes, lengths
