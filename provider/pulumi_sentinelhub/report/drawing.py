"""The picture: a PNG for a pull request's comment, with the map, its legend and the figures."""

from __future__ import annotations

import io
from typing import Any, Final

from .amounts import pu
from .model import KINDS, Kind, Report
from .places import Frame, frame_of
from .texts import line

#: Pixels of the picture, and twice as many while it is drawn.
WIDTH: Final = 1000
_FINE: Final = 2
_MAP: Final = (WIDTH, 640)
_HEAD, _FOOT = 84, 56
_INK, _SOFT, _PAPER, _SEA = (27, 31, 36), (87, 96, 106), (255, 255, 255), (238, 241, 244)
_COLOURS: Final = {
    Kind.FAILED: (200, 64, 10),
    Kind.RUNNING: (184, 119, 0),
    Kind.WAITING: (138, 146, 155),
    Kind.PLANNED: (47, 127, 191),
    Kind.DONE: (10, 125, 90),
    Kind.OTHER: (155, 77, 138),
}


def png(report: Report) -> bytes:
    """The picture of a report."""
    from PIL import Image, ImageDraw

    size = (WIDTH * _FINE, (_HEAD + _MAP[1] + _FOOT) * _FINE)
    image = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(image, "RGBA")
    _head(pen, report)
    top = _HEAD * _FINE
    pen.rectangle((0, top, size[0], top + _MAP[1] * _FINE), fill=_SEA)
    frame = frame_of(ring for section in report.sections for ring in section.rings)
    if frame is not None:
        place = _Place(frame)
        _pictures(image, report, place)
        _tiles(ImageDraw.Draw(image, "RGBA"), report, place)
    _foot(ImageDraw.Draw(image, "RGBA"), report)
    small = image.resize((WIDTH, size[1] // _FINE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.quantize(200).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Place:
    """Where a point of the frame is in the picture."""

    def __init__(self, frame: Frame) -> None:
        width, height = (side * _FINE * 0.96 for side in _MAP)
        self._frame = frame
        self._height = min(height, width / frame.shape)
        self._width = self._height * frame.shape
        self._left = (_MAP[0] * _FINE - self._width) / 2
        self._top = _HEAD * _FINE + (_MAP[1] * _FINE - self._height) / 2

    def of(self, point: tuple[float, float]) -> tuple[float, float]:
        x, y = self._frame.point(point)
        return self._left + x * self._width, self._top + y * self._height


def _pictures(image: Any, report: Report, place: _Place) -> None:
    from PIL import Image

    for section in report.sections:
        if section.picture is None:
            continue
        box = section.picture.box
        left, top = (round(side) for side in place.of((box.west, box.north)))
        right, bottom = (round(side) for side in place.of((box.east, box.south)))
        if right > left and bottom > top:
            with Image.open(io.BytesIO(section.picture.webp)) as quicklook:
                fitted = quicklook.convert("RGBA").resize((right - left, bottom - top))
            image.paste(fitted, (left, top), fitted)


def _tiles(pen: Any, report: Report, place: _Place) -> None:
    covered = any(section.picture is not None for section in report.sections)
    tiles = [tile for section in report.sections for tile in section.tiles if tile.ring]
    many = len(tiles) > 5000
    for kind in reversed(KINDS):
        for tile in tiles:
            if tile.kind is not kind:
                continue
            ring = [place.of(point) for point in tile.ring]
            clear = 40 if covered and kind is Kind.DONE else 150
            colour = _COLOURS[kind]
            pen.polygon(ring, fill=(*colour, clear), outline=None if many else colour, width=_FINE)
            if kind is Kind.FAILED and len(ring) >= 4 and not many:
                pen.line((ring[0], ring[2]), fill=colour, width=_FINE)
                pen.line((ring[1], ring[3]), fill=colour, width=_FINE)
    for section in report.sections:
        for outline in section.area:
            pen.line([place.of(point) for point in [*outline, outline[0]]], fill=_SOFT, width=_FINE)


def _head(pen: Any, report: Report) -> None:
    title = line(report.title, 80)
    what = "what would be computed" if report.planned else "batch report"
    pen.text(_at(16, 12), f"{title}: {what}", fill=_INK, font=_font(24))
    requests = len(report.sections)
    figures = [
        f"{requests} request{'' if requests == 1 else 's'}",
        f"{report.counts.total():,} tiles",
        f"estimate {pu(report.estimate)}" + (f" ({report.charge})" if report.charge else ""),
    ]
    if not report.planned:
        figures.append(f"cost {pu(report.cost)}")
        figures += [f"budget {pu(run.max_cost)}" for run in report.budgets[:1] if run.max_cost is not None]
    pen.text(_at(16, 48), "   ".join(figures), fill=_SOFT, font=_font(17))


def _foot(pen: Any, report: Report) -> None:
    x, y = 16, _HEAD + _MAP[1] + 18
    for kind in KINDS:
        if number := report.counts[kind]:
            pen.rectangle((*_at(x, y + 3), *_at(x + 13, y + 16)), fill=_COLOURS[kind])
            words = f"{number:,} {kind.value}"
            pen.text(_at(x + 20, y), words, fill=_INK, font=_font(15))
            x += 40 + round(pen.textlength(words, font=_font(15)) / _FINE)
    made = line(report.made, 40)
    width = pen.textlength(made, font=_font(13)) / _FINE
    pen.text(_at(WIDTH - 16 - width, y + 2), made, fill=_SOFT, font=_font(13))


def _at(x: float, y: float) -> tuple[float, float]:
    return x * _FINE, y * _FINE


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size * _FINE)
