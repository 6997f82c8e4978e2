r"""What a machine meets on its own network: the shares and the web server of the other machines of its fleet.

A share stands in the server's registry, below LanmanServer\Shares and Shares\Security, as published captures show it
(likely). Over the network SYSTEM and NETWORK SERVICE are the computer's account (Microsoft, "LocalSystem account",
"NetworkService account": sure). A session that came in over WinRM has nothing to show to a third machine, so it is
refused (the second hop: recalled).
"""

from __future__ import annotations

from dataclasses import dataclass

from . import access, descriptors
from .accounts import NETWORK_SERVICE_SID, SYSTEM_SID, Token
from .files import FileError, FileSystem
from .model import Machine
from .registry import ValueType

SHARES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Shares"
EVERYONE_SID = "S-1-1-0"
DOMAIN_COMPUTERS_SID = "S-1-5-21-1004336348-1177238915-682003330-515"
"""The group that every computer's account belongs to; its last number is fixed (Microsoft, well-known SIDs: sure)."""
ACCESS_DENIED, BAD_NETPATH, BAD_NET_NAME = 5, 53, 67
SMB = 445


@dataclass(frozen=True)
class Share:
    """A folder that a machine shares."""

    name: str
    path: str
    rights: tuple[tuple[str, str], ...]
    """SID and what it may do over the share: R, M or F."""


def share(machine: Machine, name: str) -> Share | None:
    """The share of a name."""
    stored = machine.registry.get(SHARES_KEY, name)
    if stored is None or not isinstance(stored.data, tuple):
        return None
    fields = dict(line.partition("=")[::2] for line in stored.data)
    security = machine.registry.data(f"{SHARES_KEY}\\Security", name)
    rights = descriptors.read(security) if isinstance(security, bytes) else {EVERYONE_SID: "R"}
    return Share(stored.name, fields.get("Path", ""), tuple(rights.items()))


def add_share(machine: Machine, made: Share, remark: str = "") -> None:
    """Stores a share as the server service does."""
    lines = (
        "CATimeout=0", "CSCFlags=0", "MaxUses=4294967295", f"Path={made.path}", "Permissions=0", f"Remark={remark}",
        f"ShareName={made.name}", "Type=0",
    )  # fmt: skip
    machine.registry.set(SHARES_KEY, made.name, ValueType.MULTI_SZ, lines)
    security = descriptors.binary(dict(made.rights))
    machine.registry.set(f"{SHARES_KEY}\\Security", made.name, ValueType.BINARY, security)


def remove_share(machine: Machine, name: str) -> None:
    """Takes a share away; the folder stays."""
    machine.registry.delete_value(SHARES_KEY, name)
    if machine.registry.get(f"{SHARES_KEY}\\Security", name):
        machine.registry.delete_value(f"{SHARES_KEY}\\Security", name)


def neighbour(machine: Machine, host: str) -> Machine | None:
    """The machine of a name, with or without its domain."""
    return machine.neighbours.get(host.partition(".")[0].lower())


def read_unc(machine: Machine, path: str, token: Token) -> bytes:
    r"""The file at `\\server\share\...`, as a process of `token` reads it. Raises FileError."""
    server, path = _resolved(machine, path)
    if token.sid not in (SYSTEM_SID, NETWORK_SERVICE_SID):
        raise FileError(ACCESS_DENIED, path)
    name, _unused, rest = path.partition("\\")
    found = share(server, name)
    if found is None:
        raise FileError(BAD_NET_NAME, path)
    computer = Token(f"CORP\\{machine.name}$", f"S-1-5-21-1004336348-1177238915-682003330-{_number(machine.name)}",
                     (DOMAIN_COMPUTERS_SID,), elevated=False)  # fmt: skip
    sids = {computer.sid, *computer.groups, *access.EVERYONE}
    local = FileSystem.normal(f"{found.path}\\{rest}")
    if not any(sid in sids for sid, _unused in found.rights) or not access.may_read(server.files, computer, local):
        raise FileError(ACCESS_DENIED, local)
    return server.files.read(local)


def _resolved(machine: Machine, path: str) -> tuple[Machine, str]:
    host, _unused, rest = path.removeprefix("\\\\").partition("\\")
    server = neighbour(machine, host)
    barrier = machine.network.direct.barrier(host, SMB)
    if server is None or barrier is not None or not server.services.is_running("LanmanServer"):
        raise FileError(BAD_NETPATH, path)
    return server, rest


def _number(name: str) -> int:
    return 1100 + sum(name.encode("utf-8"))


@dataclass(frozen=True)
class Page:
    """What a web server answers."""

    status: int
    content: bytes = b""


def listens(machine: Machine, host: str, port: int) -> bool:
    """Whether a web server of another machine listens on a port: on 80, where it has something to serve."""
    server = neighbour(machine, host)
    return server is not None and port == 80 and bool(server.network.virtual_directories)


def get(machine: Machine, host: str, path: str) -> Page | None:
    """What the web server of another machine answers to a path; None: nothing listens there.

    Each virtual directory serves one folder without asking who comes (anonymous access; recalled for IIS).
    """
    server = neighbour(machine, host)
    if server is None or not server.network.virtual_directories:
        return None
    directory, _unused, name = path.strip("/").partition("/")
    folders = {key.strip("/").lower(): folder for key, folder in server.network.virtual_directories.items()}
    folder = folders.get(directory.lower())
    if folder is None:
        return Page(404)
    try:
        return Page(200, server.files.read(FileSystem.normal(f"{folder}\\{name}")))
    except FileError:
        return Page(404)
