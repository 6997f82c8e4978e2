"""A host whose OpenSSH server runs command lines, whatever its default shell is.

A text that cmd reads as a command PowerShell may not, and the other way round, so nothing is said to the default shell
but `cmd /d /q`, which both start alike. That cmd gets the line on its standard input, as ASCII: which code page it
would read it in is not known. The line ends with `exit 0`: ssh has eight bits for an exit code, and 255 is its own.
"""

from __future__ import annotations

import contextlib
import contextvars
import re
import subprocess
import threading
import uuid
from collections.abc import Iterator
from typing import Any, Protocol

from .faults import SHOWN
from .host import CommandTimedOut, Completed, LineBroken, RemoteError, Traffic, Unreachable
from .ssh_hints import ssh_hint
from .time_limit import CLEANING, TimeLimit

SHELL = "cmd /d /q"
LONGEST = 8191
"""Characters that cmd takes in one line (Microsoft KB 830473)."""
MOST_ERRORS = 1 << 20
"""Bytes of standard error; the messages of the ssh client come there too."""
GRACE = 15.0
"""Seconds beyond ConnectTimeout in which a logon is over, or has hung."""
NOT_STARTED = (126, 127)
"""What a POSIX shell ends with where it cannot start a program (POSIX, Shell Command Language: sure). The ssh client
ends with 255 where it failed itself, sshpass with 1 to 7."""
LAST_MOMENT = 1.0
"""Seconds for a client whose end Ansible met before it saw why."""
MOST_OF_INPUT = 7800
"""Characters of an input that are written at once."""
MOST_LINES = 100
"""Lines of it: how many commands cmd takes in one line is not known, only how many characters."""

_THERE = 'cd /d "%TEMP%"& '
_SPECIAL = re.compile(r'[\^&|<>()"]')
_LATE, _TOO_MUCH, _STOPPED = "late", "too much", "stopped"
_watch: contextvars.ContextVar[Watch | None] = contextvars.ContextVar("watch", default=None)


class NotCarried(RemoteError):
    """A line or an input that cannot go to cmd's standard input unchanged; nothing was sent."""


class SshLink(Protocol):
    """Ansible's connection to a host over ssh."""

    def get_option(self, name: str) -> Any:
        """One of `remote_addr`, `port`, `remote_user`, `remote_password` and `timeout`."""

    def run(self, command: str, data: bytes) -> int:
        """Runs a remote command with this standard input, once, and returns its exit code. What it prints is kept by
        the Watch of this thread."""


