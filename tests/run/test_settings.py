from __future__ import annotations

import pytest

from bench.interface.errors import BenchError
from bench.run import settings


def test_settings_from_the_command_line_are_converted():
    convert = settings._converted
    assert convert("m", "s", "8", 6) == 8
    assert convert("m", "s", "0.5", 1.0) == 0.5
    assert convert("m", "s", 2, 1.0) == 2.0
    assert convert("m", "s", "true", False) is True
    assert convert("m", "s", "word", "x") == "word"
    with pytest.raises(BenchError, match="expected bool"):
        convert("m", "s", "maybe", False)
    with pytest.raises(BenchError, match="expected int"):
        convert("m", "s", True, 3)
