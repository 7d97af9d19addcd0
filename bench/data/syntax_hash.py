"""Hash of Python code as its syntax tree, so that comments, layout and documentation may change."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

from bench.interface.errors import BenchError


@cache
def syntax_hash(path: Path) -> str:
    """Hash the syntax tree of a Python file.

    Raises:
        BenchError: the file is no valid Python.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise BenchError(f"{path}:{error.lineno}: {error.msg}") from error
    for node in ast.walk(tree):
        _drop_documentation(node)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _drop_documentation(node: ast.AST) -> None:
    """Drop strings that stand alone: docstrings, and those that describe a field or a constant."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        node.body = [part for part in node.body if not _is_string(part)]


def _is_string(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
