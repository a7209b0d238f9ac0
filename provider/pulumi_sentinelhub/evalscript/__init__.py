"""Evalscripts: what their ``setup()`` declares, found by running it under limits."""

from __future__ import annotations

from pulumi_sentinelhub.evalscript.runner import run_setup
from pulumi_sentinelhub.evalscript.setup import EvalscriptError, InputSpec, OutputSpec, Setup

__all__ = ["EvalscriptError", "InputSpec", "OutputSpec", "Setup", "run_setup"]
