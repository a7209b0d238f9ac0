"""Names that declarations have left."""

from __future__ import annotations

import pulumi

from pulumi_sentinelhub.resources.left_names import LeftNames

TYPE = "pulumi-python:dynamic/sentinelhub:BatchRequest"


def left(*aliases: pulumi.Alias | str) -> LeftNames:
    names = LeftNames()
    names.note(TYPE, "new", pulumi.ResourceOptions(aliases=list(aliases)))
    return names


def test_a_name_that_another_one_has_left() -> None:
    """Only the very name, type and place that an alias tells of."""
    renamed = left(pulumi.Alias(name="old"))
    assert renamed.has(TYPE, "old", None, "urn")
    assert not renamed.has(TYPE, "new", None, "urn")
    assert not renamed.has("another:type", "old", None, "urn")
    assert left("urn:pulumi:s::p::t::old").has(TYPE, "old", None, "urn:pulumi:s::p::t::old")
    assert not left().has(TYPE, "old", None, "urn")
    assert left(pulumi.Alias(parent=None)).has(TYPE, "new", None, "urn")
