"""The same small job by both front ends, for tests of what they do alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def inward(self, name: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs of the job's resource of this name, in the same words."""
        return _FORMS[name].inward(outputs)


DYNAMIC: Final = Front("dynamic", jobs.job, jobs.stack_of)
PLUGIN: Final = Front("plugin", plugin.job, plugin.plugin_stack, reads_first=True)

by_both = pytest.mark.parametrize("front", [DYNAMIC, PLUGIN], ids=lambda front: front.name)
