"""The child process that measures a curve: `python -m bench.profile.child FOLDER CURVE PLACE ...`.

It appends points to the curve's file, and tells the parent before and after each on standard output
as JSON lines. Where samples are taken in more than one round, it goes through the points again.
What a model prints goes to standard error, which is the curve's log. It ends before the last place
where memory ran out: what an allocator holds then would take the room of others.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from bench.profile.folder import ProfileFolder
from bench.profile.plan import has_network
from bench.profile.point import Bench, measure, measure_again, rounds_of
from bench.profile.records import ENDS, CurveSpec, Mode, Point
from bench.registry.model_class import load_model_class
from bench.run.spawned import end_with_parent, take_standard_output


def main(arguments: list[str]) -> int:
    """Measure the points that are named."""
    folder, curve_id, *places = arguments
    channel = take_standard_output()
    end_with_parent()
    profile = ProfileFolder(Path(folder))
    spec = profile.spec(curve_id)
    bench = _bench(spec)
    measured: list[Point] = []
    for place in map(int, places):
        _tell(channel, begun=place)
        if spec.compiled:
            _forget_compiled()
        # Together, so that a place either has all its points or is measured again.
        points = list(measure(bench, place))
        profile.add_points(curve_id, points)
        measured += points
        _tell(channel, finished=place, points=points)
        if any(point.status in ENDS for point in points) or bench.ran_out:
            break
    _again(bench, profile, measured, channel)
    return 0


def _again(bench: Bench, profile: ProfileFolder, points: Sequence[Point], channel: TextIO) -> None:
    """Take further samples of points, in rounds through all of them."""
    while points:
        points = [point for point in points if point.rounds < rounds_of(bench.spec, point)]
        for number, point in enumerate(points):
            _tell(channel, again=point.length)
            if bench.spec.compiled:
                _forget_compiled()
            points[number] = measure_again(bench, point)
            profile.replace_points(bench.spec.curve_id, points[number : number + 1])
            _tell(channel, points=points[number : number + 1])


def _tell(channel: TextIO, *, points: Sequence[Point] = (), **event: int) -> None:
    told = {"points": [json.loads(point.model_dump_json()) for point in points]}
    channel.write(json.dumps(event | told) + "\n")


def _forget_compiled() -> None:
    """Compile anew for each length: a program for any length is another one than for a first."""
    import torch

    torch._dynamo.reset()  # noqa: SLF001


def _bench(spec: CurveSpec) -> Bench:
    model_class = load_model_class(spec)
    networked = spec.mode is not Mode.FIT and has_network(model_class)
    if networked or spec.device == "cuda":
        import torch

        torch.set_num_threads(spec.threads)
        # As in predictions: single precision is what its name says.
        torch.backends.cudnn.allow_tf32 = False
        _load_kernels(spec)
    return Bench(
        spec=spec,
        model_class=model_class,
        is_network=networked,
    )


def _load_kernels(spec: CurveSpec) -> None:
    """Let torch load what it loads on first use, so that no model is charged with its memory."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    def use() -> None:
        layer = torch.nn.Conv1d(4, 8, 5, device=spec.device)
        layer(torch.rand(2, 4, 64, device=spec.device)).square().mean().backward()

    use()
    with FakeTensorMode():
        use()


if __name__ == "__main__":
    # Notes about kernels that are not there would fill the log at every step.
    warnings.filterwarnings("once", category=UserWarning)
    sys.exit(main(sys.argv[1:]))
