"""The verbs of `python -m bench_gkm_svm`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.interface import BenchError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Gapped k-mer SVMs from FASTA files; models are files of LS-GKM.",
)

Model = Annotated[
    Path,
    typer.Argument(
        help="Model file of LS-GKM, plain or compressed, or the folder `model` of a cell of a run."
    ),
]
Target = Annotated[int, typer.Option(help="Which target of a cell's model, from 1.")]
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
    weight: Annotated[
        float, typer.Option("-w", help="Factor on the cost of positives; 0: both classes alike.")
    ] = 1.0,
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

    from bench.interface import TaskKind
    from bench_gkm_svm.command_input import (
        padded_batches,
        records_of,
        require_device,
        require_place,
        show_progress,
    )
    from bench_gkm_svm.kernel import GkmKernel, KernelType
    from bench_gkm_svm.lsgkm import model_of
    from bench_gkm_svm.lsgkm_file import require_writable, write_model
    from bench_gkm_svm.memory import machines_together, need_of
    from bench_gkm_svm.options import Options
    from bench_gkm_svm.training import Training

    if kernel not in list(KernelType):
        raise BenchError(f"kernel is {kernel}, expected 0 to 5")
    given = GkmKernel(
        type=KernelType(kernel), l=l, k=k, d=d, gamma=gamma, peak=peak, half_life=half_life
    )
    options = Options(c=cost, positive_weight=weight, tolerance=tolerance, n_policy=n_policy)
    require_device(device)
    groups = [records_of(path) for path in (positives, negatives)]
    records = [record for group in groups for record in group]
    lengths = np.array([len(record.codes) for record in records])
    require_writable(given, int(lengths.max()))
    require_place(model)
    need = need_of(given, lengths, 1)
    typer.echo(need.told(machines_together(need, device), device), err=True)
    training = Training.of(lambda: padded_batches(records, n_policy), given, device, show_progress)
    labels = np.repeat([1.0, 0.0], [len(group) for group in groups])
    problem = options.problem(labels, TaskKind.CLASSIFICATION, cost).to(device)
    solution = training.solve([problem], tolerance=tolerance, progress=show_progress)[0]
    machine = model_of(training, solution)
    write_model(model, machine)
    typer.echo(solution.summary, err=True)
    if not solution.converged:
        typer.echo("warning: the solver has not converged", err=True)
    holding_n = sum("N" in sequence for sequence in machine.sequences)
    if holding_n:
        typer.echo(
            f"warning: {holding_n} support sequences hold an N, which LS-GKM reads as A: predict "
            "with --n-policy skip",
            err=True,
        )


@app.command("predict")
def predict(
    fasta: Annotated[Path, typer.Argument(help="Sequences to score, FASTA.")],
    model: Model,
    out: Out,
    n_policy: NPolicy = "lsgkm",
    target: Target = 1,
) -> None:
    """Score sequences: name and decision value, a line each.

    Example: python -m bench_gkm_svm predict new.fa ctcf.model.txt scores.tsv
    """
    import numpy as np

    from bench_gkm_svm.command_input import (
        padded_batches,
        records_of,
        require_place,
        scores_of,
        show_progress,
        write_values,
    )
    from bench_gkm_svm.options import Options

    Options(n_policy=n_policy)
    scores = scores_of(model, n_policy, target)
    records = records_of(fasta)
    require_place(out)
    values, without = [np.zeros(0)], 0
    for codes, lengths in padded_batches(records, n_policy):
        found, empty = scores.of_sequences(codes, lengths)
        values.append(found[:, 0])
        without += int(empty.sum())
        show_progress(sum(map(len, values)), len(records), "sequences")
    if without:
        typer.echo(
            f"{without} of {len(records)} sequences hold no {scores.kernel.l}-mer, and get the "
            "bias alone",
            err=True,
        )
    write_values(out, [record.name for record in records], np.concatenate(values))


@app.command("weights")
def weights(
    model: Model,
    out: Out,
    length: Annotated[
        int, typer.Option(help="Length of the words, from the model's l to 12; 0: the model's l.")
    ] = 0,
    raw: Annotated[
        bool, typer.Option(help="The weights of l-mers as decision values sum them.")
    ] = False,
    target: Target = 1,
) -> None:
    """Write the table of word weights that deltaSVM needs: each word scored as a sequence.

    A word and its reverse complement share a line. A name that ends in `.gz` is compressed.

    Example: python -m bench_gkm_svm weights ctcf.model.txt ctcf.weights.tsv
    """
    from bench_gkm_svm.command_input import require_place, scores_of, show_progress
    from bench_gkm_svm.scores import TableScores
    from bench_gkm_svm.word_table import WordTable

    scores = scores_of(model, target=target)
    require_place(out)
    if not raw:
        words = length or scores.kernel.l
        if scores.kernel.is_rbf:
            typer.echo(
                "with a radial basis function each word is compared with each support sequence: "
                "seconds for words of 6 bp, hours for 11",
                err=True,
            )
        WordTable.of_words(scores, words, progress=show_progress).write(out)
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

    Both files hold the same names in the same order. Flanks of one base less than a word on either
    side hold all words that overlap the allele. Words that hold an N are left out.

    Example: python -m bench_gkm_svm delta ref.fa alt.fa ctcf.weights.tsv delta.tsv
    """
    from bench.data.alphabet import decode
    from bench_gkm_svm.command_input import records_of, require_place, write_values
    from bench_gkm_svm.delta import delta_of_sequences
    from bench_gkm_svm.word_table import WordTable

    pairs = [records_of(path) for path in (reference, alternative)]
    for one, other in zip(*pairs, strict=False):
        if one.name != other.name:
            raise BenchError(
                f"{alternative}:{other.line}: record {other.name!r}, expected {one.name!r} as in "
                f"{reference}:{one.line}"
            )
    words = WordTable.read(table)
    for path, records in zip((reference, alternative), pairs, strict=True):
        short = next((one for one in records if len(one.codes) < words.length), None)
        if short is not None:
            raise BenchError(
                f"{path}:{short.line}: record {short.name!r} has {len(short.codes)} bp, expected "
                f"at least {words.length}, the length of a word"
            )
    require_place(out)
    texts = [[decode(record.codes) for record in records] for records in pairs]
    deltas = delta_of_sequences(words, *texts)
    write_values(out, [record.name for record in pairs[0]], deltas)


