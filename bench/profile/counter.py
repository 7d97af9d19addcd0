"""The child process that counts the arithmetic of points: `python -m bench.profile.counter ...`.

Its arguments are a profile folder, a curve and the points, each `LENGTH:SEQUENCES`. It tells each
on standard output as a JSON line. What a model prints goes to standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.profile.counted_steps import counts_of_step
from bench.profile.counting import Speeds
from bench.profile.folder import ProfileFolder
from bench.profile.probe import probe_key
from bench.registry.model_class import load_model_class
from bench.run.spawned import end_with_parent, take_standard_output


def main(arguments: list[str]) -> int:
    """Count the points that are named."""
    folder, curve_id, *places = arguments
    channel = take_standard_output()
    end_with_parent()
    profile = ProfileFolder(Path(folder))
    spec = profile.spec(curve_id)
    probe = profile.index().probes[probe_key(spec)]
    speeds = Speeds(probe.flops_per_second, probe.bytes_per_second)
    model = load_model_class(spec)(**spec.settings)
    for place in places:
        length, _, sequences = place.partition(":")
        published, computed = counts_of_step(model, spec, int(length), int(sequences), speeds)
        told = {
            "flops": published.flops,
            "flops_of_parts": published.flops_of_parts,
            "bytes_moved": computed.bytes_moved,
            "uncounted": dict(computed.uncounted),
            "predicted_seconds": computed.seconds,
        }
        channel.write(json.dumps({"place": place, "counts": told}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
