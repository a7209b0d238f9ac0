"""What programs and pull requests bring, each through the real CLI."""

from __future__ import annotations

import json

from tests.e2e.areas import BUCKET
from tests.e2e.foreign import area, clean, program
from tests.e2e.jobs import PARTS, creations, job, stack_of, starts
from tests.support.cli import MakeStack
from tests.support.hostile import CANARY, HOSTILE
from tests.support.sandbox import Controls

#: Limits that are none, as arguments and their names: each of these refuses a run of its own,
WRONG = [('max_cost=float("nan")', "max_cost"), ('restart_partial=float("inf")', "restart_partial")]
#: these are known behind Outputs alone, where one run can have them both,
HIDDEN = 'accept_partial=pulumi.Output.from_input("false"), max_cost=pulumi.Output.from_input("12")'
#: and this one ends the program.
LATE = 'max_cost=pulumi.Output.from_input(None).apply(lambda _: float("nan"))'


def refused(*calls: str) -> str:
    """A program that tells each of its errors, as it would be told if it were the only one."""
    one_by_one = [
        f"try:\n    {call}\nexcept pulumi.RunError as error:\n    pulumi.log.error(str(error))"
        for call in calls
    ]
    return "\n".join(one_by_one)


def test_a_limit_that_is_none(make_stack: MakeStack, sandbox: Controls) -> None:
    """NaN, infinity and texts, also behind Outputs: refused where they are known, and no job is started."""
    sandbox.make_bucket(BUCKET)
    stack = stack_of(make_stack, "")
    run = 'BatchRun("{}", requests=[area], until="finished", {})'
    wrong = refused(*(run.format(name, limit) for limit, name in WRONG))
    hidden = run.format("hidden", HIDDEN)
    told = {
        "hidden": ["accept_partial: must be", "max_cost: must be"],
        "late": ['BatchRun("late").max_cost must be'],
    }
    told["hidden"] += [f'BatchRun("{name}").{name} must be' for _, name in WRONG]
    for name, text in {"hidden": f"{wrong}\n{hidden}", "late": run.format("late", LATE)}.items():
        stack.program(program(f"{area()}\n{text}"))
        for command in (stack.preview, stack.up):
            said = clean(command(expect_failure=True).output)
            assert [words for words in told[name] if words not in said] == [], said
    assert starts(sandbox) == []


def test_scripts_of_a_pull_request_read_nothing(make_stack: MakeStack, sandbox: Controls) -> None:
    """A link to a token, the environment, a device: refused at preview, and nothing of them is printed."""
    stack = stack_of(make_stack, program(area()))
    stack.environ["CI_TOKEN"] = CANARY
    token = stack.home / "token"
    token.write_text(CANARY)
    (stack.folder / "max-ndvi.js").symlink_to(token)
    (stack.folder / "zero.js").symlink_to("/dev/zero")
    (stack.folder / "ours.js").write_text(CANARY)
    read = ("max-ndvi.js", "zero.js", "ours.js")
    parts = PARTS.replace("evalscript=SCRIPT", "evalscript=more.pop('path')")
    calls = [f'request("{path}", "{BUCKET}", path="{path}")' for path in read]
    programs = {
        f"{parts}\n{refused(*calls[:-1])}\n{calls[-1]}": [
            f'BatchRequest("{path}").evalscript' for path in read
        ]
    }
    for path in ("/proc/self/environ", str(token), "../../token"):
        programs[f'{parts}\nrequest("area", "{BUCKET}", path="{path}")'] = ["evalscript"]
    for text, told in programs.items():
        stack.program(text)
        said = clean(stack.preview(expect_failure=True).output)
        assert CANARY not in said, text
        assert [words for words in told if words not in said] == [], said
    assert sandbox.journal() == []


#: What a script does, and what the preview says of it. All others are tried in ``tests/evalscript``.
HOSTILE_SHARE = {
    "400 digits": "",
    "1000 levels": "",
    "1e300": "a whole number from 1 to 65535",
    "escapes": "\\x1b[31m",
    "throws escapes": "\\x1b[31m",
    "8000 bands": "more",
    "texts": "needs more than 64 MB",
    "a loop": "does not come to an end",
}


def test_hostile_setups(make_stack: MakeStack) -> None:
    """In the CI of a pull request, without credentials: findings, no traceback, nothing that a log obeys."""
    stack = make_stack(program(area()).replace("SCRIPT = ", "SCRIPT = open('foreign.txt').read() or "))
    for key in ("SH_CLIENT_ID", "SH_CLIENT_SECRET"):
        stack.environ.pop(key)
    for name, finding in HOSTILE_SHARE.items():
        (stack.folder / "foreign.txt").write_text(HOSTILE[name])
        assert finding in clean(stack.preview(expect_failure=None).output), name


def test_a_preview_without_secrets(make_stack: MakeStack, sandbox: Controls) -> None:
    """Without credentials a new program is checked and priced all the same, and nobody is called."""
    stack = make_stack(job())
    for key in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        stack.environ.pop(key)
    said = clean(stack.preview().output)
    assert "PU" in said
    assert "4 to create" in said
    assert "no Sentinel Hub credentials" in said
    assert sandbox.journal() == []
    stack.config("sentinelhub:skipCredentialsCheck", "true")
    assert "credentials" not in clean(stack.preview().output)


