"""``pulumi-resource-sentinelhub`` (``python -m pulumi_sentinelhub.plugin``): serve, or be installed."""

from __future__ import annotations

import argparse
import os
import signal
import sys


def main() -> int:
    """Serve the engine whose address is given; ``install`` lays the plugin where the CLI looks for it."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["install"]:
        return _install(arguments[1:])
    if arguments[:1] == ["schema"]:
        from .schema import schema_text

        sys.stdout.write(schema_text() + "\n")
        return 0
    # as the server does, before what takes long is imported: Ctrl-C is no traceback
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    from .server import serve

    serve(arguments)
    return 0


def _install(arguments: list[str]) -> int:
    from .install import install

    parser = argparse.ArgumentParser(
        prog="pulumi-resource-sentinelhub install",
        description="Lay the plugin where the Pulumi CLI looks for it; it runs with this very Python.",
    )
    parser.parse_args(arguments)
    sys.stdout.write(f"{install()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
