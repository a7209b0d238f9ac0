"""``python -m tools.engine``: prints the folder to put in front of PATH; nothing where PATH has a CLI.

``python -m tools.engine sdk-writer`` builds what writes SDKs from a schema, and prints where it is.
"""

from __future__ import annotations

import os
import sys

from tools.engine.errors import EngineError
from tools.engine.finder import ensure_engine, ensure_sdk_writer


def main() -> int:
    """Messages go to standard error; the answer alone to standard output."""
    try:
        if sys.argv[1:] == ["sdk-writer"]:
            print(ensure_sdk_writer(os.environ, _say))
            return 0
        engine = ensure_engine(os.environ, _say)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if engine.folder is not None:
        print(engine.folder)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
