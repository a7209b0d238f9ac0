"""Many requests, and what is called for them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.lifecycle.conftest import World
from tests.support.inputs import key

GENERATIONS = ("v1", "v2")


def made(world: World, declared: dict[str, Any], number: int) -> list[str]:
    """So many requests, made by one update."""
    jobs = [{**declared, "description": f"job {n}", "declaration": key(f"job {n}")} for n in range(number)]
    update = world.context()
    with ThreadPoolExecutor(8) as pool:
        return [*pool.map(lambda job: BATCH_REQUEST.create(update, job).id, jobs)]


def kind(call: dict[str, Any]) -> str:
    """``start``, ``analyse``, ``tiles``, ``one`` for a request's own read, ``list``."""
    last = call["path"].rsplit("/", 1)[-1]
    if last in ("start", "analyse", "tiles", "restartpartial", "stop", "cancel"):
        return str(last)
    return "list" if last == "process" else "one"


def calls_of(world: World, before: int) -> Counter[str]:
    """The calls to the batch API since the journal had ``before`` entries, by kind."""
    return Counter(kind(call) for call in world.controls.journal()[before:] if "/process" in call["path"])
