"""A bucket that is to go while it holds something: found at preview, refused when it is deleted.

The ways out were tried with Pulumi 3.259. What counts at a deletion is ``force_destroy`` and
``retain_on_delete`` as the old state has them, so they have to be set by an update of their own. A deletion
that is pending after a replacement can be changed by no update. Of two resources with one urn, `pulumi state
delete` lets one choose, in a terminal only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BucketError
from ..finding import Finding
from ..s3.buckets import BucketClient
from ..s3.contents import Contents
from ..values import is_unknown


def replaced_by(olds: Mapping[str, Any], inputs: Mapping[str, Any], replaces: tuple[str, ...]) -> str | None:
    """The field that replaces a bucket which is only deleted when it is empty; None where there is none.

    Args:
        olds: what the state holds; a bucket that it says to empty, or to keep, may hold anything.
        inputs: the new ones; a value that is not known yet replaces nothing.
        replaces: names of the fields that replace the bucket.
    """
    if olds.get("force_destroy") is True or olds.get("retained") is True or not olds.get("bucket"):
        return None
    return next((name for name in replaces if name in olds and not is_unknown(inputs.get(name))), None)


def replaced_while_full(buckets: BucketClient, name: str, field: str) -> list[Finding]:
    """A failure when the bucket that ``field`` replaces holds something.

    Raises:
        SentinelHubError: it cannot be seen.
    """
    held = buckets.contents(name)
    if held is None or held.empty:
        return []
    reason = (
        f"this change replaces bucket {name}, which still holds {held}: it can only be deleted when it is "
        "empty, and the update would stop halfway"
    )
    fix = (
        f"move or delete the objects by hand first; or take {field} back, set force_destroy=True (they are "
        "deleted with the bucket) or retain_on_delete=True in this resource's own options (the bucket stays, "
        f"and the stack forgets it), run `pulumi up`, and change {field} after that"
    )
    return [Finding(field, reason, fix)]


def still_full(name: str, urn: str, held: Contents) -> BucketError:
    """The refusal to delete a bucket that holds something."""
    urn = urn or "<its urn>"
    steps = (
        "Move or delete the objects by hand (older versions and unfinished uploads, too), and run the "
        "command again. To have them deleted with it, set force_destroy=True and run "
        f"`pulumi up --target '{urn}'` before; for a bucket that another one has replaced already, this is "
        f"too late. To keep the bucket and have the stack forget it, run `pulumi state delete '{urn}'` in a "
        "terminal; of two, choose the one that is pending deletion"
    )
    return BucketError(
        "cannot delete bucket",
        subject=name,
        why=f"it still holds {held}",
        next_step=steps,
        code="BucketNotEmpty",
    )
