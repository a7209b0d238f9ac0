"""``sentinelhub-report``: a page, or a picture, of what a stack's jobs have computed or would compute."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import Any, Final

from ..errors import InputError, Interrupted, SentinelHubError
from ..lifecycle.session import Operation, Session
from ..waiting.clock import SystemClock
from ..waiting.patience import Patience
from .model import Report
from .pulumi_cli import PulumiProject
from .state import planned_of, state_of

#: Modules that are needed, by the package that brings them.
_EXTRA: Final = {
    "jinja2": "jinja2",
    "numcodecs": "numcodecs",
    "numpy": "numpy",
    "Pillow": "PIL",
    "rasterio": "rasterio",
}
#: Bytes of a state, preview or payload: one of 100,000 positions has a few MB.
_MOST_BYTES: Final = 512 * 2**20
_STDIN: Final = "-"


@dataclass(frozen=True)
class _Call:
    """The one operation of this command."""

    cancel: threading.Event
    seconds: float
    urn: str = ""
    foretells: bool = False

    def timeout(self, operation: Operation) -> float | None:  # noqa: ARG002 - the protocol's
        """Seconds that all of it may take."""
        return self.seconds

    def hush(self, text: str) -> str:
        """A stack's state says what is secret in it; see ``state``."""
        return text


class _Quiet:
    """What is found out is told in the report itself."""

    def progress(self, urn: str, text: str) -> None:
        """Not shown."""

    def info(self, urn: str, text: str) -> None:
        """Not shown."""

    def warning(self, urn: str, text: str) -> None:
        """Not shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 1 for an error, 130 after Ctrl-C."""
    options = parser_of_command().parse_args(arguments)
    cancel = threading.Event()

    def interrupt(_: int, __: FrameType | None) -> None:
        cancel.set()

    before = None
    with suppress(ValueError):  # not the main thread
        before = signal.signal(signal.SIGINT, interrupt)
    try:
        print("\n".join(run(options, cancel)), flush=True)  # noqa: T201 - a command
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SentinelHubError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 130 if isinstance(error, Interrupted) else 1
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
    return 0


def run(options: argparse.Namespace, cancel: threading.Event) -> list[str]:
    """Make what is asked for; the text, or the files that were written. Raises SentinelHubError."""
    if options.text:
        from .listing import listing

        return [listing(_report(options, cancel, drawn=False))]
    _require_extra()
    from .drawing import png
    from .page import page

    report = _report(options, cancel, drawn=True)
    written = []
    if options.png is None or options.out is not None:
        written.append(_write(Path(options.out or "report.html"), page(report).encode()))
    if options.png is not None:
        written.append(_write(Path(options.png), png(report)))
    return list(map(str, written))


def _report(options: argparse.Namespace, cancel: threading.Event, *, drawn: bool) -> Report:
    from .collect import Pictures, collect, collect_planned

    made = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    patience = Patience.lasting(SystemClock(), options.timeout, cancel)
    project = PulumiProject(options.stack, patience)
    if options.preview:
        document = _read(options.file) if options.file else project.preview()
        return collect_planned(planned_of(document, Path(options.file or "preview").name), made)
    state = state_of(_read(options.file) if options.file else project.state())
    config = state.config if options.file else {**state.config, **project.config()}
    session = Session(config.get, os.environ, _Quiet())
    ctx = session.context(_Call(cancel, patience.left), "read")
    pictures = None
    if options.pictures and drawn:
        from ..s3.reading import ObjectReader

        pictures = Pictures(ObjectReader(session.settings.deployment, ctx.patience), options.pictures)
    return collect(state, ctx, pictures, made, drawn=drawn)


def parser_of_command() -> argparse.ArgumentParser:
    """What the command line may say."""
    parser = argparse.ArgumentParser(
        prog="sentinelhub-report",
        description="A report of a stack's Sentinel Hub batch jobs: map, quicklook, status, cost, failed "
        "tiles. Reads only. Credentials are found as the provider finds them.",
    )
    parser.add_argument(
        "file",
        nargs="?",
        help="what `pulumi stack export` prints (with --preview: what `pulumi preview --json` prints, or a "
        "payload), - for standard input; without it, the Pulumi project of this folder is asked",
    )
    parser.add_argument("--stack", help="the stack to ask for; default: the selected one")
    parser.add_argument(
        "--preview",
        action="store_true",
        help="show the tiles that would be computed, with the estimated price",
    )
    parser.add_argument(
        "--text",
        action="store_true",
        help="print results, prices and failed tiles in place of a page; needs no extra packages",
    )
    parser.add_argument("--out", help="the page; default: report.html, or none with --png")
    parser.add_argument("--png", help="also draw a picture, as for a pull request's comment")
    parser.add_argument(
        "--pictures",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long results may be read for quicklooks, all together; 0: none are made; default: 60",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long all may take; default: 600",
    )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise ValueError(text)
    return value


def _read(file: str) -> Any:
    try:
        if file == _STDIN:
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError("cannot read", subject=file, why=error.strerror or "it cannot be opened") from None
    if len(content) > _MOST_BYTES:
        raise InputError("cannot read", subject=file, why=f"it has more than {_MOST_BYTES // 2**20} MiB")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InputError("cannot read", subject=file, why="it is no JSON") from None


def _write(path: Path, content: bytes) -> Path:
    try:
        path.write_bytes(content)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise InputError("cannot write", subject=str(path), why=why) from None
    return path


def _require_extra() -> None:
    from importlib.util import find_spec

    missing = [package for package, module in _EXTRA.items() if find_spec(module) is None]
    if missing:
        raise SentinelHubError(
            "cannot draw a report",
            why=f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            next_step="Run: pip install 'pulumi-sentinelhub[report]'",
        )


if __name__ == "__main__":
    sys.exit(main())
