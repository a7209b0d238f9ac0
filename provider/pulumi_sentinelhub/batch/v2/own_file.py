"""One of the service's own files about a request: taken to disk for a moment, and read row by row."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ...errors import BadAnswer
from ..api import BatchRequestInfo, ResultFiles
from . import places
from .sqlite_rows import NotReadable, RowsFile, opened

T = TypeVar("T")


@dataclass(frozen=True)
class OwnFile:
    """An open file.

    Attributes:
        info: the request that it is about.
        url: where it lies.
        rows: what is in it.
    """

    info: BatchRequestInfo
    url: str
    rows: RowsFile

    def read(self, read: Callable[[RowsFile], Iterable[T]]) -> Iterator[T]:
        """What ``read`` finds in it, as it is taken. Raises BadAnswer where it cannot be read."""
        try:
            yield from read(self.rows)
        except NotReadable as failure:
            why = str(failure)
        else:
            return
        raise unreadable(self.info, self.url, why)


@contextlib.contextmanager
def own_file(info: BatchRequestInfo, files: ResultFiles, name: str) -> Iterator[OwnFile | None]:
    """The file of this name, which is gone from the disk at the end; None where there is none.

    Raises:
        BadAnswer: it cannot be read.
        SentinelHubError: the bucket cannot be read.
    """
    with contextlib.ExitStack() as stack:
        yield _opened(stack, info, files, name)


def _opened(
    stack: contextlib.ExitStack, info: BatchRequestInfo, files: ResultFiles, name: str
) -> OwnFile | None:
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sentinelhub-")), "rows")
    for root in places.roots(info):
        url = f"{root}/{name}"
        # nobody else may read what is the user's
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as into:
            if not files.save(url, into):
                continue
        try:
            return OwnFile(info, url, stack.enter_context(opened(path)))
        except NotReadable as failure:
            why = str(failure)
        raise unreadable(info, url, why)
    return None


def unreadable(info: BatchRequestInfo, url: str, why: str) -> BadAnswer:
    """The error that a file is not what it should be; ``why`` completes "it …"."""
    return BadAnswer(
        "cannot tell how the features stand of batch request",
        subject=info.id,
        why=f"{url} {why}",
        next_step="Run the command again; if it is still so, report it to the service with this message",
    )
