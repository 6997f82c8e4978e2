"""A machine: everything that commands read and change, in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from ..shared import SharedDict
from .accounts import Account, Token
from .application_control import ApplicationControl
from .defender import Defender
from .files import FileSystem
from .locale import Locale
from .network import Network
from .registry import Registry
from .services import Services
from .tasks import ScheduledTask


@dataclass
class WinrmSettings:
    """The WinRM service's configuration (Microsoft, winrm configuration page: defaults)."""

    allow_basic: bool = False
    allow_unencrypted: bool = False
    allow_certificate: bool = False
    allow_credssp: bool = False
    channel_binding: str = "relaxed"
    """CbtHardeningLevel: none, relaxed or strict."""
    max_shells_per_user: int = 30
    max_envelope_size_kb: int = 500
    max_processes_per_shell: int = 25
    remote_users_get_shells: bool = False
    """RootSDDL was changed so that Remote Management Users may open a cmd shell (`winrm configSDDL default`); it names
    Administrators and Interactive only by default (diyan/pywinrm#158, #362)."""


@dataclass(frozen=True)
class OperatingSystem:
    """Version numbers and names as the registry and `ver` give them."""

    build: int = 20348
    revision: int = 2700
    version: str = "10.0"
    product_name: str = "Windows Server 2022 Standard"
    installation_type: str = "Server"
    edition_id: str = "ServerStandard"
    platform_updates: bool = True
    """False: Defender is the one that came with Windows; KB4052623, which updates its platform, was never installed."""


@dataclass(frozen=True)
class LoggedCommand:
    """One command line that a machine was given over WinRM."""

    line: str
    account: str
    unknown: tuple[str, ...]
    """What winsim did not know in it: a test whose run left such a line fails."""
    exit_code: int


@dataclass
class Machine:
    """One simulated Windows endpoint."""

    name: str
    os: OperatingSystem = field(default_factory=OperatingSystem)
    locale: Locale = field(default_factory=Locale)
    winrm: WinrmSettings = field(default_factory=WinrmSettings)
    registry: Registry = field(default_factory=Registry)
    services: Services = field(init=False)
    files: FileSystem = field(default_factory=FileSystem)
    network: Network = field(default_factory=Network)
    defender: Defender = field(default_factory=Defender)
    accounts: list[Account] = field(default_factory=list)
    tasks: SharedDict[str, ScheduledTask] = field(default_factory=SharedDict)
    """Scheduled tasks by lower-case full path (`\\name`)."""
    events: list[str] = field(default_factory=list)
    """Event records as XML text, oldest first, all channels; each names its channel."""
    coming_events: list[tuple[dt.datetime, str]] = field(default_factory=list)
    """Records that will be written, and when by this machine's clock; no state, as what happens later is none."""
    clock_offset: dt.timedelta = dt.timedelta(0)
    """How far this machine's clock is ahead of the true time."""
    true_time: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    log: list[LoggedCommand] = field(default_factory=list)
    powershell: dict[str, str] = field(default_factory=dict)
    """What a PowerShell module of Ansible's answers, as JSON, by its name; nothing is simulated of it."""
    application_control: ApplicationControl = field(default_factory=ApplicationControl)
    findstr_limit: bool = True
    """Whether findstr drops lines of 8,191 bytes and more that come on a pipe, as Windows' own does."""
    lockout_after: int = 0
    """How many wrong passwords lock an account; 0: none does."""
    wrong_passwords: dict[str, int] = field(default_factory=dict)
    """By the name of the account, since a right one."""
    firewall_rules_made: int = 0
    """How many rules this machine has given a GUID: the next one follows from it."""
    neighbours: dict[str, Machine] = field(default_factory=dict, repr=False, compare=False)
    """The machines of the same network by lower-case name, this one among them; no state of its own."""
    task_runner: Callable[[Machine, ScheduledTask], int] | None = None
    """Runs the action of a task as its account; set by the tools when the machine is built."""

    def __post_init__(self) -> None:
        self.services = Services(self.registry)

    def now(self) -> dt.datetime:
        """What the machine takes for the time, in UTC."""
        return self.true_time() + self.clock_offset

    def write_due_events(self) -> None:
        """Writes the coming events whose time is there, the earliest first."""
        now = self.now()
        due = sorted((event for event in self.coming_events if event[0] <= now), key=lambda event: event[0])
        self.coming_events = [event for event in self.coming_events if event[0] > now]
        self.events += [record for _unused, record in due]

    def account(self, user: str) -> Account | None:
        """The account that a user name (`user`, `DOMAIN\\user`, `user@domain`) means."""
        domain, _unused, name = user.rpartition("\\")
        if not domain and "@" in name:
            name, _unused, domain = name.partition("@")
        for account in self.accounts:
            if account.name.lower() != name.lower():
                continue
            if domain.lower() in ("", ".", self.name.lower(), account.domain.lower()):
                return account
        return None

    def is_locked(self, account: Account) -> bool:
        """Whether so many passwords were wrong that no password is right any more."""
        return 0 < self.lockout_after <= self.wrong_passwords.get(account.name, 0)

    def logon(self, user: str, password: str | None = None) -> Token | None:
        """The token for a user name; None for an unknown user or a wrong password (a password of None is not checked:
        NTLM proved it already)."""
        account = self.account(user)
        if account is not None and password in (None, account.password):
            return account.token(self.name)
        return None
