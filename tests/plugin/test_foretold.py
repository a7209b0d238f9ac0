"""What a check has found worth a word is told by a preview alone, which the calls after the check tell."""

from __future__ import annotations

from tests.plugin.harness import running_plugin


def test_an_update_repeats_no_note_of_its_preview() -> None:
    """A preview tells it of a new resource and of a changed one, an update of neither; warnings stand."""
    with running_plugin() as updating:
        updating.check({"grid": 9})
        updating.create({"grid": 9})
        updating.check({"grid": 9}, olds={"size": 1})
        updating.update({"size": 1}, {"grid": 9})
        assert [line.message for line in updating.engine.lines] == ["grid 9 is new to us"]
    for olds in ({}, {"size": 1}):
        with running_plugin() as previewing:
            previewing.check({"grid": 9}, olds=olds)
            if olds:
                previewing.update(olds, {"grid": 9}, preview=True)
            else:
                previewing.create({"grid": 9}, preview=True)
            assert previewing.engine.wait_for("12 tiles")
