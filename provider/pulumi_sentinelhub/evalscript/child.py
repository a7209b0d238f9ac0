"""The process in which a foreign evalscript's ``setup()`` runs: standard library and QuickJS only.

A program of its own: ``child.py <folder of quickjs> <memory, bytes> <stack, bytes> <CPU, seconds>``. It reads
``{"host", "trial", "script"}`` (``marshal``) from stdin, and writes ``{"phase", "error"}`` or ``{"setup",
"kinds"}`` (JSON) to stdout, then, in a line of its own, what a call of evaluatePixel() with made-up samples
has shown: the script's side has written it, and it may be no JSON.

QuickJS has limits of its own, but they do not hold in some native functions (sorting a sparse array of 1e9
elements takes half a minute) nor while an exception is turned into text, which takes memory that it does not
count. So the kernel ends this process after a little more CPU time, gives it little more memory than the
interpreter may have, and lets it write no file; the parent ends it after some seconds in any case.

It imports nothing but what is built in: ``json`` and ``signal``, which need ``re`` and ``enum``, would take
half of its time.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` is made of
import marshal
import sys
from _json import encode_basestring_ascii as quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = dict[str, "str | dict[str, str]"]
    Trial = Callable[[], str]

MARGIN = 0.3
"""CPU seconds between QuickJS's own limit and the end of the process; the start of Python counts as well."""
MEMORY_MARGIN = 32 * 1024 * 1024
"""Bytes of address space beyond the interpreter's own limit: for texts on their way out of it."""
LARGEST_RESULT = 100_000
"""Characters; a real setup() returns some hundred."""
LARGEST_ERROR = 2000
"""Characters of an exception's text and trace."""
OUT_OF_MEMORY = "InternalError: out of memory"
"""QuickJS's own words."""

READER = """
(function (limit) {
  "use strict";
  const stringify = JSON.stringify, finite = Number.isFinite, text = String;
  return function (box) {
    const result = stringify(box[0], (key, value) =>
      (typeof value === "number" && !finite(value)) || typeof value === "bigint" ? text(value)
      : typeof value === "function" || typeof value === "symbol" ? "[" + typeof value + "]"
      : value);
    if (result !== undefined && result.length > limit) throw new RangeError("the result is too large");
    return result === undefined ? "null" : result;
  };
})
"""

TAKER = "(function (make, box, limit) { return make(box[0], box[1], limit); })"

NAMES = ("setup", "evaluatePixel", "updateOutput", "preProcessScenes")


def run(request: dict[str, str], memory: int, stack: int, seconds: float) -> tuple[Answer, Trial | None]:
    """Run the script and its setup().

    Returns:
        ``setup`` (JSON text) and ``kinds`` (the ``typeof`` of each name), or ``phase`` and ``error``; and
        what tries evaluatePixel(), where there is one, and tells it as JSON.
    """
    try:
        import _quickjs as quickjs  # all that counts; the package around it imports threads and more
    except ImportError:
        import quickjs

    context = quickjs.Context()
    context.set_memory_limit(memory)
    context.set_max_stack_size(stack)
    context.set_time_limit(seconds)
    phase = "load"
    try:
        stand_in = context.eval(request["host"])
        limit_resources(memory + MEMORY_MARGIN)
        # Made before the script runs, out of its reach, so that it cannot replace what reads its result.
        read = context.eval(READER)(LARGEST_RESULT)
        tried = context.eval(TAKER)(context.eval(request["trial"]), stand_in, LARGEST_RESULT)
        context.eval(request["script"])
        kinds = {name: str(context.eval(f"typeof {name}")) for name in NAMES}
        if kinds["setup"] != "function":
            return {"setup": "null", "kinds": kinds}, None
        phase = "setup"
        # in a box, as a number of thousands of digits could not become one of Python
        returned = context.eval("[setup()]")
        phase = "read"
        answer: Answer = {"setup": read(returned), "kinds": kinds}
    except (quickjs.JSException, quickjs.StackOverflow) as error:
        return {"phase": phase, "error": str(error)[:LARGEST_ERROR]}, None
    except MemoryError:
        return {"phase": phase, "error": OUT_OF_MEMORY}, None

    def trial() -> str:
        try:
            pixel = context.eval("[evaluatePixel]")
            told = tried(returned, pixel, kinds["updateOutput"] == "function")
            return told if isinstance(told, str) else "null"
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            return written({"error": str(error)[:LARGEST_ERROR]})
        except MemoryError:
            return "null"

    return answer, trial if kinds["evaluatePixel"] == "function" else None


def written(answer: Answer) -> str:
    """As JSON, in ASCII."""
    members = (
        f"{quoted(name)}: {quoted(value) if isinstance(value, str) else written({**value})}"
        for name, value in answer.items()
    )
    return f"{{{', '.join(members)}}}"


def limit_resources(more: int) -> None:
    """Hold this process to ``more`` bytes of address space than it has now, and to no file at all.

    The space can be limited where Linux tells how much there is; elsewhere the interpreter has its own limit.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    try:
        with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123 - see above on imports
            pages = int(told.read().split()[0])
        limits.append((resource.RLIMIT_AS, pages * resource.getpagesize() + more))
    except FileNotFoundError:
        pass
    for kind, most in limits:
        try:  # noqa: SIM105 - see above on imports
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # noqa: PERF203 - there are three
            pass  # whoever started us has set a lower one


def main() -> None:
    """Entry point; see the module's text."""
    folder, memory, stack, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # Ctrl-C is for the parent; this one ends soon anyway
    sys.path.append(folder)
    request = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - our own parent's
    if hasattr(_signal, "setitimer"):  # not on Windows; there the parent's own time limit ends it
        _signal.setitimer(_signal.ITIMER_PROF, seconds + MARGIN)  # SIGPROF's default is to end the process
    answer, trial = run(request, memory, stack, seconds)
    sys.stdout.buffer.write(written(answer).encode() + b"\n")
    sys.stdout.buffer.flush()  # it stands, whatever becomes of the trial
    if trial is not None:
        sys.stdout.buffer.write(trial().encode(errors="replace"))


if __name__ == "__main__":
    main()
