"""What all formats of items share."""

from __future__ import annotations

import re
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

SplitName = Literal["train", "valid", "test"]
SPLIT_NAMES = get_args(SplitName)


class Strict(BaseModel):
    """A table of the manifest in which a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refuse_bad_expression(name: str, text: str | None) -> None:
    """Refuse what is no regular expression."""
    try:
        re.compile(text or "")
    except re.error as error:
        raise ValueError(f"{name} is no regular expression: {error}") from error


class Source(Strict):
    """What all formats share."""

    split: SplitName | None = Field(default=None, description="with split method 'given'")

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return ()


class FileSource(Source):
    """Items of one file."""

    file: str = Field(description="name of one of the files")

    def files(self) -> tuple[str, ...]:
        """Names of the files that are read."""
        return (self.file,)
