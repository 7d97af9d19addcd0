"""All checks, cheap ones and causes first."""

from __future__ import annotations

from bench.audit.conformance import (
    card_checks,
    global_checks,
    learning_checks,
    prediction_checks,
    saving_checks,
    seed_checks,
    sequence_checks,
    target_checks,
)
from bench.audit.conformance.check import Check

CHECKS: tuple[Check, ...] = (
    card_checks.card,
    card_checks.imports,
    card_checks.packages,
    card_checks.settings,
    prediction_checks.fits,
    prediction_checks.shapes,
    prediction_checks.output_kind,
    card_checks.input_length,
    card_checks.coordinates,
    card_checks.parameters,
    prediction_checks.repeatable,
    prediction_checks.batches,
    prediction_checks.single_item,
    sequence_checks.strands,
    sequence_checks.unknown_bases,
    sequence_checks.lower_case,
    sequence_checks.short_items,
    sequence_checks.long_items,
    sequence_checks.alleles,
    sequence_checks.mutagenesis,
    learning_checks.learns,
    learning_checks.shuffled_labels,
    learning_checks.test_targets,
    target_checks.unmeasured,
    target_checks.several_targets,
    target_checks.several_heads,
    seed_checks.same_seed,
    seed_checks.other_seed,
    seed_checks.threads,
    seed_checks.fresh_process,
    saving_checks.save_and_load,
    saving_checks.saved_files,
    saving_checks.resumes,
    global_checks.import_state,
    global_checks.global_state,
)
