"""Floors: as many dynamic resources that do nothing, through the same CLI, and one that needs them all.

One floor has resources without properties; the other carries the jobs' payloads, which the SDK and the engine
turn into messages, compare and write into the checkpoint, whoever's they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.support.sandbox import Controls
from tools.bench.case import Case
from tools.bench.measured import Floor
from tools.bench.stacks import MeasuredStack
from tools.engine import Engine

PROGRAM: Final = """
import json
import pickle
from pathlib import Path

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("nothing", props)

    def diff(self, _id, _olds, _news):
        return DiffResult(changes=False)

sorting = pickle._Pickler._batch_setitems

class Empty(Resource):
    def __init__(self, name, **props):
        super().__init__(Nothing(), name, props)
        # the SDK wraps it for each resource, and cannot pickle any more after three hundred
        pickle._Pickler._batch_setitems = sorting

carried = json.loads(Path("carried.json").read_text())
many = [Empty(f"empty-{number}", **props) for number, props in enumerate(carried)]
Empty("last", all=[one.id for one in many])
"""


def measure_floor(
    folder: Path,
    case: Case,
    carried: Sequence[dict[str, Any]],
    engine: Engine,
    sandbox: Controls,
) -> Floor:
    """All commands, once each. The sandbox only gives the environment; no call is made.

    Args:
        folder: for the project and the CLI's own files.
        case: tells what the engine is told.
        carried: the properties of each resource.
        engine: the CLI.
        sandbox: as the stack's environment wants one.
    """
    files = {"carried.json": json.dumps(carried)}
    stack = MeasuredStack(folder, PROGRAM, engine, sandbox, files, environ=case.engine_environment())
    return Floor(*(stack.measure(command) for command in ("up", "preview", "refresh", "destroy")))
