"""Peak resident memory of processes below this one."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WORDS: Final = {
    "provider": "dynamic_provider.py",
    "program": "run_program.py",
    "sandbox": "sentinelhub_sandbox",
}
"""What each process is recognised by in its command line."""
_SAMPLE_SECONDS: Final = 0.5


class Memory:
    """Watches the processes below this one whose command lines contain a word.

    Attributes:
        peaks: MB, by the word's name.
    """

    def __init__(self, words: Mapping[str, str] = WORDS) -> None:
        self._words = words
        self.peaks = dict.fromkeys(words, 0.0)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Sample while the block runs, and at its end."""
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_SAMPLE_SECONDS):
            self.sample()
        self.sample()

    def sample(self) -> None:
        """Look once."""
        for pid, resident, command in _descendants(os.getpid()):
            for name, word in self._words.items():
                if word in command:
                    self.peaks[name] = max(self.peaks[name], _peak_kilobytes(pid, resident) / 1024)


def peak_of(pid: int) -> float:
    """MB, of one process below this one; 0 where there is none."""
    resident = next((resident for child, resident, _ in _descendants(os.getpid()) if child == pid), 0)
    return _peak_kilobytes(pid, resident) / 1024


def _descendants(ancestor: int) -> Iterator[tuple[int, int, str]]:
    """Id, resident kilobytes and command line of each process below one."""
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(maxsplit=3) for line in listing.stdout.splitlines()]
    children: dict[int, list[tuple[int, int, str]]] = {}
    for pid, parent, resident, *command in lines:
        children.setdefault(int(parent), []).append((int(pid), int(resident), "".join(command)))
    waiting = [ancestor]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            waiting.append(child[0])
            yield child


def _peak_kilobytes(pid: int, resident: int) -> int:
    """The kernel's own record of the peak, where it keeps one; else what is resident now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return resident
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), resident)
