"""Text of others, made fit to be shown: the one place for it.

What the service, a bucket or an evalscript says ends in a terminal or in a CI log, where some texts are
commands: escape sequences, carriage returns and bidi overrides rewrite what was printed before, newlines fake
lines of a plan, GitHub and Azure obey ``::error::`` and ``##vso[``. Pulumi takes ``<{%...%}>`` for a colour, and
its engine panics where it is none [sdk/go/common/diag/colors].
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

#: Characters of one item of a list; an S3 key may have 1024.
_ITEM = 120

#: Words that GitHub's runner obeys after ``::``. It reads them at the start of a line only, but lines get cut
#: and joined on their way.
_COMMANDS = (
    "add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|"
    "set-output|stop-commands|warning"
)
_TOKEN = re.compile(
    rf"(?P<command>(?<!\S):{{2,}}|:{{2,}}(?=(?:{_COMMANDS})\b)|\#{{2,}}(?=\w*\[)|<(?=\{{%))|.",
    re.DOTALL | re.IGNORECASE,
)
#: Letters, marks and symbols that nobody sees: fillers and variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(first, last + 1)
}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def fit(text: str, most: int = 400) -> str:
    """``text`` on one line, with all that is invisible or a command made visible and harmless.

    Doing it twice changes nothing more.

    Args:
        text: anything; only as much of it is looked at as can be shown.
        most: characters of the result; what is longer ends in ``... (N more characters)``, N of ``text``.
    """
    pieces: list[tuple[str, int]] = []  # what is shown, and where in ``text`` it ends
    length = 0
    for token in _TOKEN.finditer(text):
        piece = _seen(token)
        length += len(piece)
        pieces.append((piece, token.end()))
        if length > most:
            return _cut(pieces, len(text), most)
    return "".join(piece for piece, _ in pieces)


def listed(items: Iterable[str], most: int = 10) -> str:
    """``a, b and N more``: the first ``most`` items, each made fit and short, and how many others there are."""
    rest = iter(items)
    shown = ", ".join(fit(item, _ITEM) for item in islice(rest, most))
    more = sum(1 for _ in rest)
    return f"{shown} and {more} more" if more else shown


def _seen(token: re.Match[str]) -> str:
    text = token.group()
    if token.group("command") is not None:
        return " ".join(text) if len(text) > 1 else f"{text} "
    if (text.isprintable() or unicodedata.category(text) == "Zs") and text not in _UNSEEN:
        return text
    return _SHORT.get(text) or _escaped(ord(text))


def _escaped(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _cut(pieces: list[tuple[str, int]], whole: int, most: int) -> str:
    """As many pieces as leave room for how many characters are missing."""
    kept = "".join(piece for piece, _ in pieces)
    length = len(kept)
    tail = ""
    for piece, _ in reversed(pieces):
        length -= len(piece)
        pieces.pop()
        tail = f"... ({whole - (pieces[-1][1] if pieces else 0)} more characters)"
        if length + len(tail) <= most:
            break
    return kept[:length] + tail
