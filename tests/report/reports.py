"""Reports that no service has made: of any size, and with the texts that an attacker would choose."""

from __future__ import annotations

import io
import math
from typing import Any

from pulumi_sentinelhub.report.model import Box, Budget, MapTile, Picture, Report, Section

#: What ends a script, an attribute, a comment or a line, and what nobody sees.
HOSTILE = (
    "</script><script>window.hurt=1</script>",
    "</script x",
    "<!--<script>",
    "\"><img src=x onerror='window.hurt=1'>",
    "' onfocus='window.hurt=1' autofocus='",
    "{{ 7 * 7 }}{% raw %}",
    "a\x00b\x07c\x1b[31md\u202ee\u2028f\ud800g",
    "&lt;b&gt;&amp;",
    "]]><svg onload=window.hurt=1>",
)


CORSICA = Box(8.5, 41.3, 9.5, 42.0)


def square(index: int, columns: int, tile: float = 0.2) -> list[tuple[float, float]]:
    """A square of a grid that begins in Corsica."""
    x, y = 8.5 + tile * (index % columns), 41.3 + tile * (index // columns) / 2
    return [(x, y), (x + tile, y), (x + tile, y + tile / 2), (x, y + tile / 2)]


def tiles(number: int, *, fail_every: int = 0, name: str = "32TNM") -> list[MapTile]:
    """Tiles of a grid."""
    columns = max(1, math.isqrt(number))
    size = min(0.2, 60 / columns)
    return [
        MapTile(
            f"{name}_{index}",
            "FAILED" if fail_every and index % fail_every == 0 else "PROCESSED",
            1 + index % 7,
            "no data came" if fail_every and index % fail_every == 0 else None,
            square(index, columns, size),
        )
        for index in range(number)
    ]


def picture(box: Box = CORSICA) -> Picture:
    """A red one."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (220, 20, 20, 255)).save(out, "WEBP", lossless=True)
    return Picture(out.getvalue(), 40, 40, box, "output default")


def section(name: str = "corsica", **changes: Any) -> Section:
    usual: dict[str, Any] = {
        "name": name,
        "id": "4b1c",
        "status": "PARTIAL",
        "facts": [("Made", "2026")],
        "tiles": tiles(20, fail_every=7),
        "estimate": 187.0,
        "estimated_by": "the service's",
        "cost": 101.0,
        "evalscript": "//VERSION=3",
        "payload": "{}",
    }
    return Section(**{**usual, **changes})


def report(*sections: Section, **changes: Any) -> Report:
    usual: dict[str, Any] = {"title": "maps / dev", "made": "2026-01-01", "planned": False}
    return Report(**{**usual, "sections": sections or (section(),), **changes})


def hostile() -> Report:
    """Each text that comes from elsewhere is one of ``HOSTILE``."""
    sections = [
        section(
            name=text,
            id=text,
            status=text,
            facts=[("Description", text)],
            notes=[text],
            tiles=[MapTile(text, text, 1.0, text, square(0, 1)), MapTile(text, "FAILED", None, text)],
            estimated_by=text,
            evalscript=f"{text}\n{text}",
            payload=text,
        )
        for text in HOSTILE
    ]
    budgets = [Budget(text, text, text, 1, 10.0, 5.0, 5.0) for text in HOSTILE]
    return Report(HOSTILE[0], "2026", False, sections, budgets, HOSTILE)
