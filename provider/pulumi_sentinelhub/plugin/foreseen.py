"""What a preview knows of a resource's outputs: all that is declared, and what no update changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.forms import Form
from ..lifecycle.fields import echo
from ..values import UNKNOWN


def foreseen(
    form: Form,
    news: Mapping[str, Any],
    id: str | None = None,
    olds: Mapping[str, Any] | None = None,
    local: bool = False,
) -> dict[str, Any]:
    """The outputs as far as they are known; all others are unknown.

    Args:
        form: the resource's table.
        news: its new inputs.
        id: of the remote object; None for one that is to be made.
        olds: its outputs.
        local: whether the update makes no call, so that the outputs stay as they are.
    """
    if olds is not None and local:
        return form.carried(olds, news)
    outputs: dict[str, Any] = dict.fromkeys(form.reported, UNKNOWN)
    if olds is not None and id is not None:
        outputs |= {name: value for name, value in olds.items() if name in form.reported and value == id}
    filled = {field.name: UNKNOWN for field in form.fields if field.filled}
    declared = {name: value for name, value in echo(form.fields, news).items() if name not in form.reported}
    return {**filled, **declared, **outputs}
