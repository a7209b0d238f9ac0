"""Lay a launcher into the CLI's own folder of plugins, where it is found without a warning."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .kinds import PACKAGE
from .version import VERSION

_LAUNCHER: Final = """#!/bin/sh
# made by `python -m pulumi_sentinelhub.plugin install`
PYTHONSAFEPATH=1
export PYTHONSAFEPATH
exec {python} -m pulumi_sentinelhub.plugin "$@"
"""


def install(environ: Mapping[str, str] = os.environ, python: str = sys.executable) -> Path:
    """Install this version for the CLI of the environment; again is fine.

    Args:
        environ: PULUMI_HOME and HOME count.
        python: the interpreter that has the package.

    Returns:
        the launcher.
    """
    home = environ.get("PULUMI_HOME")
    root = Path(home) if home else Path(environ.get("HOME") or Path.home()) / ".pulumi"
    folder = root / "plugins" / f"resource-{PACKAGE}-v{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / f"pulumi-resource-{PACKAGE}"
    making = folder / f"{launcher.name}.{os.getpid()}"
    making.write_text(_LAUNCHER.format(python=shlex.quote(python)), encoding="utf-8")
    making.chmod(0o755)
    making.rename(launcher)
    # what an interrupted installation of the CLI's own leaves would hide it
    folder.with_name(f"{folder.name}.partial").unlink(missing_ok=True)
    return launcher
