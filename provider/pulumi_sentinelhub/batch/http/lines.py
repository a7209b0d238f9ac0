"""Connections that can be hung up by another thread, and that never send what nobody waits for any more.

urllib3 gives no hold of a connection before its answer begins: while a name is looked up, a proxy or a TLS
handshake dawdles, or the head of an answer drips in. So these connections report to the ``Line`` of the call
that they work for, whose other end is held by the thread that waits. They go back to their pool as any others
do.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_here = threading.local()
_switchboard = threading.Lock()  # who holds which connection; nothing that blocks is done under it


class HungUp(Exception):
    """Nobody waits for this call any more."""


class Line:
    """One call on the wire, as seen from the thread that carries it and from the one that waits for it.

    Attributes:
        sent: whether something of the call may have been sent; on connections of another kind, which do not
            report (a SOCKS proxy's, a test's), always.
    """

    def __init__(self) -> None:
        self.sent = True
        self._hung_up = False
        self._connection: _Reporting | None = None

    @contextlib.contextmanager
    def carried_here(self) -> Iterator[None]:
        """This thread carries the call."""
        _here.line = self
        try:
            yield
        finally:
            _here.line = None

    def connects(self) -> None:
        """A connection is about to be made for the call: nothing of it has been sent."""
        self.sent = False

    def takes(self, connection: _Reporting, *, sends: bool) -> None:
        """The call is on this connection, and ``sends`` something of its own next. Raises HungUp."""
        with _switchboard:
            if self._hung_up:
                raise HungUp
            connection.line, self._connection = self, connection
            self.sent = self.sent or sends

    def hang_up(self) -> None:
        """Let the carrying thread end, whatever it waits for; nothing is sent from now on."""
        with _switchboard:
            self._hung_up = True
            # One that went back to its pool may work for another call by now.
            if self._connection is not None and self._connection.line is self:
                _shut(self._connection.sock_in_use)


class _Reporting(HTTPConnection):
    """A connection that reports to the line of the call it works for."""

    line: Line | None = None
    sock_in_use: Any = None
    _connecting = False

    def connect(self) -> None:
        if line := _line_here():
            line.connects()
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # http.client lets go of the socket as soon as an answer that ends with the connection begins.
        self.sock_in_use = self.sock
        if line := _line_here():
            line.takes(self, sends=not self._connecting)  # while connecting it talks to a proxy only
        super().send(data)

    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except urllib3.exceptions.HTTPError:
            # http.client has given the socket to an answer that urllib3 finds unsound, and nobody can close.
            _drop(self.sock_in_use)
            raise


class _ReportingTls(_Reporting, HTTPSConnection):
    """The same with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Reporting


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _ReportingTls


_POOLS = {"http": _Pool, "https": _TlsPool}


class LineAdapter(HTTPAdapter):
    """Carries calls on connections that report."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the manager of the pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The manager of the pools behind a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def __reduce__(self) -> NoReturn:
        raise TypeError("connections are never pickled")


def _line_here() -> Line | None:
    """The line of the call that this thread carries."""
    line: Line | None = getattr(_here, "line", None)
    return line


def _shut(sock: Any) -> None:
    """Wake up whoever is blocked on a socket. Closing it would not."""
    if (plain := _plain(sock)) is not None:
        with contextlib.suppress(OSError):
            # Not SSLSocket's own method: it takes the TLS state away from under the thread that reads.
            socket.socket.shutdown(plain, socket.SHUT_RDWR)


def _drop(sock: Any) -> None:
    """Close a socket for good, even if a file that was made of it is still open."""
    if (plain := _plain(sock)) is not None and (number := plain.detach()) >= 0:
        os.close(number)


def _plain(sock: Any) -> socket.socket | None:
    plain = getattr(sock, "socket", sock)  # TLS through a TLS proxy wraps the socket in an object of its own
    return plain if isinstance(plain, socket.socket) else None


class _NothingOfAnswers(logging.Filter):
    """urllib3 warns of heads that it cannot parse, with a traceback that quotes them."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is None or _line_here() is None


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_NothingOfAnswers())
