"""Counts of k-mers, as the sparse features of k-mer models.

A k-mer is written as a number in base 4, its leftmost base first (A 0, C 1, G 2, T 3), so that
numerical order is alphabetical order. A k-mer and its reverse complement share one canonical
column, that of the smaller of the two numbers: there are `4**k / 2` columns for odd k and
`(4**k + 2**k) / 2` for even k, where palindromes are their own partners.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bench.data.alphabet import N

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from bench.interface.arrays import CodeArray

LARGEST_K = 15
"""The longest k-mer whose number fits into an int32."""

ABSENT = -1
"""Stands where a k-mer holds an N."""


def kmer_count(k: int) -> int:
    """Return the number of canonical k-mers, for example 2,080 for k = 6.

    Raises:
        ValueError: k is not within 1 to 15.
    """
    _check_k(k)
    palindromes = 2**k if k % 2 == 0 else 0
    return int((4**k + palindromes) // 2)


@cache
def canonical_columns(k: int) -> NDArray[np.int32]:
    """Map each k-mer number to its canonical column.

    Args:
        k: length of the k-mers, 1 to 15; the table has `4**k` entries.

    Returns:
        int32 of shape `(4**k,)`, read-only. Columns count from 0 in the order of the smaller number
        of each pair; both members of a pair have the same column.

    Raises:
        ValueError: k is not within 1 to 15.
    """
    _check_k(k)
    numbers = np.arange(4**k, dtype=np.int32)
    smaller = np.minimum(numbers, reverse_complements(numbers, k))
    is_smaller = smaller == numbers
    ranks = np.cumsum(is_smaller, dtype=np.int32) - np.int32(1)
    columns: NDArray[np.int32] = ranks[smaller]
    columns.flags.writeable = False
    return columns


def reverse_complements(numbers: NDArray[np.int32], k: int) -> NDArray[np.int32]:
    """Return the numbers of the reverse complements of k-mers.

    Args:
        numbers: of k-mers, any shape, not negative.
        k: their length, 1 to 15.
    """
    rest = numbers.copy()
    reverse = np.zeros_like(numbers)
    for _ in range(k):
        reverse = reverse * 4 + (3 - rest % 4)
        rest //= 4
    return reverse


def kmer_codes(codes: CodeArray, k: int) -> NDArray[np.int32]:
    """Return the number of the k-mer that starts at each position.

    Args:
        codes: bases as codes, shape `(n, length)`.
        k: length of the k-mers, 1 to 15.

    Returns:
        int32 of shape `(n, max(0, length - k + 1))`, -1 where the k-mer holds an N.

    Raises:
        ValueError: k is not within 1 to 15.
    """
    return spaced_codes(codes, range(k))


def spaced_codes(codes: CodeArray, offsets: Sequence[int]) -> NDArray[np.int32]:
    """Return the number of the word that is read at `offsets` from each position.

    A k-mer has the offsets 0 to k - 1; a word with a gap leaves some out.

    Args:
        codes: bases as codes, shape `(n, length)`.
        offsets: where the letters of a word stand, rising from 0; 1 to 15 of them.

    Returns:
        int32 of shape `(n, max(0, length - offsets[-1]))`, -1 where the word holds an N.

    Raises:
        ValueError: there are not 1 to 15 offsets.
    """
    _check_k(len(offsets))
    count, length = codes.shape
    positions = max(0, length - offsets[-1])
    numbers = np.zeros((count, positions), dtype=np.int32)
    unknown = np.zeros((count, positions), dtype=bool)
    is_unknown = codes >= N
    for offset in offsets if positions else ():
        numbers *= 4
        numbers += codes[:, offset : offset + positions]
        unknown |= is_unknown[:, offset : offset + positions]
    numbers[unknown] = ABSENT
    return numbers


def count_kmers(codes: CodeArray, k: int, canonical: bool = True) -> csr_array:
    """Count the k-mers of each sequence.

    Only the given strand is read, so each occurrence counts once, that of a palindrome too; a k-mer
    with an N is skipped. With `canonical`, a sequence and its reverse complement have equal counts.

    Args:
        codes: bases as codes, shape `(n, length)`; sequences may be padded with N.
        k: length of the k-mers, 1 to 15.
        canonical: whether a k-mer and its reverse complement share a column.

    Returns:
        float32 counts of shape `(n, kmer_count(k))`, or `(n, 4**k)` where not canonical, with
        sorted column numbers (int32).

    Raises:
        ValueError: k is not within 1 to 15.
    """
    numbers = kmer_codes(codes, k)
    if not canonical:
        return count_words(numbers, 4**k)
    columns = canonical_columns(k)[numbers]
    columns[numbers == ABSENT] = ABSENT
    return count_words(columns, kmer_count(k))


def count_words(words: NDArray[np.int32], columns: int) -> csr_array:
    """Count how often each word number stands in each row.

    Args:
        words: word numbers below `columns`, shape `(n, positions)`; -1 is skipped.
        columns: number of different words.

    Returns:
        float32 counts of shape `(n, columns)` with sorted column numbers (int32).
    """
    from scipy.sparse import csr_array

    count, positions = words.shape
    ordered = np.sort(words, axis=1)
    first = np.ones(ordered.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    present = ordered.ravel() != ABSENT
    starts = np.flatnonzero(first.ravel() & present)
    # An occurrence belongs to the last start at or before it, so the distance between two starts is
    # a count, except across the absent words at the beginning of the next row.
    ends = np.append(starts[1:], count * positions)
    rows = starts // positions if positions else starts
    ends = np.minimum(ends, (rows + 1) * positions)
    indptr = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=count), out=indptr[1:])
    counts = (ends - starts).astype(np.float32)
    return csr_array((counts, ordered.ravel()[starts], indptr), shape=(count, columns))


def unit_rows(matrix: csr_array) -> csr_array:
    """Scale each row to unit Euclidean norm; a row of zeros stays as it is.

    Products of two such matrices are cosine similarities.
    """
    scaled = matrix.copy()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.bincount(rows, np.square(matrix.data, dtype=np.float64), matrix.shape[0])
    norms = np.sqrt(squares)
    scaled.data = (matrix.data / norms[rows]).astype(matrix.data.dtype)
    return scaled


def _check_k(k: int) -> None:
    if not 1 <= k <= LARGEST_K:
        raise ValueError(f"k is {k}, expected 1 to {LARGEST_K}")
