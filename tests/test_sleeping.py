"""Nothing sleeps or blocks by itself outside of ``waiting``: what waits has a deadline and notices Ctrl-C."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.source import PACKAGE, modules, part_of

#: Names of functions and methods that block until something else happens.
BLOCKING = {"sleep", "wait", "wait_for", "acquire", "join", "result", "select"}
#: Calls of such a name that are none, or that may block; each with its reason.
EXCEPTIONS = {
    ("s3.emptying", "wait"): "its own calls, which are finished before it ends; boto3's time-outs bound them",
    ("s3.emptying", "result"): "of calls that are done",
    ("evalscript.once", "result"): "of another thread's run of the same script, which ends within seconds",
}


def called(node: ast.Call) -> tuple[str, bool]:
    """The name that is called, and whether it joins texts."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr, isinstance(function.value, ast.Constant)
    return (function.id, False) if isinstance(function, ast.Name) else ("", False)


def blocking() -> Iterator[tuple[str, str]]:
    """Module, without the package's name, and name of each call that may block."""
    for module, tree in modules(PACKAGE):
        if part_of(module) == "waiting":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name, of_text = called(node)
                if name in BLOCKING and not of_text:
                    yield module.removeprefix(f"{PACKAGE}."), name


def test_only_waiting_waits() -> None:
    """Each call that sleeps or waits stands in ``waiting``, but for those that are named with a reason."""
    assert set(blocking()) == set(EXCEPTIONS)
