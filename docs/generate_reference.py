"""Writes the parts of the reference that follow from the code.

`python docs/generate_reference.py` replaces, in the pages of docs/reference, what stands between
`<!-- generated: NAME -->` and `<!-- end generated -->`; the rest is written by hand. With `--check`
nothing is written, and the exit code is 1 where a page is out of date.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_args, get_type_hints

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bench import interface
from bench.audit.conformance.catalogue import CHECKS
from bench.cli.app import app
from bench.interface import card as card_module
from bench.interface import context as context_module
from bench.interface import hooks
from bench.profile.records import Point
from bench.registry.discovery import HOOKS, discover
from bench.registry.entries import Catalogue
from bench.report.csv_columns import COLUMNS, HEADERS
from bench.run.result import (
    AlleleScoring,
    CellSpec,
    Cost,
    MetricResult,
    Provenance,
    Result,
    Status,
    TargetScore,
)
from bench.run.store import RunIndex, Truth
from bench.tasks.catalogue import TaskCatalogue
from bench.tasks.certificate import Certificate, Finding, NullScore, Similarity
from bench.tasks.info import Head, TargetCounts, TaskInfo
from bench.training import PublishedSettings, TrainingSettings
from bench.training.chromatin import ChromatinSettings
from bench_basenji.settings import Basenji2Settings, BasenjiSettings
from bench_basset.settings import BassetSettings
from bench_deepsea.settings import BelugaSettings, DeeperDeepSeaSettings, DeepSeaSettings
from bench_define.settings import DefineSettings
from bench_enformer.settings import EnformerSettings
from bench_expecto.settings import ExpectoSettings
from bench_hyena.settings import HyenaSettings
from bench_mentr.settings import MentrSettings

PAGES = Path(__file__).parent / "reference"
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end generated -->)", re.DOTALL)
OWN_ORIGINS = ("entry point of cisbench", "built in")
SERVED = {
    "bench_models": "model",
    "bench_datasets": "manifest, suite",
    "bench_tasks": "task_kind",
    "bench_metrics": "metric",
    "bench_executors": "executor",
    "bench_report_sections": "report_section",
}


PROPERTY = " (property)"


class UndocumentedError(Exception):
    """Something that users meet has no description where it is defined."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(word) for word in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def described(text: str | None, name: str) -> str:
    """Return a docstring without its layout.

    Raises:
        UndocumentedError: there is none.
    """
    if not text or not text.strip():
        raise UndocumentedError(name)
    return inspect.cleandoc(text)


def attribute_docs(one: type) -> dict[str, tuple[str, str, str]]:
    """Return type, default and docstring of each field of a class, as its source has them.

    Raises:
        UndocumentedError: a field is not followed by a string.
    """
    body = _body(one)
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            name = ast.unparse(target)
            kind = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            default = "" if node.value is None else ast.unparse(node.value)
            found[name] = (kind, default, described(_string(after), f"{one.__name__}.{name}"))
    return found


def _string(node: ast.stmt | None) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value if isinstance(node.value.value, str) else None
    return None


def fields_part(one: type) -> str:
    """Describe the fields of a dataclass."""
    rows = [
        (f"`{name}`", f"`{kind}`", f"`{_default(default)}`" if default else "required", text)
        for name, (kind, default, text) in attribute_docs(one).items()
    ]
    return f"{_intro(one)}\n\n{table(['field', 'type', 'default', 'meaning'], rows)}"


def _default(source: str) -> str:
    made = re.fullmatch(r"field\(default_factory=(.*)\)", source)
    if made is None:
        return source
    factory = made.group(1)
    return factory.partition(": ")[2] if factory.startswith("lambda") else f"{factory}()"


def record_part(one: type[BaseModel]) -> str:
    """Describe the fields of a record that is written to disk.

    Raises:
        UndocumentedError: a field has no description.
    """
    rows = [
        (
            f"`{name}`",
            f"`{_annotation(field)}`",
            _absent(field),
            described(field.description, f"{one.__name__}.{name}"),
        )
        for name, field in one.model_fields.items()
    ]
    return table(["field", "type", "if absent", "meaning"], rows)


def _annotation(field: FieldInfo) -> str:
    kind = field.annotation
    text = str(kind) if get_args(kind) else getattr(kind, "__name__", str(kind))
    # Classes by their own names, whichever module they stand in.
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)


def _absent(field: FieldInfo) -> str:
    """Say what a reader takes where an older file does not have the field."""
    if field.is_required():
        return "error"
    value = field.get_default(call_default_factory=True)
    return "`null`" if value is None else f"`{_plain(value)}`"


