"""The reference pages of the documentation, from the tables: resources, grids, the sandbox's flags."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pulumi_sentinelhub.lifecycle.fields import Field
from pulumi_sentinelhub.lifecycle.outputs import Output
from pulumi_sentinelhub.preview.grids import GRIDS
from pulumi_sentinelhub.values import number_text
from sentinelhub_sandbox.__main__ import FLAGS
from sentinelhub_sandbox.options import SandboxOptions
from tools.docs import TABLES, Table, python_type

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"
_MADE: Final = "<!-- written by `make docs`: change the tables, not this page -->\n\n"

_ABOUT_GRIDS: Final = """\
`tiling_grid={"id": 0, "resolution": 60.0}`: the resolution is in the grid's own unit. A Zarr result needs a
grid whose tiles share one CRS. The lists are the service's own and may grow: what is not in this table is
held against the service's list at preview, where it can be reached.
"""
_ABOUT_SANDBOX: Final = """\
`sentinelhub-sandbox` is a local Sentinel Hub with S3, for programs of your own. It prints one JSON line when
it is ready; with `--env` it prints the variables that a program needs, for a shell. Its pixels are an
**invented landscape**, computed by your evalscript over made-up scenes; `--pixels flat` writes constant
tiles, for programs that declare continents.
"""


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {
        "resources.md": _MADE + "# Resources\n\n" + "\n".join(map(_resource, TABLES)),
        "grids.md": _MADE + _grids(),
        "sandbox.md": _MADE + _sandbox(),
    }


def write() -> list[str]:
    """Write the pages that differ; their names."""
    stale = stale_pages()
    for name in stale:
        (FOLDER / name).write_text(pages()[name], encoding="utf-8")
    return stale


def stale_pages() -> list[str]:
    """Names of the pages that do not say what the tables say."""
    return [name for name, text in pages().items() if _read(FOLDER / name) != text]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _resource(table: Table) -> str:
    [cls] = [
        node
        for node in ast.parse(table.path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == table.name
    ]
    about = inspect.cleandoc(ast.get_docstring(cls) or "").partition("\nArgs:")[0].strip()
    return "\n".join(
        [
            f"## {table.name}\n",
            f"{about}\n",
            *_rows(
                ("input", "is", "default", "a change"), (_input(field) for field in table.public.values())
            ),
            "",
            *_rows(("output", "type", "is"), (_output(*item) for item in table.outputs.items())),
            "",
        ]
    )


def _input(field: Field) -> tuple[str, ...]:
    default = "required" if field.required else "" if field.default is None else f"`{field.default!r}`"
    return f"`{field.name}`", f"{_code(field.doc)} *{field.kind.wanted}*", default, field.change.value


def _output(name: str, output: Output) -> tuple[str, ...]:
    unit = getattr(output.kind, "unit", None)
    shown = f"`{python_type(output.kind)}`" + (f", {unit}" if unit else "")
    return f"`{name}`", shown, _code(output.doc)


def _grids() -> str:
    rows = (
        (
            str(grid.id),
            grid.name,
            f"{number_text(grid.tile_size)} {_unit(grid.unit)}",
            ", ".join(number_text(size) for size in grid.resolutions) + f" {_unit(grid.unit)}",
            "UTM" if grid.crs == "UTM" else f"EPSG:{grid.crs}",
            "yes" if grid.single_crs else "no",
        )
        for grid in GRIDS.values()
    )
    heads = ("id", "name", "tile", "resolutions", "CRS", "Zarr")
    return "\n".join(
        [
            "# Tiling grids\n",
            _ABOUT_GRIDS,
            *_rows(heads, rows),
            "",
        ]
    )


def _unit(unit: str) -> str:
    return "°" if unit == "degree" else unit


def _sandbox() -> str:
    defaults: Mapping[str, Any] = vars(SandboxOptions())
    flags = ((f"`--{flag}`", text, f"`{defaults[flag.replace('-', '_')]}`") for flag, _, text in FLAGS)
    return "\n".join(
        [
            "# The sandbox\n",
            _ABOUT_SANDBOX,
            *_rows(("flag", "is", "default"), flags),
            "",
        ]
    )


def _rows(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(heads)
    yield _row(names)
    yield _row("---" for _ in names)
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    """ReStructuredText's double backticks as Markdown's."""
    return text.replace("``", "`")
