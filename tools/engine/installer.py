"""Pulumi's official installer, where it can be reached."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://get.pulumi.com"
_REACH_SECONDS = 5
_INSTALL_SECONDS = 300


def install(version: str, folder: Path, say: Callable[[str], None], url: str = URL) -> bool:
    """Install the CLI and its helpers into ``folder``, which appears only when complete.

    Returns:
        False where the installer cannot be reached within 5 seconds, or fails.
    """
    script = _download(url)
    if script is None:
        say(f"Pulumi's installer ({url}) cannot be reached.")
        return False
    say("Running Pulumi's installer (about a minute).")
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        root = Path(temporary)
        (root / "install.sh").write_bytes(script)
        command = [
            "sh",
            "install.sh",
            "--version",
            version,
            "--install-root",
            str(root / "root"),
            "--no-edit-path",
        ]
        try:
            done = subprocess.run(
                command, cwd=root, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            say(f"Pulumi's installer did not end well: {error}")
            return False
        if done.returncode or not (root / "root" / "bin" / "pulumi").is_file():
            say(f"Pulumi's installer failed: {(done.stderr or done.stdout).strip()[-500:]}")
            return False
        shutil.rmtree(folder, ignore_errors=True)
        (root / "root" / "bin").rename(folder)
    return True


def _download(url: str) -> bytes | None:
    """The script; in a thread, because a time-out of the connection does not cover looking up the name."""
    answer: list[bytes] = []

    def fetch() -> None:
        try:
            with urllib.request.urlopen(url, timeout=_REACH_SECONDS) as response:  # noqa: S310 - a fixed https address
                answer.append(response.read())
        except (OSError, ValueError):
            pass

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS)
    return answer[0] if answer and answer[0].startswith(b"#!") else None
