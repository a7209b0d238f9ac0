"""V8 in many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from py_mini_racer import MiniRacer

from sentinelhub_sandbox.processing import interpreter
from sentinelhub_sandbox.processing.interpreter import Interpreter
from tests.sandbox.processing.requests import script

THREADS = 4


def test_contexts_begin_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that begin at the same moment take the whole process down, now and then."""
    busy, together = threading.Lock(), []
    at_once = threading.Barrier(THREADS)

    def watched() -> Any:
        together.append(not busy.acquire(blocking=False))
        try:
            return MiniRacer()
        finally:
            if not together[-1]:
                busy.release()

    def run(_: int) -> str:
        at_once.wait()
        with Interpreter(script("return [1]")) as one:
            return one.setup().outputs[0].id

    monkeypatch.setattr(interpreter, "MiniRacer", watched)
    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(run, range(THREADS))) == {"default"}
    assert together == THREADS * [False]
