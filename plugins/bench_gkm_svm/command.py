"""The verbs of `python -m bench_gkm_svm`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.interface import BenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.data.fasta import FastaRecord
    from bench.interface import CodeArray

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Gapped k-mer SVMs from FASTA files; models are files of LS-GKM.",
)

Model = Annotated[Path, typer.Argument(help="Model file of LS-GKM, plain or compressed.")]
Out = Annotated[Path, typer.Argument(help="TSV file to write.")]
NPolicy = Annotated[
    str, typer.Option(help="What an N is: `lsgkm` reads it as A, `skip` leaves out its l-mers.")
]


@app.command("train")
def train(
    positives: Annotated[Path, typer.Argument(help="Sequences of the one class, FASTA.")],
    negatives: Annotated[Path, typer.Argument(help="Sequences of the other class, FASTA.")],
    model: Annotated[Path, typer.Argument(help="Model file to write; `.gz` is compressed.")],
    kernel: Annotated[int, typer.Option("-t", help="Kernel, 0 to 5, as in LS-GKM.")] = 2,
    l: Annotated[int, typer.Option("-l", help="Length of the l-mers.")] = 11,
    k: Annotated[int, typer.Option("-k", help="Informative positions.")] = 7,
    d: Annotated[int, typer.Option("-d", help="Most mismatches.")] = 3,
    cost: Annotated[float, typer.Option("-c", help="Cost of an error.")] = 1.0,
    weight: Annotated[float, typer.Option("-w", help="Factor on the cost of positives.")] = 1.0,
    gamma: Annotated[float, typer.Option("-g", help="Of the radial basis function.")] = 1.0,
    peak: Annotated[int, typer.Option("-M", help="Weight of the centre.")] = 50,
    half_life: Annotated[float, typer.Option("-H", help="Distance that halves it, bp.")] = 50.0,
    tolerance: Annotated[float, typer.Option("-e", help="Violation at which to stop.")] = 1e-3,
    n_policy: NPolicy = "lsgkm",
    device: Annotated[str, typer.Option(help="`cpu` or `cuda`.")] = "cpu",
) -> None:
    """Train a classifier, and write it as a model file of LS-GKM.

    Example: python -m bench_gkm_svm train bound.fa unbound.fa ctcf.model.txt
    """
    import numpy as np
    import torch

    from bench_gkm_svm.dual import classification
    from bench_gkm_svm.kernel import GkmKernel, KernelType
    from bench_gkm_svm.lsgkm import model_of, write_model
    from bench_gkm_svm.memory import machines_together, need_of
    from bench_gkm_svm.training import Training

    if kernel not in list(KernelType):
        raise BenchError(f"kernel is {kernel}, expected 0 to 5")
    given = GkmKernel(
        type=KernelType(kernel), l=l, k=k, d=d, gamma=gamma, peak=peak, half_life=half_life
    )
    records = [_records(path) for path in (positives, negatives)]
    codes, lengths = _padded([one for group in records for one in group], n_policy)
    machines_together(need_of(given, lengths, 1), device)
    training = Training.of(lambda: iter([(codes, lengths)]), given, device, _show)
    labels = torch.from_numpy(np.repeat([1.0, 0.0], [len(group) for group in records]))
    problem = classification(labels, cost, weight).to(device)
    solution = training.solve([problem], tolerance=tolerance, progress=_show)[0]
    write_model(model, model_of(training, solution))
    typer.echo(solution.summary, err=True)


@app.command("predict")
def predict(
    fasta: Annotated[Path, typer.Argument(help="Sequences to score, FASTA.")],
    model: Model,
    out: Out,
    n_policy: NPolicy = "lsgkm",
) -> None:
    """Score sequences: name and decision value, a line each.

    Example: python -m bench_gkm_svm predict new.fa ctcf.model.txt scores.tsv
    """
    from bench_gkm_svm.lsgkm import read_model

    scores = read_model(model).scores(n_policy)
    records = _records(fasta)
    values, empty = scores.of_sequences(*_padded(records, n_policy))
    if empty.any():
        typer.echo(f"{int(empty.sum())} sequences hold no l-mer, and get the bias alone", err=True)
    _write(out, [record.name for record in records], values[:, 0])


@app.command("weights")
def weights(
    model: Model,
    out: Out,
    length: Annotated[int, typer.Option(help="Length of the words; 0: the model's l.")] = 0,
    raw: Annotated[
        bool, typer.Option(help="The weights of l-mers as decision values sum them.")
    ] = False,
) -> None:
    """Write the table of word weights that deltaSVM needs: each word scored as a sequence.

    Example: python -m bench_gkm_svm weights ctcf.model.txt ctcf.weights.tsv
    """
    from bench_gkm_svm.lsgkm import read_model
    from bench_gkm_svm.scores import TableScores
    from bench_gkm_svm.word_table import WordTable

    scores = read_model(model).scores()
    if not raw:
        WordTable.of_words(scores, length or scores.kernel.l).write(out)
        return
    if not isinstance(scores, TableScores):
        raise BenchError("a machine with a radial basis function has no weights of l-mers")
    WordTable.of_lmers(scores).write(out)


@app.command("delta")
def delta(
    reference: Annotated[Path, typer.Argument(help="Reference alleles with flanks, FASTA.")],
    alternative: Annotated[Path, typer.Argument(help="The same with alternative alleles.")],
    table: Annotated[Path, typer.Argument(help="Table of word weights; see `weights`.")],
    out: Out,
) -> None:
    """Write deltaSVM of pairs of sequences: positive where the alternative is more active.

    Flanks of one base less than a word on either side hold all words that overlap the allele.

    Example: python -m bench_gkm_svm delta ref.fa alt.fa ctcf.weights.tsv delta.tsv
    """
    from bench.data.alphabet import decode
    from bench_gkm_svm.delta import delta_of_sequences
    from bench_gkm_svm.word_table import WordTable

    pairs = [_records(path) for path in (reference, alternative)]
    texts = [[decode(record.codes) for record in records] for records in pairs]
    deltas = delta_of_sequences(WordTable.read(table), *texts)
    _write(out, [record.name for record in pairs[0]], deltas)


@app.command("scan")
def scan(
    fasta: Annotated[Path, typer.Argument(help="Chromosomes, FASTA.")],
    model: Model,
    out: Annotated[Path, typer.Argument(help="bedGraph file to write.")],
    window: Annotated[int, typer.Option(help="bp over which weights are summed.")] = 200,
    step: Annotated[int, typer.Option(help="bp from one window to the next.")] = 50,
) -> None:
    """Score windows along chromosomes: the sum of the weights of their l-mers, without norms.

    Each score stands at the `step` bp in the middle of its window.

    Example: python -m bench_gkm_svm scan genome.fa ctcf.model.txt ctcf.bedgraph
    """
    import numpy as np

    from bench.data.fasta import read_fasta
    from bench.data.files import atomic_file
    from bench_gkm_svm.lsgkm import read_model
    from bench_gkm_svm.scores import TableScores

    scores = read_model(model).scores()
    if not isinstance(scores, TableScores):
        raise BenchError("a machine with a radial basis function has no weights of l-mers")
    if window < scores.kernel.l or not 1 <= step <= window:
        raise BenchError(
            f"window {window} and step {step}, expected a window of at least {scores.kernel.l} bp "
            "and a step from 1 to the window"
        )
    with atomic_file(out) as part, part.open("w") as file:
        for record in read_fasta(fasta):
            sums = np.concatenate([[0.0], np.cumsum(scores.along(record.codes), dtype=np.float64)])
            count = window - scores.kernel.l + 1
            for start in range(0, len(sums) - count, step):
                total = sums[start + count] - sums[start]
                middle = start + (window - step) // 2
                file.write(f"{record.name}\t{middle}\t{middle + step}\t{total:.6g}\n")


def _records(path: Path) -> list[FastaRecord]:
    from bench.data.fasta import read_fasta

    return list(read_fasta(path))


def _padded(records: list[FastaRecord], n_policy: str) -> tuple[CodeArray, NDArray[np.int64]]:
    import numpy as np

    from bench.data.alphabet import N
    from bench_gkm_svm.options import N_POLICIES

    if n_policy not in N_POLICIES:
        raise BenchError(f"n_policy is {n_policy!r}, expected one of {N_POLICIES}")
    lengths = np.array([len(record.codes) for record in records], dtype=np.int64)
    codes = np.full((len(records), int(lengths.max())), N, dtype=np.uint8)
    for row, record in enumerate(records):
        codes[row, : len(record.codes)] = record.codes
    if n_policy == "lsgkm":
        codes[codes == N] = 0
    return codes, lengths


def _write(path: Path, names: Iterable[str], values: NDArray[np.float64]) -> None:
    from bench.data.files import atomic_file

    with atomic_file(path) as part:
        rows = zip(names, values, strict=True)
        part.write_text("".join(f"{name}\t{value:.6g}\n" for name, value in rows))


def _show(done: int, total: int, note: str = "") -> None:
    import sys

    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{100 * done // max(1, total):3d} % {note:<20}{end}")
