"""Every public name is documented, and constructors, docstrings and attributes say what the tables say."""

from __future__ import annotations

import inspect
import re

import pytest

import pulumi_sentinelhub
from pulumi_sentinelhub import types
from pulumi_sentinelhub.lifecycle.run.member import Member
from pulumi_sentinelhub.lifecycle.tables.run import RESULT
from tools import docs

#: Arguments that are no inputs: they are about the program, or merged into another one.
BY_HAND = {
    "OutputBucket": {"name", "opts"},
    "BatchRequest": {"name", "evalscript", "opts"},
    "BatchRun": {"name", "opts"},
    "BatchCollection": {"resource_name", "opts"},
    "Features": {"name", "source", "opts"},
    "BatchJob": {"name", "evalscript", "opts"},
}
#: Attributes of a component that are resources.
PARTS = {"BatchJob": {"request", "run", "output_bucket"}}


def constructor(table: docs.Table) -> inspect.Signature:
    return inspect.signature(getattr(pulumi_sentinelhub, table.name))


def section(cls: type, title: str) -> set[str]:
    """The names that a section of a class's docstring describes."""
    text = inspect.getdoc(cls) or ""
    found = re.search(rf"^{title}:\n((?: +.*\n|\n)*)", text + "\n", re.MULTILINE)
    return set(re.findall(r"^    (\w+): \S", found.group(1), re.MULTILINE)) if found else set()


by_table = pytest.mark.parametrize("table", docs.TABLES, ids=lambda table: table.name)


@pytest.mark.parametrize("name", pulumi_sentinelhub.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """What ``__all__`` promises says what it is."""
    assert inspect.getdoc(getattr(pulumi_sentinelhub, name))


@by_table
def test_the_source_says_what_the_table_says(table: docs.Table) -> None:
    """`make docs` would change nothing: each sentence and each attribute's type is the table's."""
    source = table.path.read_text()
    assert docs.written(table, source) == source


@by_table
def test_the_constructor_takes_the_inputs_of_the_table(table: docs.Table) -> None:
    """Each input that a user writes is an argument of the same name, with the table's default."""
    parameters = constructor(table).parameters
    assert set(parameters) == set(table.public) | BY_HAND[table.name]
    given = {
        name: parameter.default
        for name, parameter in parameters.items()
        if name in table.public and parameter.default is not inspect.Parameter.empty
    }
    assert given == {name: field.default for name, field in table.public.items() if not field.required}


@by_table
def test_every_attribute_is_declared_and_documented(table: docs.Table) -> None:
    """The attributes are the table's, and each that repeats no input is described."""
    cls = getattr(pulumi_sentinelhub, table.name)
    parts = PARTS.get(table.name, set())
    assert set(inspect.get_annotations(cls)) == set(table.attributes()) | parts
    assert section(cls, "Attributes") == set(table.outputs) | parts
    assert section(cls, "Args") == set(constructor(table).parameters)


@by_table
def test_every_sentence_is_whole(table: docs.Table) -> None:
    """Each doc begins as a sentence does and ends as one, and no name stands for two things."""
    docs_of = [field.doc for field in table.inputs] + [output.doc for output in table.outputs.values()]
    assert [text for text in docs_of if not re.fullmatch(r"[A-Z`].*[.]", text)] == []
    names = [field.name for field in table.inputs]
    assert len(set(names)) == len(names)


def test_a_record_of_a_run_is_what_the_table_says() -> None:
    """The members of a record in ``results`` are those of a run's memory of a request."""
    assert {member.name for member in RESULT} == set(Member.__dataclass_fields__)


def test_an_argument_that_nothing_describes_is_told() -> None:
    """A new argument, which neither table nor docstring has, does not go unnoticed."""
    [table] = [table for table in docs.TABLES if table.name == "OutputBucket"]
    source = table.path.read_text().replace("policy: pulumi.Input[str] =", "policies: pulumi.Input[str] =")
    with pytest.raises(ValueError, match="nothing says what policies is"):
        docs.written(table, source)


def test_every_shape_is_documented() -> None:
    """Each TypedDict says what it is."""
    shapes = [shape for shape in vars(types).values() if getattr(shape, "__module__", "") == types.__name__]
    public = [
        shape for shape in shapes if not shape.__name__.startswith("_") and shape is not types.TimeRange
    ]
    assert public
    assert [shape.__name__ for shape in public if not shape.__doc__] == []
