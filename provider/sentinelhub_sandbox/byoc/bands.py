"""Bands of a collection: names, formats and where they are in a tile's files [OpenAPI: BYOCFormat]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..wire import Json, bad, expect, wrong_type

MOST_BANDS = 100
BIT_DEPTHS = (8, 16, 32)
SAMPLE_FORMATS = ("UINT", "INT", "FLOAT")
_IDENTIFIER = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
# [ECMAScript: reserved words, future ones and literals included]
RESERVED = frozenset(
    [
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)


@dataclass(frozen=True)
class Band:
    """A band.

    Attributes:
        source: what stands for ``(BAND)`` in the path of its file.
        index: its number within the file, from 1.
        bit_depth: 8, 16 or 32.
        sample_format: ``UINT``, ``INT`` or ``FLOAT``.
        no_data: the value of pixels without data.
    """

    source: str
    index: int
    bit_depth: int
    sample_format: str
    no_data: float | None = None

    @property
    def format(self) -> tuple[int, str]:
        """Bit depth and sample format."""
        return self.bit_depth, self.sample_format

    @property
    def place(self) -> tuple[str, int]:
        """Where it is in a tile's files, which tells bands apart while they are renamed."""
        return self.source, self.index

    def to_json(self) -> Json:
        """As the API shows it."""
        shown: Json = {
            "source": self.source,
            "bandIndex": self.index,
            "bitDepth": self.bit_depth,
            "sampleFormat": self.sample_format,
        }
        return shown if self.no_data is None else {**shown, "noData": self.no_data}


Bands = Mapping[str, Band]


def name_problem(name: str) -> str | None:
    """Why a band cannot have a name; ``None`` when it can [BYOC docs: a JavaScript identifier]."""
    if not _IDENTIFIER.fullmatch(name):
        return f"Band name '{name}' is not a valid JavaScript identifier."
    return f"Band name '{name}' is a reserved word of JavaScript." if name in RESERVED else None


def parse_bands(value: Any, path: str) -> dict[str, Band]:
    """Bands of a payload; members that are null count as left out. Raises ApiError (400)."""
    given = {} if value is None else expect(value, dict, path)
    if len(given) > MOST_BANDS:
        raise bad(path, f"At most {MOST_BANDS} bands are allowed, {len(given)} were given.")
    return {name: _band(name, item, f"{path}->{name}") for name, item in given.items()}


def _band(name: str, item: Any, path: str) -> Band:
    problem = name_problem(name)
    if problem is not None:
        raise bad(path, problem)
    expect(item, dict, path)
    depth = expect(item.get("bitDepth"), int, f"{path}->bitDepth")
    form = expect(item.get("sampleFormat"), str, f"{path}->sampleFormat")
    if depth not in BIT_DEPTHS:
        raise wrong_type(f"{path}->bitDepth", depth, [str(one) for one in BIT_DEPTHS])
    if form not in SAMPLE_FORMATS:
        raise wrong_type(f"{path}->sampleFormat", form, SAMPLE_FORMATS)
    if form == "FLOAT" and depth != 32:
        raise bad(f"{path}->bitDepth", "Bands of sampleFormat FLOAT have a bitDepth of 32.")
    source = name if item.get("source") is None else expect(item["source"], str, f"{path}->source")
    index = 1 if item.get("bandIndex") is None else expect(item["bandIndex"], int, f"{path}->bandIndex")
    if index < 1:
        raise bad(f"{path}->bandIndex", "Bands are numbered from 1.")
    return Band(source, index, depth, form, number_or_none(item.get("noData"), f"{path}->noData"))


def number_or_none(value: Any, path: str) -> float | None:
    """A number that may be null. Raises ApiError (400)."""
    return None if value is None else expect(value, (int, float), path)


def formats(bands: Bands) -> dict[str, tuple[int, str]]:
    """Names and types, by which collections are compared."""
    return {name: band.format for name, band in bands.items()}
