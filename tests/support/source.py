"""The project's own Python, read as text: its modules, what each imports, says and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / "provider"
PACKAGE, SANDBOX = "pulumi_sentinelhub", "sentinelhub_sandbox"


@dataclass(frozen=True)
class Call:
    """A call in a module.

    Attributes:
        name: of the function or method; empty where it has none.
        of_text: whether it is a method of a text that stands there.
    """

    name: str
    of_text: bool


@dataclass(frozen=True)
class Module:
    """What is looked at of a module, wherever in it.

    Attributes:
        name: its dotted name.
        imports: absolute names of all that it imports.
        constants: its literal texts.
        calls: each kind of call once.
    """

    name: str
    imports: tuple[str, ...]
    constants: frozenset[str]
    calls: frozenset[Call]


def paths(package: str, root: Path = PROVIDER) -> dict[str, Path]:
    """The file of every module of a package, by its dotted name."""
    found: dict[str, Path] = {}
    for path in sorted((root / package).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def modules(package: str, root: Path = PROVIDER) -> tuple[Module, ...]:
    """Every module of a package, parsed once; the trees are not kept: so many objects slow all else down."""
    return _modules(package, root)


@cache
def _modules(package: str, root: Path) -> tuple[Module, ...]:
    return tuple(
        _module(name, ast.parse(path.read_text("utf-8")), is_package=is_package(name, root))
        for name, path in paths(package, root).items()
    )


def _module(name: str, tree: ast.Module, *, is_package: bool) -> Module:
    imported: list[str] = []
    constants: set[str] = set()
    calls: set[Call] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                imported += _imported(node, name, is_package=is_package)
            case ast.Constant(value=str(text)):
                constants.add(text)
            case ast.Call():
                calls.add(_called(node))
    return Module(name, tuple(imported), frozenset(constants), frozenset(calls))


def _imported(node: ast.Import | ast.ImportFrom, name: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.level:
        base = name.split(".")
        base = base[: len(base) - node.level + is_package]
        yield ".".join([*base, *filter(None, [node.module])])
    elif node.module:
        yield node.module


def _called(node: ast.Call) -> Call:
    function = node.func
    if isinstance(function, ast.Attribute):
        return Call(function.attr, isinstance(function.value, ast.Constant))
    return Call(function.id if isinstance(function, ast.Name) else "", of_text=False)


def is_package(name: str, root: Path = PROVIDER) -> bool:
    """Whether a module is a package, by its dotted name."""
    return (root / Path(*name.split("."))).is_dir()


def edges(package: str, root: Path = PROVIDER) -> list[tuple[str, str]]:
    """Importing and imported module."""
    return [(one.name, imported) for one in modules(package, root) for imported in one.imports]


def part_of(module: str) -> str:
    """The part of the package that a module belongs to; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""
