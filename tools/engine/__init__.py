"""Finds the Pulumi CLI, or gets it: on PATH, from Pulumi's installer, or built from its Go module."""

from tools.engine.errors import EngineError
from tools.engine.finder import Engine, ensure_engine, ensure_sdk_writer, ensure_yaml

__all__ = ["Engine", "EngineError", "ensure_engine", "ensure_sdk_writer", "ensure_yaml"]
