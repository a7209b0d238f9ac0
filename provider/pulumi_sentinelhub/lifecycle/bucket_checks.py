"""What is found in the inputs of an OutputBucket before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..s3.names import new_bucket_mistake
from ..s3.tags import tag_problems
from ..shown import fit
from .context import Context
from .contract import CheckFailure


def input_failures(ctx: Context, inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """Property path and reason, with what to do, of what the kinds of the table cannot tell."""
    return [CheckFailure(path, reason) for path, reason in _problems(ctx, inputs)]


def _problems(ctx: Context, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = inputs["bucket"]
    if isinstance(name, str) and (problem := _name_problem(name)):
        yield "bucket", problem
    region, needed = inputs["region"], ctx.deployment.bucket_region
    if isinstance(region, str) and region != needed:
        reason = (
            f"results of deployment {ctx.deployment.name} can only be written to buckets in {needed}, not in "
            f"{_shown(region)}; remove `region`, or choose the deployment there with `pulumi config set "
            "sentinelhub:deployment`"
        )
        yield "region", reason
    yield from _tag_problems(inputs.get("tags"))


def _name_problem(name: str) -> str | None:
    way_out = "correct it, or leave `bucket` out to have one made"
    mistake = new_bucket_mistake(name)
    return f"{fit(mistake[0])}; {fit(mistake[1])}; {way_out}" if mistake else None


def _tag_problems(tags: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(tags, Mapping):
        return
    # What is no text, or unknown, is spoken about elsewhere, but counts as a tag.
    known = {
        key: value if isinstance(value, str) else "" for key, value in tags.items() if isinstance(key, str)
    }
    for key, complaint in tag_problems(known):
        yield (f"tags['{fit(key, 60)}']" if key else "tags"), fit(complaint)


def _shown(value: Any) -> str:
    return fit(repr(value), 80)
