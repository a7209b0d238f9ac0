"""Cancel is heard at once, however many operations wait: it has a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Behaviour = TypeVar("Behaviour", bound=Callable[..., Any])


def at_once(behaviour: Behaviour) -> Behaviour:
    """Have the server carry out ``behaviour`` outside its pool, whose threads may all be in a wait.

    grpc takes a pool from this attribute [grpcio: _server._select_thread_pool_for_behavior].
    """
    behaviour.experimental_thread_pool = ThreadPoolExecutor(1)  # type: ignore[attr-defined]
    return behaviour
