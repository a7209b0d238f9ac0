"""This project's way: one BatchRun over as many BatchRequests, with its defaults."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from tests.support.sandbox import Controls
from tools.bench.case import Case
from tools.bench.jobs import payload
from tools.bench.measured import Ours, State
from tools.bench.memory import Memory
from tools.bench.stacks import MeasuredStack
from tools.engine import Engine

PROGRAM: Final = """
import json
from pathlib import Path

from pulumi_sentinelhub import BatchRequest, BatchRun

payloads = json.loads(Path("payloads.json").read_text())
requests = [BatchRequest.from_payload(f"area-{i}", payload) for i, payload in enumerate(payloads)]
BatchRun("run", requests=requests, until="finished", max_cost=%s)
"""
COST_PU: Final = 1e7
"""A budget that is never reached."""
REQUEST: Final = "BatchRequest"
RUN: Final = "BatchRun"


def measure_ours(folder: Path, case: Case, engine: Engine, sandbox: Controls) -> Ours:
    """All commands, once each; the preview is of an unchanged program."""
    program = PROGRAM % (COST_PU if case.budget else None)
    payloads = [payload(number) for number in range(case.n)]
    files = {"payloads.json": json.dumps(payloads)}
    stack = MeasuredStack(folder, program, engine, sandbox, files, environ=case.engine_environment())
    if case.api != "v1":
        stack.stack.config("sentinelhub:apiVersion", case.api)
    if case.pace is not None:
        stack.stack.config("sentinelhub:callsPerMinute", f"{case.pace:g}")
    memory = Memory()
    with memory.watched():
        up = stack.measure("up")
        state = state_of(stack.deployment(), payloads)
        preview, refresh = stack.measure("preview"), stack.measure("refresh")
        destroy = stack.measure("destroy")
    return Ours(up, preview, refresh, destroy, state, memory.peaks)


def state_of(deployment: dict[str, Any], payloads: list[dict[str, Any]]) -> State:
    """What the requests and the run take in a deployment."""
    sizes: dict[str, list[int]] = {REQUEST: [], RUN: []}
    for resource in deployment["resources"]:
        kind = resource["type"].rpartition(":")[2]
        if kind in sizes:
            sizes[kind].append(_size(resource))
    return State(fmean(sizes[REQUEST]), fmean(map(_size, payloads)), sum(sizes[RUN]))


def _size(value: Any) -> int:
    """Bytes as compact JSON."""
    return len(json.dumps(value, separators=(",", ":")).encode())
