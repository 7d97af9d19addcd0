"""`bench profile`: time, memory and arithmetic of models against the length of their input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.run import INTERRUPTED, RUNS
from bench.cli.session import PluginFiles, load_registry
from bench.interface.errors import BenchError

if TYPE_CHECKING:
    from bench.profile.folder import Curve
    from bench.profile.records import CurveSpec, Mode, Point

LENGTHS = {"cpu": "2k:131k", "cuda": "2k:1M"}
MEMORY_SHARE = 0.7
"""Of the memory that is free at the start."""


def profile(
    models: Annotated[
        str | None,
        typer.Option(
            help="Models, comma-separated: name or name:preset; default: all that read sequences. "
            "On a CPU a model's preset `compact` is taken where it has one and none is named."
        ),
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(
            help="bp of a sequence: 16k,196608, or doublings 2k:131k; k is 1,024. Default: 2k:131k "
            "on a CPU, 2k:1M on a GPU."
        ),
    ] = None,
    sequences: Annotated[
        str, typer.Option(help="Sequences that models are fitted to that are no networks.")
    ] = "1k:8k",
    modes: Annotated[
        str, typer.Option(help="What is timed: inference, training or both, comma-separated.")
    ] = "inference,training",
    batches: Annotated[
        str,
        typer.Option(help="Sequences at once: numbers, max (the largest that fits), all up to it."),
    ] = "1,max",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: model.setting=value.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    precision: Annotated[
        str | None,
        typer.Option(
            help="float32, bfloat16 or float16; default: float32 on a CPU, bfloat16 on a GPU."
        ),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Compile networks with torch.compile.")
    ] = False,
    recorded: Annotated[
        bool,
        typer.Option(
            "--recorded",
            help="On a GPU, record the kernels of an update of a network and replay them, which "
            "takes the host's part of the time away.",
        ),
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; default: all cores.")] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="About how long the samples of a point take together.")
    ] = 2.0,
    time_limit: Annotated[
        str, typer.Option(help="Of a point, such as 2m: what takes longer ends a curve.")
    ] = "2m",
    memory_limit: Annotated[
        str | None,
        typer.Option(help="Of a process, such as 8gb; default: 70 % of what is free."),
    ] = None,
    device_minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="Stop after so long; the most telling points come first."),
    ] = None,
    counting: Annotated[
        bool,
        typer.Option(
            "--counts/--no-counts",
            help="Count arithmetic after measuring, in as many processes as there are cores; with "
            "--no-counts a later command does so, for all curves of the folder.",
        ),
    ] = True,
    measuring: Annotated[
        bool,
        typer.Option(
            "--measure/--no-measure",
            help="With --no-measure only arithmetic is counted that is not counted yet, of the "
            "profile in --out, which may be one of another machine.",
        ),
    ] = True,
    retry: Annotated[
        bool, typer.Option("--retry", help="Measure the ends of curves again.")
    ] = False,
    targets: Annotated[
        int | None, typer.Option(min=1, help="Targets; default: those of the preset.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the profile.")] = RUNS / "profile",
    against: Annotated[
        Path | None,
        typer.Option(
            help="Profile folder of this machine: say what is slower than there, and exit with 1."
        ),
    ] = None,
    plugin: PluginFiles = None,
) -> None:
    """Measure speed and memory; the same command goes on, others add to the folder.

    Example: bench profile --models enformer,basenji2 --lengths 2k:131k
    """
    from bench.profile.lengths import parse_lengths
    from bench.profile.plan import ProfileOptions, parse_batches, plan_curves, usual_models
    from bench.profile.runner import ProfileRequest, writing
    from bench.profile.runner import profile as run_profile
    from bench.run.machine import core_count
    from bench.run.request import checked_device, checked_precision, setting_changes
    from bench.run.suite import parse_bytes, parse_seconds

    if not measuring:
        if not counting:
            raise BenchError("--no-measure --no-counts: nothing is left to do")
        _count(out)
        return
    registry = load_registry(plugin)
    checked_device(device)
    if recorded and device == "cpu":
        raise BenchError("--recorded: only kernels of a GPU are recorded; add --device cuda")
    usual_precision = "float32" if device == "cpu" else "bfloat16"
    options = ProfileOptions(
        device=device,
        precision=checked_precision(precision or usual_precision, device),
        compiled=compiled,
        recorded=recorded,
        threads=threads or core_count(),
        seconds=seconds,
        point_limit=parse_seconds(time_limit),
        memory_limit=_free_memory() if memory_limit is None else parse_bytes(memory_limit),
        targets=targets,
        batches=parse_batches(batches),
        modes=_modes(modes),
    )
    named = models.split(",") if models is not None else usual_models(registry)
    curves = plan_curves(
        named,
        setting_changes(set_ or (), {name.partition(":")[0].strip() for name in named}),
        options,
        registry,
        [str(path.resolve()) for path in plugin or ()],
    )
    request = ProfileRequest(
        curves=tuple(curves),
        lengths=parse_lengths(lengths or LENGTHS[device], "--lengths"),
        counts=parse_lengths(sequences, "--sequences"),
        minutes=device_minutes,
        retry=retry,
        counting=counting,
    )
    earlier = None if against is None else _earlier(against, device)
    try:
        with writing(out) as folder:
            in_time = run_profile(request, folder, _Lines())
    except KeyboardInterrupt:
        typer.echo("\ninterrupted; the same command goes on where it stopped", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if not in_time:
        typer.echo(
            "time is up; the same command goes on where it stopped, and with --no-measure, on any "
            "machine, arithmetic is counted that is not yet",
            err=True,
        )
    typer.echo(f"{out}: {'measured' if in_time else 'measured in part'}; see: bench report {out}")
    if earlier is not None:
        _compare(earlier, out)


def _count(out: Path) -> None:
    """Count what is not counted yet.

    Raises:
        BenchError: there is no profile, or something cannot be counted.
    """
    from bench.profile.counts import count_points
    from bench.profile.folder import ProfileFolder
    from bench.profile.runner import writing

    index = ProfileFolder(out).index()
    with writing(out) as folder:
        wrong = count_points(folder, [folder.spec(curve_id) for curve_id in index.curves])
    if wrong:
        raise BenchError("\n".join(wrong))
    typer.echo(f"{out}: counted; see: bench report {out}")


def _compare(earlier: list[Curve], out: Path) -> None:
    """Say what became slower or faster; exit with 1 where something became slower."""
    from bench.profile.against import compare

    found = compare(earlier, curves_of(out))
    if not found.changes and not found.lost:
        raise BenchError(
            "nothing to compare: no point of the earlier profile was measured here with the same "
            "settings, batch, precision and threads"
        )
    for change in found.told():
        typer.echo(change)
    if found.slower or found.lost:
        raise typer.Exit(1)


def _earlier(path: Path, device: str) -> list[Curve]:
    """Read the curves of a profile of this machine.

    Raises:
        BenchError: there is none, or it is one of another machine.
    """
    from bench.profile.folder import ProfileFolder
    from bench.run.machine import machine_hash

    if ProfileFolder(path).index().machine.machine != machine_hash(device):
        raise BenchError(f"{path} holds a profile of another machine, which tells nothing here")
    return curves_of(path)


def curves_of(path: Path) -> list[Curve]:
    """Read the curves of a profile.

    Raises:
        BenchError: there is none.
    """
    from bench.profile.folder import ProfileFolder

    return ProfileFolder(path).curves()


def _modes(text: str) -> tuple[Mode, ...]:
    from bench.profile.plan import MODES

    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in MODES]:
        raise BenchError(f"--modes {unknown[0]!r}: expected one of {', '.join(MODES)}")
    return tuple(mode for mode in MODES if mode in words)


def _free_memory() -> int:
    import psutil

    return int(MEMORY_SHARE * psutil.virtual_memory().available)


class _Lines:
    """Writes to standard error, so that standard output stays for results."""

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def on_point(self, spec: CurveSpec, point: Point) -> None:
        """Print what was measured."""
        from bench.profile.records import Mode

        where = (
            f"{point.sequences:,} sequences"
            if spec.mode is Mode.FIT
            else f"{point.length:,} bp x {point.sequences:,}"
        )
        if not point.seconds:
            self.say(f"  {where}: {point.status}: {point.reason}")
            return
        if point.round_failed:
            self.say(f"  {where}: {point.round_failed}")
            return
        memory = point.memory_bytes
        held = "" if memory is None else f", {memory / 1e6:,.0f} MB"
        noisy = " (noisy)" if point.is_noisy else ""
        rounds = f"{point.rounds} rounds: " if point.rounds > 1 else ""
        self.say(f"  {rounds}{where}: {point.median:.4g} s{noisy}{held}")
