"""All results of a run in one file, to be kept and read again without the run folder."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bench.interface.errors import DataError
from bench.report.view import RunView
from bench.run.result import RESULT_SCHEMA, Result
from bench.run.versions import refuse_unknown, stored_versions


def results_json(view: RunView) -> str:
    """Return the results as JSON, without the paths of the machine that they were computed on."""
    results = [result for row in view.rows for result in row.results]
    records = [_without_paths(result).model_dump(mode="json") for result in results]
    return json.dumps(records, indent=1) + "\n"


def read_results(path: Path) -> list[Result]:
    """Read results of any schema version.

    Raises:
        DataError: not a file of results, or one of a later version of the suite.
    """
    for found in stored_versions(path):
        refuse_unknown(path, found, RESULT_SCHEMA, "a result")
    try:
        return TypeAdapter(list[Result]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(path, f"not results: {error.errors()[0]['msg']}") from error


def _without_paths(result: Result) -> Result:
    files = tuple(Path(name).name for name in result.cell.plugin_files)
    cell = result.cell.model_copy(update={"task_folder": "", "plugin_files": files})
    return result.model_copy(update={"cell": cell})
