"""One computation for each text in a process, however many threads ask for it at once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST: Final = 2048
"""Results that are remembered; the one asked for longest ago goes first."""


class Once(Generic[T]):
    """A function of a text whose results are remembered by the text's hash.

    Args:
        function: must not raise; what it returns is shared.
    """

    def __init__(self, function: Callable[[str], T]) -> None:
        self._function = function
        self._results: OrderedDict[bytes, Future[T]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str) -> T:
        """The result, computed by the first who asks; all others wait for it."""
        key = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
        with self._lock:
            known = self._results.get(key)
            result: Future[T] = known or Future()
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > _MOST:
                self._results.popitem(last=False)
        if known is None:
            try:
                result.set_result(self._function(text))
            except BaseException as failure:
                with self._lock:
                    self._results.pop(key, None)
                result.set_exception(failure)
                raise
        return result.result()
