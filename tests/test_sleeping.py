"""Nothing sleeps or blocks by itself outside of ``waiting``: what waits has a deadline and notices Ctrl-C."""

from __future__ import annotations

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


def blocking() -> Iterator[tuple[str, str]]:
    """Module, without the package's name, and name of each call that may block."""
    for module in modules(PACKAGE):
        if part_of(module.name) == "waiting":
            continue
        for call in module.calls:
            if call.name in BLOCKING and not call.of_text:
                yield module.name.removeprefix(f"{PACKAGE}."), call.name


def test_only_waiting_waits() -> None:
    """Each call that sleeps or waits stands in ``waiting``, but for those that are named with a reason."""
    assert set(blocking()) == set(EXCEPTIONS)
