"""Whatever a program gives to an input: it is taken, or refused in one line; nothing else is ever raised."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import mocks

from pulumi_sentinelhub import BatchCollection, BatchJob, BatchRequest, BatchRun, Features, OutputBucket
from pulumi_sentinelhub.dynamic import providers
from pulumi_sentinelhub.dynamic.provider import LifecycleProvider
from pulumi_sentinelhub.dynamic.values import from_host, to_host
from pulumi_sentinelhub.errors import ConfigError
from pulumi_sentinelhub.lifecycle.context import Context
from pulumi_sentinelhub.waiting.clock import SystemClock
from pulumi_sentinelhub.waiting.patience import Patience
from tests.resources.economy import what_is_not_asked
from tests.resources.wild import ONLY_PLAIN, WILD, nested
from tests.support import requests
from tests.support.contexts import without_service
from tests.support.hypotheses import tried, wished
from tests.support.inputs import AREAS
from tests.support.notes import Notes

__all__ = ["what_is_not_asked"]
pytestmark = pytest.mark.usefixtures("what_is_not_asked")

EXAMPLES = wished("WILD_VALUES")
PROVIDERS: Mapping[str, LifecycleProvider] = {
    "BatchRequest": providers.Request(),
    "BatchRun": providers.Run(),
    "OutputBucket": providers.Bucket(),
    "BatchCollection": providers.Collection(),
    "Features": providers.Features(),
}
MOST_OF_A_MESSAGE = 2000


def payload(**changes: Any) -> dict[str, Any]:
    """A request that could be made, but for the changes."""
    return {**requests.geotiff(), **changes}


def request(name: str) -> Callable[[Any], Any]:
    return lambda value: BatchRequest("x", **payload(**{name: value}))


def inside_bounds(value: Any) -> Any:
    process = payload()["process_request"]
    given = {**process, "input": {"bounds": {"bbox": [value, 1, 2, 3]}, "data": []}}
    return BatchRequest("x", **payload(process_request=given))


def run(name: str) -> Callable[[Any], Any]:
    return lambda value: BatchRun("x", **{"requests": ["a"], name: value})


def bucket(name: str) -> Callable[[Any], Any]:
    return lambda value: OutputBucket("x", **{name: value})


def collection(name: str) -> Callable[[Any], Any]:
    return lambda value: BatchCollection("x", **{"bucket_name": "results", name: value})


def job(name: str) -> Callable[[Any], Any]:
    plain = {key: requests.geotiff()[key] for key in ("process_request", "tiling_grid")}
    return lambda value: BatchJob("x", **{**plain, name: value})


def features(name: str) -> Callable[[Any], Any]:
    return lambda value: Features("x", **{"source": AREAS, "bucket": "results", name: value})


FEATURES = "source bucket key defaults"
REQUEST = (
    "process_request tiling_grid features bucket_name output zarr_output role_arn description evalscript "
    "adopt_id on_delete"
)
RUN = "requests until max_cost restart_partial accept_partial on_delete"
BUCKET = "bucket region force_destroy expire_days tags policy delivery_role"
COLLECTION = "name bucket_name adopt_id on_delete"
JOB = (
    "process_request tiling_grid features bucket output zarr_output collection role_arn description "
    "evalscript force_destroy until max_cost restart_partial accept_partial on_delete"
)

#: A program for each input; it is given the value.
PROGRAMS: Mapping[str, Callable[[Any], Any]] = {
    **{f"request.{name}": request(name) for name in REQUEST.split()},
    "request.process_request.input": inside_bounds,
    "request.output.defaultTilePath": lambda value: request("output")({"defaultTilePath": value}),
    **{f"run.{name}": run(name) for name in RUN.split()},
    "run.requests[0]": lambda value: BatchRun("x", requests=[value, "b"]),
    **{f"bucket.{name}": bucket(name) for name in BUCKET.split()},
    "bucket.tags.a": lambda value: OutputBucket("x", tags={"a": value}),
    **{f"collection.{name}": collection(name) for name in COLLECTION.split()},
    **{f"features.{name}": features(name) for name in FEATURES.split()},
    "features.source.features[0]": lambda value: features("source")({**AREAS, "features": [value]}),
    **{f"job.{name}": job(name) for name in JOB.split()},
    "request.from_payload": lambda value: BatchRequest.from_payload("x", value),
    "request.from_payload.parts": lambda value: BatchRequest.from_payload(
        "x", {"processRequest": {"input": value}, "tilingGrid": {"id": 0, "resolution": 60.0}}
    ),
    "job.from_payload": lambda value: BatchJob.from_payload("x", value),
}


def behind(value: Any) -> pulumi.Output[Any]:
    """The same, known only later."""
    nothing: pulumi.Output[None] = pulumi.Output.from_input(None)
    return nothing.apply(lambda _: value)


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


#: What a program has made and given; where its constructor refuses another input, nobody awaits it.
coroutines: list[Coroutine[Any, Any, Any]] = []


def awaited(value: Any) -> Coroutine[Any, Any, Any]:
    """The same, as a coroutine gives it."""
    coroutines.append(later(value))
    return coroutines[-1]


#: How the value comes.
WAYS: Mapping[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "behind an Output": behind,
    "in a dictionary, behind an Output": lambda value: {"a": behind(value)},
    "awaited": awaited,
}


@functools.cache
def surroundings() -> Context:
    """What a check is given: no credentials, so no service and no bucket."""

    def nothing(*_: object) -> Any:
        raise ConfigError("no credentials")

    return without_service(Patience(SystemClock()), nothing)


def fit_to_be_shown(text: str) -> bool:
    """Whether a text is one short line without control characters or halves of pairs."""
    return len(text) <= MOST_OF_A_MESSAGE and text.isprintable()


class Engine(Notes):
    """It checks what it is given, as the real one does, and makes only what passes.

    Attributes:
        said: what the checks say.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.outputs["OutputBucket"] = {"bucket": "results", "bucket_name": "results", "name": "results"}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        made = super().new_resource(args)
        provider = PROVIDERS.get(args.typ.rpartition(":")[2])
        if provider is None:
            return made
        sent = json.loads(json.dumps(args.inputs))
        report = provider.lifecycle().check(surroundings(), {}, from_host(sent))
        self.said += map(str, report.findings)
        if report.failures:
            raise pulumi.RunError("not made")
        json.dumps(to_host(report.inputs), allow_nan=False).encode()
        return made


