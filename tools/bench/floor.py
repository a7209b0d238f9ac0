"""The floor: as many dynamic resources that do nothing, through the same CLI, and one that needs them all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.support.sandbox import Controls
from tools.bench.measured import Floor
from tools.bench.stacks import MeasuredStack
from tools.engine import Engine

PROGRAM: Final = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("nothing", props)

class Empty(Resource):
    def __init__(self, name, **props):
        super().__init__(Nothing(), name, props)

many = [Empty(f"empty-{number}") for number in range(%d)]
Empty("last", all=[one.id for one in many])
"""


def measure_floor(folder: Path, n: int, engine: Engine, sandbox: Controls) -> Floor:
    """All commands, once each. The sandbox only gives the environment; no call is made."""
    stack = MeasuredStack(folder, PROGRAM % n, engine, sandbox, {})
    return Floor(*(stack.measure(command) for command in ("up", "preview", "refresh", "destroy")))
