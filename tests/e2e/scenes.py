"""Several tests in one stack: each command of the CLI is run once, for all of them.

Each test is a scene: it declares resources of its own, whose names begin with the scene's, and is a generator
that yields what it waits for. Between two commands it does what somebody does behind our back, changes its
part of the program, and looks at its own resources. What is said of another scene's, it never sees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pytest

from tests.e2e.fronts import DYNAMIC, Front
from tests.e2e.jobs import creations, planned, remote
from tests.support.cli import Stack
from tests.support.sandbox import PROCESS, Controls, runs

OWN: Final = "@"
"""In a scene's program: the beginning of its names."""
_OF_ONE = re.compile(r"^  \S+ \((\S+)\):$", re.MULTILINE)


@dataclass(frozen=True)
class Wish:
    """What a scene waits for.

    Attributes:
        command: a word of the file's order.
        arguments: that the command is to have, beside those of other scenes.
        fails: whether the scene's resources have it fail.
    """

    command: str
    arguments: tuple[str, ...] = ()
    fails: bool = False


Steps: TypeAlias = "Generator[Wish, Any, None]"
PLAN: Final = Wish("plan")
"""A preview: gives the scene what it would do with each of its resources, as :meth:`Scene.changes` has it."""
REFRESH: Final = Wish("refresh")
SETTLED: Final = Wish("settled")
"""A refresh that finds nothing, then a preview that has nothing to do, both on the whole stack."""


def up(*arguments: str, fails: bool = False) -> Wish:
    """An update: gives the scene what it said of the scene's resources in the end."""
    return Wish("up", arguments, fails)


def destroy(*arguments: str, fails: bool = False) -> Wish:
    """A destroy: gives the scene the same."""
    return Wish("destroy", arguments, fails)


@dataclass(frozen=True)
class Part:
    """A scene as it is declared.

    Attributes:
        name: of the scene; none begins with another's and a hyphen.
        program: its part of the program.
        front: what its resources are declared with.
        given: more arguments of its steps.
        id: of the test, where one function has several scenes.
    """

    name: str
    program: str
    front: Front = DYNAMIC
    given: tuple[Any, ...] = ()
    id: str = ""


