"""Which rules an audit went by: a hash of the code of its checks."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from bench.data.syntax_hash import syntax_hash

DIGITS = 12


@cache
def rules_hash() -> str:
    """Hash the checks and what they count as a fault, without their documentation."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(syntax_hash(path).encode())
    return digest.hexdigest()[:DIGITS]
