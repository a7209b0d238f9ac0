"""The example that is a Jupyter notebook, run by a real kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.jobs import buckets, keys, remote, starts
from tests.e2e.notebook import only_bucket
from tests.support import vault
from tests.support.cli import MakeStack
from tests.support.sandbox import ROOT, Controls

NOTEBOOK = ROOT / "examples/notebook/corsica.ipynb"
LOOK_OFTEN = '\nstack.set_config("sentinelhub:pollInterval", auto.ConfigValue("0.2"))'
PROGRAM = "program=program)"
#: A key that costs a command nothing to derive.
WITH_A_VAULT = f"{PROGRAM[:-1]}, opts=auto.LocalWorkspaceOptions(secrets_provider={vault.PROVIDER!r}))"
SECONDS = 180  # for one cell
BAR = re.compile(r"PROCESSING:\s+(\d+)%[^/]*?(\d+)/(\d+)")


def cell(source: str) -> Any:
    """A cell of code."""
    from nbformat.v4 import new_code_cell

    return new_code_cell(source)


@contextmanager
def kernel(environ: dict[str, str]) -> Iterator[tuple[Any, Callable[..., None]]]:
    """The notebook's cells of code, with quick looks at its job, and what runs some of them, or others."""
    # slow to import, wherever this file is read
    import nbformat
    from nbclient import NotebookClient

    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (program,) = [cell for cell in notebook.cells if "def program" in cell.source]
    assert PROGRAM in program.source
    program.source = program.source.replace(PROGRAM, WITH_A_VAULT) + LOOK_OFTEN
    client: Any = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3")

    def run(*cells: Any) -> None:
        for number, cell in enumerate(cells):
            client.execute_cell(cell, number)

    with client.setup_kernel(env=environ, cwd=str(NOTEBOOK.parent)):
        yield notebook.cells, run


def output_of(cell: Any) -> str:
    """What a cell has written and returned, as text."""
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in cell.outputs)


def test_the_notebook(make_stack: MakeStack, sandbox: Controls) -> None:
    """Its cells run a job with a bar that moves and show its report; run again they compute nothing."""
    environ = {**make_stack("").environ}
    del environ["PULUMI_STACK"]
    sandbox.control("PUT", "options", {"processing_seconds": 5})
    with kernel(environ) as (cells, run):
        run(*cells)
        *computing, outputs, report = cells
        (request,) = remote(sandbox)
        assert request["status"] == "DONE"
        assert "'status': 'DONE'" in output_of(outputs)
        assert len(keys(sandbox, only_bucket(sandbox), ".tif")) == request["tileCount"]
        seen = {(int(done), int(total)) for _, done, total in BAR.findall(output_of(computing[-1]))}
        assert {total for _, total in seen} == {request["tileCount"]}
        assert any(0 < done < total for done, total in seen)
        (page,) = [one["data"]["text/html"] for one in report.outputs if "data" in one]
        assert page.startswith("<iframe srcdoc=")
        assert request["id"] in page
        assert environ["SH_CLIENT_SECRET"] not in page

        run(*computing, outputs)
        assert "'status': 'DONE'" in output_of(outputs)
        assert len(starts(sandbox)) == 1
        run(cell("stack.destroy()"))
        assert buckets(sandbox) == []
