from __future__ import annotations

import pytest

from bench.data.syntax_hash import syntax_hash
from bench.interface.errors import BenchError
from bench.run.code_hash import plugin_code_hash

CODE = '"""Doc."""\n\ndef f(x):\n    """Doc."""\n    return x + 1\n'


def hashed(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return syntax_hash(path)


def test_comments_layout_and_docstrings_do_not_count(tmp_path):
    plain = hashed(tmp_path, "a.py", CODE)
    assert hashed(tmp_path, "b.py", "def f( x ):\n    # why\n    return (x + 1)\n") == plain


def test_descriptions_of_fields_and_constants_do_not_count(tmp_path):
    plain = hashed(tmp_path, "a.py", "A = 1\n\nclass C:\n    x: int\n    y: str = ''\n")
    text = 'A = 1\n"""One."""\n\nclass C:\n    x: int\n    """A number."""\n    y: str = \'\'\n'
    assert hashed(tmp_path, "b.py", text) == plain


def test_code_counts(tmp_path):
    plain = hashed(tmp_path, "a.py", CODE)
    assert hashed(tmp_path, "b.py", CODE.replace("+ 1", "+ 2")) != plain
    assert hashed(tmp_path, "c.py", CODE.replace("def f", "def g")) != plain


def test_broken_code_is_named(tmp_path):
    with pytest.raises(BenchError, match=r"a\.py:1"):
        hashed(tmp_path, "a.py", "def (:")


def test_every_module_of_a_plugin_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("hashed_one", "hashed_two"):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "model.py").write_text(CODE)
    one, two = (plugin_code_hash(f"{name}.model:M") for name in ("hashed_one", "hashed_two"))
    assert one == two
    other = tmp_path / "hashed_three"
    other.mkdir()
    (other / "__init__.py").write_text("")
    (other / "model.py").write_text(CODE.replace("+ 1", "- 1"))
    assert plugin_code_hash("hashed_three.model:M") != one


def test_a_plugin_of_one_file(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "hashed_file.py").write_text(CODE)
    before = plugin_code_hash("hashed_file:M")
    assert before != plugin_code_hash("no_such_plugin:M")
