"""The checks of models as tests, for the authors of plugins.

    import pytest

    @pytest.mark.bench_model("my-model")
    def test_conforms(bench_check):
        bench_check()

becomes one test for each check. `bench_model("my-model:compact", plugin="my_model.py")` names a
preset, and a plugin that is a file. A check that does not apply is skipped; a model of which
nothing could be checked fails the session.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.audit.conformance.check import CheckResult
    from bench.audit.conformance.subject import Subject

    SubjectOf = Callable[[str, Path | None], Subject]

MARK = "bench_model"
FIXTURE = "bench_check"


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker, and watch outcomes where they come together."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(name, plugin=None): the model, name or name:preset, that {FIXTURE} checks",
    )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Verdicts(), "bench-verdicts")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each check."""
    if FIXTURE in metafunc.fixturenames:
        from bench.audit.conformance.catalogue import CHECKS

        metafunc.parametrize(FIXTURE, [one.name for one in CHECKS], indirect=True)


@pytest.fixture(scope="session")
def bench_subjects(tmp_path_factory: pytest.TempPathFactory) -> SubjectOf:
    """Models on trial: each is found once, so that its checks share what was fitted."""
    from bench.audit.conformance.subject import Subject
    from bench.interface.errors import BenchError
    from bench.registry.discovery import discover
    from bench.registry.registry import Registry

    registry = Registry()
    known: dict[tuple[str, Path | None], Subject] = {}

    def subject(name: str, plugin: Path | None) -> Subject:
        nonlocal registry
        key = (name, plugin)
        if key not in known:
            folder = tmp_path_factory.mktemp("bench-check")
            try:
                registry = discover([plugin] if plugin else [])
                known[key] = Subject(registry, name, folder)
            except BenchError as error:
                pytest.fail("\n".join([str(error), *registry.problems]), pytrace=False)
        return known[key]

    return subject


@pytest.fixture
def bench_check(request: pytest.FixtureRequest, bench_subjects: SubjectOf) -> Callable[[], None]:
    """Return a function that makes one check of the model that the marker names."""
    from bench.audit.conformance.catalogue import CHECKS
    from bench.audit.conformance.conduct import conduct

    name, plugin = _marked(request)
    chosen = next(one for one in CHECKS if one.name == request.param)
    if chosen.tries_model:
        request.node.user_properties.append((MARK, name))

    def check() -> None:
        result = conduct(chosen, bench_subjects(name, plugin))
        if result.outcome == "skipped":
            pytest.skip(result.found)
        if result.outcome == "failed":
            pytest.fail(_described(result), pytrace=False)

    return check


def _marked(request: pytest.FixtureRequest) -> tuple[str, Path | None]:
    marker = request.node.get_closest_marker(MARK)
    if marker is None or len(marker.args) != 1:
        pytest.fail(f'{FIXTURE} needs the marker pytest.mark.{MARK}("name")', pytrace=False)
    plugin = marker.kwargs.get("plugin")
    return marker.args[0], None if plugin is None else Path(plugin)


def _described(result: CheckResult) -> str:
    return (
        f"tried     {result.tried}\nexpected  {result.expected}\n"
        f"found     {result.found}\nto mend   {result.mend}"
    )


class Verdicts:
    """Fails a session in which nothing of a model could be checked."""

    def __init__(self) -> None:
        self._outcomes: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a check that runs a model."""
        if report.when == "call":
            for name, value in report.user_properties:
                if name == MARK:
                    self._outcomes.setdefault(str(value), set()).add(report.outcome)

    @property
    def unchecked(self) -> list[str]:
        """Models all of whose checks were skipped."""
        return sorted(name for name, seen in self._outcomes.items() if seen == {"skipped"})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let the session fail."""
        if self.unchecked and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why."""
        for name in self.unchecked:
            terminalreporter.write_line(
                f"nothing of model {name} was checked, which counts as a failure", red=True
            )
