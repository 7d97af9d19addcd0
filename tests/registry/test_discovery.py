from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.interface.errors import BenchError
from bench.interface.names import nearest
from bench.registry.discovery import discover
from bench.registry.entries import Catalogue, Entry

PLUGIN = """
from bench.interface import ModelCard, Output, Preset, StrandPolicy, TaskKind, hookimpl

CARD = ModelCard(
    name="{name}", summary="s", family="f", paper="p", year=2026,
    tasks={{TaskKind.CLASSIFICATION: Output.MARGIN}}, strands=StrandPolicy.GIVEN,
    presets={{"only": Preset()}}, interface_version={version},
)

@hookimpl
def {hook}(register):
    register.model(CARD, "{stem}:Model")
    {after}
"""


@pytest.fixture
def write_plugin(tmp_path):
    written = []

    def write(stem, name="mine", hook="bench_models", version=1, after="pass", body=None):
        path = tmp_path / f"{stem}.py"
        path.write_text(
            body or PLUGIN.format(name=name, hook=hook, version=version, stem=stem, after=after)
        )
        written.append(stem)
        return path

    yield write
    for stem in written:
        sys.modules.pop(stem, None)


def test_built_in_and_installed_plugins_register_through_the_same_hooks():
    registry = discover()
    assert not registry.problems
    assert {"kmer-svm", "prevalence", "pwm"} <= {entry.name for entry in registry.models}
    assert "auroc" in registry.metrics
    assert "local" in registry.executors
    assert "chipseq" in registry.suites
    assert {plugin.name for plugin in registry.plugins} >= {"baselines", "datasets"}


def test_a_plugin_file_adds_its_model(write_plugin):
    registry = discover([write_plugin("plugin_one")])
    entry = registry.models["mine"]
    assert entry.target == "plugin_one:Model"
    assert "plugin_one.py" in entry.origin


def test_a_plugin_that_exits_is_set_aside(write_plugin):
    registry = discover([write_plugin("plugin_exits", body="raise SystemExit(0)")])
    assert "SystemExit" in registry.problems[0]
    assert "gc" in {entry.name for entry in registry.models}


def test_a_missing_plugin_file_is_an_error(tmp_path):
    with pytest.raises(BenchError, match="no such file"):
        discover([tmp_path / "absent.py"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"body": "raise RuntimeError('boom')"}, "RuntimeError: boom"),
        ({"body": "import no_such_package"}, "no_such_package"),
        ({"body": "def broken(:"}, "SyntaxError"),
        ({"hook": "bench_model"}, "unknown hook 'bench_model'; did you mean 'bench_models'"),
        ({"version": 0}, "interface version 0"),
        ({"after": "raise ValueError('late')"}, "ValueError: late"),
        ({"name": "Not A Name"}, "expected lower-case"),
    ],
)
def test_a_broken_plugin_is_named_and_set_aside(write_plugin, options, message):
    registry = discover([write_plugin("plugin_broken", **options)])
    (problem,) = registry.problems
    assert "plugin_broken" in problem
    assert message in problem
    assert "mine" not in registry.models
    assert "kmer-svm" in registry.models


def test_a_name_that_two_plugins_claim_is_an_error_that_names_both(write_plugin):
    registry = discover([write_plugin("plugin_a"), write_plugin("plugin_b")])
    assert len(registry.problems) == 1
    with pytest.raises(BenchError) as caught:
        registry.models["mine"]
    assert "plugin_a.py" in str(caught.value)
    assert "plugin_b.py" in str(caught.value)
    assert "kmer-svm" in registry.models


def test_a_built_in_name_cannot_be_taken_over(write_plugin):
    registry = discover([write_plugin("plugin_thief", name="kmer-svm")])
    with pytest.raises(BenchError, match="registered by kmer-svm"):
        registry.models["kmer-svm"]


def test_a_plugin_file_must_not_shadow_a_module(write_plugin):
    registry = discover([write_plugin("statistics")])
    assert "rename the file" in registry.problems[0]


def test_a_plugin_file_may_lie_on_the_import_path(write_plugin, monkeypatch):
    path = write_plugin("plugin_on_path")
    monkeypatch.syspath_prepend(str(path.parent))
    assert not discover([path]).problems


def test_an_unknown_name_comes_with_the_nearest():
    with pytest.raises(BenchError, match="unknown model 'kmersvm'; did you mean 'kmer-svm'"):
        discover().models["kmersvm"]


def test_nearest_lists_what_is_known_when_nothing_is_close():
    assert nearest("xyz", ["auroc", "auprc"]) == "known: auprc, auroc"
    assert nearest("xyz", []) == "known: none"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no_such_module:Class", "no module 'no_such_module'"),
        ("bench.interface:NoSuch", "has no 'NoSuch'"),
    ],
)
def test_a_target_that_cannot_be_imported_names_its_plugin(target, message):
    entry = Entry("m", None, "someone's plugin", target)
    with pytest.raises(BenchError, match=message) as caught:
        entry.load()
    assert "someone's plugin" in str(caught.value)


def test_a_missing_dependency_of_a_target_is_named(write_plugin, monkeypatch):
    path = write_plugin("plugin_needy", body="import no_such_package")
    monkeypatch.syspath_prepend(path.parent)
    with pytest.raises(BenchError, match="needs no_such_package"):
        Entry("m", None, "p", "plugin_needy:Class").load()


def test_a_catalogue_iterates_in_order_of_registration():
    catalogue: Catalogue[int] = Catalogue("thing")
    assert catalogue.add(Entry("b", 1, "p")) is None
    assert catalogue.add(Entry("a", 2, "p")) is None
    assert [entry.name for entry in catalogue] == ["b", "a"]
    assert len(catalogue) == 2


def test_plugin_paths_are_resolved(write_plugin):
    path = write_plugin("plugin_path")
    assert discover([Path(path)]).plugin_files == (path.resolve(),)
