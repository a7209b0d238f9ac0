"""What an evalscript comes across in scenes: the documented members, and none of the sandbox's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sentinelhub_sandbox.processing import plan_tiles, render_tile

from .requests import script, small

ORBIT = {"dateFrom", "dateTo", "tiles"}
TILE = {"date", "cloudCoverage", "dataPath", "shId"}


def user_data(evalscript: str) -> Any:
    """What a script leaves in `outputMetadata.userData`."""
    request = small(evalscript, responses=["userdata"])
    return json.loads(render_tile(request, "id", plan_tiles(request)[0])[0].body)


@pytest.mark.parametrize(
    ("mosaicking", "key", "given", "seen"),
    [("ORBIT", "orbits", ORBIT - {"tiles"}, ORBIT), ("TILE", "tiles", TILE, TILE)],
)
def test_scenes_have_the_documented_members_alone(
    mosaicking: str, key: str, given: set[str], seen: set[str]
) -> None:
    """In preProcessScenes, updateOutput, evaluatePixel and updateOutputMetadata."""
    extra = (
        "let before, update;"
        "const names = (scene) => { const all = []; for (const name in scene) all.push(name); return all };"
        f"function preProcessScenes(c) {{ before = names(c.scenes.{key}[0]); return c }}"
        "function updateOutput(output, collection) { update = names(collection.scenes[0]) }"
        "function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {"
        f" outputMetadata.userData.after = names(scenes.{key}[0]) }}"
    )
    body = f"outputMetadata.userData = {{before, update, pixel: names(scenes.{key}[0])}}; return [0]"
    data = user_data(script(body, mosaicking=mosaicking, extra=extra))
    found = {name: set(names) for name, names in data.items()}
    assert found == {"before": given, "update": seen | {"date"}, "pixel": seen, "after": seen}


@pytest.mark.parametrize(
    ("mosaicking", "key", "date"), [("ORBIT", "orbits", "dateFrom"), ("TILE", "tiles", "date")]
)
@pytest.mark.parametrize("copy", ["scene", "{...scene}", "Object.assign({}, scene, {mine: 1})"])
def test_copies_of_scenes_are_the_scenes(mosaicking: str, key: str, date: str, copy: str) -> None:
    """Spread and assigned copies, and copies through JSON, stand for the scene that they came from."""
    kept = f"function preProcessScenes(c) {{ c.scenes.{key} = c.scenes.{key}.slice(1, 3)"
    body = f"outputMetadata.userData = scenes.{key}.map(s => s.{date}); return [0]"
    plain = user_data(script(body, mosaicking=mosaicking, extra=kept + "; return c }"))
    copied = f"{kept}.map(scene => ({copy})); return c }}"
    through_json = f"{kept}; c.scenes = JSON.parse(JSON.stringify(c.scenes)); return c }}"
    assert len(plain) == 2
    for extra in (copied, through_json):
        assert user_data(script(body, mosaicking=mosaicking, extra=extra)) == plain
