"""The child process that measures a curve: `python -m bench.profile.child FOLDER CURVE WHAT ...`.

It measures each place that is named, and at the word `again` takes another round of samples of all
points that have one left. It writes points to the curve's file, and tells the parent before and
after each on standard output as JSON lines. What a model prints goes to standard error, which is
the curve's log. It ends after a place where memory ran out: what an allocator holds then would take
the room of others.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from bench.profile.another_round import measure_again
from bench.profile.folder import ProfileFolder
from bench.profile.plan import has_network
from bench.profile.point import Bench, measure
from bench.profile.records import ENDS, CurveSpec, Mode, Point
from bench.profile.rounds import AGAIN, left_to_sample
from bench.registry.model_class import load_model_class
from bench.run.spawned import end_with_parent, take_standard_output


def main(arguments: list[str]) -> int:
    """Measure the points that are named."""
    folder, curve_id, *asked = arguments
    channel = take_standard_output()
    end_with_parent()
    profile = ProfileFolder(Path(folder))
    bench = _bench(profile.spec(curve_id))
    places = [int(word) for word in asked if word != AGAIN]
    all_measured = _measure(bench, profile, places, channel)
    if AGAIN in asked and all_measured:
        _sample_again(bench, profile, channel)
    return 0


def _measure(bench: Bench, profile: ProfileFolder, places: Sequence[int], channel: TextIO) -> bool:
    """Measure places one after the other, up to an end of the curve; return whether all are."""
    for place in places:
        _tell(channel, begun=place)
        if bench.spec.compiled:
            _forget_compiled()
        # Together, so that a place either has all its points or is measured again. Where memory
        # ran out, the largest batch may be one that was measured on the way.
        points = list({point.sequences: point for point in measure(bench, place)}.values())
        profile.add_points(bench.spec.curve_id, points)
        _tell(channel, finished=place, points=points)
        if bench.ran_out or any(point.status in ENDS for point in points):
            return False
    return True


def _sample_again(bench: Bench, profile: ProfileFolder, channel: TextIO) -> None:
    """Take the samples that are left, in rounds through all points."""
    curve_id = bench.spec.curve_id
    while points := left_to_sample(bench.spec, profile.points(curve_id)):
        for point in points:
            _tell(channel, again=True)
            sampled = measure_again(bench, point)
            profile.replace_points(curve_id, [sampled])
            _tell(channel, points=[sampled])


def _tell(channel: TextIO, *, points: Sequence[Point] = (), **event: object) -> None:
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
