"""Alike requests of one tile that several stacks declare, their results all in one bucket."""

from __future__ import annotations

from typing import Any

from tests.e2e.jobs import PARTS, SCRIPT, remote
from tests.support import inputs
from tests.support.cli import Stack
from tests.support.inputs import ONE_TILE
from tests.support.sandbox import Controls, runs

BUCKET = "shared-results"


def areas(*names: str, until: str | None = "started", more: str = "") -> str:
    """Alike requests of one tile, and a run of them all."""
    made = "\n".join(f'{name} = request("{name}", "{BUCKET}", {ONE_TILE})' for name in names)
    run = f'\nrun = BatchRun("run", requests=[{", ".join(names)}], until="{until}")' if until else ""
    return f"{PARTS}\n{made}{run}\n{more}\n"


def ids(stack: Stack) -> dict[str, str]:
    """Ids of the requests in the state, by name."""
    found = stack.resources().items()
    return {name: state["id"] for name, state in found if state["type"].endswith(":BatchRequest")}


def urn(stack: Stack, name: str) -> str:
    return str(stack.resources()[name]["urn"])


def active(sandbox: Controls) -> set[str]:
    """Ids of the requests that run, or are about to."""
    return {one["id"] for one in remote(sandbox) if runs(one)}


def cancels(sandbox: Controls) -> list[str]:
    return [call["path"].split("/")[-2] for call in sandbox.journal("POST", "/cancel")]


def payload() -> dict[str, Any]:
    """What the programs here declare, as a notebook sends it."""
    april = ("2019-04-01T00:00:00Z", "2019-04-30T00:00:00Z")
    return inputs.payload(BUCKET, processRequest=inputs.process_request(SCRIPT, dates=april))
