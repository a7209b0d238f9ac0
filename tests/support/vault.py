"""A vault for the keys of stacks: with a passphrase each command takes a sixth of a second to derive its key.

It stands for HashiCorp's Vault, of which the CLI asks that a stack's key is sealed once, and opened for each
command. What it seals is none of the tests' business.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PROVIDER: Final = "hashivault://tests"
"""What ``pulumi stack init --secrets-provider`` is told."""
ADDRESS: Final = "VAULT_SERVER_URL"
"""The variable that tells commands where the vault is; a stack without it has a passphrase."""
_SEAL = "vault:v1:"


class _Vault(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sealing = "/encrypt/" in self.path
        answer = (
            {"ciphertext": _SEAL + asked["plaintext"]}
            if sealing
            else {"plaintext": asked["ciphertext"].removeprefix(_SEAL)}
        )
        body = json.dumps({"data": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def running_vault() -> Iterator[Mapping[str, str]]:
    """What commands find in their environment while the vault runs, in a thread of this process."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Vault) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield {ADDRESS: f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "tests"}
        finally:
            server.shutdown()
            thread.join()
