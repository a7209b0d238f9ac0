"""Shared by all tests: none of them may find credentials, settings or a proxy of the person who runs them."""

from __future__ import annotations

import gc
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.support import aws_services, scheduling
from tests.support.source import PROVIDER

_GARBAGE = (10_000, 10, 50)
"""What the collector waits for: by Python's own 700 objects it takes a tenth of the time that tests take."""
_FOREIGN = ("SH_", "AWS_", "PULUMI_", "SENTINELHUB_")
_KEPT = ("AWS_CA_BUNDLE", "PULUMI_SENTINELHUB_CACHE")


@pytest.fixture(autouse=True)
def no_foreign_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes every variable away that Sentinel Hub's, AWS's or Pulumi's clients listen to."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) and name not in _KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture(scope="session", autouse=True)
def one_look_at_awss_services() -> Iterator[None]:
    """What boto3's data files say is read once: each session would take most of a client's making for it."""
    with aws_services.one_look():
        yield


@pytest.fixture(scope="session")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What makes a command cost a third of its time: imports are done, less garbage is collected."""
    from tests.support.prepared import prepared_python

    environ = {**os.environ, "PYTHONPATH": str(PROVIDER), "PYTHONWARNINGS": "ignore"}
    with prepared_python(tmp_path_factory.mktemp("python"), environ) as python:
        yield {"PULUMI_SENTINELHUB_PYTHON": str(python), "GOGC": "400"}


@pytest.fixture(scope="session")
def keys() -> Iterator[Mapping[str, str]]:
    """Where commands get the key for a stack's secrets from: a vault, which costs less than a passphrase."""
    from tests.support.vault import running_vault

    with running_vault() as environ:
        yield environ


def pytest_collectstart() -> None:
    """What collecting makes stays, nearly all of it: the garbage collector would go through it in vain."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first, what waits beside what computes."""
    ranks = scheduling.ranks(item.nodeid for item in items)
    items.sort(key=lambda item: ranks[scheduling.part(item.nodeid)])


def pytest_collection_finish() -> None:
    """What is there by now stays: the garbage collector need not go through it again and again."""
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A process among several tells one thing of a test that passes, not five: that its call has.

    Its beginning, its end, setting up and tearing down are not shown, and cost more than many a test.
    Whoever asks for more is told all, and so is everyone of what does not pass.
    """
    if not hasattr(item.config, "workerinput") or _asked_for_more(item.config):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def _asked_for_more(config: pytest.Config) -> bool:
    return bool(
        config.getoption("verbose") > 0 or config.getoption("durations") or config.getoption("xmlpath", None)
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile`` long files are shared, too."""
    return scheduling.in_parts(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sums up what the tests have tried: every property with a number that they recorded."""
    tried: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        tried.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    cells = [p for r in terminalreporter.getreports("passed") for p in r.user_properties if p[0] == "fault"]
    if cells:
        calls, faults = ({cell[n] for _, cell in cells} for n in (0, 1))
        lost = sum(
            name == "fault" for r in terminalreporter.getreports("failed") for name, _ in r.user_properties
        )
        terminalreporter.write_line(
            f"faults: {len(cells)} pairs of {len(calls)} calls and {len(faults)} faults, {lost} lost"
        )
    if tried:
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(tried.items()))
        terminalreporter.write_line(f"tried, with nothing lost: {told}")


@pytest.fixture
def all_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that any logger says, with every level of every logger set to DEBUG after the import."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict] + [logging.getLogger()]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for logger, level in before:
        logger.setLevel(level)
