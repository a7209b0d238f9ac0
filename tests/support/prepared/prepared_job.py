"""One start of Python, as it comes over a socket from who asks for it (``client.ask``)."""

from __future__ import annotations

import array
import marshal
import socket
from dataclasses import dataclass

_MOST_FILES = 64


@dataclass(frozen=True)
class Job:
    """One start of Python, or of a command's language host.

    Attributes:
        argv: the script, or the plugin's module, and its arguments.
        environ: the whole environment.
        folder: the working directory.
        files: the numbers that the descriptors have had, in their order.
        descriptors: this process's.
    """

    argv: list[str]
    environ: dict[str, str]
    folder: str
    files: list[int]
    descriptors: list[int]


def read_job(client: socket.socket) -> Job:
    """What somebody asks for who has connected."""
    size = array.array("i").itemsize
    head, rights, _, _ = client.recvmsg(8, socket.CMSG_SPACE(_MOST_FILES * size))
    descriptors = array.array("i")
    for _, _, data in rights:
        descriptors.frombytes(data[: len(data) - len(data) % size])
    message = b""
    while len(message) < int.from_bytes(head, "big"):
        message += client.recv(1 << 20)
    return Job(**marshal.loads(message), descriptors=list(descriptors))
