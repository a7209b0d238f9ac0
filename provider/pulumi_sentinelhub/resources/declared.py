"""What all resources here have in common: they are registered sparingly.

Pulumi's SDK does work for each resource that grows with the number of all: with hundreds of requests that is
most of a program's time. What is done about it takes nothing away from a program, and where the SDK has no
such part (each is asked for) everything is as it is without.
"""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from ..dynamic import marked
from .secrecy import secret_paths

#: Frames of the stack that the engine is told and keeps in the state of each resource: the SDK's own and
#: ours, and a few of the program's. Above them is how the program was started, which says nothing of it.
FRAMES: Final = 12
#: The pickler in Python that the SDK takes, and its method for dictionaries.
_PICKLER: Final[type] = getattr(pickle, "_Pickler", pickle.Pickler)
_SETITEMS: Final = "_batch_setitems"
#: What the SDK itself does with an output once something is derived from it; older ones have no such part.
_UNTRACK: Final[Callable[[pulumi.Output[Any]], None] | None] = getattr(pulumi.Output, "_untrack", None)


class Declared(Resource):
    """A resource of this package.

    Args:
        provider: what makes it.
        name: the name in the Pulumi program.
        outputs: names of the outputs that are no inputs.
        inputs: by name; what is None is left out.
        opts: options of the resource.
    """

    def __init_subclass__(cls, **names: Any) -> None:
        """Types of outputs as types instead of text.

        The SDK asks for them again with each resource, and compiles text anew each time
        [pulumi 3.259: resource_types].
        """
        super().__init_subclass__(**names)
        cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)

    def __init__(
        self,
        provider: ResourceProvider,
        name: str,
        outputs: Mapping[str, Any],
        inputs: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        with _short_stack(), _sorted_once():
            super().__init__(provider, name, {**dict.fromkeys(outputs), **inputs, **_marked(inputs)}, opts)
        for value in vars(self).values():
            if isinstance(value, pulumi.Output):
                _leave_to_registration(value)


def _marked(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The input that says which others are secret, where that may be."""
    paths = secret_paths(inputs)
    return {} if paths is None else {marked.KEY: paths}


@contextmanager
def _short_stack() -> Iterator[None]:
    """The SDK records the stack with ``traceback``, whose limit this is; the user's own one is put back."""
    given: int | None = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = FRAMES if given is None else min(given, FRAMES)
    try:
        yield
    finally:
        if given is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = given


@contextmanager
def _sorted_once() -> Iterator[None]:
    """The SDK sorts what it pickles by a method put around the pickler's, for each resource one more.

    None is ever taken away: after some hundreds of resources, a dynamic resource of the program's own ends in
    a RecursionError [pulumi 3.272: serialize_provider]. So the one that was there is put back.
    """
    before = vars(_PICKLER).get(_SETITEMS)
    try:
        yield
    finally:
        if before is not None:
            setattr(_PICKLER, _SETITEMS, before)


def _leave_to_registration(output: pulumi.Output[Any]) -> None:
    """The program's end waits for the resource's registration, which resolves its outputs.

    Waiting for each output as well makes the SDK look at all that are open whenever one is there, thirty a
    request: 10 of 14 s in a program of 300 [pulumi 3.259: wait_for_rpcs]. What a program derives from an
    output is waited for as ever.
    """
    if _UNTRACK is not None:
        _UNTRACK(output)
