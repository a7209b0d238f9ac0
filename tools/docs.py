"""``make docs``: write into the resources what their tables say; with ``--check`` only tell what differs.

Editors show help from the source: a docstring that is put together at import is invisible to them, and so
are attributes that are. So both stand in the source, and this command writes them there, from
``lifecycle/tables/``: for each resource the sections Args, Changes and Attributes of its docstring, and the
types of its attributes. What no table has (``name``, ``opts``, ``evalscript``, the parts of a BatchJob) is
left as somebody wrote it. A test runs the same code, and fails where the two differ.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi_sentinelhub.lifecycle.fields import Change, Field
from pulumi_sentinelhub.lifecycle.kinds import Ids, Kind, Texts
from pulumi_sentinelhub.lifecycle.outputs import ByName, ListOf, Output
from pulumi_sentinelhub.lifecycle.tables import bucket, collection, features, job, request, run

RESOURCES = Path(__file__).parent.parent / "provider" / "pulumi_sentinelhub" / "resources"
WIDTH = 110
_SECTION = re.compile(r"^    (Args|Changes|Attributes|Raises):$")
_ENTRY = re.compile(r"^        (\w+): (.*)$")


@dataclass(frozen=True)
class Table:
    """A resource, its module and its table.

    Attributes:
        echoes: whether the inputs are attributes, too; a component shows only its outputs.
    """

    name: str
    module: str
    inputs: tuple[Field, ...]
    outputs: Mapping[str, Output]
    echoes: bool = True

    @property
    def path(self) -> Path:
        """The file that declares it."""
        return RESOURCES / f"{self.module}.py"

    @property
    def public(self) -> dict[str, Field]:
        """The inputs that users write."""
        return {field.name: field for field in self.inputs if not field.internal}

    def attributes(self) -> dict[str, str]:
        """The annotation of each attribute."""
        echoed = {name: annotation(field.kind, field.always) for name, field in self.public.items()}
        given = {name: annotation(output.kind, not output.optional) for name, output in self.outputs.items()}
        return {**(echoed if self.echoes else {}), **given}


TABLES = (
    Table("OutputBucket", "bucket", bucket.FIELDS, bucket.OUTPUTS),
    Table("BatchRequest", "request", request.FIELDS, request.OUTPUTS),
    Table("BatchRun", "run", run.FIELDS, run.OUTPUTS),
    Table("BatchCollection", "collection", collection.FIELDS, collection.OUTPUTS),
    Table("Features", "features", features.FIELDS, features.OUTPUTS),
    Table("BatchJob", "job", job.FIELDS, job.OUTPUTS, echoes=False),
)


def annotation(kind: Kind, always: bool) -> str:
    """The type of an attribute, as Python writes it."""
    return f"pulumi.Output[{python_type(kind)}{'' if always else ' | None'}]"


def python_type(kind: Kind) -> str:
    """A kind as Python's type."""
    match kind:
        case Ids():
            return "Sequence[str]"
        case Texts():
            return "Mapping[str, str]"
        case ListOf():
            return f"Sequence[{python_type(kind.of)}]"
        case ByName():
            return f"Mapping[str, {python_type(kind.of)}]"
    scalars = {"string": "str", "boolean": "bool", "integer": "int", "number": "float"}
    return scalars.get(kind.json_type, "Mapping[str, Any]")


def written(table: Table, source: str) -> str:
    """The source of the resource's module with what its table says.

    Raises:
        ValueError: an argument has no documentation, neither in the table nor by hand.
    """
    tree = ast.parse(source)
    [cls] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == table.name]
    lines = source.splitlines()
    attributes = table.attributes()
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name in attributes:
                lines[node.lineno - 1] = f"    {name}: {attributes.pop(name)}"
    if attributes:
        raise ValueError(f"{table.name} does not declare {', '.join(attributes)}")
    docstring = cls.body[0]
    assert docstring.end_lineno is not None
    first, last = docstring.lineno - 1, docstring.end_lineno
    lines[first:last] = _docstring(table, lines[first:last], _arguments(cls))
    return "\n".join(lines) + "\n"


def _arguments(cls: ast.ClassDef) -> list[str]:
    [made] = [node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    return [argument.arg for argument in (*made.args.args[1:], *made.args.kwonlyargs)]


def _docstring(table: Table, lines: list[str], arguments: list[str]) -> list[str]:
    parts: dict[str, list[str]] = {"": []}
    title = ""
    for line in lines[:-1]:
        if found := _SECTION.match(line):
            title = found[1]
        parts.setdefault(title, []).append(line)
    inputs, outputs = table.public, table.outputs
    by_hand = _entries(parts["Args"])
    args = {
        name: lowered(inputs[name].doc) if name in inputs else by_hand.get(name, "") for name in arguments
    }
    shown = {**_entries(parts["Attributes"]), **{name: lowered(out.doc) for name, out in outputs.items()}}
    if silent := [name for name, text in args.items() if not text]:
        raise ValueError(f"{table.name}: nothing says what {', '.join(silent)} is")
    return [
        *parts[""],
        *_section("Args", (f"{name}: {text}" for name, text in args.items())),
        *_section("Changes", _changes(inputs.values())),
        *_section("Attributes", (f"{name}: {text}" for name, text in shown.items())),
        *parts["Raises"],
        lines[-1],
    ]


def _entries(section: Iterable[str]) -> dict[str, str]:
    """The entries of a section, each in one line."""
    entries: dict[str, str] = {}
    name = ""
    for line in section:
        if found := _ENTRY.match(line):
            name = found[1]
            entries[name] = found[2]
        elif name and line.strip():
            entries[name] += " " + line.strip()
    return entries


def _section(title: str, entries: Iterable[str]) -> list[str]:
    lines = [f"    {title}:"]
    for entry in entries:
        lines += textwrap.wrap(
            entry,
            WIDTH,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return [*lines, ""]


def _changes(fields: Iterable[Field]) -> Iterable[str]:
    known = list(fields)
    for change in Change:
        names = [f"``{field.name}``" for field in known if field.change is change]
        if names:
            yield f"{', '.join(names)}: a change {change.value}."


def lowered(sentence: str) -> str:
    """A sentence as it stands after a colon; abbreviations stay as they are."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def main(arguments: list[str]) -> int:
    """Write what differs, or only tell; the exit code tells whether a check has found something."""
    stale = 0
    for table in TABLES:
        before = table.path.read_text(encoding="utf-8")
        after = written(table, before)
        if before == after:
            continue
        print(f"{table.path.name} differs from the table of {table.name}")
        stale = 1
        if "--check" not in arguments:
            table.path.write_text(after, encoding="utf-8")
    from tools import docs_reference, docs_site

    if "--check" in arguments:
        return stale or int(bool(docs_reference.stale_pages()))
    for name in docs_reference.write():
        print(f"docs/reference/{name} differs from the tables")
    return docs_site.build()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
