"""The schema's types of payloads: as Python's own, down to the last member."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from pulumi_sentinelhub.engine.forms import camel
from pulumi_sentinelhub.plugin.payload_types import PAYLOADS
from pulumi_sentinelhub.plugin.schema import schema
from pulumi_sentinelhub.preview.checks.common import shape
from pulumi_sentinelhub.preview.checks.v1.shape import MEMBERS as V1
from pulumi_sentinelhub.preview.checks.v2.shape import MEMBERS as V2
from tests.support import seed

FOUND: Final = schema()
REQUEST: Final = FOUND["resources"]["sentinelhub:index:BatchRequest"]["inputProperties"]
#: Known to the checks to be refused with a message of their own.
REFUSED: Final = {"output.responses"}
ANY: Final = {"$ref": "pulumi.json#/Any"}


def within(property: dict[str, Any]) -> dict[str, Any] | None:
    """The type that a property, or each of its elements, refers to; None where it is open."""
    inner: dict[str, Any] = property.get("items") or property
    reference = inner.get("$ref", "")
    types: dict[str, dict[str, Any]] = FOUND["types"]
    return types.get(reference.removeprefix("#/types/"))


def at(path: str) -> dict[str, Any] | None:
    """The type at a path of inputs."""
    first, *steps = path.split(".")
    found = within(REQUEST[camel(first)])
    for step in steps:
        assert found is not None
        found = within(found["properties"][step])
    return found


DATA: Final = "process_request.input.data"
PATHS: Final = {
    **V1,
    **V2,
    DATA: shape._DATA,
    f"{DATA}.dataFilter": shape._FILTER,
    f"{DATA}.dataFilter.timeRange": shape._TIME,
    "process_request.output.responses": "identifier format logo",
}


@pytest.mark.parametrize(("path", "members"), PATHS.items(), ids=PATHS)
def test_what_the_checks_know_has_a_type(path: str, members: str) -> None:
    """A member of the vendor's documentation that our checks let pass is refused by no generated type."""
    found = at(path)
    names = {name for name in members.split() if f"{path}.{name}" not in REFUSED}
    assert found is None or names <= set(found["properties"])
    if found is None:
        assert path == "zarr_output.group.coordinates", "only what has to be is open"


def assigned(property: dict[str, Any], value: Any, where: str) -> None:
    """See that a value fits a property's type, as a generator's types would have it."""
    if property == ANY or "additionalProperties" in property:
        return
    named = within(property) if "$ref" in property else None
    if named is not None:
        assert set(value) <= set(named["properties"]), where
        assert set(named["required"]) <= set(value), where
        for name, member in value.items():
            assigned(named["properties"][name], member, f"{where}.{name}")
    elif property.get("type") == "array":
        for element in value:
            assigned(property["items"], element, where)
    else:
        kinds = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
        assert isinstance(value, kinds[property["type"]]), where  # type: ignore[arg-type] # one or several


@pytest.mark.parametrize("payload", [seed.geotiff("b"), seed.zarr("b")], ids=["geotiff", "zarr"])
def test_the_documentations_payloads_fit(payload: dict[str, Any]) -> None:
    """Pasted as they are, they pass the types of every language."""
    for name, value in payload.items():
        assigned(REQUEST[name], value, name)


def test_all_payloads_are_typed() -> None:
    """Each input with the API's own shape has a type; what is echoed is open, so that nothing is lost."""
    for resource, inputs in (("BatchRequest", PAYLOADS.keys() - {"defaults"}), ("Features", {"defaults"})):
        found = FOUND["resources"][f"sentinelhub:index:{resource}"]
        for name in map(camel, inputs):
            assert found["inputProperties"][name]["$ref"].startswith("#/types/")
            assert "$ref" not in found["properties"][name]
    features = FOUND["resources"]["sentinelhub:index:Features"]["properties"]["features"]
    assert features["$ref"] == ANY["$ref"], "it is given on to a request"


def test_only_open_members_are_open() -> None:
    """The members without a type are those for which there is a reason."""
    tokens = {
        reference.removeprefix("#/types/")
        for reference in json.dumps([one["inputProperties"] for one in FOUND["resources"].values()]).split(
            '"'
        )
        if reference.startswith("#/types/")
    }
    for _ in range(5):
        text = json.dumps([FOUND["types"][token] for token in tokens])
        tokens |= {one.removeprefix("#/types/") for one in text.split('"') if one.startswith("#/types/")}
    is_open = {
        f"{token.rpartition(':')[2]}.{name}"
        for token in tokens
        for name, member in FOUND["types"][token]["properties"].items()
        if ANY in (member, member.get("additionalProperties"))
    }
    assert is_open == {
        "Bounds.geometry",
        "DataSource.processing",
        "ZarrGroup.coordinates",
        "ZarrGroup.customAttributes",
        "ArrayParameters.compressor",
        "ArrayParameters.fill_value",
        "ArrayOverride.compressor",
        "ArrayOverride.customAttributes",
        "ArrayOverride.fill_value",
    }
