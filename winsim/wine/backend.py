"""The wire's host, shell and command, answered by Wine."""

from __future__ import annotations

import contextlib
import datetime as dt
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..wire.backend import Credential, Domain, Limits, Output, ShellOptions
from .chains import without_or
from .prefix import Prefix, windows_path

OEM_CODE_PAGE = 437
"""The code page of a shell that asks for none, on an English Windows."""
TERMINATED = 0xC000013A
"""STATUS_CONTROL_C_EXIT."""
LONGEST_LINE = 8191
"""Characters that cmd.exe takes in one line (Microsoft KB 830473; sure)."""
_CHUNK = 32 * 1024


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process was started without pipes")
    return stream


class WineCommand:
    """A command line that runs in Wine."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        result: Path,
        output: Output,
        done: Callable[[int], None],
    ) -> None:
        self._process = process
        self._result = result
        self._output = output
        self._done = done
        self._terminated = False
        self._stdin = _pipe(process.stdin)
        self._readers = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("stdout", _pipe(process.stdout)), ("stderr", _pipe(process.stderr)))
        ]
        for reader in self._readers:
            reader.start()
        threading.Thread(target=self._wait, daemon=True).start()

    def send(self, data: bytes, end: bool) -> None:
        """See RunningCommand. What a program does not read any more is lost, as in a pipe of Windows."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._stdin.write(data)
            self._stdin.flush()
        if end:
            self._close_input()

    def terminate(self) -> None:
        """See RunningCommand. The job object of run_line takes everything with it that the line started."""
        if self._process.poll() is None:
            self._terminated = True
            self._process.kill()

    def wait(self) -> None:
        """Waits for the end of the process."""
        self._process.wait()

    def _close_input(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            while data := stream.read1(_CHUNK):  # type: ignore[attr-defined]  # BufferedReader
                self._output(name, data)

    def _wait(self) -> None:
        status = self._process.wait()
        for reader in self._readers:
            reader.join()
        self._close_input()
        self._done(TERMINATED if self._terminated else self._exit_code(status))

    def _exit_code(self, status: int) -> int:
        try:
            return int(self._result.read_text())
        except (OSError, ValueError):
            self._output("stderr", f"winsim: the line could not be run in Wine ({status})\r\n".encode())
            return 1
        finally:
            self._result.unlink(missing_ok=True)


class WineShell:
    """A shell: a code page, a directory, and the commands in it."""

    def __init__(self, prefix: Prefix, options: ShellOptions) -> None:
        self._prefix = prefix
        self._options = options
        self._commands: list[WineCommand] = []
        self._results = tempfile.TemporaryDirectory(prefix="run-", dir=prefix.folder)
        self._number = 0

    def start(self, line: str, skip_cmd: bool, output: Output, done: Callable[[int], None]) -> WineCommand:
        """See Shell."""
        if skip_cmd and not self._names_a_file(line):
            raise FileNotFoundError(line)
        self._number += 1
        result = Path(self._results.name) / f"{self._number}"
        if not skip_cmd:
            line = without_or(line)
        if len(line) > LONGEST_LINE:
            line = "echo The command line is too long.>&2& exit 1"
        process = self._prefix.start(
            [
                str(self._prefix.run_line),
                "direct" if skip_cmd else "cmd",
                str(self._options.code_page or OEM_CODE_PAGE),
                windows_path(result),
                line.encode("utf-8", "surrogatepass").hex(),
            ],
            self._directory(),
            self._options.environment,
        )
        command = WineCommand(process, result, output, done)
        self._commands.append(command)
        return command

    def close(self) -> None:
        """See Shell."""
        for command in self._commands:
            command.terminate()
        for command in self._commands:
            command.wait()
        self._results.cleanup()

    def _directory(self) -> Path | None:
        asked = self._options.working_directory
        return self._on_disk(asked) if asked else None

    def _names_a_file(self, line: str) -> bool:
        program = line[1:].partition('"')[0] if line.startswith('"') else line.partition(" ")[0]
        path = self._on_disk(program)
        return path is not None and path.is_file()

    def _on_disk(self, path: str) -> Path | None:
        """The file or folder that a full path on drive C names, in whatever case."""
        if path[:3].lower() != "c:\\":
            return None
        found = self._prefix.drive
        for part in path[3:].rstrip("\\").split("\\"):
            if not found.is_dir():
                return None
            inside = next((entry for entry in found.iterdir() if entry.name.lower() == part.lower()), None)
            if inside is None:
                return None
            found = inside
        return found


@dataclass
class WineHost:
    """One endpoint with Wine behind it. `prefix` must be open."""

    prefix: Prefix
    users: Sequence[Credential]
    allowed: Limits = field(default_factory=Limits)
    name: str = "WINE"
    version: str = "10.0.18362"

    def domain(self) -> Domain:
        """See Host."""
        return Domain()

    def limits(self) -> Limits:
        """See Host."""
        return self.allowed

    def credentials(self) -> Sequence[Credential]:
        """See Host."""
        return self.users

    def password_rejected(self, user: str) -> None:
        """See Host."""

    def password_accepted(self, user: str) -> None:
        """See Host."""

    def mapped_account(self, principal: str) -> None:
        """See Host."""

    def now(self) -> dt.datetime:
        """See Host."""
        return dt.datetime.now(dt.UTC)

    def open_shell(self, user: str, options: ShellOptions) -> WineShell:
        """See Host."""
        return WineShell(self.prefix, options)

    def reset(self) -> None:
        """Gives the registry its first state back."""
        self.prefix.reset()
