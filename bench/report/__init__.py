"""Tables, figures and one HTML page of a run."""

from __future__ import annotations

from bench.report.write import ReportFiles, write

__all__ = ["ReportFiles", "write"]