def _plain(value: object) -> str:
    if isinstance(value, BaseModel):
        return f"{type(value).__name__}()"
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def status_part() -> str:
    """Describe how a cell may end, in the words of its result."""
    rows = [(f"`{Status[name]}`", text) for name, (_, _, text) in attribute_docs(Status).items()]
    return table(["status", "meaning"], rows)


def columns_part(name: str) -> str:
    """Describe the columns of a CSV file of the report.

    Raises:
        UndocumentedError: a column has no description.
    """
    described_here = COLUMNS[name]
    rows = [
        (f"`{column}`", described(described_here.get(column), f"{name}: {column}"))
        for column in HEADERS[name]
    ]
    return table(["column", "meaning"], rows)


def members_part(one: type[Enum]) -> str:
    """Describe the members of an enumeration."""
    rows = [
        (f"`{one.__name__}.{name}`", text) for name, (_, _, text) in attribute_docs(one).items()
    ]
    return f"{_intro(one)}\n\n{table(['value', 'meaning'], rows)}"


def methods_part(one: type, also: Iterable[str] = ()) -> str:
    """Describe the public methods of a class, and those private ones that are named in `also`."""
    parts = [_intro(one)]
    for node in _body(one):
        if isinstance(node, ast.FunctionDef) and (
            not node.name.startswith("_") or node.name in also
        ):
            text = described(ast.get_docstring(node), f"{one.__name__}.{node.name}")
            parts.append(f"**`{signature(node)}`**{_kind_of(node)}\n\n{_sections(text)}")
    return "\n\n".join(parts)


def _body(one: type) -> list[ast.stmt]:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
    assert isinstance(found, ast.ClassDef)
    return found.body


def signature(node: ast.FunctionDef) -> str:
    """Write the signature of a method as its source has it, without `self`."""
    arguments = copy.deepcopy(node.args)
    arguments.args = arguments.args[1:]
    returned = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    if _kind_of(node) == PROPERTY:
        return f"{node.name}{returned}"
    return f"{node.name}({ast.unparse(arguments)}){returned}"


def _kind_of(node: ast.FunctionDef) -> str:
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    if "classmethod" in decorators:
        return " (class method)"
    return PROPERTY if "property" in decorators else ""


def _sections(text: str) -> str:
    """Turn the sections of a docstring into paragraphs and lists."""
    lines = []
    for line in text.splitlines():
        title = re.fullmatch(r"(Args|Raises|Returns|Attributes):", line)
        item = re.fullmatch(r"    ([`\w*]+): (.*)", line)
        if title:
            lines += [f"{title.group(1)}:", ""]
        elif item:
            lines.append(f"- `{item.group(1)}`: {item.group(2)}")
        elif line.startswith("        "):
            lines.append(f"  {line.strip()}")
        else:
            lines.append(line)
    return "\n".join(lines).strip()


def _intro(one: type) -> str:
    return _sections(described(one.__doc__, one.__name__))


def hooks_part() -> str:
    """Describe the hooks."""
    rows = []
    for name in HOOKS:
        text = described(getattr(hooks.HookSpecs, name).__doc__, name)
        calls = ", ".join(f"`register.{method}`" for method in SERVED[name].split(", "))
        rows.append((f"`{name}(register)`", text, calls))
    return table(["hook", "what it does", "what it calls"], rows)


def commands_part() -> str:
    """Describe every verb with its arguments and options."""
    return "\n\n".join(_verb(name, function) for name, function in verbs())


def verbs() -> list[tuple[str, Callable[..., object]]]:
    """Return the full name of every verb, such as `bench data list`, with its function."""
    found = [(f"bench {one.name}", one.callback) for one in app.registered_commands]
    for group in app.registered_groups:
        found += [
            (f"bench {group.name} {one.name or one.callback.__name__}", one.callback)
            for one in group.typer_instance.registered_commands
        ]
    return found


def _verb(name: str, function: Callable[..., object]) -> str:
    summary, _, example = described(function.__doc__, name).partition("Example:")
    if not example:
        raise UndocumentedError(f"{name} has no example")
    shown = f"## {name}\n\n{summary.strip()}\n\n    {example.strip()}"
    rows = options(name, function)
    header = ["argument or option", "default", "meaning"]
    return f"{shown}\n\n{table(header, rows)}" if rows else shown


