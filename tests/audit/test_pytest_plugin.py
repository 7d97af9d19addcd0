"""The checks as tests in the session of a plugin's author."""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent / "faulty_models.py"

TEST = """
import pytest

@pytest.mark.bench_model({model!r}, plugin={plugin!r})
def test_conforms(bench_check):
    bench_check()
"""


@pytest.fixture
def session(pytester):
    """Run the checks whose names hold some text, in a session of their own."""

    def run(model, *options, test=TEST):
        pytester.makepyfile(test.format(model=model, plugin=str(PLUGIN)))
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", *options)

    return run


def test_each_check_is_a_test(session):
    session("sound", "-k", "batches or single-item or resumes").assert_outcomes(passed=2, skipped=1)


def test_a_fault_fails_with_what_to_do(session):
    result = session("batch-mean", "-k", "batches")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["tried *", "expected *", "found *apart", "to mend *"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_model_that_cannot_be_checked_fails_the_session(session, workers):
    result = session("missing-package", *workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes
    assert outcomes["skipped"] > 20
    result.stdout.fnmatch_lines(["nothing of model missing-package was checked*"])


def test_the_marker_is_needed(session):
    result = session("sound", "-k", "batches", test="def test_conforms(bench_check):\n    pass\n")
    result.stdout.fnmatch_lines(['*needs the marker pytest.mark.bench_model("name")'])


def test_a_plugin_that_cannot_be_imported_is_told(pytester):
    pytester.makepyfile(broken="import no_such_package")
    pytester.makepyfile(TEST.format(model="mine", plugin="broken.py"))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-k", "batches")
    result.stdout.fnmatch_lines(["*unknown model 'mine'*", "*No module named 'no_such_package'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_unknown_model_is_told(session):
    result = session("soud", "-k", "batches")
    result.stdout.fnmatch_lines(["*unknown model 'soud'; did you mean 'sound'*"])
