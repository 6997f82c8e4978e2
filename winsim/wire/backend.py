"""What the wire asks of the host behind it. A simulated machine answers this, and so does Wine.

The wire knows HTTP, authentication, WS-Management and shells; it knows nothing of what a command line does.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Output = Callable[[str, bytes], None]
"""Called with `stdout` or `stderr` and bytes, from any thread, in order."""


@dataclass(frozen=True)
class Credential:
    """A user whom NTLM and Basic may let in."""

    user: str
    password: str
    domain: str = ""


@dataclass(frozen=True)
class Domain:
    """What a machine is a member of; empty names: of a workgroup."""

    netbios: str = ""
    dns: str = ""
    """Also the DNS suffix of the machine's own name, which a machine of a workgroup may have too."""


class ChannelBinding(enum.StrEnum):
    """Whether a log-on must belong to its TLS connection: CbtHardeningLevel ([MS-WSMV] 2.2.4.34; sure)."""

    NONE = "none"
    """It is not looked at."""
    RELAXED = "relaxed"
    """One that a client sends must be right."""
    STRICT = "strict"
    """A client must send it."""


@dataclass(frozen=True)
class Limits:
    """What the host's WinRM configuration allows, and how far away it is; read again for each request."""

    allow_basic: bool = False
    allow_unencrypted: bool = False
    allow_certificate: bool = False
    allow_credssp: bool = False
    channel_binding: ChannelBinding = ChannelBinding.RELAXED
    allow_remote_shell: bool = True
    max_shells_per_user: int = 30
    max_envelope_size_kb: int = 500
    max_processes_per_shell: int = 25
    repeat_command_state: bool = False
    """The last answer of a command holds a Running state with exit code 0 before the Done state with the real one
    (xebialabs/overthere#79; likely)."""
    round_trip_seconds: float = 0.0
    """What the way there and back takes."""


@dataclass(frozen=True)
class ShellOptions:
    """What Create asked for."""

    code_page: int | None
    no_profile: bool
    working_directory: str | None
    environment: dict[str, str] = field(default_factory=dict)


class ShellRefused(Exception):
    """The host gives this user no shell: access denied (a filtered administrator, say)."""


class RunningCommand(Protocol):
    """A command that was started. Its output and end arrive through the callbacks given to `Shell.start`."""

    def send(self, data: bytes, end: bool) -> None:
        """Standard input; `end` closes it."""

    def terminate(self) -> None:
        """Ends it, as Signal terminate and Delete do. Harmless on one that ended."""


class Shell(Protocol):
    """A shell of one user."""

    def start(self, line: str, skip_cmd: bool, output: Output, done: Callable[[int], None]) -> RunningCommand:
        """Runs a command line (program and arguments already joined by blanks) in a thread of its own or at once;
        `done` gets the exit code after the last output. With `skip_cmd` no cmd.exe stands between; raises
        FileNotFoundError when the program's path does not name a file exactly (trap 4)."""

    def close(self) -> None:
        """Ends everything that runs in it."""


class Host(Protocol):
    """One endpoint."""

    name: str
    version: str
    """`10.0.20348`, for Identify (`OS: 10.0.20348 SP: 0.0 Stack: 3.0`)."""

    def domain(self) -> Domain:
        """What NTLM's challenge names beside the machine itself."""

    def limits(self) -> Limits:
        """What the service allows."""

    def credentials(self) -> Sequence[Credential]:
        """The accounts that may log on."""

    def password_rejected(self, user: str) -> None:
        """A client gave this user a wrong password. Unknown users may come, too."""

    def password_accepted(self, user: str) -> None:
        """A client logged on as this user, with a password."""

    def mapped_account(self, principal: str) -> str | None:
        """The local account to which a client certificate with this user principal name is mapped."""

    def now(self) -> dt.datetime:
        """The machine's own clock, for the Date header."""

    def open_shell(self, user: str, options: ShellOptions) -> Shell:
        """Raises ShellRefused. `user` is as the client gave it, already authenticated."""
