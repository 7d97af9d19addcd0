"""Each check tells a model with one fault from a sound one."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.audit.conformance.catalogue import CHECKS
from bench.audit.conformance.conduct import check_model, conduct, was_checked
from bench.audit.conformance.subject import Subject
from bench.interface import BenchError
from bench.registry.discovery import discover

PLUGIN = Path(__file__).parent / "faulty_models.py"
SUBTLE = Path(__file__).parent / "subtle_models.py"
BY_NAME = {one.name: one for one in CHECKS}


@pytest.fixture(scope="module")
def registry():
    found = discover([PLUGIN, SUBTLE])
    assert not [problem for problem in found.problems if "_models" in problem]
    return found


@pytest.fixture
def result(registry, tmp_path):
    """Run one check on one model."""

    def run(model, check):
        return conduct(BY_NAME[check], Subject(registry, model, tmp_path))

    return run


FAULTS = [
    # What the card says.
    ("poor-card", "card", "summary is ''; family is empty; a year .2026. but no paper"),
    ("odd-output", "card", "output of classification is value, expected margin or probability"),
    ("unsaid", "packages", "imports scipy, which packages leaves out"),
    ("no-default", "settings", "argument 'k' of the constructor has no default"),
    ("other-setting", "settings", "preset default: the constructor does not take 'width'"),
    ("other-card", "settings", "card is not the registered card"),
    ("no-model", "settings", "fitted is no subclass of"),
    ("counted", "parameters", "11 trainable parameters with 1 targets, the card says 12"),
    ("count-left-out", "parameters", "11 trainable parameters with 1 targets, the card says None"),
    ("not-countable", "parameters", "the card says 12, the model cannot be counted"),
    ("reads-further", "input-length", "reads 120 bp, input_length is 100"),
    ("reads-window", "input-length", "reads windows of 120 bp, input_length is None"),
    ("reads-places", "coordinates", "asks for items, uses_coordinates is False"),
    ("ignores-places", "coordinates", "never asks for items"),
    # What predictions are.
    ("fails", "fits", r"ValueError: nothing to be learnt \(faulty_models.py:\d+\)"),
    ("needs-two", "fits", "ValueError: Expected more than 1 value per channel"),
    ("transposed", "shapes", r"classification: shape \(1, 129\), expected \(129, 1\)"),
    ("whole-numbers", "shapes", "numbers of type int"),
    ("bins-last", "shapes", r"profile: shape \(129, 1, 4\), expected \(129, 4, 1\)"),
    ("no-probability", "output-kind", "probabilities from"),
    ("wrong-level", "output-kind", "mean prediction -9"),
    ("dropout", "repeatable", "the second time: item"),
    ("batch-mean", "batches", "7 at a time: item .* standard deviations apart"),
    ("row-number", "batches", "7 at a time"),
    ("normalised", "batches", "7 at a time"),
    ("padding-counted", "batches", "7 at a time"),
    ("padding-counted", "long-items", "beside a long item"),
    ("squeezed", "single-item", r"shape \(1,\), expected \(1, 1\)"),
    ("crashes-on-one", "single-item", r"IndexError: too few items \(faulty_models.py:\d+\)"),
    ("gaps-spread", "unmeasured", "item 0 is predicted .*nan"),
    ("one-target", "several-targets", r"shape \(300, 1\), expected \(300, 3\)"),
    ("one-head", "several-heads", r"head other: shape \(300, 1\)"),
    ("first-for-all", "several-targets", "head default, target 1: AUROC 0.[3-6]"),
    ("several-scores", "several-targets", "head default: target 1 orders items unlike target 0"),
    ("first-only", "several-targets", "target 1: AUROC 0.500 of all signals against none"),
    ("one-score-of-nothing", "several-targets", "AUROC 0.500 of all signals against none"),
    ("columns-reversed", "several-targets", "head default, target 0: AUROC 0.[3-6]"),
    ("default-for-all", "several-heads", "head other, target 0: AUROC 0.[3-6]"),
    ("gaps-are-zero", "unmeasured", "values that were not measured are read as 0"),
    ("flat", "shapes", r"classification: shape \(129,\), expected \(129, 1\)"),
    ("regression-batch", "batches", "regression, 7 at a time: item"),
    ("in-words", "output-kind", "probabilities from"),
    ("shifted", "input-length", "windows of 100 bp shifted by 200 bp, input_length is 100"),
    # How sequences are read.
    ("first-strand", "strands", "other strand: item"),
    ("augmented", "strands", "AUROC 0.[0-7].* on the other strand"),
    ("not-augmented", "strands", "AUROC 0.[0-6].* on the other strand"),
    ("turned-after", "unknown-bases", "N is read as a base, the card says neutral"),
    ("turned-after-c", "unknown-bases", "N is read as a base, the card says neutral"),
    ("n-is-a", "unknown-bases", "N is read as A, the card says neutral"),
    ("n-is-not-a", "unknown-bases", "N is read as no base, the card says as-a"),
    ("not-finite", "unknown-bases", "nothing but N: item 0 is predicted .nan."),
    ("not-finite", "short-items", "items of 1 bp: item 0 is predicted .nan."),
    ("deaf", "alleles", "no change of a single base"),
    ("changes-nothing", "mutagenesis", "classification, changes: item"),
    # What is learnt.
    ("unlearning", "learns", "classification: AUROC 0.[3-7]"),
    ("remembers", "shuffled-labels", "AUROC 1.000"),
    ("asks-for-targets", "test-targets", "asks for targets in predict"),
    ("looks-behind", "test-targets", "with other test targets: item"),
    # What it depends on.
    ("global-draws", "same-seed", "with the same seed: item"),
    ("seed-unused", "other-seed", "the same predictions, uses_seed is True"),
    ("seed-denied", "other-seed", "different predictions, uses_seed is False"),
    ("sharded", "threads", "with two threads: item"),
    ("process-number", "fresh-process", "in a fresh process: item"),
    # What is kept, and what is left behind.
    ("level-forgotten", "save-and-load", "classification, head default of 1 targets, loaded: item"),
    ("other-head-forgotten", "save-and-load", "head other of 2 targets, loaded: item"),
    ("left-in-class", "save-and-load", "in a fresh process: AttributeError"),
    ("packed-pickle", "saved-files", "other.gz holds a pickle"),
    ("pickled", "saved-files", "odd.npy holds a pickle"),
    ("never-resumes", "resumes", "4 steps after the kill, 4 in all"),
    ("resumes-elsewhere", "resumes", "after the kill: item"),
    ("silent", "resumes", "reports progress 0 times"),
    ("seeds-when-made", "global-state", "the constructor changes the state of `random`"),
    ("sets-up-once", "global-state", "fit changes warning filters"),
    ("moves-in-load", "global-state", "load changes the working directory"),
    ("global-seed", "global-state", "fit changes the state of `numpy.random`"),
    ("torch-seed", "global-state", "fit changes the state of torch's generator"),
    ("torch-threads", "global-state", "changes torch's number of threads"),
    ("loud", "global-state", "fit changes warning filters"),
    ("littering", "global-state", "leaves weights.tmp in the working directory"),
]


@pytest.mark.parametrize(("model", "check", "found"), FAULTS)
def test_a_fault_is_found_and_told(result, model, check, found):
    told = result(model, check)
    assert told.outcome == "failed", told
    assert re.search(found, told.found), told.found
    assert told.tried
    assert told.expected
    assert told.mend


def test_every_check_has_a_planted_fault():
    without = {"lower-case", "imports", "import-state"}
    assert {check for _, check, _ in FAULTS} == set(BY_NAME) - without


@pytest.mark.parametrize("model", ["sound", "fixed", "composition", "resumes", "one-kind"])
def test_a_sound_model_passes(registry, tmp_path, model):
    results = list(check_model(Subject(registry, model, tmp_path)))
    failed = [result for result in results if result.outcome == "failed"]
    assert not failed
    skipped = {result.check for result in results if result.outcome == "skipped"}
    assert skipped <= {"resumes", "strands", "mutagenesis"}
    assert was_checked(results)


def test_a_sound_model_of_profiles_passes(registry, tmp_path):
    results = list(check_model(Subject(registry, "profiles", tmp_path)))
    # The plugin finds its neighbour through the import path, which is noticed.
    assert {one.check for one in results if one.outcome == "failed"} == {"import-state"}
    assert was_checked(results)


def test_a_missing_package_skips_what_runs_the_model(registry, tmp_path):
    results = list(check_model(Subject(registry, "missing-package", tmp_path)))
    reasons = {result.found for result in results if result.outcome == "skipped"}
    assert reasons == {"needs no-such-package, not installed"}
    assert not was_checked(results)


def test_a_kind_without_trials_is_not_checked(registry, tmp_path):
    results = list(check_model(Subject(registry, "other-kind", tmp_path), [BY_NAME["fits"]]))
    assert results[0].outcome == "skipped"
    assert (
        "trials exist for classification, regression, expression, profile only" in results[0].found
    )


def test_a_model_that_predicts_in_steps_may_pass_over_single_bases(result):
    assert result("stepwise", "alleles").outcome == "passed"


def test_an_honest_card_says_that_n_is_read_as_a(result):
    assert result("says-so", "unknown-bases").outcome == "passed"


@pytest.mark.parametrize("check", ["several-targets", "several-heads"])
def test_one_score_for_all_targets_may_be_said(result, check):
    assert result("says-one-score", check).outcome == "passed"


def test_a_number_of_threads_that_enters_the_cell_is_not_checked(result):
    told = result("uses-threads", "threads")
    assert told.outcome == "skipped"
    assert "uses_threads=True" in told.found


def test_what_is_never_fitted_is_not_checked(registry, tmp_path):
    results = list(check_model(Subject(registry, "never-fits", tmp_path)))
    # The plugin finds its neighbour through the import path, which is noticed.
    assert {one.check for one in results if one.outcome == "failed"} == {"import-state"}
    assert not was_checked(results)


def test_some_checks_are_enough_where_only_they_are_asked_for(registry, tmp_path):
    subject = Subject(registry, "sound", tmp_path)
    assert was_checked(list(check_model(subject, [BY_NAME["card"]])))
    assert not was_checked(list(check_model(subject, [BY_NAME["resumes"]])))


def test_a_wrong_shape_is_blamed_once(registry, tmp_path):
    subject = Subject(registry, "flat", tmp_path)
    results = {
        one.check: one for one in check_model(subject, [BY_NAME["shapes"], BY_NAME["learns"]])
    }
    assert results["shapes"].outcome == "failed"
    assert results["learns"].outcome == "skipped"
    assert "see the check shapes" in results["learns"].found


def test_the_remedy_suits_the_error(result):
    assert "bench/interface" not in result("no-model", "settings").mend
    assert "name a class that is there" not in result("no-default", "settings").mend
    assert "a last batch of one item" in result("needs-two", "fits").mend


def test_a_fit_that_cannot_be_repeated_is_not_blamed_on_test_targets(result):
    told = result("dropout", "test-targets")
    assert told.outcome == "skipped"
    assert "see the check same-seed" in told.found


def test_one_failed_fit_is_told_once(registry, tmp_path):
    results = list(check_model(Subject(registry, "fails", tmp_path)))
    told = [one.check for one in results if "nothing to be learnt" in one.found]
    assert told[0] == "fits"
    again = next(one for one in results if one.check == "batches")
    assert again.found == "the model could not be fitted; see the check before"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("import torch", "imports torch"),
        ("import scipy.stats, pandas", "imports pandas, pyarrow, scipy"),
        ("def bench_models(register):\n    import torch", "imports torch"),
        ("raise RuntimeError('boom')", "the import fails: RuntimeError: boom"),
    ],
)
def test_heavy_imports_at_registration(tmp_path, body, found):
    from bench.audit.conformance.card_checks import imports

    path = tmp_path / "heavy_plugin.py"
    path.write_text(body)

    class Registered:
        source = str(path)
        working_folder = tmp_path

    told = conduct(replace(imports), Registered())
    assert told.outcome == "failed"
    assert found in told.found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import warnings; warnings.filterwarnings('ignore')", "warning filters"),
        ("import numpy as np; np.random.seed(42)", "the state of `numpy.random`"),
        ("import os; os.environ['CUDA_VISIBLE_DEVICES'] = '0'", "the environment"),
        ("import torch; torch.set_num_threads(1)", "torch's number of threads"),
        ("import logging; logging.basicConfig(level=10)", "logging"),
    ],
)
def test_a_module_that_changes_the_process_when_it_is_imported(
    tmp_path, forget_plugins, line, found
):
    path = tmp_path / "changing_model.py"
    name = "faulty_models:{name}"
    path.write_text(f"{PLUGIN.read_text()}\n{line}\n".replace(name, "changing_model:{name}"))
    told = conduct(BY_NAME["import-state"], Subject(discover([path]), "sound", tmp_path))
    assert told.outcome == "failed"
    assert told.found == f"importing changing_model changes {found}"


def test_unknown_models_and_presets_are_errors(registry, tmp_path):
    with pytest.raises(BenchError, match="unknown model 'soud'; did you mean 'sound'"):
        Subject(registry, "soud", tmp_path)
    with pytest.raises(BenchError, match="model sound has no preset 'big'"):
        Subject(registry, "sound:big", tmp_path)


def test_the_compact_preset_is_tried(registry, tmp_path):
    assert Subject(registry, "kmer-svm", tmp_path).preset_name == "compact"
    assert Subject(registry, "kmer-svm:weighted", tmp_path).preset_name == "weighted"
    assert Subject(registry, "gc", tmp_path).preset_name == "default"


def test_checks_leave_the_process_as_it_was(registry, tmp_path):
    np.random.seed(5)
    before = np.random.get_state()[1].copy(), list(warnings.filters), Path.cwd()
    conduct(BY_NAME["global-state"], Subject(registry, "sound", tmp_path))
    assert (np.random.get_state()[1] == before[0]).all()
    assert list(warnings.filters) == before[1]
    assert Path.cwd() == before[2]
