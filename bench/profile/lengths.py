"""Lengths and counts as a user writes them: `2k:131k`, `16k,196608`, `1M`."""

from __future__ import annotations

import re

from bench.interface.errors import BenchError

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
NUMBER = re.compile(r"(\d+)([kKmM]?)")
EXPECTED = "expected numbers such as 196608 or 16k, or doublings such as 2k:131k; k is 1,024"


def parse_lengths(text: str, option: str) -> tuple[int, ...]:
    """Read numbers and ranges that double, separated by commas.

    A range holds its first number, twice as many, and so on up to its last. 131k is 134,144, which
    131,072 does not exceed.

    Args:
        text: what the user typed.
        option: where, for the message.

    Returns:
        Distinct numbers, the smallest first.

    Raises:
        BenchError: no such number, or a range that ends before it begins.
    """
    found: set[int] = set()
    for word in text.split(","):
        first, colon, last = word.strip().partition(":")
        low = _number(first, text, option)
        high = _number(last, text, option) if colon else low
        if high < low:
            raise BenchError(f"{option} {word.strip()!r} ends before it begins; {EXPECTED}")
        while low <= high:
            found.add(low)
            low *= 2
    return tuple(sorted(found))


def _number(word: str, text: str, option: str) -> int:
    match = NUMBER.fullmatch(word.strip())
    value = int(match[1]) * UNITS[match[2].lower()] if match else 0
    if not value:
        raise BenchError(f"{option} {text!r}: {EXPECTED}")
    return value
