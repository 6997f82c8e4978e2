"""icacls NAME: lists and changes who may do what with a file or directory.

Switches: Microsoft, "icacls" (sure). Output shape and exit codes recalled. winsim keeps simple rights (`F`, `M`, `RX`,
`R`, `W`) that hold for everything below a directory; so a directory wants `(OI)(CI)` before the right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..machine.access import may_write
from ..machine.accounts import (
    ADMINISTRATORS_SID,
    LOCAL_SERVICE_SID,
    NETWORK_SERVICE_SID,
    SYSTEM_SID,
    TRUSTED_INSTALLER_SID,
    USERS_SID,
)
from ..machine.files import FileSystem, Node
from ..machine.model import Machine
from ..shared import SharedDict
from .arguments import split
from .process import Failed, Process

NAMES = {
    SYSTEM_SID: "NT AUTHORITY\\SYSTEM",
    LOCAL_SERVICE_SID: "NT AUTHORITY\\LOCAL SERVICE",
    NETWORK_SERVICE_SID: "NT AUTHORITY\\NETWORK SERVICE",
    ADMINISTRATORS_SID: "BUILTIN\\Administrators",
    USERS_SID: "BUILTIN\\Users",
    TRUSTED_INSTALLER_SID: "NT SERVICE\\TrustedInstaller",
    "S-1-1-0": "Everyone",
    "S-1-5-11": "NT AUTHORITY\\Authenticated Users",
    "S-1-5-32-580": "BUILTIN\\Remote Management Users",
}
RIGHTS = ("F", "M", "RX", "R", "W")
INHERITED = {SYSTEM_SID: "F", ADMINISTRATORS_SID: "F", USERS_SID: "RX"}
"""What a file has whose access nobody set (guess: the usual rights below C:\\)."""

NO_MAPPING = 1332
INVALID_PARAMETER = 87
FILE_NOT_FOUND = 2
ACCESS_DENIED = 5


@dataclass
class Request:
    """What a command line asks for."""

    path: str = ""
    inheritance: str = ""
    grants: list[tuple[str, str, bool, bool]] = field(default_factory=list)
    """SID, right, whether it replaces what was granted before, whether it is inherited by what lies below."""
    removals: list[str] = field(default_factory=list)
    reset: bool = False
    recurse: bool = False
    quiet: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.inheritance or self.grants or self.removals or self.reset)


def run(process: Process, arguments: str) -> int:
    """Runs `icacls ARGUMENTS`; the exit code is 0 or a Win32 error."""
    words = split(arguments)
    try:
        request = _parse(process, words)
    except Failed as failed:
        process.write_error(process.message(f"icacls.{failed.key}", **failed.values))
        return failed.code
    path = FileSystem.normal(request.path, process.directory)
    node = process.machine.files.find(path)
    if node is None:
        return _failed(process, request, FILE_NOT_FOUND)
    # An owner may always change who has access; winsim keeps no owners and takes administrators for them.
    allowed = process.token.elevated or may_write(process.machine.files, process.token, path)
    if request.changes and not allowed:
        return _failed(process, request, ACCESS_DENIED)
    if not request.changes:
        process.write(_listing(process.machine, request.path, node))
        process.write(process.message("icacls.counts", done=1, failed=0))
        return 0
    nodes = [node]
    if request.recurse:
        nodes += [n for key, n in process.machine.files.nodes.items() if key.startswith(node.path.lower() + "\\")]
    for one in nodes:
        _apply(process, request, one)
        if not request.quiet:
            process.write(process.message("icacls.processed", path=request.path + one.path[len(node.path) :]))
    process.write(process.message("icacls.counts", done=len(nodes), failed=0))
    return 0


def _failed(process: Process, request: Request, code: int) -> int:
    process.write_error(process.message(f"icacls.error_{code}", path=request.path))
    process.write(process.message("icacls.counts", done=0, failed=1))
    return code


def _parse(process: Process, words: Sequence[str]) -> Request:
    request = Request()
    rest = list(words)
    if not rest or rest[0] in ("/?", "-?"):
        process.unknown("icacls /?")
        raise Failed("invalid", INVALID_PARAMETER, word="")
    request.path = rest.pop(0)
    while rest:
        word = rest.pop(0)
        name = word.lower()
        if name in ("/inheritance:e", "/inheritance:d", "/inheritance:r"):
            request.inheritance = name[-1]
        elif name in ("/grant", "/grant:r"):
            _grants(process, request, rest, replace=name.endswith(":r"))
        elif name in ("/remove", "/remove:g"):
            request.removals += [sid_of(process, text) for text in _until_switch(rest)]
        elif name in ("/t", "/q", "/c", "/l"):
            request.recurse = request.recurse or name == "/t"
            request.quiet = request.quiet or name == "/q"
        elif name == "/reset":
            request.reset = True
        else:
            if re.match("/(deny|remove:d|save|restore|substitute|setowner|findsid|verify|setintegritylevel)$", name):
                process.unknown(f"icacls {word}")
            raise Failed("invalid", INVALID_PARAMETER, word=word)
    return request


def _until_switch(rest: list[str]) -> list[str]:
    taken = []
    while rest and not rest[0].startswith("/"):
        taken.append(rest.pop(0))
    return taken


def _grants(process: Process, request: Request, rest: list[str], replace: bool) -> None:
    texts = _until_switch(rest)
    if not texts:
        raise Failed("invalid", INVALID_PARAMETER, word="/grant")
    for text in texts:
        match = re.fullmatch(r"(.+):((?:\([A-Za-z]+\))*)([A-Za-z]*)", text)
        if match is None:
            raise Failed("invalid", INVALID_PARAMETER, word=text)
        who, flags, right = match.groups()
        words = re.findall("[A-Z]+", flags.upper())
        if not right and words:
            right = words.pop()
        if right.upper() not in RIGHTS or not set(words) <= {"OI", "CI"}:
            if right.upper() in ("D", "N", "DE", "GA", "GR", "GW", "GE", "AD", "WD") or {"IO", "NP"} & set(words):
                process.unknown(f"icacls /grant {text}")
            raise Failed("invalid", INVALID_PARAMETER, word=text)
        request.grants.append((sid_of(process, who), right.upper(), replace, {"OI", "CI"} <= set(words)))


def sid_of(process: Process, text: str) -> str:
    """The SID of `*S-1-...` or of a name; raises Failed."""
    if text.startswith("*") and re.fullmatch(r"\*S-1(-\d+)+", text.upper()):
        return text[1:].upper()
    for sid, name in NAMES.items():
        if text.lower() in (name.lower(), name.rpartition("\\")[2].lower()):
            return sid
    for account in process.machine.accounts:
        token = account.token(process.machine.name)
        if text.lower() in (account.name.lower(), token.name.lower()):
            return account.sid
    raise Failed("no_mapping", NO_MAPPING, name=text)


def _apply(process: Process, request: Request, node: Node) -> None:
    if request.reset or request.inheritance == "e":
        node.access = None
    if request.inheritance == "r" and node.access is None:  # only what is inherited goes (Microsoft, "icacls": sure)
        node.access = SharedDict()
    elif request.inheritance == "d" or ((request.grants or request.removals) and node.access is None):
        node.access = SharedDict(INHERITED if node.access is None else node.access)
    access = node.access
    if access is None:
        return
    for sid in request.removals:
        access.pop(sid, None)
    for sid, right, replace, inherited in request.grants:
        if node.is_directory and not inherited:
            process.unknown("icacls: a right on a directory alone, without (OI)(CI)")
        before = [] if replace or sid not in access else access[sid].split(",")
        access[sid] = ",".join(dict.fromkeys([*before, right]))


def _listing(machine: Machine, typed: str, node: Node) -> str:
    """`NAME who:(flags)(right)`, further lines under the first `who`, then a blank line."""
    own = node.access is not None
    flags = ("" if own else "(I)") + ("(OI)(CI)" if node.is_directory else "")
    entries = [
        f"{name_of(machine, sid)}:{flags}({right})"
        for sid, rights in (node.access if node.access is not None else INHERITED).items()
        for right in rights.split(",")
    ]
    indent = "\r\n" + " " * (len(typed) + 1)
    return f"{typed} {indent.join(entries)}\r\n\r\n"


def name_of(machine: Machine, sid: str) -> str:
    """The account's name as icacls shows it; the SID where it has none."""
    for account in machine.accounts:
        if account.sid == sid:
            return account.token(machine.name).name
    return NAMES.get(sid, sid)
