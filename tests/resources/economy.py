"""What thousands of programs have in common is done once."""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pulumi
import pytest
from pulumi import _types
from pulumi.dynamic import dynamic
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import settings as program_settings
from pulumi.runtime.proto import source_pb2

from pulumi_sentinelhub import BatchRequest, BatchRun, OutputBucket
from pulumi_sentinelhub.config.settings import resolve_settings
from pulumi_sentinelhub.resources import bucket, collection, features, hidden, plain, request, run

#: Of something without end so much is looked at here; in a program, 2 million values.
MOST_VALUES = 20_000
#: Outputs that our own classes read of each kind: the SDK makes four futures for each output, read or not.
READ: Mapping[ModuleType, tuple[str, ...]] = {
    request: ("status", "tile_count", "api_version", "result_path"),
    run: ("status", "statuses", "results"),
    bucket: ("role_arn",),
    collection: (),
    features: (),
}


class InLine(ThreadPoolExecutor):
    """Without threads: the calls to this engine wait for nothing."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)
        return done


class Arguments(pickle.Pickler):
    """Pickles alike what is of the same types and values; of Outputs and resources each one is itself."""

    def persistent_id(self, value: Any) -> int | None:
        return id(value) if isinstance(value, (pulumi.Output, pulumi.Resource)) else None


def told_apart(arguments: Mapping[str, Any]) -> bytes | None:
    """What tells arguments apart; None where nothing does."""
    into = io.BytesIO()
    try:
        Arguments(into).dump(arguments)
    except Exception:  # noqa: BLE001 - wild values fail in any way
        return None
    return into.getvalue()


def made_once(init: Callable[..., None]) -> Callable[..., None]:
    """A constructor by which a part of a component is what an earlier one of the same arguments is.

    So a job's value is seen in the job and in the parts that it reaches; the others are made, checked and
    judged with the first job that has such ones.
    """
    made: dict[bytes, tuple[Any, Any]] = {}

    def make(self: Any, name: str, *, opts: Any = None, **given: Any) -> None:
        known = told_apart(given) if opts is not None and opts.parent is not None else None
        if known is None or known not in made:
            init(self, name, opts=opts, **given)
        if known is not None:
            _, of = made.setdefault(known, (given, vars(self)))  # what was given stays, and so its identity
            vars(self).update(of)

    return make


@pytest.fixture
def what_is_not_asked(monkeypatch: pytest.MonkeyPatch, event_loop: None) -> Iterator[None]:
    """The SDK does for thousands of programs what it does for one, and only what the tests ask about.

    The programs of a test share the stack's own resource, the settings, parts of jobs, pickled providers, and
    what the annotations of our classes mean; where in a program a resource is made is not asked here, nor
    what the SDK tells of itself, nor what a provider adds to the inputs, but for what our classes read of it:
    these are told that there is nothing yet, as in a program.
    """
    for module, read in READ.items():
        assert set(read) <= set(vars(module)["OUTPUTS"])
        monkeypatch.setattr(module, "OUTPUTS", dict.fromkeys(read))
    for kind in (OutputBucket, BatchRequest, BatchRun):
        monkeypatch.setattr(kind, "__init__", made_once(kind.__init__))
    settings = functools.cache(lambda: resolve_settings(lambda _: None, os.environ))
    monkeypatch.setattr(hidden, "resolve_settings", lambda *_: settings())
    pickled: Callable[..., str] = functools.cache(lambda kind: serialize_provider(kind()))
    monkeypatch.setattr(dynamic, "serialize_provider", lambda provider: pickled(type(provider)))
    monkeypatch.setattr("pulumi.runtime.resource._get_stack_trace", source_pb2.StackTrace, raising=False)
    monkeypatch.setattr(_types, "resource_types", functools.cache(_types.resource_types))
    monkeypatch.setattr(pulumi.log, "debug", lambda *_, **__: None)
    monkeypatch.setattr("traceback.format_exc", str)
    monkeypatch.setattr(plain, "MOST_VALUES", MOST_VALUES)
    asyncio.get_event_loop().set_default_executor(InLine())
    logging.disable()  # asyncio tells of each resource that was not made, at length
    yield
    logging.disable(logging.NOTSET)
    program_settings.reset_options()
