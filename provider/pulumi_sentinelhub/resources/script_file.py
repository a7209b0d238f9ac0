"""Evalscripts in files: read below the program's folder only, and only where they are evalscripts.

The paths may be somebody else's, in a pull request that CI previews with credentials at hand. What is read
becomes an input and is shown by ``preview --diff``, so that a path must not lead to a token or an
environment.
"""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path
from typing import Any, Final

from ..evalscript import LARGEST_SCRIPT
from ..lifecycle.kinds import Text
from ..shown import fit
from .arguments import ArgumentError, argument, is_later

_EVALSCRIPT: Final = re.compile(r"\s*//\s*VERSION\s*=")
_SHOWN_PATH: Final = 200
_OPEN: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
_ELSE: Final = "to use another file, read it in the program and give its text"


def evalscript_text(where: str, evalscript: Any) -> Any:
    """The text of an evalscript that is given as text or as a path; what comes later is taken as text.

    A string is a path when it is one line that ends with ``.js``; relative paths start at the program's
    folder, and all must lead to a regular file below it.

    Raises:
        ArgumentError: no such file, or neither text nor path.
    """
    if is_later(evalscript) or not isinstance(evalscript, (str, os.PathLike)):
        return argument(where, evalscript, Text("the evalscript's text or a path", empty=True))
    if isinstance(evalscript, str) and not _looks_like_a_path(evalscript):
        return argument(where, evalscript)
    try:
        path = Path(os.fsdecode(evalscript))
    except Exception as error:  # noqa: BLE001 - a class of the program's own may fail in any way
        raise ArgumentError(f"{where} is no path: {fit(str(error))}") from None
    shown = fit(str(path), _SHOWN_PATH)
    try:
        text = _text(_read(path))
    except _Refused as refused:
        raise ArgumentError(f"{where}: the evalscript {shown} {refused}; {_ELSE}") from None
    except (OSError, ValueError, RuntimeError) as error:  # a null byte; a loop of links before Python 3.13
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ArgumentError(f"{where}: the evalscript {shown} cannot be read: {fit(reason)}") from None
    if not _EVALSCRIPT.match(text):
        raise ArgumentError(f"{where}: the file {shown} is no evalscript: it must begin with //VERSION=3")
    return text


def _looks_like_a_path(text: str) -> bool:
    return text.endswith(".js") and "\n" not in text and not _EVALSCRIPT.match(text)


class _Refused(Exception):
    """The file is not read, for the reason that the text gives."""


def _read(path: Path) -> bytes:
    folder = Path.cwd().resolve()
    real = (folder / path).resolve(strict=True)
    if not real.is_relative_to(folder):
        link = " by a link" if (folder / os.path.normpath(path)).is_relative_to(folder) else ""
        raise _Refused(f"leads{link} out of the program's folder")
    descriptor = os.open(real, _OPEN)  # without waiting for whoever writes into a pipe
    with open(descriptor, "rb") as file:  # noqa: PTH123  # there is no path any more, only the open file
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Refused("is no regular file")
        data = file.read(LARGEST_SCRIPT + 1)
    if len(data) > LARGEST_SCRIPT:
        raise _Refused(f"has more than {LARGEST_SCRIPT // 1024} KiB")
    return data


def _text(data: bytes) -> str:
    """As ``Path.read_text`` has it, so with plain newlines, and without a byte order mark."""
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError:
        raise _Refused("is no text in UTF-8") from None
