"""Which inputs are secret: the host unwraps them, and the engine tells it nothing of that.

The constructor sees it at the Outputs that it is given, and passes the places on as an input, a list of
paths. The check takes it out again, as :mod:`.phase` does: no diff and no state has it. What comes later in
the same process knows it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..lifecycle.discretion import Known, Secrets
from ..values import normalise

#: The property; only there where something is secret.
KEY: Final = "secret_paths"

#: Of all resources that this process has checked.
KNOWN: Final = Known()


def taken_out(urn: str, properties: Mapping[str, Any]) -> tuple[dict[str, Any], Secrets]:
    """What a check is given, without the property, and what that says.

    Args:
        urn: of the resource; empty where the host does not let us see it.
        properties: as a lifecycle sees them.
    """
    given = normalise(properties.get(KEY))
    paths = tuple(tuple(path) for path in given if isinstance(path, list)) if isinstance(given, list) else ()
    own = {name: value for name, value in properties.items() if name != KEY}
    secrets = Secrets(own, paths)
    if urn:
        KNOWN.note(urn, secrets)
    return own, secrets


def secrets_of(urn: str, properties: Mapping[str, Any]) -> Secrets:
    """What is secret of a resource that this process has checked."""
    return Secrets(properties, KNOWN.paths_of(urn))
