"""Evalscripts: what their ``setup()`` declares, found by running it under limits."""

from __future__ import annotations

from .runner import run_setup
from .setup import EvalscriptError, InputSpec, OutputSpec, Setup

__all__ = ["EvalscriptError", "InputSpec", "OutputSpec", "Setup", "run_setup"]
