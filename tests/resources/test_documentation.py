"""Every public name, argument and output is documented, and fits the lifecycle's tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

import pytest
from pulumi.dynamic import Resource

import pulumi_sentinelhub
from pulumi_sentinelhub import BatchCollection, BatchJob, BatchRequest, BatchRun, OutputBucket, types
from pulumi_sentinelhub.lifecycle.fields import Field
from pulumi_sentinelhub.lifecycle.outputs import Output
from pulumi_sentinelhub.lifecycle.tables import bucket, collection, request, run

HIDDEN = {"deployment", "declaration", "retained", "timeouts", "bare", "result_path"}
TABLES: list[tuple[type[Resource], tuple[Field, ...], Mapping[str, Output]]] = [
    (OutputBucket, bucket.FIELDS, bucket.OUTPUTS),
    (BatchRequest, request.FIELDS, request.OUTPUTS),
    (BatchRun, run.FIELDS, run.OUTPUTS),
    (BatchCollection, collection.FIELDS, collection.OUTPUTS),
]


def section(cls: type, title: str) -> set[str]:
    """The names that a section of a class's docstring describes."""
    text = inspect.getdoc(cls) or ""
    found = re.search(rf"^{title}:\n((?: +.*\n|\n)*)", text + "\n", re.MULTILINE)
    return set(re.findall(r"^    (\w+): \S", found.group(1), re.MULTILINE)) if found else set()


def arguments(cls: type) -> set[str]:
    return set(inspect.signature(cls).parameters)


@pytest.mark.parametrize("name", pulumi_sentinelhub.__all__)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    """What ``__all__`` promises can be imported and says what it is."""
    assert name in dir(pulumi_sentinelhub)
    assert inspect.getdoc(getattr(pulumi_sentinelhub, name))


def test_no_other_name_is_there() -> None:
    """A misspelt name is an AttributeError, as with any module."""
    with pytest.raises(AttributeError, match="BatchJobs"):
        _ = pulumi_sentinelhub.BatchJobs


@pytest.mark.parametrize("cls", [table[0] for table in TABLES] + [BatchJob])
def test_every_argument_is_documented(cls: type) -> None:
    """The docstring describes exactly what the constructor takes."""
    assert section(cls, "Args") == arguments(cls)


@pytest.mark.parametrize(("cls", "fields", "outputs"), TABLES)
def test_the_constructor_takes_the_declared_inputs(
    cls: type, fields: tuple[Field, ...], outputs: Mapping[str, Output]
) -> None:
    """Each field of the lifecycle's table is an argument of the same name, but for the hidden ones."""
    assert {field.name for field in fields} - HIDDEN <= arguments(cls)


@pytest.mark.parametrize(("cls", "fields", "outputs"), TABLES)
def test_every_output_is_declared_and_documented(
    cls: type, fields: tuple[Field, ...], outputs: Mapping[str, Output]
) -> None:
    """Each output of the lifecycle is an annotated attribute and described; each input is echoed."""
    inputs = {field.name for field in fields} - HIDDEN
    assert set(inspect.get_annotations(cls)) == inputs | set(outputs)
    assert section(cls, "Attributes") == set(outputs) - inputs


def test_the_job_declares_and_documents_its_outputs() -> None:
    """The component's attributes are annotated and described."""
    assert section(BatchJob, "Attributes") == set(inspect.get_annotations(BatchJob))


def test_every_shape_is_documented() -> None:
    """Each TypedDict says what it is."""
    shapes = [shape for shape in vars(types).values() if getattr(shape, "__module__", "") == types.__name__]
    public = [
        shape for shape in shapes if not shape.__name__.startswith("_") and shape is not types.TimeRange
    ]
    assert public
    assert [shape.__name__ for shape in public if not shape.__doc__] == []
