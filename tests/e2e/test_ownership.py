"""Every job knows its owner: what two teams on one account met, each as a user meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.e2e.areas import BUCKET, active, areas, ids, payload, urn
from tests.e2e.jobs import PARTS, creations, planned, remote, stack_of
from tests.e2e.notebook import Notebook
from tests.e2e.together import Moment, moment, request
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls


def test_two_stacks_of_one_program(make_stack: MakeStack, slow: Controls) -> None:
    """Updated at once they have requests of their own; the end of one leaves the other's jobs alone."""
    dev, prod = (stack_of(make_stack, areas("a", "b"), name) for name in ("dev", "prod"))
    with dev.start_up() as one, prod.start_up() as other:
        assert one.finish()[1] == 0, one.output()
        assert other.finish()[1] == 0, other.output()
    held = {**ids(dev), **{f"prod {name}": id for name, id in ids(prod).items()}}
    assert len(set(held.values())) == len(creations(slow)) == 4
    prod.destroy()
    assert active(slow) == set(ids(dev).values())
    dev.preview(expect_no_changes=True)


def test_two_stacks_of_one_name_on_two_backends(make_stack: MakeStack, slow: Controls) -> None:
    """The same project and stack name, run by another person on a backend of their own, is another owner."""
    mine, theirs = (stack_of(make_stack, areas("a", until=None)) for _ in range(2))
    mine.up()
    theirs.up()
    assert ids(mine)["a"] != ids(theirs)["a"]
    theirs.destroy()
    assert [one["id"] for one in remote(slow)] == [ids(mine)["a"]]


COLLECTION = f"""
from pulumi_sentinelhub import BatchCollection
BatchCollection("NAME", name="fields", bucket_name="{BUCKET}")
"""
RUNS = {
    "renamed": 'BatchRun("@_again", requests=[@_a, @_b], until="started")',
    "split": """
BatchRun("@_run", requests=@_a, until="started")
BatchRun("@_other", requests=@_b, until="started")
""",
    "moved": """
BatchRun("@_run", requests=@_b, until="started")
BatchRun("@_other", requests=@_a, until="started")
""",
    "none": "",
}
RUN = 'BatchRun("@_run", requests=[@_a, @_b], until="started")'
ALIAS = ", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='alias_a')])"
ADOPTED = "adopted from a notebook"


@dataclass(frozen=True)
class Told:
    """What becomes of a stack in which several tests declare alike requests.

    Attributes:
        alike: id of a request that a notebook has made as the test of notebooks declares it.
        adopted: id of another one, which runs.
        first: after the first update.
        targeted: after one with --target.
        steps: what a preview is to do, a line each: what, and with which declaration.
        second: after the update that it foretold; the preview after that is empty.
        third: after the last one; the preview after that is empty.
        end: after the destroy.
        collections: ids after the first update and after the second one.
    """

    alike: str
    adopted: str
    first: Moment
    targeted: Moment
    steps: set[str]
    second: Moment
    third: Moment
    end: Moment
    collections: tuple[list[str], list[str]]


def shapes(runs: Mapping[str, str]) -> str:
    """Two requests for each shape of runs, and these."""
    jobs = f"{request('@_a')}\n{request('@_b')}\n"
    return "\n".join((jobs + text).replace("@", shape) for shape, text in runs.items())


def program(*parts: str) -> str:
    return "\n".join((PARTS, *parts, request("notebook_a"), NOTEBOOK_RUN))


NOTEBOOK_RUN = 'BatchRun("notebook_run", requests=notebook_a, until="started")'


