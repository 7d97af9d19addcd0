"""What `bench motifs` found, as tables and as one record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.effects.matching import SIGNIFICANT
from bench.effects.recovery import Estimate, Recovery

if TYPE_CHECKING:
    from bench.data.motifs import Motif
    from bench.effects.called import CalledShare
    from bench.effects.matching import Match


def flat_table(records: Sequence[Recovery | CalledShare]) -> pd.DataFrame:
    """Return one row for each record; an estimate takes three columns, with its ends."""
    rows = []
    for record in records:
        row: dict[str, Any] = {}
        for one in fields(record):
            value = getattr(record, one.name)
            row |= _spread(one.name, value) if isinstance(value, Estimate) else {one.name: value}
        rows.append(row)
    return pd.DataFrame(rows)


def _spread(name: str, value: Estimate) -> dict[str, float]:
    return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}


def match_table(
    queries: Sequence[Motif], motifs: Sequence[Motif], matches: Sequence[Match]
) -> pd.DataFrame:
    """Return one row for each query with its best known motif, the surest first."""
    rows = [
        {
            "filter": queries[match.query].name,
            "sites": queries[match.query].sites,
            "consensus": queries[match.query].consensus,
            "bits": float(queries[match.query].bits.sum()),
            "motif": motifs[match.motif].name,
            "strand": match.strand,
            "offset": match.offset,
            "overlap": match.overlap,
            "correlation": match.correlation,
            "p_value": match.p_value,
            "q_value": match.q_value,
        }
        for match in sorted(matches, key=lambda one: (one.q_value, one.p_value, -one.correlation))
    ]
    return pd.DataFrame(rows)


def named_motifs(motifs: Sequence[Motif], matches: Sequence[Match]) -> list[str]:
    """Return the known motifs that are a query's best match and significant, in their order."""
    named = {match.motif for match in matches if match.q_value < SIGNIFICANT}
    return [motifs[number].name for number in sorted(named)]


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Make a record of what JSON can hold: records as mappings, and null for NaN."""
    return {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401  as it came
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return plain(asdict(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
