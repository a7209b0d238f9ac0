"""What is found in the inputs of an OutputBucket before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..s3.names import new_bucket_mistake
from ..s3.policy import BROAD, KINDS, NARROW
from ..s3.tags import tag_problems
from ..shown import fit
from ..values import is_unknown
from .context import Context
from .contract import CheckFailure


def input_failures(ctx: Context, inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """Property path and reason, with what to do, of everything that is wrong; what is unknown is skipped."""
    return [CheckFailure(path, reason) for path, reason in _problems(ctx, inputs)]


def _problems(ctx: Context, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = inputs["bucket"]
    if not is_unknown(name) and (problem := _name_problem(name)):
        yield "bucket", problem
    region, needed = inputs["region"], ctx.deployment.bucket_region
    if not is_unknown(region) and region != needed:
        reason = (
            f"results of deployment {ctx.deployment.name} can only be written to buckets in {needed}, not in "
            f"{_shown(region)}; remove `region`, or choose the deployment there with `pulumi config set "
            "sentinelhub:deployment`"
        )
        yield "region", reason
    days: Any = inputs.get("expire_days")
    if (
        days is not None and not is_unknown(days) and (type(days) is not int or days < 1)
    ):  # True is an int, too
        yield (
            "expire_days",
            f"must be a whole number of days from 1 on, not {_shown(days)}; correct or remove it",
        )
    force = inputs["force_destroy"]
    if not is_unknown(force) and not isinstance(force, bool):
        yield "force_destroy", f"must be True or False, not {_shown(force)}; correct or remove it"
    policy = inputs["policy"]
    if not is_unknown(policy) and policy not in KINDS:
        allowed = f'"{NARROW}" (what the service needs) or "{BROAD}" (s3:*)'
        yield "policy", f"must be {allowed}, not {_shown(policy)}; correct it"
    yield from _tag_problems(inputs.get("tags"))


def _name_problem(name: Any) -> str | None:
    way_out = "correct it, or leave `bucket` out to have one made"
    if not isinstance(name, str):
        return f"must be a string, not {_shown(name)}; {way_out}"
    mistake = new_bucket_mistake(name)
    return f"{fit(mistake[0])}; {fit(mistake[1])}; {way_out}" if mistake else None


def _tag_problems(tags: Any) -> Iterator[tuple[str, str]]:
    if tags is None or is_unknown(tags):
        return
    if not isinstance(tags, Mapping):
        yield "tags", f"must be a mapping of strings to strings, not {_shown(tags)}"
        return
    known = {key: value if not is_unknown(value) else "" for key, value in tags.items()}
    for key, complaint in tag_problems(known):
        yield (f"tags[{_shown(key)}]" if key else "tags"), fit(complaint)


def _shown(value: Any) -> str:
    return fit(repr(value), 80)
