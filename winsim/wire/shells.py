"""Shells and their commands as the wire sees them: identifiers, queues of output, exit codes.

Output arrives from any thread; everything else runs in the server's event loop.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from ..shared import SharedDict
from . import faults, soap
from .backend import RunningCommand, Shell

STREAMS = ("stdout", "stderr")
SETTLE = 0.2
"""Seconds that Receive waits for more once it has something: Windows hands over the output of a short command and its
end in one answer (recorded)."""

_CHUNK = 32 * 1024
_STATE = f"{soap.RSP[1:-1]}/CommandState/"
_ELEMENT = 160
"""More than the characters that a Stream element takes besides its data."""


class Command:
    """One command: what it wrote and has not been received, and how it ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.id = soap.identifier()
        self.running: RunningCommand | None = None
        self.delivered = False
        """Whether an answer with its Done state was made."""
        self.aborted = False
        self._loop = loop
        self._lock = threading.Lock()
        self._changed = asyncio.Event()
        self._chunks: deque[tuple[str, bytearray]] = deque()
        self._waiting = 0
        self._wrote = False
        self._woken = False
        """The loop was told of a change that it has not looked at yet."""
        self._exit_code: int | None = None

    @property
    def ended(self) -> bool:
        """Whether the program is over, received or not."""
        return self._exit_code is not None

    def output(self, stream: str, data: bytes) -> None:
        """Takes output, from any thread."""
        if stream not in STREAMS:
            raise ValueError(f"no such stream: {stream}")
        if not data:
            return
        with self._lock:
            if self.ended:
                return
            self._wrote = True
            self._waiting += len(data)
            if self._chunks and self._chunks[-1][0] == stream and len(self._chunks[-1][1]) < _CHUNK:
                self._chunks[-1][1].extend(data)
            else:
                self._chunks.append((stream, bytearray(data)))
        self._wake()

    def done(self, exit_code: int) -> None:
        """Takes the exit code, from any thread, once. It is reported without a sign
        (NetDocuments-Archive/rd-winrm-plugin#18 shows 0x800703E9 as 2147943401; likely); a command that wrote nothing
        reports 0 (WinRb/WinRM#154)."""
        with self._lock:
            if self._exit_code is None:
                self._exit_code = exit_code & 0xFFFFFFFF if self._wrote else 0
        self._wake()

    def abort(self) -> None:
        """Ends what waits for this command; the command is gone. In the event loop."""
        self.aborted = True
        self._changed.set()

    def _wake(self) -> None:
        with self._lock:
            if self._woken:
                return
            self._woken = True
        # The loop may be closed while a program still writes.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def receive(self, timeout: float, room: int, repeat_state: bool) -> str:
        """The ReceiveResponse element, of `room` characters at most (but at least some data). Raises Fault when nothing
        came within `timeout` seconds, and when the command goes away meanwhile."""
        deadline = time.monotonic() + timeout
        while not self._waiting and not self.ended:
            if not await self._wait(deadline):
                raise faults.timed_out()
        settle = min(deadline, time.monotonic() + SETTLE)
        while not self.ended and self._waiting * 4 // 3 < room and await self._wait(settle):
            pass
        return self._take(room, repeat_state)

    async def _wait(self, deadline: float) -> bool:
        """False once the deadline has passed and nothing changed."""
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await self._changed.wait()
        except TimeoutError:
            return False
        if self.aborted:
            raise faults.aborted()
        with self._lock:  # before the caller looks at what changed
            self._woken = False
        self._changed.clear()
        return True

    def _take(self, room: int, repeat_state: bool) -> str:
        parts: list[str] = []
        room -= 6 * _ELEMENT
        with self._lock:
            while self._chunks and (room > _ELEMENT or not parts):
                stream, data = self._chunks[0]
                size = min(len(data), max(room - _ELEMENT, 64) // 4 * 3)
                encoded = base64.b64encode(data[:size]).decode()
                parts.append(f'<rsp:Stream Name="{stream}" CommandId="{self.id}">{encoded}</rsp:Stream>')
                room -= len(encoded) + _ELEMENT
                self._waiting -= size
                if size == len(data):
                    self._chunks.popleft()
                else:
                    del data[:size]
            exit_code = self._exit_code if not self._chunks else None
        if exit_code is None:
            parts.append(self._state("Running", ""))
        else:
            self.delivered = True
            parts += [f'<rsp:Stream Name="{name}" CommandId="{self.id}" End="true"></rsp:Stream>' for name in STREAMS]
            if repeat_state:
                parts.append(self._state("Running", "<rsp:ExitCode>0</rsp:ExitCode>"))
            parts.append(self._state("Done", f"<rsp:ExitCode>{exit_code}</rsp:ExitCode>"))
        return f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"

    def _state(self, state: str, content: str) -> str:
        return f'<rsp:CommandState CommandId="{self.id}" State="{_STATE}{state}">{content}</rsp:CommandState>'


@dataclass
class OpenShell:
    """A shell that a user opened and has not deleted."""

    owner: str
    shell: Shell
    idle_timeout: float
    """Seconds without a request after which it is deleted."""
    id: str = field(default_factory=soap.identifier)
    commands: SharedDict[str, Command] = field(default_factory=SharedDict)
    """By upper-case id."""
    busy: int = 0
    """Requests in progress; while there are any it is not idle."""
    used: float = field(default_factory=time.monotonic)

    @property
    def idle_for(self) -> float:
        """Seconds since the last request ended."""
        return 0.0 if self.busy else time.monotonic() - self.used

    def command(self, command_id: str | None) -> Command:
        """Raises Fault for no id and for an unknown one."""
        if not command_id:
            raise faults.invalid_parameter()
        found = self.commands.get(command_id.strip().upper())
        if found is None:
            raise faults.no_such_command()
        return found

    @property
    def running(self) -> int:
        """Commands that still run."""
        return sum(not command.ended for command in self.commands.values())

    @property
    def processes(self) -> int:
        """Commands that count: one that ended does so until its client signals (ansible/ansible#74985: likely)."""
        return len(self.commands)

    def abort(self) -> None:
        """Lets every waiting Receive fail."""
        for command in self.commands.values():
            command.abort()