def options(name: str, function: Callable[..., object]) -> list[tuple[str, str, str]]:
    """Return name, default and meaning of each argument and option of a verb.

    Raises:
        UndocumentedError: one has no help.
    """
    hints = get_type_hints(function, include_extras=True)
    rows = []
    for word, parameter in inspect.signature(function).parameters.items():
        kind, info = get_args(hints[word])
        is_option = isinstance(info, typer.models.OptionInfo)
        shown = f"{_flag(word, info)} {_value(kind)}".strip() if is_option else word.upper()
        text = described(info.help, f"{name} {shown}")
        rows.append((f"`{shown}`", _shown_default(parameter.default), text))
    return rows


def _flag(word: str, info: typer.models.OptionInfo) -> str:
    # Within Annotated, typer takes the first name of an option for its default.
    names = [str(name) for name in (info.default, *(info.param_decls or ()))]
    given = [name for name in names if name.startswith("--")]
    return given[0] if given else f"--{word.replace('_', '-')}"


def _value(kind: object) -> str:
    """Name what stands after an option; nothing after a switch."""
    inner = [part for part in get_args(kind) if part is not type(None)]
    if inner:
        return _value(inner[0])
    assert isinstance(kind, type)
    if issubclass(kind, Enum):
        return "|".join(str(member) for member in kind)
    return {bool: "", int: "NUMBER", float: "NUMBER", Path: "PATH"}.get(kind, "TEXT")


def _shown_default(default: object) -> str:
    if default is inspect.Parameter.empty:
        return "required"
    return "" if default is None or default is False else f"`{default}`"


def checks_part() -> str:
    """Describe every check of a model."""
    rows = [(f"`{one.name}`", one.tried, one.expected, one.mend) for one in CHECKS]
    return table(["check", "tried", "expected", "to mend"], rows)


def own(catalogue: Catalogue[object]) -> list[object]:
    """Return what the suite itself registers, whatever else is installed."""
    return [entry for entry in catalogue if entry.origin.endswith(OWN_ORIGINS)]


def metrics_part() -> str:
    """Describe every metric."""
    rows = []
    for entry in own(discover().metrics):
        card = entry.value
        kinds = ", ".join(card.kinds)
        better = "higher" if card.higher_is_better else "lower"
        chance = "" if card.chance is None else f"{card.chance:g}"
        text = described(entry.load().__doc__, card.name).partition("\n\n")[0]
        rows.append((f"`{card.name}`", card.title, kinds, better, chance, text))
    return table(["metric", "title", "kinds of tasks", "better is", "chance", "what it is"], rows)


def tasks_part() -> str:
    """Describe every task."""
    rows = []
    for manifest, path in TaskCatalogue(discover()).manifests.values():
        if "bench_datasets" not in path.parts:
            continue
        for name, task in manifest.tasks.items():
            described(task.title, name)
            facts = (f"`{name}`", task.title, str(task.kind), f"`{manifest.name}`")
            rows.append((*facts, manifest.genome or "", manifest.licence))
    return table(["task", "title", "kind", "dataset", "genome", "licence"], rows)


def suites_part() -> str:
    """Describe every suite."""
    from bench.data.manifest import read_toml
    from bench.run.suite import parse_suite

    rows = []
    for entry in own(discover().suites):
        suite = parse_suite(entry.value, read_toml(entry.value))
        models = ", ".join(f"`{model.name}`" for model in suite.models)
        rows.append((f"`{entry.name}`", ", ".join(f"`{task}`" for task in suite.tasks), models))
    return table(["suite", "tasks", "models"], rows)


def models_part() -> str:
    """Describe every model."""
    rows = []
    for entry in own(discover().models):
        card = entry.value
        kinds = ", ".join(f"{kind} ({output})" for kind, output in card.tasks.items())
        presets = ", ".join(f"`{name}`" for name in card.presets)
        facts = (f"`{card.name}`", described(card.summary, card.name), card.paper)
        rows.append((*facts, kinds, str(card.strands), str(card.reads), presets))
    return table(["model", "summary", "paper", "tasks", "strands", "reads", "presets"], rows)


def task_kinds_part() -> str:
    """Describe the kinds of tasks that can be built and scored, with their usual metrics."""
    meanings = attribute_docs(interface.TaskKind)
    rows = []
    for entry in own(discover().task_kinds):
        usual = ", ".join(f"`{name}`" for name in entry.load().metrics)
        rows.append((f"`{entry.name}`", meanings[entry.value.name][2], usual))
    return table(["kind", "what is predicted", "metrics unless the manifest names others"], rows)


