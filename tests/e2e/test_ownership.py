"""Every job knows its owner: what two teams on one account met, each as a user meets it."""

from __future__ import annotations

import pytest

from tests.e2e.areas import BUCKET, active, areas, cancels, ids, payload, urn
from tests.e2e.jobs import PARTS, creations, remote, stack_of, starts
from tests.e2e.notebook import Notebook
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


def test_a_notebooks_request_is_left_alone(make_stack: MakeStack, slow: Controls) -> None:
    """What a notebook has just made with the same payload is neither taken nor deleted."""
    made = Notebook(slow).post(payload())
    stack = stack_of(make_stack, areas("a"))
    stack.up()
    assert ids(stack)["a"] != made
    stack.destroy()
    assert made in [one["id"] for one in remote(slow)]
    assert made not in cancels(slow)


COLLECTION = f"""
from pulumi_sentinelhub import BatchCollection
BatchCollection("NAME", name="fields", bucket_name="{BUCKET}")
"""


def test_renamed_without_an_alias(make_stack: MakeStack, slow: Controls) -> None:
    """The new declaration gets objects of its own before the old ones are deleted; the preview says so."""
    stack = stack_of(make_stack, areas("a", until=None, more=COLLECTION.replace("NAME", "one")))
    stack.up()
    before, notebook = ids(stack)["a"], Notebook(slow)
    (old,) = notebook.collections()
    stack.program(areas("b", until=None, more=COLLECTION.replace("NAME", "two")))
    steps = stack._json("preview", "--json")["steps"]
    assert {s["op"] for s in steps if "Batch" in s["urn"]} == {"create", "delete"}
    assert old["id"] in stack.up().output  # an alike one is named, with the way to adopt it
    assert ids(stack)["b"] != before
    assert [one["id"] for one in remote(slow)] == [ids(stack)["b"]]
    (new,) = notebook.collections()
    assert new["id"] == stack.resources()["two"]["id"] != old["id"]
    stack.preview(expect_no_changes=True)


def test_renamed_with_an_alias_and_the_name_given_anew(make_stack: MakeStack, slow: Controls) -> None:
    """The renamed one keeps its object; a new one of the old name, alike and as young, makes its own."""
    stack = stack_of(make_stack, areas("a", until=None))
    stack.up()
    before = ids(stack)["a"]
    renamed = (
        f'moved = request("b", "{BUCKET}", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))'
    )
    stack.program(f"{PARTS}\n{renamed}\n")
    stack.up()
    stack.program(areas("a", "b", until=None))
    stack.up()
    assert ids(stack)["b"] == before
    assert ids(stack)["a"] != before
    assert len(creations(slow)) == 2
    stack.preview(expect_no_changes=True)


def test_an_alike_sibling(make_stack: MakeStack, slow: Controls) -> None:
    """Added by --target, or declared before the existing one, it has a request of its own."""
    stack = stack_of(make_stack, areas("b", until=None))
    stack.up()
    stack.program(areas("b", "c", until=None))
    stack.up("--target", urn(stack, "b").replace("::b", "::c"))
    stack.program(areas("a", "b", "c", until=None))
    stack.up()
    assert len(set(ids(stack).values())) == len(remote(slow)) == 3


RUNS = {
    "renamed": 'BatchRun("again", requests=[a, b], until="started")',
    "split": 'BatchRun("run", requests=a, until="started")\nBatchRun("other", requests=b, until="started")',
    "moved": 'BatchRun("run", requests=b, until="started")\nBatchRun("other", requests=a, until="started")',
    "none": "",
}


@pytest.mark.parametrize("shape", RUNS)
def test_runs_come_and_go(make_stack: MakeStack, slow: Controls, shape: str) -> None:
    """Whatever becomes of runs, a job that its request still wants goes on, and is started once."""
    stack = stack_of(make_stack, areas("a", "b"))
    stack.up()
    stack.program(areas("a", "b", until=None, more=RUNS[shape]))
    said = stack.up().output
    assert active(slow) == set(ids(stack).values())
    assert (len(starts(slow)), cancels(slow)) == (2, [])
    if shape == "none":
        assert "go on" in said
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert active(slow) == set()


def test_adoption_is_an_import(make_stack: MakeStack, slow: Controls) -> None:
    """The preview names what is adopted; adopt_id may go again; the end leaves what somebody else made."""
    notebook = Notebook(slow)
    made = notebook.post({**payload(), "description": "from a notebook"})
    notebook.ask("POST", f"/api/v1/batch/process/{made}/start")
    adopting = f'a = request("a", "{BUCKET}", adopt_id="{made}", description="from a notebook")'
    declared = f'a = request("a", "{BUCKET}", description="from a notebook")'
    run = 'BatchRun("run", requests=[a], until="started")'
    stack = stack_of(make_stack, f"{PARTS}\n{adopting}\n{run}\n")
    said = stack.preview().output
    assert f"adopts batch request {made}" in said
    assert "from a notebook" in said
    stack.up()
    stack.program(f"{PARTS}\n{declared}\n{run}\n")
    stack.up()
    assert ids(stack)["a"] == made
    stack.preview(expect_no_changes=True)
    stack.program(f"{PARTS}\n{adopting}\n{run}\n")
    stack.up()
    assert (ids(stack)["a"], cancels(slow), len(starts(slow)), len(creations(slow))) == (made, [], 1, 1)
    stack.destroy()
    assert active(slow) == {made}


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