@app.command("scan")
def scan(
    fasta: Annotated[Path, typer.Argument(help="Chromosomes, FASTA.")],
    model: Model,
    out: Annotated[Path, typer.Argument(help="bedGraph file to write.")],
    window: Annotated[int, typer.Option(help="bp over which weights are summed.")] = 200,
    step: Annotated[int, typer.Option(help="bp from one window to the next.")] = 50,
    target: Target = 1,
) -> None:
    """Score windows along chromosomes: the sum of the weights of their l-mers.

    Neither norm nor bias enter. Each score stands at the `step` bp in the middle of its window.
    L-mers that hold an N are left out, and windows without any other.

    Example: python -m bench_gkm_svm scan genome.fa ctcf.model.txt ctcf.bedgraph
    """
    from bench.data.fasta import read_fasta
    from bench.data.files import atomic_file
    from bench_gkm_svm.command_input import require_place, scores_of, window_sums
    from bench_gkm_svm.scores import TableScores

    scores = scores_of(model, target=target)
    if not isinstance(scores, TableScores):
        raise BenchError("a machine with a radial basis function has no weights of l-mers")
    if scores.kernel.weighs_places:
        raise BenchError(
            f"kernel {scores.kernel.type:d} weighs l-mers by their distance from a centre, which a "
            "chromosome has not: cut windows and score them with predict"
        )
    if window < scores.kernel.l or not 1 <= step <= window:
        raise BenchError(
            f"window {window} and step {step}, expected a window of at least {scores.kernel.l} bp "
            "and a step from 1 to the window"
        )
    require_place(out)
    with atomic_file(out) as part, part.open("w") as file:
        for record in read_fasta(fasta):
            if len(record.codes) < window:
                typer.echo(
                    f"{record.name} is shorter than the window of {window} bp, and left out",
                    err=True,
                )
            for start, total in window_sums(scores, record.codes, window, step):
                middle = start + (window - step) // 2
                file.write(f"{record.name}\t{middle}\t{middle + step}\t{total:.6g}\n")
