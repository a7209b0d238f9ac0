"""What a stack's state, a preview or a payload's file says of its batch requests. Foreign: read with care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..batch.answers import mapping, number, text
from ..batch.api import REQUEST_INPUTS
from ..batch.generations import FIRST, GENERATIONS
from ..engine.forms import REQUEST, RUN
from ..errors import InputError
from ..plain_json import SIGNATURE, UNKNOWNS
from ..values import UNKNOWN
from .texts import SECRET

#: Their types: of the dynamic provider, and of the plugin.
_REQUEST: Final = ("pulumi-python:dynamic/sentinelhub:BatchRequest", "sentinelhub:index:BatchRequest")
_RUN: Final = ("pulumi-python:dynamic/sentinelhub:BatchRun", "sentinelhub:index:BatchRun")
#: By the type of a provider, the namespace that the names of its settings lack.
_PROVIDERS: Final = {"pulumi:providers:pulumi-python": "", "pulumi:providers:sentinelhub": "sentinelhub:"}
_STACK: Final = "pulumi:pulumi:Stack"
_MAKES: Final = ("create", "replace", "create-replacement")


@dataclass(frozen=True)
class RecordedRequest:
    """A BatchRequest.

    Attributes:
        name: its name in the program.
        id: the remote request; None before it is made.
        generation: the generation of the API that it lives in.
        inputs: what it asks for; unknown values as ``UNKNOWN``, secret ones as ``SECRET``.
        outputs: all that the state keeps.
    """

    name: str
    id: str | None
    generation: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordedRun:
    """A BatchRun.

    Attributes:
        max_cost: its budget in processing units (PU); None without one.
        cost_estimate, cost: PU, after the batch discount; None where they are not known.
        results: its record of each request, by id.
        modified: when its state was last written, ISO 8601.
    """

    name: str
    until: str
    max_cost: float | None
    status: str | None
    cost_estimate: float | None
    cost: float | None
    results: Mapping[str, Mapping[str, Any]]
    modified: str | None


@dataclass(frozen=True)
class StackState:
    """The batch requests of a stack.

    Attributes:
        config: plain settings of the stack's last update, by key with namespace.
    """

    title: str
    requests: Sequence[RecordedRequest]
    runs: Sequence[RecordedRun] = ()
    config: Mapping[str, str] = field(default_factory=dict)

    def record_of(self, id: str) -> Mapping[str, Any]:
        """What the runs know of a request."""
        return next((run.results[id] for run in self.runs if id in run.results), {})

    def run_of(self, id: str) -> RecordedRun | None:
        """The run that drives a request."""
        return next((run for run in self.runs if id in run.results), None)


def state_of(document: Any) -> StackState:
    """The state of ``pulumi stack export``. Raises InputError: it is none."""
    resources = mapping(mapping(document).get("deployment")).get("resources")
    if not isinstance(resources, list):
        raise InputError(
            "this is no stack's state",
            why="it has no deployment.resources",
            next_step="Give what `pulumi stack export` prints; what `pulumi preview --json` prints, or a "
            "payload, goes with --preview",
        )
    kept = [mapping(one) for one in resources if not mapping(one).get("delete")]
    return StackState(
        title=_title(kept),
        requests=[_request(one, "outputs") for one in kept if one.get("type") in _REQUEST],
        runs=[_run(one) for one in kept if one.get("type") in _RUN],
        config=_config(kept),
    )


def planned_of(document: Any, name: str) -> StackState:
    """What a ``pulumi preview --json`` would make, or the one request of a payload. Raises InputError."""
    known = mapping(document)
    if isinstance(steps := known.get("steps"), list):
        made = [mapping(step) for step in steps if mapping(step).get("op") in _MAKES]
        states = {str(new.get("urn")): new for step in made if (new := mapping(step.get("newState")))}
        requests = [_request(one, "inputs") for one in states.values() if one.get("type") in _REQUEST]
        return StackState(_title([mapping(mapping(step).get("newState")) for step in steps]), requests)
    for generation in GENERATIONS.values():
        if len(set(known) & set(generation.members)) > 1 and not set(known) - set(generation.members):
            inputs = generation.inputs(known)
            return StackState(name, [RecordedRequest(name, None, generation.name, inputs)])
    raise InputError(
        "this is neither a preview nor a payload",
        subject=name,
        why=f"a preview has steps; a payload has only members such as {', '.join(FIRST.members)}",
        next_step="Give what `pulumi preview --json` prints, or the payload of a batch request",
    )


def _plain(value: Any) -> Any:
    """A value of the state: secrets hidden, also where they were exported in plain; unknown ones marked."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return SECRET
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [member if type(member) is float else _plain(member) for member in value]
    return UNKNOWN if isinstance(value, str) and value in UNKNOWNS else value


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource.get("urn")).rpartition("::")[2]


def _title(resources: Sequence[Mapping[str, Any]]) -> str:
    for one in resources:
        parts = str(one.get("urn")).split("::")
        if one.get("type") == _STACK and len(parts) >= 3:
            return f"{parts[1]} / {parts[0].rpartition(':')[2]}"
    return "batch requests"


def _request(resource: Mapping[str, Any], part: str) -> RecordedRequest:
    values = REQUEST.inward(mapping(_plain(resource.get(part))))
    id = text(values.get("request_id"))
    generation = str(values.get("api_version") or FIRST.name)
    return RecordedRequest(
        name=_name(resource),
        id=None if id == SECRET else id,
        generation=generation if generation in GENERATIONS else FIRST.name,
        inputs={name: values[name] for name in REQUEST_INPUTS if values.get(name) is not None},
        outputs=values,
    )


def _run(resource: Mapping[str, Any]) -> RecordedRun:
    values = RUN.inward(mapping(_plain(resource.get("outputs"))))
    results = values.get("results")
    records = [mapping(one) for one in results] if isinstance(results, list) else []
    return RecordedRun(
        name=_name(resource),
        until=str(values.get("until") or "started"),
        max_cost=number(values.get("max_cost")),
        status=text(values.get("status")),
        cost_estimate=number(values.get("cost_estimate")),
        cost=number(values.get("cost")),
        results={id: one for one in records if (id := text(one.get("id")))},
        modified=text(resource.get("modified")),
    )


def _config(resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return dict(_settings(resources))


def _settings(resources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in resources:
        namespace = _PROVIDERS.get(str(one.get("type")))
        if namespace is not None:
            for name, value in mapping(_plain(one.get("inputs"))).items():
                key = f"{namespace}{name}"
                if key.startswith("sentinelhub:") and isinstance(value, str) and value != SECRET:
                    yield key, value
