"""Inputs that no user writes, which come from the urn, the configuration and what this process has met.

A Python program's classes give them to the dynamic provider; a program in another language has no such
classes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ..config.settings import Settings
from ..engine.identity import backend_of, declaration_key
from ..finding import Finding
from ..lifecycle.context import Context
from ..values import UNKNOWN, contains_unknown, is_unknown
from .kinds import COLLECTION, RUN, Kind, dynamic_urn
from .own_inputs import own_inputs

_PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


def misnamed(kind: Kind, given: Mapping[str, Any], olds: Mapping[str, Any]) -> Iterator[Finding]:
    """Inputs that the resource does not have, by the names that the program gives.

    Args:
        kind: of the resource.
        given: the inputs as the engine hands them over.
        olds: those of the last time; `pulumi import` has all checked that a read has told, the hidden ones
            included.
    """
    known = {plugin for plugin, name in kind.form.names.items() if name in public(kind)}
    known |= {field.name for field in own_inputs(kind)}
    known |= {name for name in kind.form.names if name in olds and olds[name] == given.get(name)}
    for name in sorted(given.keys() - known):
        own = {field: plugin for plugin, field in kind.form.names.items() if plugin in known}.get(name)
        fix = f"write {own}" if own else f"its inputs are {', '.join(sorted(known))}"
        yield Finding(name, f"is no input of {kind.name}", fix)


def public(kind: Kind) -> dict[str, Any]:
    """The inputs that users write, by name."""
    return {field.name: field for field in kind.form.fields if not field.internal}


def completed(
    kind: Kind, ctx: Context, key: str, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> dict[str, Any]:
    """The inputs with those that no user writes.

    Args:
        kind: of the resource.
        ctx: the surroundings of its check.
        key: of its declaration.
        olds: its inputs of the last time.
        news: the program's.
    """
    hidden: dict[str, Any] = {"deployment": ctx.deployment.name, "declaration": key}
    if kind is COLLECTION and "adopt_id" not in news:
        hidden["name"] = ctx.urn.rpartition("::")[2]
    if kind is RUN:
        hidden |= _of_run(ctx, olds, news)
    return {**hidden, **news}


def _of_run(ctx: Context, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Which requests are given by bare id, and in which generation the others live.

    A request's own BatchRequest is met before its run, which needs its id: what none of them holds is bare.
    One that this command leaves out (``--target``) is what it was the last time.
    """
    requests = news.get("requests")
    ids = [id for id in requests if isinstance(id, str)] if isinstance(requests, list) else []
    owned_before = set(_texts(olds.get("requests"))) - set(_texts(olds.get("bare")))
    bare = [id for id in ids if not ctx.ledger.is_held(id) and id not in owned_before]
    before = olds.get("generations")
    known = before if isinstance(before, Mapping) else {}
    homes = {id: ctx.ledger.generation_of(id) or known.get(id) for id in ids if id not in bare}
    generations = {id: home for id, home in homes.items() if home}
    # An update plan holds what is planned, and nothing else may come: what is to come is planned as unknown.
    later = contains_unknown(requests)
    return {"bare": bare or None, "generations": UNKNOWN if later else generations or None}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value if not is_unknown(one)] if isinstance(value, list) else []


def key_of_declaration(settings: Settings, organization: str, urn: str) -> str:
    """The key of a declaration: the same that the dynamic provider has for it in this organization."""
    client = settings.credentials.client_id if settings.credentials else None
    return declaration_key(client, organization, _backend(Path.cwd()), dynamic_urn(urn))


@lru_cache(maxsize=1)
def _backend(folder: Path) -> str:
    """The backend of the project that the plugin was started in."""
    folders = (folder, *folder.parents)
    root = next((one for one in folders if any((one / name).is_file() for name in _PROJECT_FILES)), folder)
    return backend_of(os.environ, root)
