"""The smallest runs."""

from __future__ import annotations

from typing import Any

from pulumi_sentinelhub.lifecycle.request import BATCH_REQUEST
from tests.lifecycle.conftest import World
from tests.support.inputs import key


def request_of(world: World, declared: dict[str, Any], name: str = "a job") -> str:
    return BATCH_REQUEST.create(
        world.context(), {**declared, "description": name, "declaration": key(name)}
    ).id


def run_of(*ids: str, **inputs: Any) -> dict[str, Any]:
    return {"requests": list(ids), "deployment": "aws-eu-central-1", "declaration": "d", **inputs}


def actions(world: World) -> list[str]:
    """All actions that were said, in order."""
    said = [path.rsplit("/", 1)[-1] for path in world.calls("POST", "/process/")]
    return [action for action in said if action in ("analyse", "start", "cancel", "stop", "restartpartial")]


def bare(world: World, declared: dict[str, Any]) -> str:
    """A request that a notebook has made."""
    payload = {
        "processRequest": declared["process_request"],
        "tilingGrid": declared["tiling_grid"],
        "bucketName": "results",
    }
    return world.context().batch().create_request(payload).id
