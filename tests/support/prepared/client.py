"""Stands where the engine starts Python: has the server fork, passes signals on, ends as the fork ends.

Arguments: the server's socket, then those of ``python``. What is neither a launcher's script nor the plugin
runs in a Python of its own. A command starts four of these: they import nothing but what is built in, which
takes a third of the time.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # what `signal` is made of
import _socket
import marshal
import os
import sys

_PASSED_ON = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_INT = 4
"""Bytes of a C int, on all that the tests run on."""
_PLUGIN = "pulumi_sentinelhub.plugin"
_SCRIPTS = ("language_host.py", "dynamic_provider.py", "run_program.py", "node_host.py")


def main() -> None:
    """Be the process that the engine has started."""
    where, *arguments = sys.argv[1:]
    is_script = arguments[:1] == ["-u"] and os.path.basename(arguments[1]) in _SCRIPTS  # noqa: PTH119 - imports little
    if not is_script and arguments[:2] != ["-m", _PLUGIN]:
        os.execv(sys.executable, [sys.executable, *arguments])
    files = _open_files()
    server = _socket.socket(_socket.AF_UNIX)
    early: list[int] = []
    for number in _PASSED_ON:
        _signal.signal(number, lambda number, _: early.append(number))
    server.connect(where)
    ask(server, arguments[1:], dict(os.environ), os.getcwd(), dict(zip(files, files)))  # noqa: B905, PTH109
    for number in _PASSED_ON:
        _signal.signal(number, lambda number, _: _pass_on(server, number))
    for missed in early:
        _pass_on(server, missed)
    answer = server.recv(8)
    code = int.from_bytes(answer, "big", signed=True) if answer else 1
    if code < 0:
        if -code in _PASSED_ON:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def ask(
    server: _socket.socket, argv: list[str], environ: dict[str, str], folder: str, files: dict[int, int]
) -> None:
    """Have the server fork.

    Args:
        server: a connection to it; a signal's number goes on to the fork, and it ends when this ends.
        argv: the script and its arguments.
        environ: the fork's whole environment.
        folder: its working directory.
        files: descriptors of this process by the numbers that they have there.
    """
    job = {"argv": argv, "environ": environ, "folder": folder, "files": list(files)}
    message = marshal.dumps(job)
    numbers = b"".join(number.to_bytes(_INT, sys.byteorder) for number in files.values())
    rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)
    server.sendmsg([len(message).to_bytes(8, "big")], [rights])
    server.sendall(message)


def _pass_on(server: _socket.socket, number: int) -> None:
    try:  # noqa: SIM105 - imports little
        server.send(bytes([number]))
    except OSError:
        pass  # it has just ended


def _open_files() -> list[int]:
    """Standard input, output and error, and what is to be inherited beside them."""
    return [number for number in map(int, os.listdir("/dev/fd")) if _is_inherited(number)]  # noqa: PTH208


def _is_inherited(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False  # the listing's own
    # an interpreter marks what it opens itself as not inheritable
    return number <= 2 or os.get_inheritable(number)


if __name__ == "__main__":
    main()
