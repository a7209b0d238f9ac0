"""``python -m tools.engine``: prints the folder to put in front of PATH; nothing where PATH has a CLI."""

from __future__ import annotations

import os
import sys

from tools.engine.errors import EngineError
from tools.engine.finder import ensure_engine


def main() -> int:
    """Messages go to standard error; the answer alone to standard output."""
    try:
        engine = ensure_engine(os.environ, lambda line: print(line, file=sys.stderr, flush=True))
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if engine.folder is not None:
        print(engine.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
