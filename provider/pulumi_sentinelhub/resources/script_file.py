"""Evalscripts in files, where they are evalscripts."""

from __future__ import annotations

import os
import re
from typing import Any, Final

from ..evalscript import LARGEST_SCRIPT
from ..lifecycle.kinds import Text
from .arguments import ArgumentError, argument, is_later
from .program_file import file_path, file_text, shown_path

_EVALSCRIPT: Final = re.compile(r"\s*//\s*VERSION\s*=")
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
    path = file_path(where, evalscript)
    text = file_text(where, "the evalscript", path, LARGEST_SCRIPT, _ELSE)
    if not _EVALSCRIPT.match(text):
        shown = shown_path(path)
        raise ArgumentError(f"{where}: the file {shown} is no evalscript: it must begin with //VERSION=3")
    return text


def _looks_like_a_path(text: str) -> bool:
    return text.endswith(".js") and "\n" not in text and not _EVALSCRIPT.match(text)
