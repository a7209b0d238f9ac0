"""Running a foreign evalscript's ``setup()`` in a process of its own, under limits."""

from __future__ import annotations

import json
import marshal
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ..errors import SentinelHubError
from ..shown import fit
from ..values import has_half_pair
from .once import Once
from .setup import EvalscriptError, Setup, parse_setup
from .trial import Trial

CPU_SECONDS: Final = 0.5
MEMORY_BYTES: Final = 64 * 1024 * 1024
STACK_BYTES: Final = 256 * 1024
WALL_SECONDS: Final = 20.0
"""Only for a machine so busy, or a system so different, that the limit on CPU time does not end it."""
LARGEST_SCRIPT: Final = 1024 * 1024
"""Characters, and bytes of a file. No limit of the service is known; decision trees written out reach some
hundred thousand."""
LARGEST_ANSWER: Final = 1024 * 1024
"""Bytes that are read of what the process writes; see LARGEST_RESULT in ``child``."""
AT_ONCE: Final = max(1, min(4, os.cpu_count() or 1))
"""Processes at once, as each may take a CPU and 110 MB."""

_FOLDER: Final = Path(__file__).parent
_FIRST_LINE: Final = re.compile(r"//\s*VERSION\s*=\s*3\b")
_PLACE: Final = re.compile(r"<input>:(\d{1,9})(?::(\d{1,9}))?(?!\d)")
_KEPT_VARIABLES: Final = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What Python may need to start; nothing else of the environment is handed to foreign code."""
_SHOWN: Final = 200
"""Characters of what the script throws."""
_UNTOLD: Final = "(Failed obtaining QuickJS error string"
"""What the binding says where there was no memory left for the exception's text."""
_room: Final = threading.BoundedSemaphore(AT_ONCE)


def run_setup(script: str) -> Setup:
    """Find out what an evalscript declares, by running it and its setup().

    It runs without file, network or timers, in another process, for at most about a second. Each text runs
    once, as Pulumi checks the same inputs several times.

    Args:
        script: the evalscript's text; its first line that is not blank must be ``//VERSION=3``.

    Raises:
        EvalscriptError: the script cannot work, or does not come to an end within the limits.
        SentinelHubError: the script could not be run here, which says nothing about it.
    """
    outcome = _outcomes.of(str(script))
    if isinstance(outcome, EvalscriptError):
        raise EvalscriptError(outcome.reason, outcome.fix, line=outcome.line)
    if isinstance(outcome, SentinelHubError):
        raise SentinelHubError(outcome.what, why=outcome.why, next_step=outcome.next_step)
    return outcome


def _outcome(script: str) -> Setup | SentinelHubError:
    """The same, with the error as a value, since only values are remembered."""
    try:
        _check_version(script)
        with _room:
            answer = _answer(script)
        if "error" in answer:
            return _explained(answer["phase"], answer["error"])
        kinds = answer["kinds"]
        if kinds["setup"] != "function":
            return EvalscriptError(
                "has no function setup()", "add one that returns { input: [...], output: {...} }"
            )
        setup = parse_setup(answer["setup"], kinds)
        return replace(setup, trial=Trial.of(answer.get("trial")))
    except SentinelHubError as error:
        return error


_outcomes: Final[Once[Setup | SentinelHubError]] = Once(_outcome)


def _check_version(script: str) -> None:
    if len(script) > LARGEST_SCRIPT:
        raise EvalscriptError(
            f"has {len(script)} characters", "give the script itself; was another file read by mistake?"
        )
    if "\0" in script or has_half_pair(script):
        raise EvalscriptError(
            "has a null character or half of a surrogate pair", "is it text? correct it, or save it in UTF-8"
        )
    # Nothing of the text is shown, as it may be anything: a token, or what another path has led to.
    first = script.lstrip("\ufeff \t\r\n").split("\n", 1)[0].strip()
    if not _FIRST_LINE.match(first):
        raise EvalscriptError(
            "does not start with //VERSION=3" if first else "is empty",
            "make //VERSION=3 its first line (other versions are not for batch); a path to a file is read "
            "only where it is given as a plain string or a Path",
        )


