"""How the service gets at the bucket on version 2 of the batch API, where no keys are configured."""

from __future__ import annotations

from tests.e2e.jobs import PARTS, keys, remote, stack_of
from tests.support.cli import MakeStack
from tests.support.sandbox import Controls

PROGRAM = f"""{PARTS}
bucket = OutputBucket("results", force_destroy=True, delivery_role=True)
area = request("area", bucket.bucket, role_arn=bucket.role_arn)
run = BatchRun("run", requests=area, until="finished")
pulumi.export("bucket", bucket.bucket)
pulumi.export("status", run.status)
pulumi.export("role", bucket.role_arn)
"""


def test_a_role_that_the_bucket_makes(make_stack: MakeStack, sandbox: Controls) -> None:
    """The service writes by a role that is made for it, and which goes with all else."""
    stack = stack_of(make_stack, PROGRAM, api="v2")
    for variable in ("SH_DELIVERY_ACCESS_KEY_ID", "SH_DELIVERY_SECRET_ACCESS_KEY"):
        stack.environ.pop(variable)
    refused = stack.preview(expect_failure=True).output
    assert "sentinelhub:deliveryPrincipal" in refused
    stack.config("sentinelhub:deliveryPrincipal", sandbox.endpoints["assume_principal"])
    stack.config("sentinelhub:deliveryExternalId", sandbox.endpoints["external_id"], secret=True)
    stack.up()
    outputs = stack.outputs()
    assert outputs["status"] == "DONE"
    assert keys(sandbox, outputs["bucket"], ".tif")
    [task] = remote(sandbox)
    assert task["status"] == "DONE"
    stack.refresh("--expect-no-changes")
    stack.preview(expect_no_changes=True)
    stack.destroy()
    assert sandbox.iam().list_roles()["Roles"] == []
