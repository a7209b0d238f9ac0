"""Text of others, made fit to be shown: the one place for it.

What the service, a bucket or an evalscript says ends in a terminal or in the log of a CI run, where some
texts are commands: escape sequences, carriage returns and bidi overrides rewrite what was printed before,
newlines fake lines of a plan, GitHub and Azure obey ``::error::`` and ``##vso[``, Pulumi paints
``<{%fg 1%}>``.

================================  ====================================================================
to show                           use
================================  ====================================================================
words of others                   ``fit(words)``: one line, nothing invisible, no command, at most 400
a value that was given            ``quoted(value)``: as Python writes it, shortened
several names, keys or paths      ``listed(names)``: ``a, b and 7 more``
findings, each a line of its own  ``kept, more = capped(findings)``, and say ``more`` where it is not 0
================================  ====================================================================

All of them can be applied twice: the second time changes nothing. ``str()`` of our errors and the engine's
log lines do it by themselves, so it is needed only for a sentence that is shown otherwise (a check's
finding), and where words of others need a tighter limit than a whole message has. Nothing here hides a
secret.
"""

from __future__ import annotations

import re
import reprlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

#: Characters of the words of others within a message.
WORDS: Final = 400
#: Characters of a whole part of a message, our own words and those of others: some screens, not megabytes.
MESSAGE: Final = 4000
#: Characters of a value, and of one name in a list.
VALUE: Final = 120
#: Names in a list, and findings of one kind.
NAMES, FINDINGS = 10, 20

# The words that GitHub's runner obeys after `::`. It reads them at the start of a line only, but lines get
# cut and joined on their way.
_COMMANDS = (
    "add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|"
    "set-output|stop-commands|warning"
)
_COMMAND = rf"(?<!\S):{{2,}}|:{{2,}}(?=(?:{_COMMANDS}))|\#{{2,}}(?=\w*\[)|<(?=\{{%)"
_AN_ORDER = re.compile(_COMMAND, re.IGNORECASE)
_PIECE = re.compile(rf"(?P<command>{_COMMAND})|.", re.DOTALL | re.IGNORECASE)
# What Unicode calls letters, marks or symbols and nobody sees: fillers and variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
}


# Cuts values in depth, breadth and length before they are written.
_short = reprlib.Repr()
_short.maxlevel = 3
_short.maxstring = _short.maxlong = _short.maxother = VALUE


def fit(text: str, most: int = WORDS) -> str:
    """``text`` on one line, with all that is invisible or a command made visible and harmless.

    Args:
        text: anything; only as much of it is looked at as can be shown.
        most: characters of the result; what is longer ends in ``… (N more characters)``, N of ``text``.
    """
    if len(text) <= most and text.isascii() and text.isprintable() and not _AN_ORDER.search(text):
        return text  # most are so
    pieces: list[tuple[str, int]] = []  # what is shown, and where in ``text`` it ends
    length = 0
    for piece in _PIECE.finditer(text):
        seen = _seen(piece)
        length += len(seen)
        pieces.append((seen, piece.end()))
        if length > most:
            return _cut(pieces, len(text), most)
    return "".join(seen for seen, _ in pieces)


def quoted(value: object, most: int = VALUE) -> str:
    """``value`` as Python writes it, made fit; of what cannot be written its type."""
    try:
        written = _short.repr(value)
    except Exception:  # noqa: BLE001 - a repr of others, and integers too long for one, fail in any way
        written = f"<{type(value).__name__}>"
    return fit(written, most)


def listed(items: Iterable[str], most: int = NAMES) -> str:
    """``a, b and N more``: the first ``most`` items, each made fit, and how many others there are."""
    rest = iter(items)
    shown = ", ".join(fit(item, VALUE) for item in islice(rest, most))
    more = sum(1 for _ in rest)
    return f"{shown} and {more} more" if more else shown


def capped(findings: Iterable[T], most: int = FINDINGS) -> tuple[Sequence[T], int]:
    """The first ``most`` findings, and how many were left out; of endless findings it would not end."""
    rest: Iterator[T] = iter(findings)
    return list(islice(rest, most)), sum(1 for _ in rest)


def _seen(piece: re.Match[str]) -> str:
    text = piece.group()
    if piece.group("command") is not None:
        return " ".join(text) if len(text) > 1 else f"{text} "
    if (text.isprintable() or unicodedata.category(text) == "Zs") and text not in _UNSEEN:
        return text
    return text.encode("unicode_escape").decode("ascii")


def _cut(pieces: list[tuple[str, int]], whole: int, most: int) -> str:
    """As many pieces as leave room for how many characters are missing."""
    length = sum(len(seen) for seen, _ in pieces)
    tail = ""
    while pieces:
        length -= len(pieces.pop()[0])
        tail = f"… ({whole - (pieces[-1][1] if pieces else 0)} more characters)"
        if length + len(tail) <= most:
            break
    return "".join(seen for seen, _ in pieces) + tail
