"""Names that declarations of this program have left: a new declaration under one of them is another owner."""

from __future__ import annotations

from typing import Any

import pulumi


class LeftNames:
    """Names of this program's declarations that others had before, as their aliases tell.

    Whoever is declared under such a name is a new declaration: it must not have the key by which the other
    one's object is marked. Constructors run before any key is asked for, since a program's body runs to its
    end before its resources are registered.
    """

    def __init__(self) -> None:
        self._urns: set[str] = set()
        self._places: list[tuple[pulumi.Resource | None, str, str]] = []

    def note(self, type_name: str, name: str, opts: pulumi.ResourceOptions | None) -> None:
        """Note the aliases of a declaration."""
        parent = opts.parent if opts else None
        for alias in (opts.aliases if opts else None) or ():
            if isinstance(alias, str):
                self._urns.add(alias)
            elif isinstance(alias, pulumi.Alias):
                self._note(alias, type_name, name, parent)

    def _note(self, alias: pulumi.Alias, type_name: str, name: str, parent: pulumi.Resource | None) -> None:
        given: Any = alias.parent
        before = parent if given is ... else given
        old_name = alias.name if isinstance(alias.name, str) else name
        old_type = alias.type_ if isinstance(alias.type_, str) else type_name
        if before is None or isinstance(before, pulumi.Resource):
            self._places.append((before, old_type, old_name))

    def has(self, type_name: str, name: str, parent: pulumi.Resource | None, urn: str) -> bool:
        """Whether another declaration has left this name."""
        if urn in self._urns:
            return True
        return any(place is parent and (kind, old) == (type_name, name) for place, kind, old in self._places)