def names_part() -> str:
    """Describe the public names that are neither classes nor described elsewhere."""
    rows = []
    for name, module in interface.LAZY.items():
        if name != "EstimatorModel":
            rows.append((f"`{name}`", module_docs(import_module(module))[name]))
    card, context = module_docs(card_module), module_docs(context_module)
    rows.append(("`Setting`", card["Setting"]))
    rows.append(("`INTERFACE_VERSION`", card["INTERFACE_VERSION"]))
    rows.append(("`DEFAULT_HEAD`", context["DEFAULT_HEAD"]))
    rows.append(("`device_kind`", "Where a tensor lies, or would lie if it had values."))
    rows.append(("`hookimpl`", "Marks a function of a plugin as a hook."))
    return table(["name", "meaning"], sorted(rows))


def module_docs(module: ModuleType) -> dict[str, str]:
    """Return the docstring of each name that a module sets."""
    body = ast.parse(inspect.getsource(module)).body
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if _string(after):
                found[ast.unparse(target)] = described(_string(after), ast.unparse(target))
    return found


SPECIAL = {
    "Examples": ("__len__", "__getitem__"),
    "Progress": ("__call__",),
    "ScorePredictions": ("__call__",),
}
PARTS: dict[str, Callable[[], str]] = {
    "hooks": hooks_part,
    "names": names_part,
    "command": commands_part,
    "checks": checks_part,
    "metrics": metrics_part,
    "task-kinds": task_kinds_part,
    "tasks": tasks_part,
    "suites": suites_part,
    "models": models_part,
    "training-settings": lambda: fields_part(TrainingSettings),
    "published-settings": lambda: fields_part(PublishedSettings),
    "deepsea-settings": lambda: fields_part(DeepSeaSettings),
    "beluga-settings": lambda: fields_part(BelugaSettings),
    "deeper-deepsea-settings": lambda: fields_part(DeeperDeepSeaSettings),
    "basset-settings": lambda: fields_part(BassetSettings),
    "define-settings": lambda: fields_part(DefineSettings),
    "basenji-settings": lambda: fields_part(BasenjiSettings),
    "basenji2-settings": lambda: fields_part(Basenji2Settings),
    "enformer-settings": lambda: fields_part(EnformerSettings),
    "profile-point": lambda: record_part(Point),
    "hyena-settings": lambda: fields_part(HyenaSettings),
    "chromatin-settings": lambda: fields_part(ChromatinSettings),
    "expecto-settings": lambda: fields_part(ExpectoSettings),
    "mentr-settings": lambda: fields_part(MentrSettings),
    "run-index": lambda: record_part(RunIndex),
    "task-info": lambda: record_part(TaskInfo),
    "task-head": lambda: record_part(Head),
    "target-counts": lambda: record_part(TargetCounts),
    "certificate": lambda: record_part(Certificate),
    "finding": lambda: record_part(Finding),
    "null-score": lambda: record_part(NullScore),
    "similarity": lambda: record_part(Similarity),
    "truth": lambda: fields_part(Truth),
    "cell-spec": lambda: record_part(CellSpec),
    "allele-scoring": lambda: record_part(AlleleScoring),
    "result": lambda: record_part(Result),
    "status": status_part,
    "metric-result": lambda: record_part(MetricResult),
    "target-score": lambda: record_part(TargetScore),
    "cost": lambda: record_part(Cost),
    "provenance": lambda: record_part(Provenance),
    **{f"csv-{name}": partial(columns_part, name) for name in HEADERS},
}


def class_part(name: str) -> str:
    """Describe a public class of the interface."""
    one = getattr(interface, name)
    if dataclasses.is_dataclass(one):
        return fields_part(one)
    if issubclass(one, Enum):
        return members_part(one)
    if issubclass(one, Exception):
        return _intro(one)
    return methods_part(one, SPECIAL.get(name, ()))


def part(name: str) -> str:
    """Make the generated part of that name."""
    return PARTS[name]() if name in PARTS else class_part(name)


def regenerated(page: str) -> str:
    """Return a page with its generated parts made anew."""
    return PART.sub(lambda found: f"{found[1]}\n{part(found[2])}\n\n{found[3]}", page)


def stale_pages(folder: Path) -> dict[Path, str]:
    """Return the pages that are out of date, with the text that they should have."""
    pages = {path: path.read_text() for path in sorted(folder.glob("*.md"))}
    fresh = {path: regenerated(text) for path, text in pages.items()}
    return {path: text for path, text in fresh.items() if text != pages[path]}


def main(arguments: Sequence[str], folder: Path = PAGES) -> int:
    """Write the pages, or with `--check` say which are out of date."""
    try:
        stale = stale_pages(folder)
    except UndocumentedError as error:
        print(f"error: {error} is not documented where it is defined")
        return 1
    for path, text in stale.items():
        if "--check" in arguments:
            print(f"{path.name} is out of date: run python docs/generate_reference.py")
        else:
            path.write_text(text)
            print(f"{path.name} written")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
