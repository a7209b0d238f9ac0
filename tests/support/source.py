"""The project's own Python, read as text: its modules, and what each imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / "provider"
PACKAGE, SANDBOX = "pulumi_sentinelhub", "sentinelhub_sandbox"


def modules(package: str, root: Path = PROVIDER) -> Iterator[tuple[str, ast.Module]]:
    """Every module of a package, by its dotted name."""
    for path in sorted((root / package).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text("utf-8"))


def imports(name: str, tree: ast.Module, *, is_package: bool) -> Iterator[str]:
    """Absolute names of all that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")
            if node.level:
                base = base[: len(base) - node.level + is_package]
                yield ".".join([*base, *filter(None, [node.module])])
            elif node.module:
                yield node.module


def is_package(name: str, root: Path = PROVIDER) -> bool:
    """Whether a module is a package, by its dotted name."""
    return (root / Path(*name.split("."))).is_dir()


@cache
def edges(package: str, root: Path = PROVIDER) -> tuple[tuple[str, str], ...]:
    """Importing and imported module; they are kept, the trees are not: so many objects slow all else down."""
    return tuple(
        (name, imported)
        for name, tree in modules(package, root)
        for imported in imports(name, tree, is_package=is_package(name, root))
    )


def part_of(module: str) -> str:
    """The part of the package that a module belongs to; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""
