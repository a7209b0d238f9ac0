"""Imports point one way: in the package from the resources down, in the tests to what they share."""

from __future__ import annotations

import pytest

from pulumi_sentinelhub.batch.v1.codec import PHASES
from pulumi_sentinelhub.batch.v1.payload import PAYLOAD_MEMBERS
from pulumi_sentinelhub.batch.v2.codec import PHASES as V2_PHASES
from pulumi_sentinelhub.batch.v2.payload import MEMBERS
from tests.support.source import PACKAGE, ROOT, SANDBOX, edges, is_package, modules, part_of, paths

#: From the bottom up; parts of one layer do not import each other, apart from the lowest.
LAYERS = (
    ("errors", "finding", "shown", "values", "plain_json"),
    ("config", "waiting"),
    ("batch", "s3", "evalscript"),
    ("preview",),
    ("lifecycle",),
    ("engine",),
    ("types",),
    ("dynamic", "plugin", "report"),
    ("resources",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}

#: Lines that a file may have without a reason, and what is written by hand, line by line.
LONG, TEXTS = 300, {".py", ".js", ".sh", ".md"}


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
ROOMS = ("batch", "preview", "resources", "types")


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
        f"{module.name}: {word!r}"
        for module in modules(PACKAGE)
        if part_of(module.name) not in ROOMS
        for word in module.constants & WORDS
    ]
    assert spoken == []


def test_packages_import_none_of_their_own_modules() -> None:
    """Two threads that import such a package and one of its modules can see each other's half made.

    The host serves calls side by side, and each imports its lifecycle when it is first needed. The rooms and
    the evalscript's names are imported from above alone; the package itself is there before any call.
    """
    allowed = {PACKAGE, f"{PACKAGE}.evalscript", *(f"{PACKAGE}.preview.checks.{v}" for v in ("v1", "v2"))}
    packages = {name for name in paths(PACKAGE) if is_package(name)}
    inward = {name for name, imported in edges(PACKAGE) if imported.startswith(f"{name}.")}
    assert packages & inward == allowed


def test_every_part_has_a_level() -> None:
    """A new folder has to be given its place."""
    parts = {part_of(name) for name in paths(PACKAGE)} - {""}
    assert parts == set(LEVEL)


@pytest.mark.parametrize(("package", "other"), [(PACKAGE, SANDBOX), (SANDBOX, PACKAGE)])
def test_provider_and_sandbox_share_nothing(package: str, other: str) -> None:
    """Neither imports the other."""
    assert [edge for edge in edges(package) if edge[1].split(".")[0] == other] == []


def test_only_the_front_ends_know_pulumi() -> None:
    """Pulumi's SDK is imported by its own rooms alone, so that another front end can be put on the rest."""
    rooms = {"engine", "dynamic", "plugin", "resources", "types", ""}
    wrong = [e for e in edges(PACKAGE) if e[1].split(".")[0] == "pulumi" and part_of(e[0]) not in rooms]
    assert wrong == []


def test_tests_share_by_support_alone() -> None:
    """A folder of tests imports itself and ``tests/support``, which imports neither; so do the tools."""
    wrong = []
    for module, imported in [*edges("tests", ROOT), *edges("tools", ROOT)]:
        if imported.split(".")[0] == "tests" and part_of(imported) not in {"support", part_of(module)}:
            wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_no_test_is_imported() -> None:
    """What two files of tests need stands in a third."""
    assert [e for e in edges("tests", ROOT) if e[1].rpartition(".")[2].startswith("test_")] == []


def test_files_fit_a_few_screens() -> None:
    """A file of more than 300 lines says in its first line that it is "long because …"."""
    folders = ("provider", "tests", "tools")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    long = {
        path: lines for path in sorted(files) if len(lines := path.read_text("utf-8").splitlines()) > LONG
    }
    silent = [f"{p.relative_to(ROOT)}: {len(t)} lines" for p, t in long.items() if "long because" not in t[0]]
    assert not silent, "\n".join(silent)
