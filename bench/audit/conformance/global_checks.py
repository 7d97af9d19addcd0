"""Does the model leave the process as it found it?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotConformingError, check
from bench.audit.conformance.fresh_process import fit_afresh
from bench.audit.conformance.life import LifeRequest
from bench.audit.conformance.processes import last_words, run_module
from bench.audit.conformance.sources import foreign_modules

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject


@check(
    tried="import the model's module in a fresh process, after the packages that it imports, and "
    "compare the state of the process before and after",
    expected="no difference",
    mend="move what changes settings of the process (seeds, warning filters, environment, threads) "
    "from the module into the functions that need it, and put things back after",
    tries_model=False,
)
def import_state(subject: Subject) -> None:
    """Importing the model changes nothing global."""
    request = {
        "source": subject.source,
        "module": subject.target.partition(":")[0],
        "packages": sorted(foreign_modules(subject.target)),
    }
    done = run_module("bench.audit.conformance.import_state", json.dumps(request))
    if done.returncode != 0:
        raise NotConformingError(f"the import fails: {last_words(done)}")
    changed = json.loads(done.stdout.splitlines()[-1])
    if changed:
        raise NotConformingError(f"importing {request['module']} changes {', '.join(changed)}")


@check(
    tried="in a fresh process, with its libraries imported, make the model, fit, predict, save and "
    "load, and compare before and after: random generators, threads, default types, warnings, "
    "logging, environment, import path, working directory, signals",
    expected="no difference, and no file in the working directory",
    mend="use generators of your own, or put things back: `with torch.random.fork_rng():`, "
    "`with warnings.catch_warnings():`; write into context.scratch",
)
def global_state(subject: Subject) -> None:
    """Nothing global is changed."""
    plan = subject.fitted(subject.plan()).trial.plan
    request = LifeRequest(
        model=f"{subject.name}:{subject.preset_name}",
        plugin_files=subject.plugin_files,
        plan=plan,
        folder=subject.empty_folder(),
        libraries=_libraries(subject),
    )
    path = request.folder / "request.json"
    path.write_text(request.model_dump_json())
    done = run_module("bench.audit.conformance.life", str(path))
    if done.returncode != 0:
        raise NotConformingError(f"in a fresh process: {last_words(done)}")
    for stage, changed in json.loads((request.folder / "changed.json").read_text()).items():
        if changed:
            raise NotConformingError(f"{stage} changes {', '.join(changed)}")
    left = json.loads((request.folder / "left.json").read_text())
    if left:
        raise NotConformingError(f"leaves {', '.join(left)} in the working directory")


def _libraries(subject: Subject) -> list[str]:
    """Return the modules that a life of the model loads, but for the plugin's own.

    Those loaded here would do, but may be thousands that only other models or tests need.
    """
    if subject.modules is None:
        fit_afresh(subject)
    own = {subject.target.partition(":")[0].partition(".")[0], "__main__"}
    return [name for name in subject.modules or [] if name.partition(".")[0] not in own]
