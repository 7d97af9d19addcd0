"""The model on trial, and what has been fitted of it so far."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.audit.conformance.check import NotCheckedError, NotConformingError
from bench.audit.conformance.fitting import Conditions, FittedTrial, StepCount, fit_trial
from bench.audit.conformance.signals import RUNS
from bench.audit.conformance.trial import OTHER_KINDS, TRIAL_KINDS, Trial, TrialPlan
from bench.interface.card import TaskKind
from bench.interface.context import DEFAULT_HEAD, Budget
from bench.interface.errors import BenchError
from bench.interface.model import Model
from bench.interface.names import nearest
from bench.registry.packages import missing_packages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.interface.card import ModelCard, Preset, Setting
    from bench.registry.registry import Registry

RUN_STEPS = 300
"""Updates that it makes to learn runs of one base, which are far easier than motifs."""
PREFERRED_PRESETS = ("trial", "compact")
"""Presets that are tried where nobody names one; `trial` is one that exists for the checks alone,
of a model whose others take long even on a small task."""
FIT_SECONDS = 60.0
"""How long the fit to one trial may take, of the clock or the processor, whichever is less."""
BUDGET_SECONDS = 300.0
"""What a model that keeps to a budget is given: on a busy machine the clock runs ahead."""
SMALL_STEPS = 48
"""Updates that such a model makes in a small trial, in which nothing has to be learnt: enough for
several epochs of any usual batch, so that a fit has a half-way."""


class Subject:
    """A model of a registry with one of its presets.

    Args:
        registry: where the model is registered.
        model: `"name"` or `"name:preset"`; without a preset, `trial` or `compact` where there is
            one, else the default.
        folder: an existing folder for what models write.

    Attributes:
        name: the model's name.
        card: its card, as registered.
        preset_name: name of the preset.
        folder: see above.
        modules: what a process of its own has loaded after a life of the model; None before one.

    Raises:
        BenchError: no such model or preset.
    """

    def __init__(self, registry: Registry, model: str, folder: Path) -> None:
        name, _, preset = model.partition(":")
        self._registry = registry
        self._entry = registry.models[name]
        self._fitted: dict[tuple[TrialPlan, int], FittedTrial | Exception] = {}
        self._upstream: dict[str, Subject] = {}
        self.name = name
        self.card: ModelCard = self._entry.value
        self.preset_name = preset or self._usual_preset()
        self.folder = folder
        self.modules: list[str] | None = None
        if self.preset_name not in self.card.presets:
            raise BenchError(
                f"model {name} has no preset {preset!r}; {nearest(preset, self.card.presets)}"
            )

    def _usual_preset(self) -> str:
        presets = self.card.presets
        preferred = (name for name in PREFERRED_PRESETS if name in presets)
        return next(preferred, self.card.default_preset)

    @property
    def target(self) -> str:
        """The `"module:Class"` that implements the model."""
        return self._entry.target

    @property
    def origin(self) -> str:
        """The plugin that registered the model."""
        return self._entry.origin

    @property
    def source(self) -> str:
        """Module or file that registered the model."""
        return self._registry.plugin_of(self._entry).source

    @property
    def plugin_files(self) -> tuple[Path, ...]:
        """Plugins that are files."""
        return self._registry.plugin_files

    @property
    def preset(self) -> Preset:
        """The preset on trial."""
        return self.card.presets[self.preset_name]

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Keyword arguments of the constructor."""
        return dict(self.preset.settings)

    def require_packages(self) -> None:
        """Raise `NotCheckedError` where a package of the card is not installed."""
        missing = missing_packages(self.card.packages)
        if missing:
            raise NotCheckedError(f"needs {', '.join(missing)}, not installed")

    @cached_property
    def kinds(self) -> tuple[TaskKind, ...]:
        """Kinds of tasks that the model does and that trials exist for, at least one.

        Raises:
            NotCheckedError: there is none.
        """
        kinds = tuple(kind for kind in TRIAL_KINDS if kind in self.card.tasks)
        kinds = kinds or tuple(kind for kind in OTHER_KINDS if kind in self.card.tasks)[:1]
        if not kinds:
            raise NotCheckedError(f"trials exist for {', '.join(TRIAL_KINDS + OTHER_KINDS)} only")
        return kinds

    @property
    def model_class(self) -> type[Model]:
        """The class that implements the model."""
        try:
            loaded = self._entry.load()
        except BenchError as error:
            raise NotConformingError(
                str(error), mend="let register(card, 'module:Class') name a class that is there"
            ) from error
        if not (isinstance(loaded, type) and issubclass(loaded, Model)):
            raise NotConformingError(f"{self.target} is no subclass of bench.interface.Model")
        return loaded

    def plan(self, kind: TaskKind | None = None, **changes: object) -> TrialPlan:
        """Plan a trial that suits the model; by default of the first kind of task that it does."""
        facts = {
            "kind": kind or self.kinds[0],
            "reads": self.card.reads,
            "input_length": self.preset.input_length,
            "uses_coordinates": self.card.uses_coordinates,
        }
        return TrialPlan.model_validate(facts | changes)

    def fitted(self, plan: TrialPlan, seed: int = 0, *, any_shape: bool = False) -> FittedTrial:
        """Fit the model to a trial, once for each plan and seed.

        Raises:
            NotCheckedError: the same fit failed before, or, unless `any_shape`, the shape of its
                predictions is wrong, which makes whatever follows from them meaningless.
        """
        key = (plan, seed)
        if key not in self._fitted:
            try:
                self._fitted[key] = self.fit(plan, seed=seed)
            except Exception as error:
                self._fitted[key] = error
                raise
        known = self._fitted[key]
        if isinstance(known, Exception):
            raise NotCheckedError("the model could not be fitted; see the check before")
        axes = known.trial.targets[DEFAULT_HEAD].ndim
        if known.predictions.ndim != axes and not any_shape:
            raise NotCheckedError(f"the predictions have not {axes} axes; see the check shapes")
        return known

    def fitted_to_each_kind(self) -> list[FittedTrial]:
        """Fit the model to a small trial of each kind of task that it does."""
        return [self.fitted(self.plan(kind)) for kind in self.kinds]

    def fit(
        self,
        plan: TrialPlan,
        seed: int = 0,
        threads: int = 1,
        scratch: Path | None = None,
        progress: StepCount | None = None,
    ) -> FittedTrial:
        """Fit the model to a trial anew."""
        trial = Trial(plan)
        conditions = self.conditions(plan, seed, threads, scratch)
        return fit_trial(self.model_class, self.settings, trial, conditions, progress)

    def conditions(
        self, plan: TrialPlan, seed: int = 0, threads: int = 1, scratch: Path | None = None
    ) -> Conditions:
        """Make the conditions of a fit, with an empty scratch folder where none is given."""
        return Conditions(
            seed=seed,
            threads=threads,
            scratch=scratch or self.empty_folder(),
            budget=self._budget(plan),
            upstream={
                name: self._fitted_upstream(name, plan, seed)
                for name in self.card.upstream
                if self.settings[name]
            },
        )

    def _budget(self, plan: TrialPlan) -> Budget:
        if not self.card.uses_budget:
            return Budget()
        steps = RUN_STEPS if plan.signal in RUNS else None
        return Budget(seconds=BUDGET_SECONDS, steps=SMALL_STEPS if plan.size == "small" else steps)

    @cached_property
    def working_folder(self) -> Path:
        """Working directory of the checks."""
        return self.empty_folder()

    def empty_folder(self) -> Path:
        """Make a new folder that goes with the trial."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def _fitted_upstream(self, setting: str, plan: TrialPlan, seed: int) -> Model:
        """Fit the model that a setting names, on the same trial or, with a task, on its like.

        That is one in which the same motifs can be learnt from what the other model reads.
        """
        model, _, task = str(self.settings[setting]).partition("@")
        if " " in model + task:
            raise NotCheckedError(f"no trials of {self.settings[setting]!r}: it has settings")
        other = self._upstream.setdefault(model, Subject(self._registry, model, self.folder))
        if task:
            plan = other.plan(size="full", heads=plan.heads, signal=plan.signal)
        suited = plan.model_copy(update={"uses_coordinates": other.card.uses_coordinates})
        return other.fitted(suited, seed).model
