"""Is the card complete, and is what it says of the code true?"""

from __future__ import annotations

import inspect
import json
import sys
from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotConformingError, check
from bench.audit.conformance.processes import last_words, run_module
from bench.audit.conformance.sources import imported_distributions
from bench.interface.card import Output, TaskKind

if TYPE_CHECKING:
    from bench.audit.conformance.subject import Subject
    from bench.interface.card import ModelCard

LONGEST_SUMMARY = 100
LONGEST_SHIFT = 20
"""In bp; augmentation by small shifts is not counted as reading further."""
CLASS_OUTPUTS = {Output.MARGIN, Output.PROBABILITY}


@check(
    tried="read the card",
    expected=f"a summary of one line of at most {LONGEST_SUMMARY} letters, a family, a paper where "
    "there is a year, outputs that fit the kinds of tasks, positive sizes",
    mend="complete the ModelCard",
    needs_model=False,
)
def card(subject: Subject) -> None:
    """The card is complete."""
    problems = [*_text_problems(subject.card), *_output_problems(subject.card)]
    for name, preset in subject.card.presets.items():
        for field in ("input_length", "parameters", "targets"):
            value = getattr(preset, field)
            if value is not None and value < 1:
                problems.append(f"preset {name}: {field} is {value}")
    if problems:
        raise NotConformingError("; ".join(problems))


def _text_problems(card: ModelCard) -> list[str]:
    problems = []
    if not card.summary or "\n" in card.summary or len(card.summary) > LONGEST_SUMMARY:
        problems.append(f"summary is {card.summary!r}")
    if not card.family:
        problems.append("family is empty")
    if card.year is not None and not card.paper:
        problems.append(f"a year ({card.year}) but no paper")
    return problems


def _output_problems(card: ModelCard) -> list[str]:
    problems = []
    for kind, output in card.tasks.items():
        is_class = kind is TaskKind.CLASSIFICATION
        if is_class != (output in CLASS_OUTPUTS) and kind is not TaskKind.VARIANT:
            expected = "margin or probability" if is_class else "value"
            problems.append(f"output of {kind} is {output}, expected {expected}")
    return problems


@check(
    tried="import the plugin alone in a fresh process and call its hooks",
    expected="no package that takes long to import",
    mend="move imports of that package from the module that registers into the functions that "
    "compute, or name the model's class as 'module:Class' in a module of its own",
    needs_model=False,
)
def imports(subject: Subject) -> None:
    """Registration is light, since every command of the suite waits for it."""
    done = run_module("bench.audit.conformance.registration", subject.source)
    if done.returncode != 0:
        raise NotConformingError(f"the import fails: {last_words(done)}")
    heavy = json.loads(done.stdout.splitlines()[-1])
    if heavy:
        raise NotConformingError(f"{subject.source} imports {', '.join(heavy)}")


@check(
    tried="read the model's source files for imports",
    expected="every imported distribution stands in the card's packages: their versions enter the "
    "id of a cell",
    mend="add what is missing to packages",
    needs_model=False,
)
def packages(subject: Subject) -> None:
    """The card names the packages that compute."""
    named = {name.lower().replace("_", "-") for name in subject.card.packages}
    missing = imported_distributions(subject.target) - named
    if missing:
        raise NotConformingError(f"imports {', '.join(sorted(missing))}, which packages leaves out")


@check(
    tried="compare the constructor with the settings of every preset, and call it",
    expected="an argument with a default for each setting, no argument without a default, and the "
    "registered card as the attribute `card`",
    mend="give __init__ one keyword argument with a default for each setting, and the class the "
    "attribute `card`",
    tries_model=False,
)
def settings(subject: Subject) -> None:
    """The model can be made with the settings of its presets."""
    model_class = subject.model_class
    if getattr(model_class, "card", None) != subject.card:
        raise NotConformingError(f"{subject.target}.card is not the registered card")
    parameters = inspect.signature(model_class).parameters
    open_ended = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    for name, preset in subject.card.presets.items():
        unknown = [word for word in preset.settings if word not in parameters]
        if unknown and not open_ended:
            raise NotConformingError(f"preset {name}: the constructor does not take {unknown[0]!r}")
    for one in parameters.values():
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD:
            raise NotConformingError(f"argument {one.name!r} of the constructor has no default")
    model_class(**subject.settings)


@check(
    tried="fit to so many targets as the preset says, and count the parameters of the model",
    expected="the number on the card, and None where it depends on the training data",
    mend="correct `parameters` (and `targets`) of the preset; a model whose torch modules are not "
    "attributes counts in a method `parameter_count`",
)
def parameters(subject: Subject) -> None:
    """The number of parameters on the card is true."""
    stated = subject.preset.parameters
    targets = subject.preset.targets
    plan = subject.plan() if targets == 1 else subject.plan(heads=(("default", targets),))
    model = subject.fitted(plan).model
    counted = model.parameter_count()
    if counted == stated:
        return
    if counted is None:
        raise NotConformingError(f"the card says {stated:,}, the model cannot be counted")
    if stated is None and _holds_no_module(model):
        return
    said = "None" if stated is None else f"{stated:,}"
    raise NotConformingError(
        f"{counted:,} trainable parameters with {targets} targets, the card says {said}"
    )


def _holds_no_module(model: object) -> bool:
    """Whether the number may well depend on the data: only a network has a fixed one."""
    torch = sys.modules.get("torch")
    return torch is None or not any(
        isinstance(value, torch.nn.Module) for value in vars(model).values()
    )


@check(
    tried="note which windows the model asks for in fit and predict",
    expected="windows of the preset's input_length and shorter ones only, shifted by at most "
    f"{LONGEST_SHIFT} bp; with input_length None, the item's own interval only",
    mend="correct input_length of the preset: overlap of training and test is judged by it",
)
def input_length(subject: Subject) -> None:
    """The model reads as far as its card says."""
    stated = subject.preset.input_length
    fitted = subject.fitted(subject.plan())
    asked = fitted.in_fit.lengths | fitted.in_predict.lengths
    if not asked:
        return
    if stated is None:
        fixed = sorted(length for length in asked if length is not None)
        if fixed:
            raise NotConformingError(f"reads windows of {fixed[-1]} bp, input_length is None")
        return
    if None in asked:
        raise NotConformingError(f"reads the item's own interval, input_length is {stated}")
    longest = max(length for length in asked if length is not None)
    if longest != stated:
        raise NotConformingError(f"reads {longest} bp, input_length is {stated}")
    shift = max(fitted.in_fit.shift, fitted.in_predict.shift)
    if shift > LONGEST_SHIFT:
        raise NotConformingError(
            f"reads windows of {longest} bp shifted by {shift} bp, input_length is {stated}"
        )


@check(
    tried="note whether the model asks for ids and coordinates",
    expected="only a model that says uses_coordinates does, and such a model does",
    mend="correct uses_coordinates, or leave `examples.items` alone",
)
def coordinates(subject: Subject) -> None:
    """The model reads coordinates if and only if its card says so."""
    fitted = subject.fitted(subject.plan())
    asked = fitted.in_fit.items + fitted.in_predict.items
    if asked and not subject.card.uses_coordinates:
        raise NotConformingError("asks for items, uses_coordinates is False")
    if not asked and subject.card.uses_coordinates:
        raise NotConformingError("never asks for items, uses_coordinates is True")
