"""Resources as a program makes them, with an engine that only takes notes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, settings


class Notes(mocks.Mocks):
    """What was registered, and what the engine answers."""

    def __init__(self) -> None:
        self.registered: list[mocks.MockResourceArgs] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError("no function of the engine is called")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.registered.append(args)
        kind = args.typ.rpartition(":")[2]
        return f"{args.name}-id", {**args.inputs, **self.outputs.get(kind, {})}

    def inputs(self, kind: str) -> dict[str, Any]:
        """The inputs of the one resource of that kind, without the pickled provider and the stable key."""
        [found] = [args.inputs for args in self.registered if args.typ.endswith(f":{kind}")]
        return {name: value for name, value in found.items() if name not in {"__provider", "declaration"}}


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """A loop of its own for each test: the SDK asks for the thread's, which ``asyncio.run`` takes away."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Notes]:
    """A program's surroundings: no configuration, no environment, an engine that takes notes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_BASE_URL", "SH_TOKEN_URL", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    taken = Notes()
    mocks.set_mocks(taken, project="corsica", stack="dev", preview=False)
    yield taken
    settings.reset_options()


@pytest.fixture
def program(notes: Notes) -> Callable[[Callable[[], Any]], Any]:
    """Runs a program to its end and gives the value that it returns, Outputs awaited."""

    def run(body: Callable[[], Any]) -> Any:
        found: list[Any] = []

        def inside() -> pulumi.Output[None]:
            return pulumi.Output.from_input(body()).apply(found.append)

        pulumi.runtime.test(inside)()  # type: ignore[no-untyped-call] # the SDK's helper has no types
        return found[0]

    return run
