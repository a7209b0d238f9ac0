"""Runs one Pulumi program: reads a RunRequest from a pipe, writes a byte and the RunResponse to another.

What the program itself prints goes where this process's output goes: to the engine, which shows it on the
stack's own row.
"""

from __future__ import annotations

import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lifeline import end_quietly_on_sigint, end_with_pipe

if __name__ == "__main__":
    end_quietly_on_sigint(130)

import grpc
import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2


def main() -> None:
    """Run the program whose request comes in, and say how it ended."""
    requests, answers = (int(argument) for argument in sys.argv[1:3])
    size = int.from_bytes(_read(requests, 8), "big")
    request = language_pb2.RunRequest.FromString(_read(requests, size))
    end_with_pipe(requests)
    os.set_inheritable(answers, False)  # a process that the program starts must not hold the answer back
    os.set_inheritable(requests, False)
    response = _run(request)
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(answers, b"\n" + response.SerializeToString())
    os._exit(0)


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            os._exit(0)  # the host is gone
        data += part
    return data


def _run(request: Any) -> Any:
    reset_options(
        project=request.project,
        stack=request.stack,
        organization=request.organization or "organization",
        monitor_address=request.monitor_address,
        root_directory=request.info.root_directory or None,
        engine_address=request.args[0] if request.args else "",
        parallel=request.parallel,
        preview=request.dryRun,
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    folder = Path(request.info.program_directory or request.pwd).resolve()
    program = folder / (request.info.entry_point or request.program or ".")
    if program.is_dir():
        program /= "__main__.py"
    os.chdir(request.pwd or folder)
    sys.path[0] = str(program.parent)
    sys.argv = [str(program)]

    # abandoned futures are normal when a deployment fails, and asyncio would name each of them
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(request.parallel, 1) * 4))
    try:
        loop.run_until_complete(run_in_stack(lambda: _run_file(program)))
    except pulumi.RunError as error:
        return _already_told(str(error))
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:  # the engine is shutting down and has said why
            return language_pb2.RunResponse(bail=True)
        return _already_told(_traceback_of(error, program))
    except SystemExit as error:
        if error.code in (None, 0):
            return language_pb2.RunResponse()
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {error.code}")
    except Exception as error:  # noqa: BLE001 - whatever a program raises is shown to its author
        return _already_told(_traceback_of(error, program))
    return language_pb2.RunResponse()


def _run_file(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _already_told(message: str) -> Any:
    """The message goes to the stack's row; ``bail`` asks the engine for no second one."""
    pulumi.log.error(message)
    return language_pb2.RunResponse(bail=True)


def _traceback_of(error: BaseException, program: Path) -> str:
    """The traceback from the program's first frame on: what comes before is this host's."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if Path(frame.filename) == program), 0)
    return "".join(
        traceback.format_exception(type(error), error, error.__traceback__, limit=first - len(frames))
    )


if __name__ == "__main__":
    main()
