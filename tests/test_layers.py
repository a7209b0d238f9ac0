"""Imports point one way: resources, dynamic, lifecycle, preview, batch and s3 and evalscript, config."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_sentinelhub.batch.v1.codec import PHASES
from pulumi_sentinelhub.batch.v1.payload import PAYLOAD_MEMBERS
from pulumi_sentinelhub.batch.v2.codec import PHASES as V2_PHASES
from pulumi_sentinelhub.batch.v2.payload import MEMBERS

PROVIDER = Path(__file__).parents[1] / "provider"
PACKAGE, SANDBOX = "pulumi_sentinelhub", "sentinelhub_sandbox"

#: From the bottom up; parts of one layer do not import each other, apart from the lowest.
LAYERS = (
    ("errors", "finding", "shown", "values"),
    ("config", "waiting"),
    ("batch", "s3", "evalscript"),
    ("preview",),
    ("lifecycle",),
    ("dynamic",),
    ("resources",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}


def modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of a package, by its dotted name."""
    for path in sorted((PROVIDER / package).rglob("*.py")):
        name = ".".join(path.relative_to(PROVIDER).with_suffix("").parts)
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


def edges(package: str) -> Iterator[tuple[str, str]]:
    """Importing and imported module."""
    for name, tree in modules(package):
        is_package = (PROVIDER / Path(*name.split("."))).is_dir()
        for imported in imports(name, tree, is_package=is_package):
            yield name, imported


def part_of(module: str) -> str:
    """The part of the package that a module belongs to; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""


def test_imports_point_one_way() -> None:
    """No part imports one above it, or beside it."""
    wrong = []
    for module, imported in edges(PACKAGE):
        if imported.split(".")[0] != PACKAGE or not part_of(module) or not part_of(imported):
            continue
        own, other = part_of(module), part_of(imported)
        if own != other and (LEVEL[other] > LEVEL[own] or (LEVEL[other] == LEVEL[own] and LEVEL[own] > 1)):
            wrong.append(f"{module} imports {imported}")
    assert wrong == []


#: What only one generation says: its payload, its statuses and its actions.
WORDS = {
    *PAYLOAD_MEMBERS.values(),
    *MEMBERS,
    *PHASES,
    *V2_PHASES,
    *("userAction", "valueEstimate", "tileCount", "restartpartial"),
    *("delivery", "iamRoleARN", "costPU", "completionPercentage", "stoppedStatusReason", "domainAccountId"),
} - {"input", "output", "description"}
#: Where these words may stand; resources are written in them.
ROOMS = ("batch", "preview", "resources")


def test_only_its_own_room_knows_a_generation() -> None:
    """No module imports a generation's modules but the tables of generations, and none speaks its words."""
    tables = {f"{PACKAGE}.batch.generations", f"{PACKAGE}.batch.clients"}
    for version in ("v1", "v2"):
        rooms = (f"{PACKAGE}.batch.{version}", f"{PACKAGE}.preview.checks.{version}")
        wrong = [
            f"{module} imports {imported}"
            for module, imported in edges(PACKAGE)
            if imported.startswith(rooms) and not module.startswith(rooms) and module not in tables
        ]
        assert wrong == []
    spoken = [
        f"{name}: {node.value!r}"
        for name, tree in modules(PACKAGE)
        if part_of(name) not in ROOMS
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in WORDS
    ]
    assert spoken == []


def test_every_part_has_a_level() -> None:
    """A new folder has to be given its place."""
    parts = {part_of(name) for name, _ in modules(PACKAGE)} - {""}
    assert parts == set(LEVEL)


@pytest.mark.parametrize(("package", "other"), [(PACKAGE, SANDBOX), (SANDBOX, PACKAGE)])
def test_provider_and_sandbox_share_nothing(package: str, other: str) -> None:
    """Neither imports the other."""
    assert [edge for edge in edges(package) if edge[1].split(".")[0] == other] == []


def test_only_the_front_ends_know_pulumi() -> None:
    """Pulumi's SDK is imported by its own rooms alone, so that another front end can be put on the rest."""
    rooms = {"dynamic", "resources", ""}
    wrong = [e for e in edges(PACKAGE) if e[1].split(".")[0] == "pulumi" and part_of(e[0]) not in rooms]
    assert wrong == []
