"""The child process that counts the arithmetic of steps: `python -m bench.profile.counter ...`.

Its arguments are a profile folder and the steps, each `CURVE/LENGTH:WINDOWS,WINDOWS,...`: at one
length on one or more numbers of windows. It tells each on standard output as a JSON line, also what
could not be counted. What a model prints goes to standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.profile.counted_steps import count_steps
from bench.profile.counting import Counts, Speeds
from bench.profile.folder import ProfileFolder
from bench.profile.probe import probe_key
from bench.registry.model_class import load_model_class
from bench.run.spawned import end_with_parent, take_standard_output


def main(arguments: list[str]) -> int:
    """Count the steps that are named."""
    folder, *places = arguments
    channel = take_standard_output()
    end_with_parent()
    profile = ProfileFolder(Path(folder))
    for place in places:
        told: dict[str, object] = {"place": place}
        try:
            told["counts"] = _counted(profile, place)
        except Exception as error:  # noqa: BLE001  a model may fail in any way; others are counted
            first = (str(error).splitlines() or [""])[0]
            told["wrong"] = f"{type(error).__name__}: {first}"
        channel.write(json.dumps(told) + "\n")
    return 0


def _counted(profile: ProfileFolder, place: str) -> dict[int, dict[str, Any]]:
    curve_id, _, step = place.partition("/")
    length, _, windows = step.partition(":")
    spec = profile.spec(curve_id)
    probe = profile.index().probes[probe_key(spec)]
    speeds = Speeds(probe.flops_per_second, probe.bytes_per_second)
    model = load_model_class(spec)(**spec.settings)
    published, computed = count_steps(model, spec, int(length), speeds)
    return {
        number: _told(published.on(number), computed.on(number))
        for number in map(int, windows.split(","))
    }


def _told(published: Counts, computed: Counts) -> dict[str, Any]:
    return {
        "flops": published.flops,
        "flops_of_parts": published.flops_of_parts,
        "bytes_moved": computed.bytes_moved,
        "uncounted": dict(computed.uncounted),
        "predicted_seconds": computed.seconds,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
