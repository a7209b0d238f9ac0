"""What boto3 makes of AWS's descriptions of its services, made once: that is most of a client's making.

By itself botocore reads a description once a session, and builds a model, a class and rules for endpoints of
it for each client. They say the same each time, and no client changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from types import CodeType
from typing import Any

import pytest


@contextmanager
def one_look() -> Iterator[None]:
    """All clients that are made in the block share what depends on the service alone."""
    import botocore.client
    import botocore.hooks
    import botocore.regions
    import botocore.session

    names: Any = {
        botocore.client.ClientCreator: ("_load_service_model", "_create_client_class"),
        botocore.hooks.EventAliaser: ("_alias_event_name",),
    }
    hooks, regions = vars(botocore.hooks), vars(botocore.regions)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        for kind, methods in names.items():
            for name in methods:
                patched.setattr(kind, name, _once(getattr(kind, name)))
        patched.setitem(hooks, "accepts_kwargs", _once_a_code(hooks["accepts_kwargs"]))
        patched.setitem(regions, "EndpointProvider", _once_a_ruleset(regions["EndpointProvider"]))
        yield


def _once(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same of all objects that have the method: it depends on what it is asked alone."""
    known: dict[tuple[Any, ...], Any] = {}

    @wraps(method)
    def found(self: Any, *asked: Any) -> Any:
        if asked not in known:
            known[asked] = method(self, *asked)
        return known[asked]

    return found


def _once_a_code(ask: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Handlers of events are asked for their parameters, each of them for each session and client."""
    known: dict[CodeType, bool] = {}

    def found(handler: Any) -> bool:
        code = getattr(handler, "__code__", None)  # a method has its function's
        if not isinstance(code, CodeType):
            return ask(handler)
        if code not in known:
            known[code] = ask(handler)
        return known[code]

    return found


def _once_a_ruleset(make: Callable[..., Any]) -> Callable[..., Any]:
    """Descriptions are told apart by what they are, since they are kept: none takes another's place."""
    known: dict[tuple[int, int], tuple[Any, Any]] = {}

    def found(*, ruleset_data: Any, partition_data: Any, excluded_params: Any = None) -> Any:
        key = id(ruleset_data), id(partition_data)
        if key not in known:
            kept = (ruleset_data, partition_data)
            known[key] = kept, make(ruleset_data, partition_data, excluded_params)
        return known[key][1]

    return found