def _answer(script: str) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", str(_FOLDER / "child.py"), _interpreter_folder()]
    command += [str(MEMORY_BYTES), str(STACK_BYTES), str(CPU_SECONDS)]
    ours = {name: (_FOLDER / f"{name}.js").read_text("utf-8") for name in ("host", "trial")}
    request = marshal.dumps({**ours, "script": script})
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603  # our own program, started with this very Python
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    except OSError as error:
        raise _cannot_run(str(error)) from None
    code, written = _conversation(process, request)
    first, complete, rest = written.partition(b"\n")
    if code == 0 or complete:
        try:
            return {**json.loads(first), "trial": _trial(code, rest)}
        except (ValueError, RecursionError, TypeError):
            raise _cannot_run("its process gave no answer") from None
    if code == -getattr(signal, "SIGPROF", 0):  # over its CPU time
        raise _too_long()
    if code in {-getattr(signal, name, 0) for name in ("SIGSEGV", "SIGBUS", "SIGABRT")}:
        raise EvalscriptError("breaks the JavaScript interpreter", "simplify its top level and setup()")
    raise _cannot_run(written.decode(errors="replace").strip().rsplit("\n", 1)[-1])


def _trial(code: int, told: bytes) -> Any:
    """What the call of evaluatePixel() has shown; the end of the process in it says something, too."""
    if code == -getattr(signal, "SIGPROF", 0):
        return {"error": "InternalError: interrupted"}
    try:
        return json.loads(told or b"null")
    except (ValueError, RecursionError):
        return None


def _conversation(process: subprocess.Popen[bytes], request: bytes) -> tuple[int, bytes]:
    """Say ``request`` and listen, not for too long and not to too much; the exit code and what was heard."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    watch = threading.Timer(WALL_SECONDS, end)
    watch.daemon = True
    watch.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with process, process.stdout as heard:
            try:
                process.stdin.write(request)
                process.stdin.close()
            except OSError:  # it has ended early, and tells why
                pass
            written = heard.read(LARGEST_ANSWER + 1)
            if len(written) > LARGEST_ANSWER:
                process.kill()
    finally:
        watch.cancel()
    if late.is_set():
        raise _cannot_run(f"no answer within {WALL_SECONDS:.0f} s")
    if len(written) > LARGEST_ANSWER:
        raise _cannot_run("its process wrote too much")
    return process.returncode, written


def _interpreter_folder() -> str:
    spec = find_spec("quickjs")
    if spec is None or spec.origin is None:
        raise _cannot_run("the package quickjs-ng is not installed")
    return str(Path(spec.origin).parent.parent)


def _cannot_run(why: str) -> SentinelHubError:
    return SentinelHubError(
        "cannot run the evalscript's setup() here",
        why=fit(why, 300),
        next_step="The script is left for the service to check, in its analysis",
    )


def _too_long() -> EvalscriptError:
    return EvalscriptError(
        "its top level or setup() does not come to an end",
        "look for an endless loop; per-pixel work belongs in evaluatePixel()",
    )


def _explained(phase: str, text: str) -> EvalscriptError:
    """Turn an exception of the interpreter into one of ours.

    Args:
        phase: ``load`` (the top level ran), ``setup`` (setup() ran) or ``read`` (its result was read).
        text: message and stack trace.
    """
    message = text.split("\n", 1)[0].strip()
    shown = fit(message, _SHOWN)
    if message == "InternalError: interrupted":
        return _too_long()
    if message in {"null", "InternalError: out of memory"} or message.startswith(_UNTOLD):
        # QuickJS throws null, too, when it has no memory left to say more
        other = "" if message.startswith("Internal") else "throws what says nothing, or "
        return EvalscriptError(
            f"its top level or setup() {other}needs more than {MEMORY_BYTES // 1024**2} MB",
            "look for arrays or texts that grow without end",
        )
    if message.startswith("RangeError: Maximum call stack size exceeded"):
        return EvalscriptError(
            "recursion without end at its top level or in setup()", "end the recursion, or use a loop"
        )
    if phase == "read":
        return EvalscriptError(
            f"what setup() returns cannot be read: {shown}",
            "return a plain object of texts, numbers, lists and objects",
        )
    found = _PLACE.search(text)
    line = int(found.group(1)) if found else None
    place = f" (line {line})" if line else ""
    if message.startswith("SyntaxError"):
        if found and found.group(2):
            place = f" (line {line}, column {found.group(2)})"
        detail = shown.removeprefix("SyntaxError:").strip()
        return EvalscriptError(f"does not parse: {detail}{place}", "correct the JavaScript", line=line)
    where = "setup() throws" if phase == "setup" else "its top level throws"
    fix = (
        "define it, or correct the name"
        if message.startswith("ReferenceError")
        else "the top level and setup() run before there is any data; they only declare"
    )
    return EvalscriptError(f"{where} {shown}{place}", fix, line=line)
