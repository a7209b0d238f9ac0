"""Running a foreign evalscript's ``setup()`` in a process of its own, under limits."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ..errors import SentinelHubError
from .setup import EvalscriptError, Setup, parse_setup

CPU_SECONDS: Final = 0.5
MEMORY_BYTES: Final = 64 * 1024 * 1024
STACK_BYTES: Final = 256 * 1024
WALL_SECONDS: Final = 20.0
"""Only for a machine so busy, or a system so different, that the limit on CPU time does not end it."""
LARGEST_SCRIPT: Final = 5_000_000
"""Characters."""

_FOLDER: Final = Path(__file__).parent
_FIRST_LINE: Final = re.compile(r"//\s*VERSION\s*=\s*3\b")
_PLACE: Final = re.compile(r"<input>:(\d+)(?::(\d+))?")
_KEPT_VARIABLES: Final = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What Python may need to start; nothing else of the environment is handed to foreign code."""


def run_setup(script: str) -> Setup:
    """Find out what an evalscript declares, by running it and its setup().

    It runs without file, network or timers, in another process, for at most about a second. Results are
    remembered, as Pulumi checks the same inputs several times.

    Args:
        script: the evalscript's text; its first line that is not blank must be ``//VERSION=3``.

    Raises:
        EvalscriptError: the script cannot work, or does not come to an end within the limits.
        SentinelHubError: the script could not be run here, which says nothing about it.
    """
    outcome = _outcome(script)
    if isinstance(outcome, EvalscriptError):
        raise EvalscriptError(outcome.reason, outcome.mend, line=outcome.line)
    return outcome


@functools.lru_cache(maxsize=64)
def _outcome(script: str) -> Setup | EvalscriptError:
    """The same, with the error as a value, since only values are remembered."""
    try:
        _check_version(script)
        answer = _answer(script)
        if "error" in answer:
            return _explained(answer["phase"], answer["error"])
        kinds = answer["kinds"]
        if kinds["setup"] != "function":
            return EvalscriptError(
                "has no function setup()", "add one that returns { input: [...], output: {...} }"
            )
        return parse_setup(json.loads(answer["setup"]), kinds)
    except EvalscriptError as error:
        return error


def _check_version(script: str) -> None:
    if len(script) > LARGEST_SCRIPT:
        raise EvalscriptError(
            f"has {len(script)} characters", "give the script itself; was another file read by mistake?"
        )
    first = script.lstrip("\ufeff \t\r\n").split("\n", 1)[0].strip()
    if not _FIRST_LINE.match(first):
        raise EvalscriptError(
            f'does not start with //VERSION=3, but with "{first[:40]}"' if first else "is empty",
            "make //VERSION=3 its first line; without it the service takes the script for version 1",
        )


def _answer(script: str) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", str(_FOLDER / "child.py"), _engine_folder()]
    command += [str(MEMORY_BYTES), str(STACK_BYTES), str(CPU_SECONDS)]
    # Lone surrogates cannot leave as UTF-8, and mean nothing to a script.
    request = json.dumps({"host": (_FOLDER / "host.js").read_text("utf-8"), "script": script})
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  # our own program, started with this very Python
            command,
            input=request.encode(),
            capture_output=True,
            env=environment,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _cannot_run(f"no answer within {WALL_SECONDS:.0f} s") from None
    except OSError as error:
        raise _cannot_run(str(error)) from None
    if done.returncode == 0:
        return dict(json.loads(done.stdout))
    if done.returncode == -getattr(signal, "SIGPROF", 0):  # over its CPU time
        raise _too_long()
    if done.returncode == -getattr(signal, "SIGSEGV", 0):
        raise EvalscriptError("breaks the JavaScript engine", "simplify its top level and setup()")
    raise _cannot_run(done.stderr.decode(errors="replace").strip().rsplit("\n", 1)[-1][:300])


def _engine_folder() -> str:
    spec = find_spec("quickjs")
    if spec is None or spec.origin is None:
        raise _cannot_run("the package quickjs-ng is not installed")
    return str(Path(spec.origin).parent.parent)


def _cannot_run(why: str) -> SentinelHubError:
    return SentinelHubError(
        "cannot run the evalscript's setup() here",
        why=why,
        next_step="The script is left for the service to check, in its analysis",
    )


def _too_long() -> EvalscriptError:
    return EvalscriptError(
        "its top level or setup() does not come to an end",
        "look for an endless loop; per-pixel work belongs in evaluatePixel()",
    )


def _explained(phase: str, text: str) -> EvalscriptError:
    """Turn an exception of the engine into one of ours.

    Args:
        phase: ``load`` (the top level ran), ``setup`` (setup() ran) or ``read`` (its result was read).
        text: message and stack trace.
    """
    message = text.split("\n", 1)[0].strip()
    if message == "InternalError: interrupted":
        return _too_long()
    if message in {"null", "InternalError: out of memory"}:
        return EvalscriptError(
            f"its top level or setup() needs more than {MEMORY_BYTES // 1024**2} MB",
            "look for arrays or texts that grow without end",
        )
    if message.startswith("RangeError: Maximum call stack size exceeded"):
        return EvalscriptError(
            "recursion without end at its top level or in setup()", "end the recursion, or use a loop"
        )
    if phase == "read":
        return EvalscriptError(
            f"what setup() returns cannot be read: {message[:200]}",
            "return a plain object of texts, numbers, lists and objects",
        )
    found = _PLACE.search(text)
    line = int(found.group(1)) if found else None
    place = f" (line {line})" if line else ""
    if message.startswith("SyntaxError"):
        if found and found.group(2):
            place = f" (line {line}, column {found.group(2)})"
        detail = message.removeprefix("SyntaxError:").strip()
        return EvalscriptError(f"does not parse: {detail}{place}", "correct the JavaScript", line=line)
    where = "setup() throws" if phase == "setup" else "its top level throws"
    mend = (
        "define it, or correct the name"
        if message.startswith("ReferenceError")
        else "the top level and setup() run before there is any data; they only declare"
    )
    return EvalscriptError(f"{where} {message[:200]}{place}", mend, line=line)
