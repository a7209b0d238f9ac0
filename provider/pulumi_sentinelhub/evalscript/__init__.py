"""Evalscripts: what their ``setup()`` declares, found by running it under limits."""

from __future__ import annotations

from .runner import LARGEST_SCRIPT, run_setup
from .setup import EvalscriptError, InputSpec, OutputSpec, Setup

__all__ = ["LARGEST_SCRIPT", "EvalscriptError", "InputSpec", "OutputSpec", "Setup", "run_setup"]
