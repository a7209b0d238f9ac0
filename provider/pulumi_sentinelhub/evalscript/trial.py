"""What one call of ``evaluatePixel()`` with made-up samples has shown.

Nothing of it is certain: the service has other values, and more of them. So all of it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..shown import fit

_PLACE: Final = re.compile(r"<input>:(\d{1,9})(?!\d)")
_SHOWN: Final = 40
_MOST: Final = 5


@dataclass(frozen=True)
class Trial:
    """The outcome of one call.

    Attributes:
        unknown: names that it read of its samples and that ``setup()`` declares no band of.
        returned: by output, the number of values that it returned; -1: none at all.
        is_list: whether it returned one list, while there are several outputs.
        error: what it threw; None where it returned.
    """

    unknown: tuple[str, ...] = ()
    returned: Mapping[str, int] = field(default_factory=dict)
    is_list: bool = False
    error: str | None = None

    @classmethod
    def of(cls, raw: Any) -> Trial:
        """From what the process has told; it is foreign, and may be any."""
        if not isinstance(raw, dict):
            return cls()
        error, unknown, returned = raw.get("error"), raw.get("unknown"), raw.get("returned")
        names = [name for name in unknown if isinstance(name, str)] if isinstance(unknown, list) else []
        counts = returned if isinstance(returned, dict) else {}
        return cls(
            tuple(names),
            {id: n for id, n in counts.items() if isinstance(n, int) and not isinstance(n, bool)},
            raw.get("list") is True,
            error if isinstance(error, str) else None,
        )

    def complaints(self, read: Collection[str], bands: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Reason and fix of each thing that looks wrong.

        Args:
            read: the bands that ``setup()`` reads.
            bands: by output, the number of bands that it declares.
        """
        for name in self.unknown[:_MOST]:
            yield _unread(name, read)
        if self.error is not None:
            yield (
                f"evaluatePixel() {_thrown(self.error)}, on made-up samples",
                "see whether it can on real ones",
            )
            return
        if self.is_list:
            wanted = ", ".join(f"{fit(id, _SHOWN)}: […]" for id in list(bands)[:_MOST])
            yield f"evaluatePixel() returns one list for {len(bands)} outputs", f"return {{ {wanted} }}"
        for id, number in self.returned.items():
            if id in bands and number != bands[id]:
                given = "nothing" if number < 0 else _number(number, "value")
                reason = f"evaluatePixel() returns {given} for the output {_quoted(id)}"
                yield f"{reason}, which has {_number(bands[id], 'band')}", "return one value for each band"


def _unread(name: str, read: Collection[str]) -> tuple[str, str]:
    if name in read:
        reason = f"evaluatePixel() reads {_quoted(name)} of the list of samples"
        return reason, f"with ORBIT, TILE and several datasources each date is an element: samples[0].{name}"
    reason = f"evaluatePixel() reads {_quoted(name)} of a sample, which setup() does not read"
    return reason, f"add it to the input of setup(), if {_quoted(name)} is a band"


def _thrown(error: str) -> str:
    """What it threw, and in which line."""
    message = error.split("\n", 1)[0].strip()
    if message == "InternalError: interrupted":
        return "does not come to an end"
    place = _PLACE.search(error)
    return f"throws {fit(message, 200)}{f' (line {place.group(1)})' if place else ''}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _quoted(name: str) -> str:
    return f'"{fit(name, _SHOWN)}"'