@dataclass
class Scene:
    """A scene while the story goes on.

    Attributes:
        program: its part of the program; may be changed between commands.
        write: writes the program as it is by now, for a command of the scene's own.
        refreshed: whether the last plan looked at its resources first.
    """

    part: Part
    stack: Stack
    sandbox: Controls
    program: str
    write: Callable[[], None]
    refreshed: bool = False
    _ids: set[str] = field(default_factory=set)

    def resources(self) -> dict[str, dict[str, Any]]:
        """The state of each of its resources."""
        return self._own(self.stack.resources())

    def ids(self) -> dict[str, str]:
        """The ids of its resources."""
        return {name: state["id"] for name, state in self.resources().items()}

    def outputs(self, name: str) -> dict[str, Any]:
        """What the state of a resource holds, in the words of the tables."""
        return self.part.front.inward(name, self.resources()[name]["outputs"])

    def bucket(self) -> str:
        """The name of its bucket ``results``."""
        return str(self.resources()["results"]["id"])

    def remote(self) -> list[dict[str, Any]]:
        """Its requests as the service has them."""
        own = [one for one in remote(self.sandbox) if self._mark in json.dumps(one)]
        self._ids |= {one["id"] for one in own}
        return own

    def creations(self) -> int:
        """How often one of its requests was made."""
        return len([call for call in creations(self.sandbox) if self._mark in json.dumps(call["body"])])

    def actions(self) -> list[str]:
        """The actions that its requests were asked for, in order."""
        asked = [call["path"].split("/")[-2:] for call in self.sandbox.journal("POST", f"{PROCESS}/")]
        return [action for request, action in asked if request in self._ids]

    def starts(self) -> int:
        """How often one of its requests was started."""
        return self.actions().count("start")

    def statuses(self) -> list[str]:
        """The status of each of its requests, as it really is."""
        return sorted(str(one["status"]) for one in self.remote())

    def active(self) -> set[str]:
        """Ids of its requests that run, or are about to."""
        return {str(one["id"]) for one in self.remote() if runs(one)}

    def only(self) -> list[str]:
        """Arguments that have a command leave all but its resources out."""
        return [f"--target={state['urn']}" for state in self.resources().values()]

    def changes(self, steps: Sequence[dict[str, Any]]) -> dict[str, str]:
        """What a preview's steps do with its resources by their names; what stays the same is left out."""
        ops = [(step["urn"].rpartition("::")[2], str(step["op"])) for step in steps]
        own = [(name, op) for name, op in ops if name.startswith(self._prefix)]
        self.refreshed = "refresh" in dict(own).values()
        return self._own({name: op for name, op in own if op not in ("same", "refresh")})

    def told(self, output: str) -> str:
        """What a command has said of its resources in the end."""
        _, *told = _OF_ONE.split(output.partition("Diagnostics:")[2])
        own = zip(told[::2], told[1::2], strict=True)
        return "".join(text for name, text in own if name.startswith(self._prefix))

    def text(self) -> str:
        """Its part of the program."""
        return self.program.replace(OWN, self._prefix)

    @property
    def _prefix(self) -> str:
        return f"{self.part.name}-"

    @property
    def _mark(self) -> str:
        """What only its requests have: their bucket's name begins with it."""
        return f"{self._prefix}results-"

    def _own(self, named: dict[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in named.items() if name.startswith(self._prefix)}
        return {name.removeprefix(self._prefix): value for name, value in own.items()}


class Story:
    """All scenes of a file, played to their ends.

    Args:
        stack: on which they are played.
        sandbox: whose service it is.
        head: of the program.
        scenes: each with its steps.
        order: of the commands; a scene that waits for another one is not told of a command.
    """

    def __init__(
        self,
        stack: Stack,
        sandbox: Controls,
        head: str,
        scenes: Sequence[tuple[Part, Callable[..., Steps]]],
        order: Sequence[str],
    ) -> None:
        self._stack, self._head = stack, head
        self._failed: dict[str, Exception] = {}
        self._scenes = [Scene(part, stack, sandbox, part.program, self._write) for part, _ in scenes]
        self._playing: dict[str, tuple[Steps, Wish]] = {}
        steps = [
            play(scene, *scene.part.given) for scene, (_, play) in zip(self._scenes, scenes, strict=True)
        ]
        for scene, one in zip(self._scenes, steps, strict=True):
            self._go_on(scene, one, None)
        try:
            for command in order:
                self._run(command)
        except AssertionError as failure:
            # what one scene has left undone may be why
            raise next(iter(self._failed.values()), failure) from failure
        for name, (_, wish) in self._playing.items():
            self._failed[name] = AssertionError(f"the story ends before {wish}")

    def check(self, name: str) -> None:
        """Raises what went wrong in a scene."""
        if name in self._failed:
            raise self._failed[name]

    def _run(self, command: str) -> None:
        waiting = [one for one in self._scenes if one.part.name in self._playing]
        wishes = {one.part.name: self._playing[one.part.name][1] for one in waiting}
        told = [one for one in waiting if wishes[one.part.name].command == command]
        assert told, f"no scene waits for this {command}: {wishes}"
        arguments = [each for one in told for each in wishes[one.part.name].arguments]
        fails = any(wishes[one.part.name].fails for one in told)
        self._write()
        answers: dict[str, Any]
        if command == "plan":
            steps = planned(self._stack)
            answers = {one.part.name: one.changes(steps) for one in told}
        elif command == "settled":
            self._stack.refresh("--expect-no-changes")
            self._stack.preview(expect_no_changes=True)
            answers = dict.fromkeys(wishes)
        else:
            run = {"up": self._stack.up, "destroy": self._stack.destroy, "refresh": self._stack.refresh}
            go_on = [] if command == "refresh" else ["--continue-on-error"]
            output = run[command](*go_on, *arguments, expect_failure=fails).output
            assert "Traceback" not in output, output
            answers = {one.part.name: one.told(output) for one in told}
            for one in told:
                assert ("error:" in answers[one.part.name]) == wishes[one.part.name].fails, output
        for one in self._scenes:
            one.remote()
        for one in told:
            self._go_on(one, self._playing.pop(one.part.name)[0], answers[one.part.name])

    def _write(self) -> None:
        self._stack.program("\n".join([self._head, *(one.text() for one in self._scenes)]))

    def _go_on(self, scene: Scene, steps: Steps, answer: Any) -> None:
        try:
            self._playing[scene.part.name] = steps, steps.send(answer)
        except StopIteration:
            pass
        except Exception as failure:  # noqa: BLE001 - it is the scene's test that fails
            self._failed[scene.part.name] = failure


class Scenes:
    """The scenes of a file, as it declares them.

    Args:
        head: of the program that they are parts of.
        order: of the commands.
    """

    def __init__(self, head: str, *order: str) -> None:
        self._head, self._order = head, order
        self._all: list[tuple[Part, Callable[..., Steps]]] = []

    def scene(self, *parts: Part) -> Callable[[Callable[..., Steps]], Callable[..., None]]:
        """Makes a test of a generator, or of several parts one each; it takes the fixture ``story``."""

        def declare(steps: Callable[..., Steps]) -> Callable[..., None]:
            self._all += [(part, steps) for part in parts]

            def test(story: Story) -> None:
                story.check(parts[0].name)

            def each(story: Story, scene: str) -> None:
                story.check(scene)

            several = len(parts) > 1
            made = _by_scene(parts)(each) if several else test
            made.__doc__, made.__module__ = steps.__doc__, steps.__module__
            return made

        return declare

    def played(self, stack: Stack, sandbox: Controls, *, into_buckets: bool = False) -> Story:
        """The whole story, played on this stack; if need be each scene has a bucket ``<scene>-results-1``."""
        if into_buckets:
            for part, _ in self._all:
                sandbox.make_bucket(f"{part.name}-results-1")
        return Story(stack, sandbox, self._head, self._all, self._order)


def _by_scene(parts: Sequence[Part]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", [one.name for one in parts], ids=[one.id for one in parts])
