"""The page: one HTML file that needs no network, with all tiles in a compact form beside its script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import numpy as np

from .amounts import pu
from .model import KINDS, Kind, MapTile, Report, Ring, Section
from .places import Frame, frame_of
from .texts import line, source

_ASSETS: Final = "pulumi_sentinelhub.report"
#: Failed tiles of a request that are listed below it; all of them are in the list beside the map.
MOST_FAILED: Final = 50
#: The map's coordinates: 16 bits, which over a continent are some dozen metres.
_MOST: Final = 65_535
_CORNERS: Final = 255


def page(report: Report) -> str:
    """The HTML of a report."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": line, "source": source, "pu": pu}
    script, style = _asset("report.js"), _asset("report.css")
    return environment.get_template("report.html.j2").render(
        report=report,
        kinds=KINDS,
        failed=Kind.FAILED,
        failures=_failures,
        most_failed=MOST_FAILED,
        pictures=[_embedded(section) for section in report.sections],
        data=Markup(_json(_data(report))),  # noqa: S704 - escaped for a script element
        script=Markup(script),  # noqa: S704 - ours
        style=Markup(style),  # noqa: S704 - ours
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _failures(section: Section) -> list[MapTile]:
    return [tile for tile in section.tiles if tile.kind is Kind.FAILED]


def _embedded(section: Section) -> str:
    picture = section.picture
    return "" if picture is None else f"data:image/webp;base64,{base64.b64encode(picture.webp).decode()}"


def _data(report: Report) -> dict[str, Any]:
    """What the script draws: tiles worst first, their numbers in typed arrays."""
    numbered = [(index, tile) for index, section in enumerate(report.sections) for tile in section.tiles]
    ranks = {kind: index for index, kind in enumerate(KINDS)}
    numbered.sort(key=lambda one: (ranks[one[1].kind], one[0], one[1].name))
    tiles = [tile for _, tile in numbered]
    frame = frame_of(ring for section in report.sections for ring in section.rings)
    words = list(dict.fromkeys(tile.status for tile in tiles))
    numbers = {word: index for index, word in enumerate(words)}
    rings = [tile.ring[:_CORNERS] if frame is not None else () for tile in tiles]
    return {
        "shape": frame.shape if frame is not None else 1.0,
        "sections": [line(section.name) for section in report.sections],
        "kinds": [[kind.name.lower(), kind.value] for kind in KINDS],
        "words": [line(word, 60) for word in words],
        "names": [line(tile.name, 120) for tile in tiles],
        "errors": {index: line(tile.error) for index, tile in enumerate(tiles) if tile.error},
        "section": _packed([index for index, _ in numbered], "<u2"),
        "kind": _packed([ranks[tile.kind] for tile in tiles], "<u1"),
        "word": _packed([min(_CORNERS, numbers[tile.status]) for tile in tiles], "<u1"),
        "cost": _packed([float("nan") if tile.cost is None else tile.cost for tile in tiles], "<f4"),
        "corners": _packed([len(ring) for ring in rings], "<u1"),
        "points": _on_map([point for ring in rings for point in ring], frame),
        "areas": [_on_map(ring, frame) for section in report.sections for ring in section.area if frame],
        "pictures": _places(report, frame),
    }


def _on_map(ring: Ring, frame: Frame | None) -> str:
    """Points on the map, x and y in turn, of 16 bits each."""
    if frame is None or not ring:
        return ""
    x, y = np.asarray(ring, dtype="float64").T
    box = frame.box
    x = np.where(frame.shifted & (x < 0), x + 360, x)
    shares = np.stack([(x - box.west) / (box.east - box.west), (box.north - y) / (box.north - box.south)], 1)
    return base64.b64encode((shares.clip(0, 1) * _MOST).round().astype("<u2").tobytes()).decode()


def _places(report: Report, frame: Frame | None) -> list[list[float]]:
    """Section, left, top, right and bottom of each picture, as shares of the map."""
    found: list[list[float]] = []
    for index, section in enumerate(report.sections):
        if section.picture is not None and frame is not None:
            box = section.picture.box
            left, top = frame.point((box.west, box.north))
            right, bottom = frame.point((box.east, box.south))
            found.append([index, left, top, right, bottom])
    return found


def _packed(numbers: Sequence[float], kind: str) -> str:
    return base64.b64encode(np.asarray(numbers, dtype=kind).tobytes()).decode()


def _json(data: Any) -> str:
    """JSON that no HTML parser finds an end, a comment or an entity in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _asset(name: str) -> str:
    return resources.files(_ASSETS).joinpath("assets").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
