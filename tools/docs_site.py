"""The documentation as a site of static pages, in ``site/``; any warning is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build(target: Path = ROOT / "site") -> int:
    """Build it; the exit code of mkdocs."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)]
    # Its theme greets with a notice on the terminal, which is no warning about ours.
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
