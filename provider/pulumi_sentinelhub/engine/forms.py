"""A resource's properties in their two forms, and the way between them: the one place for both.

The lifecycles, Python programs and the states of the dynamic provider write snake_case. The plugin's schema,
and so its states, write camelCase, as all Pulumi packages do. What the API has its own shape for
(``process_request`` and the like), and what is keyed by ids, is the same in both.

A resource can move from one front end to the other by an alias: then each meets the other's form in old
inputs and outputs. So whatever is read is read in either form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ..lifecycle.fields import Field, echo
from ..lifecycle.kinds import Kind
from ..lifecycle.outputs import ListOf, Output, Record
from ..lifecycle.tables import bucket, collection, features, request, run

#: Pulumi's own members: ``__provider``, ``__defaults``, …
_PULUMIS: Final = "__"


def camel(name: str) -> str:
    """A name of the tables as the plugin writes it: ``tile_width_px`` is ``tileWidthPx``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


@dataclass(frozen=True)
class Form:
    """The table of one resource.

    Attributes:
        fields: its inputs, also those that no user writes.
        outputs: what it has besides.
        told: those of the outputs that its inputs of the same name tell already.
    """

    fields: tuple[Field, ...]
    outputs: Mapping[str, Output]
    told: frozenset[str] = frozenset()

    @cached_property
    def _kinds(self) -> Mapping[str, Kind]:
        inputs: dict[str, Kind] = {field.name: field.kind for field in self.fields}
        return {**inputs, **{name: output.kind for name, output in self.outputs.items()}}

    @cached_property
    def _by_camel(self) -> Mapping[str, str]:
        return {camel(name): name for name in self._kinds}

    @property
    def names(self) -> Mapping[str, str]:
        """The name of each property in the tables, by the plugin's."""
        return self._by_camel

    @property
    def reported(self) -> frozenset[str]:
        """The outputs that no input tells."""
        return frozenset(self.outputs) - self.told

    def inward(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties in the lifecycles' form, from either; Pulumi's own members are left out."""
        found = {}
        for name, value in properties.items():
            if not name.startswith(_PULUMIS):
                own = self._by_camel.get(name, name)
                found[own] = _inward(self._kinds.get(own), value)
        return found

    def outward(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Properties in the plugin's form, from the lifecycles'."""
        return {
            camel(name) if name in self._kinds else name: outward(self._kinds.get(name), value)
            for name, value in properties.items()
        }

    def is_dynamics(self, properties: Mapping[str, Any]) -> bool:
        """Whether the dynamic provider has written these."""
        return any(name.startswith(_PULUMIS) or camel(name) != name for name in properties)

    def is_plugins(self, properties: Mapping[str, Any]) -> bool:
        """Whether the plugin has written these."""
        return any(name not in self._kinds and name in self._by_camel for name in properties)

    def carried(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of a resource that has moved from one front end to the other and is as declared.

        Args:
            olds: its outputs.
            news: its inputs, which mean the same; of what is an output, too, they hold what was asked for.
        """
        kept = {name: value for name, value in olds.items() if name in self._kinds}
        asked = {name: value for name, value in echo(self.fields, news).items() if name not in self.reported}
        return {**kept, **asked}


def _inward(kind: Kind | None, value: Any) -> Any:
    return _renamed(kind, value, lambda member: (camel(member.name), member.name))


def outward(kind: Kind | None, value: Any) -> Any:
    """A value in the plugin's form, from the lifecycles'; ``kind`` is None where the table has none."""
    return _renamed(kind, value, lambda member: (member.name, camel(member.name)))


def _renamed(kind: Kind | None, value: Any, names: Callable[[Output], tuple[str, str]]) -> Any:
    """The value with the members of records renamed, wherever the table says that there are records.

    Args:
        kind: of the value; None where the table has none.
        value: anything.
        names: gives the name that a member may have, and the one that it gets.
    """
    if isinstance(kind, ListOf) and isinstance(value, (list, tuple)):
        return [_renamed(kind.of, element, names) for element in value]
    if not isinstance(kind, Record) or not isinstance(value, Mapping):
        return value
    known = {before: (after, member.kind) for member in kind.members for before, after in [names(member)]}
    renamed = {}
    for name, member in value.items():
        after, of = known.get(name, (name, None))
        renamed[after] = _renamed(of, member, names)
    return renamed


BUCKET: Final = Form(bucket.FIELDS, bucket.OUTPUTS)
REQUEST: Final = Form(request.FIELDS, request.OUTPUTS)
RUN: Final = Form(run.FIELDS, run.OUTPUTS)
COLLECTION: Final = Form(collection.FIELDS, collection.OUTPUTS)
FEATURES: Final = Form(features.FIELDS, features.OUTPUTS, told=frozenset({"url", "content_hash", "features"}))

_FORMS: Final = (BUCKET, REQUEST, RUN, COLLECTION, FEATURES)
_NAMES: Final = sorted({name for form in _FORMS for name in form.names.values() if "_" in name})
_SPOKEN: Final = re.compile(rf"\b({'|'.join(_NAMES)})\b")


def in_camel(text: str) -> str:
    """A text with the inputs and outputs that it names as the plugin's users write them."""
    return _SPOKEN.sub(lambda found: camel(found[1]), text)