def run_quietly(program: Callable[[Any], Any], value: Any) -> None:
    """Run the program, whatever it returns: what is asked here is only what it raises.

    Of each resource that was not made the loop would tell at length when what has waited for it is collected.
    """
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    program(value)


def outcome(program: Callable[[Any], Any], value: Any) -> list[str]:
    """What is said against a value, by the constructor or by the check of what the engine would be given."""
    engine = Engine()
    mocks.set_mocks(engine, project="corsica", stack="dev", preview=False)
    try:
        pulumi.runtime.test(lambda: run_quietly(program, value))()  # type: ignore[no-untyped-call]
    except pulumi.RunError as error:
        engine.said.append(str(error))
    finally:
        while coroutines:
            coroutines.pop().close()
    return engine.said


def judge(place: str, program: Callable[[Any], Any], value: Any) -> None:
    """One value in one place."""
    for text in outcome(program, value):
        assert fit_to_be_shown(text), f"{place}: {text[:200]!r}, {len(text)} characters"


@pytest.mark.parametrize("place", PROGRAMS)
def test_a_wild_value(place: str, notes: Notes, record_property: Callable[[str, object], None]) -> None:
    """Each wild value in each input ends as a resource, or in short lines; the ways take turns."""
    del notes  # only its environment is needed
    first = list(PROGRAMS).index(place)
    tried = 0
    for number, name in enumerate(WILD, start=first):
        turn = list(WAYS)[number % len(WAYS)]
        for way in WAYS if EXAMPLES else ("plain",) if name in ONLY_PLAIN else (turn,):
            if way == "plain" or name not in ONLY_PLAIN:
                judge(f"{place}, {name}, {way}", PROGRAMS[place], WAYS[way](WILD[name]))
                tried += 1
    record_property("wild_values", tried)


@tried(300, "WILD_VALUES")
@given(st.sampled_from(sorted(PROGRAMS)), st.sampled_from(sorted(WAYS)), nested())
def test_wild_values_nested(place: str, way: str, value: Any) -> None:
    """So do wild values in lists and dictionaries."""
    judge(f"{place}, {way}", PROGRAMS[place], WAYS[way](value))
