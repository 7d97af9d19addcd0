"""Scores under a key of INFO of a VCF file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.data.vcf import VcfReader, VcfRecord
from bench.interface import DataError
from bench.interface.names import nearest
from bench_external.scored import ScoredVariant, parse_score

ENDS = (".vcf", ".vcf.gz", ".vcf.bgz")
DECLARED = re.compile(r"##INFO=<(?:.*,)?ID=([^,>]+)")
NO_VALUE = "."


class ScoreVcf:
    """A VCF file with a score for each alternative allele, or one for all of a line.

    Args:
        path: the file, plain, gzip or bgzip.
        key: of INFO, which the header declares.

    Raises:
        DataError: no such file, no VCF header, or no such key.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key
        self._reader = VcfReader(path)
        found = (DECLARED.match(text) for text in self._reader.header.lines)
        keys = [match[1] for match in found if match]
        if not key:
            raise DataError(path, f"column names no key of INFO; {nearest('', keys)}")
        if key not in keys:
            raise DataError(path, f"the header declares no INFO {key!r}; {nearest(key, keys)}")

    def __iter__(self) -> Iterator[ScoredVariant]:
        """Yield alleles that are sequences.

        Raises:
            DataError: a malformed line, a score that is no number, or another number of scores than
                of alleles.
        """
        for record in self._reader:
            scores = self._scores(record)
            for alt, score in zip(record.alts, scores, strict=True):
                if alt is not None:
                    yield ScoredVariant(
                        record.line, record.chrom, record.start, record.ref, alt, score
                    )

    def _scores(self, record: VcfRecord) -> list[float]:
        info = dict(word.partition("=")[::2] for word in record.fields[7].split(";"))
        text = info.get(self._key, NO_VALUE)
        words = text.split(",")
        if len(words) == 1:
            words *= len(record.alts)
        if len(words) != len(record.alts):
            raise DataError(
                self.path,
                f"INFO {self._key}={text} has {len(words)} numbers, expected 1 or as many as "
                f"alternative alleles, {len(record.alts)}",
                record.line,
            )
        return [parse_score(word, f"INFO {self._key}", self.path, record.line) for word in words]
