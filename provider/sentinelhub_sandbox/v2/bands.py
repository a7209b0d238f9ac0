"""The bands that a task's outputs make in a BYOC collection [v2 docs: writing to collections; BYOC docs]."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..payloads.bands import SAMPLE_FORMATS, OutputError
from ..pixels import Output
from ..wire import Json

MOST_BANDS = 100
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# [ECMAScript: reserved words]
_RESERVED = frozenset(
    """
    await break case catch class const continue debugger default delete do else enum export extends false
    finally for function if implements import in instanceof interface let new null package private protected
    public return static super switch this throw true try typeof var void while with yield
    """.split()  # noqa: SIM905  a list of so many words is read more easily so
)


def bands_of(outputs: Iterable[Output]) -> Json:
    """Bands by name: an output's first band has the output's name, others its name and their number.

    Raises:
        OutputError: two bands of one name, a name that BYOC does not allow, or too many bands.
    """
    bands: Json = {}
    for output in outputs:
        depth, form = SAMPLE_FORMATS[output.sample_type]
        for number in range(1, output.bands + 1):
            name = output.id if number == 1 else f"{output.id}{number}"
            if name in bands:
                raise OutputError(f"Band name {name} is not unique among the outputs.")
            if not _IDENTIFIER.fullmatch(name) or name in _RESERVED:
                raise OutputError(f"Band name {name} is not a valid JavaScript identifier.")
            bands[name] = {
                "source": output.id,
                "bandIndex": number,
                "bitDepth": depth,
                "sampleFormat": form,
            }
    if len(bands) > MOST_BANDS:
        raise OutputError(f"A BYOC collection has at most {MOST_BANDS} bands, not {len(bands)}.")
    return bands
