"""What tests of version 2 of the batch API look at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.support.cli import Stack
from tests.support.sandbox import Controls

PROCESS_V2: Final = "/api/v2/batch/process"
TOKEN: Final = re.compile(r"eyJ[\w-]{20,}|Bearer \S")


def canaries(sandbox: Controls, text: str) -> list[str]:
    """Which credentials are in ``text``."""
    names = ("client_secret", "aws_access_key_id", "aws_secret_access_key")
    return [name for name in names if sandbox.endpoints[name] in text] + TOKEN.findall(text)


def files_of(stack: Stack) -> list[str]:
    """The texts of the project and of the backend: checkpoints, history and backups."""
    found = [file for folder in (stack.folder, Path(stack.home) / "state") for file in folder.rglob("*")]
    return [file.read_text(errors="replace") for file in found if file.is_file()]
