"""The example that is a Jupyter notebook, run by a real kernel."""

from __future__ import annotations

import re
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.e2e.jobs import buckets, keys, remote, starts
from tests.e2e.notebook import only_bucket
from tests.support.cli import MakeStack
from tests.support.sandbox import ROOT, Controls

NOTEBOOK = ROOT / "examples/notebook/corsica.ipynb"
LOOK_OFTEN = '\nstack.set_config("sentinelhub:pollInterval", auto.ConfigValue("0.2"))'
SECONDS = 180  # for one cell
BAR = re.compile(r"PROCESSING:\s+(\d+)%[^/]*?(\d+)/(\d+)")


def executed(environ: dict[str, str], last: str = "0") -> Any:
    """The notebook with its cells' outputs, with quick looks at its job; `last` is a further cell."""
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    (program,) = [at for at, cell in enumerate(notebook.cells) if "def program" in cell.source]
    notebook.cells[program].source += LOOK_OFTEN
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    client: Any = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3")
    return client.execute(env=environ, cwd=str(NOTEBOOK.parent))


def output_of(cell: Any) -> str:
    """What a cell has written and returned, as text."""
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in cell.outputs)


def test_the_notebook(make_stack: MakeStack, sandbox: Controls) -> None:
    """Its cells run a job with a bar that moves and show its report; run again they compute nothing."""
    environ = {**make_stack("").environ}
    del environ["PULUMI_STACK"]
    sandbox.control("PUT", "options", {"processing_seconds": 5})
    cells = [cell for cell in executed(environ).cells if cell.cell_type == "code"]
    (request,) = remote(sandbox)
    assert request["status"] == "DONE"
    assert "'status': 'DONE'" in output_of(cells[-3])
    assert len(keys(sandbox, only_bucket(sandbox), ".tif")) == request["tileCount"]
    seen = {(int(done), int(total)) for _, done, total in BAR.findall(output_of(cells[-4]))}
    assert {total for _, total in seen} == {request["tileCount"]}
    assert any(0 < done < total for done, total in seen)
    (report,) = [one["data"]["text/html"] for one in cells[-2].outputs if "data" in one]
    assert report.startswith("<iframe srcdoc=")
    assert request["id"] in report
    assert environ["SH_CLIENT_SECRET"] not in report

    executed(environ, "stack.destroy()")
    assert len(starts(sandbox)) == 1
    assert buckets(sandbox) == []
