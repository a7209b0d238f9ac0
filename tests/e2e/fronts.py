"""The same small job by both front ends, for tests of what they do alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from pulumi_sentinelhub.engine import forms
from tests.e2e import jobs, plugin
from tests.support.cli import MakeStack, Stack

_FORMS: Final = {"results": forms.BUCKET, "area": forms.REQUEST, "run": forms.RUN}


@dataclass(frozen=True)
class Front:
    """A front end.

    Attributes:
        name: of it.
        job: gives the program of ``results``, ``area`` and ``run``.
        make: makes a stack that has it.
        reads_first: whether each command begins with a look at requests and runs.
    """

    name: str
    job: Callable[..., str]
    make: Callable[[MakeStack, str], Stack]
    reads_first: bool = False

    def stack(self, make_stack: MakeStack, *where: Any, **how: Any) -> Stack:
        """A stack of the job; arguments as ``jobs.job`` has them."""
        return self.make(make_stack, self.job(*where, **how))

    def outputs(self, stack: Stack, name: str) -> dict[str, Any]:
        """What the state of a resource holds, in the words of the tables."""
        return _FORMS[name].inward(stack.resources()[name]["outputs"])

    def refresh(self, stack: Stack) -> None:
        """Have the state show what others did, where the next command does not do so by itself."""
        if not self.reads_first:
            stack.preview(expect_no_changes=True)
            stack.refresh()


DYNAMIC: Final = Front("dynamic", jobs.job, jobs.stack_of)
PLUGIN: Final = Front("plugin", plugin.job, plugin.plugin_stack, reads_first=True)

by_both = pytest.mark.parametrize("front", [DYNAMIC, PLUGIN], ids=lambda front: front.name)