@pytest.fixture(scope="module")
def told(make_for_all: MakeStack, sandbox_process: Controls) -> Told:
    """All commands, one after another."""
    sandbox = sandbox_process
    sandbox.make_bucket(BUCKET)
    sandbox.control("PUT", "options", {"processing_seconds": 300})
    notebook = Notebook(sandbox)
    alike = notebook.post({**payload(), "description": "notebook"})
    adopted = notebook.post({**payload(), "description": ADOPTED})
    notebook.ask("POST", f"/api/v1/batch/process/{adopted}/start")
    run = 'BatchRun("adopted_run", requests=adopted_a, until="started")'
    declared = f'adopted_a = request("adopted_a", "{BUCKET}", description="{ADOPTED}")\n{run}'
    adopting = declared.replace(", description", f', adopt_id="{adopted}", description')
    one, two = (
        f"{request(f'anew_{name}')}\n{COLLECTION.replace('NAME', f'anew_{other}')}"
        for name, other in (("a", "one"), ("b", "two"))
    )
    before = (shapes(dict.fromkeys(RUNS, RUN)), adopting, one, request("alias_a"))

    stack = stack_of(make_for_all, program(*before, request("sibling_b")))
    first = moment(stack.preview_and_up().output, stack, sandbox)
    (old,) = notebook.collections()
    stack.program(program(*before, request("sibling_b"), request("sibling_c")))
    added = urn(stack, "sibling_b").replace("_b", "_c")
    targeted = moment(stack.up("--target", added).output, stack, sandbox)

    after = (shapes(RUNS), declared, two)
    siblings = (request("sibling_a"), request("sibling_b"), request("sibling_c"))
    stack.program(program(*after, *siblings, request("alias_b", ALIAS)))
    steps = {f"{step['op']} {step['urn'].rpartition('::')[2]}" for step in planned(stack)}
    second = moment(stack.up().output, stack, sandbox)
    (new,) = notebook.collections()
    stack.preview(expect_no_changes=True)

    stack.program(program(shapes(RUNS), adopting, two, *siblings, request("alias_a"), request("alias_b")))
    third = moment(stack.up().output, stack, sandbox)
    stack.preview(expect_no_changes=True)
    end = moment(stack.destroy().output, stack, sandbox)
    sandbox.control("PUT", "options", {"processing_seconds": 1})
    collections = [str(old["id"])], [str(new["id"])]
    return Told(alike, adopted, first, targeted, steps, second, third, end, collections)


def test_a_notebooks_request_is_left_alone(told: Told) -> None:
    """What a notebook has just made with the same payload is neither taken nor deleted."""
    assert told.first.id("notebook_a") != told.alike
    assert told.alike in told.end.described("notebook")
    assert told.end.told([told.alike]) == []


def test_renamed_without_an_alias(told: Told) -> None:
    """The new declaration gets objects of its own before the old ones are deleted; the preview says so."""
    of_anew = {step for step in told.steps if " anew_" in step}
    assert of_anew == {"create anew_b", "create anew_two", "delete anew_a", "delete anew_one"}
    (old,), (new,) = told.collections
    assert old in told.second.said  # an alike one is named, with the way to adopt it
    assert told.second.id("anew_b") != told.first.id("anew_a")
    assert told.second.described("anew") == {told.second.id("anew_b")}
    assert new == told.second.id("anew_two") != old == told.first.id("anew_one")


def test_renamed_with_an_alias_and_the_name_given_anew(told: Told) -> None:
    """The renamed one keeps its object; a new one of the old name, alike and as young, makes its own."""
    before = told.first.id("alias_a")
    assert told.second.ids("alias") == {"b": before}
    assert told.third.id("alias_b") == before
    assert told.third.id("alias_a") != before
    assert told.third.made.count("alias") == 2


def test_an_alike_sibling(told: Told) -> None:
    """Added by --target, or declared before the existing one, it has a request of its own."""
    (first, targeted, second) = (one.ids("sibling") for one in (told.first, told.targeted, told.second))
    assert (list(first), list(targeted), len(second)) == (["b"], ["b", "c"], 3)
    assert second == {**second, **targeted, **first}
    assert len(set(second.values())) == len(told.second.described("sibling")) == 3


@pytest.mark.parametrize("shape", RUNS)
def test_runs_come_and_go(told: Told, shape: str) -> None:
    """Whatever becomes of runs, a job that its request still wants goes on, and is started once."""
    held = told.first.ids(shape)
    assert told.second.ids(shape) == held
    assert told.second.active(shape) == set(held.values())
    assert told.second.told(held.values()) == ["start", "start"]
    if shape == "none":
        assert [line for line in told.second.said.splitlines() if "none_run" in line and "go on" in line]
    assert told.end.active(shape) == set()


def test_adoption_is_an_import(told: Told) -> None:
    """The preview names what is adopted; adopt_id may go again; the end leaves what somebody else made."""
    preview, _, _ = told.first.said.partition("Updating (")
    assert f"adopts batch request {told.adopted}" in preview
    assert "from a notebook" in preview
    for moment_of in (told.first, told.second, told.third):
        assert moment_of.id("adopted_a") == told.adopted
    assert told.third.told([told.adopted]) == ["start"]
    assert told.third.made.count("adopted") == 1
    assert told.end.active("adopted") == {told.adopted}


def test_one_id_has_one_declaration(make_stack: MakeStack, slow: Controls) -> None:
    """An id that another declaration of the stack holds cannot be adopted as well."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    held = ids(stack)["a"]
    stack.program(areas("a", until=None, more=f'request("b", "{BUCKET}", adopt_id="{held}")'))
    assert "two declarations" in stack.preview(expect_failure=True).output
    assert "two declarations" in stack.up(expect_failure=True).output
    stack.program(areas("a", until=None))
    stack.up()
    assert [one["id"] for one in remote(slow)] == [held]
