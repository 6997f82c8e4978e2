"""The reports of a run's hosts in one file on the controller: JSON Lines, written host by host, for the owner alone.

A registered result keeps one wave, on one host; the file keeps all of them, also after the controller was killed. The
last line of a host counts. A line that was not written to its end is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from .._domain.operation import HostError
from .._domain.remediation import rollout
from . import trusted_path

WHAT: Final = "reports of the run"
BEGUN, WAVE = "begun", "wave"
LARGEST: Final = 1024 * 1024 * 1024
"""Bytes of a file: a hundred thousand hosts."""


class RunReports:
    """The file; `path` is absolute."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()
        self._stream: TextIO | None = None

    def append(self, host: str, report: Mapping[str, Any], needs_work: bool = False) -> None:
        """Adds the report of a host; `needs_work`: there is something to do on it. Raises HostError."""
        self._write({"host": host, "report": report, "needs_work": needs_work})

    def stop(self, reason: str) -> None:
        """Notes why no further wave began. Raises HostError."""
        self._write({"stopped": reason})

    def begin(self) -> None:
        """A run begins: what the file has of earlier runs of its name does not count. Raises HostError."""
        self._write({BEGUN: True})

    def is_first_wave(self) -> bool:
        """Whether no wave of this run ended before; notes that one did. Raises HostError."""
        first = not any(WAVE in one for one in self._of_this_run())
        self._write({WAVE: True})
        return first

    def end_wave(self, results: Mapping[str, Mapping[str, Any]], least: rollout.LeastRepaired, check_mode: bool) -> str:
        """Why no further wave may begin after one with these results; empty: it may. Notes both. Raises HostError."""
        reason = rollout.reason_to_stop(results, first=self.is_first_wave(), least=least, check_mode=check_mode)
        if reason:
            self.stop(reason)
        return reason

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            if self._stream is None:
                self._stream = self._opened()
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()
        except OSError as error:
            raise HostError(f"{WHAT}: {self._path} cannot be written: {error.strerror}") from error

    def _opened(self) -> TextIO:
        trusted_path.make_folder(self._path.parent)
        # Container platforms give homes to a group; the file itself is for its owner alone.
        trusted_path.demand_folder(self._path.parent, WHAT, group=True)
        handle = trusted_path.open_file(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, WHAT)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":  # the last writer was killed in its line
            os.write(handle, b"\n")
        return os.fdopen(handle, "a", encoding="ascii")

    def ended(self) -> tuple[dict[str, dict[str, Any]], str]:
        """The reports by host, and why no further wave began; both empty where there is no file. Raises HostError."""
        lines = self._of_this_run()
        reports = {str(one["host"]): dict(one["report"]) for one in lines if "report" in one}
        return reports, next((str(one["stopped"]) for one in lines if one.get("stopped")), "")

    def read(self) -> dict[str, dict[str, Any]]:
        """The reports by host. Raises HostError."""
        return self.ended()[0]

    def stopped(self) -> str:
        """Why no further wave began; empty where all did. Raises HostError."""
        return self.ended()[1]

    def hosts_to_repair(self) -> set[str]:
        """The hosts on which there is something to do."""
        needed = {str(one["host"]): bool(one.get("needs_work")) for one in self._of_this_run() if "host" in one}
        return {name for name, needs in needed.items() if needs}

    def _of_this_run(self) -> list[dict[str, Any]]:
        """The lines since a run of this name last began."""
        found: list[dict[str, Any]] = []
        for one in self._lines():
            if BEGUN in one:
                found.clear()
            else:
                found.append(one)
        return found

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            handle = trusted_path.open_file(self._path, os.O_RDONLY, WHAT)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostError(f"{WHAT}: {self._path} cannot be read: {error.strerror}") from error
        with os.fdopen(handle, encoding="ascii", errors="replace") as stream:
            if os.fstat(handle).st_size > LARGEST:
                raise HostError(f"{WHAT}: {self._path} has more than {LARGEST} bytes; give the next run another file")
            for text in stream:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    yield dict(json.loads(text))
