"""Which chromosomes of a genome build are for validation and test.

There is one list per build, and every task on that build uses it, so that a model which stands on
another model was never shown the test sequence by way of that other model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.interface.errors import BenchError
from bench.interface.names import nearest

LEFT_OUT = frozenset({"chrM", "chrMT", "chrMito", "chrEBV"})
"""Names of the mitochondrial genome and of the virus in analysis sets; they are in no split."""

ROMAN = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromosomeSplit:
    """How one genome build is divided.

    Any name outside of the three lists that is not left out is refused: it may be that of a test
    chromosome in another convention. `foreign` maps names of other conventions onto the names
    of this build, for the message. `has_contigs` says that names with an underscore are unplaced,
    alternative or patch contigs, which may repeat sequence of any chromosome and are left out.
    """

    build: str
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]
    foreign: tuple[tuple[str, str], ...] = ()
    has_contigs: bool = False

    def leaves_out(self, chrom: str) -> bool:
        """Tell whether a chromosome belongs to no split."""
        return chrom in LEFT_OUT or (self.has_contigs and chrom.startswith("chr") and "_" in chrom)

    def check(self, chrom: str) -> None:
        """Refuse a name that no chromosome of this build has.

        Raises:
            BenchError: the name is foreign, such as "8" for "chr8".
        """
        own = dict(self.foreign).get(chrom)
        if own is not None:
            raise BenchError(f"chromosome {chrom!r}: genome build {self.build} names it {own!r}")
        known = (*self.train, *self.valid, *self.test)
        if chrom not in known and not self.leaves_out(chrom):
            raise BenchError(
                f"chromosome {chrom!r} is not one of genome build {self.build}; "
                f"{nearest(chrom, known)}"
            )


def _others(names: Iterable[str], *held_out: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in held_out)


def _mammal(build: str, autosomes: int) -> ChromosomeSplit:
    numbers = (*(str(number) for number in range(1, autosomes + 1)), "X", "Y")
    return ChromosomeSplit(
        build=build,
        train=_others((f"chr{number}" for number in numbers), "chr7", "chr8", "chr9"),
        valid=("chr7",),
        test=("chr8", "chr9"),
        foreign=tuple((number, f"chr{number}") for number in numbers),
        has_contigs=True,
    )


def _yeast() -> ChromosomeSplit:
    foreign = []
    for number, roman in enumerate(ROMAN.split(), start=1):
        own = f"chr{roman}"
        foreign += [(f"chr{number}", own), (str(number), own), (roman, own)]
    return ChromosomeSplit(
        build="sacCer3",
        train=_others(
            (f"chr{roman}" for roman in ROMAN.split()), "chrIX", "chrXI", "chrIV", "chrXIII"
        ),
        valid=("chrIX", "chrXI"),
        test=("chrIV", "chrXIII"),
        foreign=tuple(foreign),
    )


CHROMOSOME_SPLITS = {
    split.build: split
    for split in (
        _mammal("hg19", 22),
        _mammal("hg38", 22),
        _mammal("mm10", 19),
        _yeast(),
        ChromosomeSplit(
            build="sim1", train=("sim1", "sim2", "sim3", "sim6"), valid=("sim4",), test=("sim5",)
        ),
        ChromosomeSplit(
            build="simlong",
            train=tuple(f"long{number}" for number in range(1, 6)),
            valid=("long6",),
            test=("long7", "long8"),
        ),
    )
}


def chromosome_split(build: str) -> ChromosomeSplit:
    """Return the split of a genome build.

    Raises:
        BenchError: no split is known for the build.
    """
    if build not in CHROMOSOME_SPLITS:
        raise BenchError(
            f"genome build {build!r} has no split by chromosome: the manifest can name one, "
            f"chromosomes = {{ train = [...], valid = [...], test = [...] }}; "
            f"{nearest(build, CHROMOSOME_SPLITS)}"
        )
    return CHROMOSOME_SPLITS[build]