VALUES = """
import datetime, decimal
from enum import Enum

class Kind(Enum):
    L2A = "sentinel-2-l2a"

def timed(request_name, moment, kind=Kind.L2A, resolution=60.0):
    return BatchRequest(
        request_name,
        process_request={
            "input": {
                "bounds": {"bbox": (9.12, 41.36, 9.22, 41.46)},
                "data": [{"type": kind, "dataFilter": {"timeRange": {
                    "from": moment, "to": "2019-04-30T00:00:00Z"}}}],
            },
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
        },
        evalscript=SCRIPT, tiling_grid={"id": 0, "resolution": resolution}, bucket_name="shared-results",
    )
"""

MOMENT = "datetime.datetime(2019, 4, 1, tzinfo=datetime.timezone.utc)"


def test_values_of_python(make_stack: MakeStack, sandbox: Controls) -> None:
    """What has one meaning is taken as it; a set, a duration, half of a pair are refused by their path."""
    sandbox.make_bucket(BUCKET)
    stack = stack_of(make_stack, program(f'timed("a", {MOMENT}, resolution=decimal.Decimal("60"))', VALUES))
    stack.up()
    (made,) = creations(sandbox)
    assert made["body"]["processRequest"]["input"]["data"][0]["type"] == "sentinel-2-l2a"
    assert made["body"]["processRequest"]["input"]["data"][0]["dataFilter"]["timeRange"]["from"] == (
        "2019-04-01T00:00:00Z"
    )
    stack.preview(expect_no_changes=True)
    wrong = {
        "duration": ("datetime.timedelta(days=1)", "dataFilter.timeRange.from"),
        "half": (f'{MOMENT}, kind="\\ud800"', "type"),
        "set": (f"{MOMENT}, kind={{1}}", "type"),
    }
    text = refused(*(f'timed("{name}", {value})' for name, (value, _) in wrong.items()))
    late = 'timed("late", pulumi.Output.from_input("x").apply(lambda _: {1}))'
    stack.program(program(f"{text}\n{late}", VALUES))
    said = clean(stack.preview(expect_failure=True).output)
    for name, path in {
        **{name: path for name, (_, path) in wrong.items()},
        "late": "dataFilter.timeRange.from",
    }.items():
        assert f'BatchRequest("{name}").process_request.input.data[0].{path}' in said


HIDDEN_BUCKET = "hidden-results"
#: Requests whose bucket, path, and path with places for what a file is of are secrets.
SECRETS = f"""
def hidden(name, path):
    return request(name, None, output={{"defaultTilePath": pulumi.Output.secret(path)}})

request("whole", pulumi.Output.secret("{HIDDEN_BUCKET}"))
hidden("nested", "s3://{BUCKET}/nested-{CANARY}")
placed = hidden("placed", "s3://{BUCKET}/placed-{CANARY}/<requestId>/<tileName>/<outputId>.tif")
pulumi.export("path", placed.result_path)
"""


def test_a_secret_path_stays_one(make_stack: MakeStack, sandbox: Controls) -> None:
    """Where the results are is as secret as the bucket's name, or as a path, in state and outputs."""
    for bucket in (BUCKET, HIDDEN_BUCKET):
        sandbox.make_bucket(bucket)
    stack = stack_of(make_stack, program(SECRETS))
    said, kept = clean(stack.up().output), json.dumps(stack.export(show_secrets=False))
    assert [name for name in ("whole", "nested", "placed") if f"::{name}" not in kept] == []
    for secret in (CANARY, HIDDEN_BUCKET):
        assert secret not in said
        assert secret not in kept
    shown = json.dumps(stack.export())
    kept_values = [state[part] for state in stack.resources().values() for part in ("inputs", "outputs")]
    assert "secret_paths" not in json.dumps(kept_values), "the engine keeps that it has no dependencies"
    for secret in (f"s3://{HIDDEN_BUCKET}", f"/nested-{CANARY}", f"/placed-{CANARY}"):
        assert secret in shown
    assert f"/placed-{CANARY}" in stack.outputs()["path"]


def test_a_large_outline(make_stack: MakeStack) -> None:
    """100,000 vertices are previewed, priced, and no deadline of a test is met."""
    ring = "ring = [[9 + math.cos(i / 15915.5) * .2, 42 + math.sin(i / 15915.5) * .2] for i in range(100000)]"
    geometry = '"geometry": {"type": "Polygon", "coordinates": [ring + ring[:1]]}'
    text = PARTS.replace('"bbox": list(bbox)', geometry)
    stack = make_stack(f"import math\n{ring}\n{text}\n{area()}\n")
    # without --diff, which has the CLI print each vertex
    assert "PU" in clean(stack.run("preview").output)


def test_a_foreign_statement_stays(make_stack: MakeStack, sandbox: Controls) -> None:
    """A statement that bears our Sid for somebody else's principal is kept, by refresh, up and destroy."""
    bucket = "shared-by-two"
    stack = stack_of(make_stack, f'{PARTS}\nOutputBucket("results", bucket="{bucket}", force_destroy=True)\n')
    stack.up()
    s3 = sandbox.s3()
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    theirs = {**policy["Statement"][0], "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": [theirs]}))
    stack.up("--refresh")
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert theirs in statements
    assert policy["Statement"][0]["Principal"] in [one["Principal"] for one in statements]
    stack.preview(expect_no_changes=True)


def test_a_wait_without_end(make_stack: MakeStack, sandbox: Controls) -> None:
    """A look-up has no deadline of its own: a Retry-After of eleven days is an error, not a wait."""
    limited = {"status": 429, "headers": {"Retry-After": "1000000000"}}
    sandbox.fault("GET", "/process", limited, times=50)
    stack = stack_of(
        make_stack, "from pulumi_sentinelhub import list_batch_requests\nlist_batch_requests()\n"
    )
    assert "beyond the 900 s" in clean(stack.up(expect_failure=True).output)
