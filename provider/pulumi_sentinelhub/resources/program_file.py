"""Files of a program: regular ones below its folder only.

The paths may be somebody else's, in a pull request that CI previews with credentials at hand. What is read
becomes an input and is shown by ``preview --diff``, so that a path must not lead to a token or an
environment.
"""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import Any, Final

from ..shown import fit
from .arguments import ArgumentError

_SHOWN_PATH: Final = 200
_OPEN: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))


def file_path(where: str, given: Any) -> Path:
    """The path that a text or a path-like object names. Raises ArgumentError."""
    try:
        return Path(os.fsdecode(given))
    except Exception as error:  # noqa: BLE001 - a class of the program's own may fail in any way
        raise ArgumentError(f"{where} is no path: {fit(str(error))}") from None


def shown_path(path: Path) -> str:
    """The path, fit to be shown."""
    return fit(str(path), _SHOWN_PATH)


def file_text(where: str, kind: str, path: Path, most: int, otherwise: str) -> str:
    """The text of a file, so with plain newlines, and without a byte order mark.

    Args:
        where: the argument.
        kind: what the file should be, e.g. ``the evalscript``.
        path: absolute, or from the program's folder; it must lead to a regular file below that.
        most: the most bytes that are read.
        otherwise: what to do with another file.

    Raises:
        ArgumentError: no such file, or one that is not read.
    """
    shown = shown_path(path)
    try:
        return _text(_read(path, most))
    except _Refused as refused:
        raise ArgumentError(f"{where}: {kind} {shown} {refused}; {otherwise}") from None
    except (OSError, ValueError, RuntimeError) as error:  # a null byte; a loop of links before Python 3.13
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ArgumentError(f"{where}: {kind} {shown} cannot be read: {fit(reason)}") from None


class _Refused(Exception):
    """The file is not read, for the reason that the text gives."""


def _read(path: Path, most: int) -> bytes:
    folder = Path.cwd().resolve()
    real = (folder / path).resolve(strict=True)
    if not real.is_relative_to(folder):
        link = " by a link" if (folder / os.path.normpath(path)).is_relative_to(folder) else ""
        raise _Refused(f"leads{link} out of the program's folder")
    descriptor = os.open(real, _OPEN)  # without waiting for whoever writes into a pipe
    with open(descriptor, "rb") as file:  # noqa: PTH123  # there is no path any more, only the open file
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Refused("is no regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise _Refused(f"has more than {most // 1024} KiB")
    return data


def _text(data: bytes) -> str:
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError:
        raise _Refused("is no text in UTF-8") from None
