"""What tests of variant tasks share: options of a manifest, and the alleles of a built task."""

from __future__ import annotations

import numpy as np

from bench.data.alphabet import decode
from bench.tasks.build import open_or_build
from bench.tasks.kinds import VARIANT


def options(body, text=""):
    if "\nOPTIONS" in body:
        return body.replace("OPTIONS", text)
    return body.replace(", OPTIONS", f", {text}" if text else "")


def built(make, body, files):
    return open_or_build(make(body, files, VARIANT))


def allele_texts(task, length):
    rows = np.arange(len(task.split))
    before, after = task.alleles(rows, length)
    return [decode(codes) for codes in before], [decode(codes) for codes in after]