class Watch:
    """One ssh process: how long it may run and how much it may print. As a context it makes an end of it."""

    def __init__(self, seconds: float, most: int) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self.most = most
        self.ended = ""
        """Why it was ended from here."""
        self._process: Any = None
        self._timer = threading.Timer(seconds, self.end, (_LATE,))
        self._timer.daemon = True

    def __enter__(self) -> Watch:
        self._token = _watch.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        _watch.reset(self._token)
        self._timer.cancel()
        self._kill()

    def started(self, process: Any) -> None:
        """The process was started: its output is counted from here on."""
        process.stdout = _Kept(process.stdout, self, self.stdout, self.most)
        process.stderr = _Kept(process.stderr, self, self.stderr, MOST_ERRORS)
        self._process = process
        if self.ended:
            self._kill()

    def exit_code(self) -> int | None:
        """With what the process ended by itself; None where it did not, or never began."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return int(self._process.wait(LAST_MOMENT)) if self._process is not None and not self.ended else None
        return None

    def end(self, why: str) -> None:
        """Ends the process; from any thread."""
        self.ended = self.ended or why
        self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._process.kill()


class _Kept:
    """An output of a process that is kept up to a limit, at which the process is ended."""

    def __init__(self, raw: Any, watch: Watch, kept: bytearray, most: int) -> None:
        self._raw, self._watch, self._kept, self._most = raw, watch, kept, most

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def read(self, *size: int) -> Any:
        data = self._raw.read(*size)
        if data:
            self._kept += data[: self._most - len(self._kept)]
            if len(self._kept) >= self._most:
                self._watch.end(_TOO_MUCH)
                return b""
        return data

    def close(self) -> None:
        self._raw.close()


def current_watch() -> Watch | None:
    """That of this thread."""
    return _watch.get()


def scripts(line: str, stdin: bytes | None, file: str) -> list[bytes]:
    """What cmd reads, session by session: the line, after those that write its input to a file. Raises NotCarried.

    Each is one line that ends cmd by itself. cmd may read more of a pipe than the line that it runs (Wine's does), so
    neither a second line nor the programs of the first could rely on finding there what was sent.
    """
    if stdin is None:
        return [_session(line)]
    return [
        *(_session(f"{_THERE}{part}") for part in _written(stdin, file)),
        _session(f"{_THERE}({line})<{file}"),
    ]


def _session(line: str) -> bytes:
    text = f"chcp 65001>nul& {line}& exit 0\r\n"
    if len(text) > LONGEST:
        raise NotCarried(f"a line of {len(text)} characters is too long for cmd ({LONGEST}) where it goes over ssh")
    unfit = re.search(r"[^\x20-\x7e\t]", text[:-2])
    if unfit:
        raise NotCarried(
            f"the character U+{ord(unfit[0]):04X} cannot be sent over ssh, because it is not known in which code page "
            "the host would read it. Use the connection winrm or psrp for this host"
        )
    return text.encode("ascii")


def _removal(file: str) -> bytes:
    return _session(f"{_THERE}del {file}")


def _written(stdin: bytes, file: str) -> Iterator[str]:
    """Commands that write a text, as many of its lines at once as fit.

    No line has a quoted part, so a caret escapes every character. A name that begins with a caret is no variable, so
    what stands between two percent signs stays; behind one at the end of a line comes no name either.
    """
    yield f"type nul>{file}"
    part, count = "", 0
    lines = stdin.decode("latin-1").replace("\r\n", "\n").removesuffix("\n").split("\n") if stdin else []
    for line in lines:
        text = _SPECIAL.sub(r"^\g<0>", line)
        one = f">>{file} echo({re.sub('%(?=[^^])', '%^', text)}"
        if part and (len(part) + len(one) > MOST_OF_INPUT or count >= MOST_LINES):
            yield part
            part, count = "", 0
        part += f"& {one}" if part else one
        count += 1
    if part:
        yield part


class SshHost:
    """A Host over one connection of ssh. Not for use by several threads."""

    fallback_reason = ""

    def __init__(self, link: SshLink, name: str, failures: tuple[type[Exception], ...]) -> None:
        """`failures` are the exceptions that `link.run` raises."""
        self._link = link
        self._failures = failures
        self._lines = 0
        self._file = f"windefend-maps-{uuid.uuid4().hex[:8]}"
        self._left = False
        """A file of ours may be on the host."""
        self._watch: Watch | None = None
        self.name = name
        self.address = str(link.get_option("remote_addr"))

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run. The time for the logon is added."""
        try:
            sessions = scripts(line, stdin, self._file)
        except NotCarried as error:
            raise NotCarried(f"{self._where()}: {error}") from None
        for session in sessions[:-1]:
            self._left = True
            self._session(session, timeout, SHOWN)
        completed = self._session(sessions[-1], timeout, max_bytes)
        if self._left:
            self._session(_removal(self._file), CLEANING, SHOWN)  # Wine's cmd closes an input with the line alone
            self._left = False
        return completed

    def _session(self, data: bytes, timeout: float, max_bytes: int) -> Completed:
        self._lines += 1
        failed: Exception | None = None
        code = -1
        seconds = timeout + float(self._link.get_option("timeout") or 0) + GRACE
        with Watch(min(seconds, self._longest()), max_bytes) as watch:
            self._watch = watch
            try:
                code = self._link.run(SHELL, data)
            except self._failures as error:
                # Where a default shell does not start cmd, its end may come while Ansible still sends the line.
                code = watch.exit_code() or -1
                failed = None if code in NOT_STARTED else error
            self._watch = None
        return self._completed(watch, code, failed, timeout)

    def _completed(self, watch: Watch, code: int, failed: Exception | None, timeout: float) -> Completed:
        stdout, stderr = bytes(watch.stdout), bytes(watch.stderr)
        if watch.ended == _TOO_MUCH:
            return Completed(stdout, stderr, -1, truncated=True)
        if watch.ended == _STOPPED:
            raise Unreachable(f"{self._where()}: the run was interrupted")
        if watch.ended == _LATE:
            output = stdout[-300:].decode("utf-8", "replace").strip()
            raise CommandTimedOut(
                f"{self._where()}: the command did not finish within {timeout:g} seconds. Its connection was ended; "
                "whether it still runs on the host is unknown" + (f"; its last output: {output}" if output else "")
            )
        if failed is not None:
            said = " ".join(str(failed)[-4 * SHOWN :].split()).rstrip(".")
            hint = ssh_hint(said)
            raise Unreachable(f"cannot connect to {self._whole()}: {said[-SHOWN:]}" + (f". {hint}" if hint else ""))
        if code != 0:
            said = " ".join((stderr or stdout)[-SHOWN:].decode("utf-8", "replace").split())
            if b"Microsoft" in stdout:
                raise LineBroken(
                    f"{self._where()}: cmd ended with {code} before the end of the line, so its result is unknown: "
                    f"{said}"
                )
            raise Unreachable(
                f"{self._whole()}: the default shell of this host did not start 'cmd' (exit code {code}): {said}. "
                "Check that it is a Windows host, that its DefaultShell is cmd.exe or PowerShell, and that cmd.exe is "
                "allowed"
            )
        return Completed(stdout, stderr, 0)

    def reset(self) -> None:
        """See Host.reset. Each line has a session of its own; what is left is at most a file."""
        if self._left:
            self._left = False
            with contextlib.suppress(RemoteError):
                self._session(_removal(self._file), CLEANING, SHOWN)

    def own_values(self) -> tuple[str, ...]:
        """See Host.own_values."""
        options = (self._link.get_option(name) for name in ("remote_user", "remote_password"))
        return self.name, self.address, *(str(one) for one in options if one)

    def traffic(self) -> Traffic:
        """See Host.traffic: lines instead of requests."""
        return Traffic(self._lines)

    def clock_skew(self) -> float | None:
        """See Host.clock_skew: nothing dates the answers."""
        return None

    def _longest(self) -> float:
        """Seconds that a session may take whatever its line may."""
        return float("inf")

    def _where(self) -> str:
        return f"{self.name} ({self.address})" if self.name != self.address else self.name

    def _whole(self) -> str:
        port, user = (self._link.get_option(name) for name in ("port", "remote_user"))
        return f"{self._where()}, port {port or 22}, as {user or 'the user of Ansible'}"


class SshSweepHost(SshHost):
    """An SshHost with a time of its own. `stop` may come from another thread; all else belongs to one."""

    def __init__(self, link: SshLink, name: str, failures: tuple[type[Exception], ...], seconds: float) -> None:
        """`seconds` is the time for everything on this host, counted from the first command line."""
        super().__init__(link, name, failures)
        self._limit = TimeLimit(seconds)

    def run(self, line: str, *, stdin: bytes | None = None, timeout: float, max_bytes: int) -> Completed:
        """See Host.run. Raises CommandTimedOut also when the host's time is over, Unreachable when it was stopped."""
        if self._limit.stopped and not self._limit.cleaning:
            self._limit.cleaning = True
            raise Unreachable(f"{self._where()}: the run was interrupted")
        timeout = self._limit.command(timeout, self._where())
        return super().run(line, stdin=stdin, timeout=timeout, max_bytes=max_bytes)

    def time_left(self) -> float:
        """See LimitedHost.time_left."""
        return self._limit.left()

    def _longest(self) -> float:
        return self._limit.longest()

    def reset(self) -> None:
        """See Host.reset. Whoever cleans up afterwards has the time for it."""
        self._limit.cleaning = True
        super().reset()
        self._limit.cleaned()

    def close(self) -> None:
        """Leaves the host: no session is open between two lines."""
        self.reset()

    def stop(self) -> None:
        """Breaks off what another thread does on this host: it gets Unreachable, and may clean up."""
        self._limit.stopped = True
        watch = self._watch
        if watch is not None and not self._limit.cleaning:
            watch.end(_STOPPED)
