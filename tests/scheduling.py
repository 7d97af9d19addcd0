"""Which tests run in one process, and which begin."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling


class SharedWork(LoadScopeScheduling):
    """Keeps together what shares fixtures, the tests of a module, or fits, the checks of a model.

    Spread over the processes, each would make the same fixtures, and fit the same models.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """The module of a test or, of a check of a model, that model in it."""
    module = nodeid.partition("::")[0]
    model = re.search(r"-(model=[^\]]*)\]$", nodeid)
    return f"{module}::{model[1]}" if model else module


def slow_first(items) -> None:
    """Let groups with slow tests begin: at the end, other processes would wait for them."""
    slow = {group_of(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: group_of(item.nodeid) not in slow)
