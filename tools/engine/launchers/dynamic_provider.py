"""The host of Python's dynamic providers: the SDK's own module, which ends when the engine is gone."""

from __future__ import annotations

import runpy
import sys

from lifeline import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    # as with `python -m`; this folder's own modules are none of a provider's business
    sys.path[0] = ""
    try:
        runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:  # the engine ended it before the SDK was ready to be ended
        sys.exit(0)
