"""whoami: the caller's name, SID, groups and privileges.

Tables, rulers and the filtered token (`Group used for deny only`, S-1-16-8192): published captures (sure). Which
groups and privileges a session over WinRM holds: captures for a local account, the rest recalled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..machine.accounts import (
    ADMINISTRATORS_SID,
    REMOTE_MANAGEMENT_USERS_SID,
    SYSTEM_SID,
    USERS_SID,
    Role,
)
from . import columns
from .arguments import split
from .process import Process

WELL_KNOWN, ALIAS, LABEL = "well_known", "alias", "label"
PLAIN = ("mandatory", "default", "enabled")
DENY_ONLY = ("deny_only",)

PRIVILEGES_OF_ALL = ("SeChangeNotifyPrivilege", "SeIncreaseWorkingSetPrivilege")
PRIVILEGES_OF_ADMINISTRATORS = (
    "SeIncreaseQuotaPrivilege", "SeSecurityPrivilege", "SeTakeOwnershipPrivilege", "SeLoadDriverPrivilege",
    "SeSystemProfilePrivilege", "SeSystemtimePrivilege", "SeProfileSingleProcessPrivilege",
    "SeIncreaseBasePriorityPrivilege", "SeCreatePagefilePrivilege", "SeBackupPrivilege", "SeRestorePrivilege",
    "SeShutdownPrivilege", "SeDebugPrivilege", "SeSystemEnvironmentPrivilege", "SeChangeNotifyPrivilege",
    "SeRemoteShutdownPrivilege", "SeUndockPrivilege", "SeManageVolumePrivilege", "SeImpersonatePrivilege",
    "SeCreateGlobalPrivilege", "SeIncreaseWorkingSetPrivilege", "SeTimeZonePrivilege",
    "SeCreateSymbolicLinkPrivilege", "SeDelegateSessionUserImpersonatePrivilege",
)  # fmt: skip
"""All of them enabled in a session over the network (recalled)."""


@dataclass(frozen=True)
class Group:
    name: str
    type: str
    sid: str
    attributes: tuple[str, ...] = PLAIN


def run(process: Process, arguments: str) -> int:
    """Runs `whoami ARGUMENTS`; 0, or 1 for a wrong command line."""
    words = [word.lower().replace("-", "/", 1) for word in split(arguments)]
    if not words:
        process.write(process.token.name.lower() + "\r\n")
        return 0
    wanted: list[str] = []
    format_, header = "table", True
    while words:
        word = words.pop(0)
        if word in ("/user", "/groups", "/priv") and word not in wanted:
            wanted.append(word)
        elif word == "/all" and not wanted:
            wanted = ["/user", "/groups", "/priv"]
        elif word == "/fo" and words and words[0] in ("table", "list", "csv"):
            format_ = words.pop(0)
        elif word == "/nh":
            header = False
        else:
            if word in ("/upn", "/fqdn", "/logonid", "/claims", "/?"):
                process.unknown(f"whoami {word}")
            return _wrong(process, word)
    if not wanted or (format_ == "list" and not header):
        return _wrong(process, "/nh" if wanted else "/fo")
    rows = {"/user": _user, "/groups": _groups, "/priv": _privileges}
    parts = [_section(process, name[1:], rows[name](process), format_, header) for name in wanted]
    process.write("\r\n".join(parts))
    return 0


def _wrong(process: Process, word: str) -> int:
    process.write_error(process.message("whoami.invalid", word=word))
    return 1


def _section(process: Process, name: str, rows: Sequence[Sequence[str]], format_: str, header: bool) -> str:
    names = [process.message(f"whoami.{column}") for column in COLUMNS[name]]
    if format_ == "csv":
        return columns.csv(names, rows, header)
    title = process.message(f"whoami.title_{name}")
    text = f"\r\n{title}\r\n{'-' * columns.width(title)}\r\n\r\n" if header else "\r\n"
    if format_ == "list":
        return text + columns.listing(names, rows, max(columns.width(column) for column in names) + 2)
    return text + columns.table(names, rows, columns.fitting(names, rows), header)


COLUMNS = {
    "user": ("user_name", "sid"),
    "groups": ("group_name", "type", "sid", "attributes"),
    "priv": ("privilege_name", "description", "state"),
}


def _user(process: Process) -> list[list[str]]:
    return [[process.token.name.lower(), process.token.sid]]


def _groups(process: Process) -> list[list[str]]:
    rows = []
    for group in groups(process):
        attributes = ", ".join(process.message(f"whoami.attribute_{name}") for name in group.attributes)
        rows.append([group.name, process.message(f"whoami.type_{group.type}"), group.sid, attributes])
    return rows


def groups(process: Process) -> list[Group]:
    """The groups of the caller's token, the integrity label last."""
    token = process.token
    if token.sid == SYSTEM_SID:
        return [
            Group("BUILTIN\\Administrators", ALIAS, ADMINISTRATORS_SID, ("default", "enabled", "owner")),
            Group("Everyone", WELL_KNOWN, "S-1-1-0"),
            Group("NT AUTHORITY\\Authenticated Users", WELL_KNOWN, "S-1-5-11"),
            Group("Mandatory Label\\System Mandatory Level", LABEL, "S-1-16-16384", ()),
        ]
    account = next((a for a in process.machine.accounts if a.sid == token.sid), None)
    filtered = account is not None and account.role is Role.FILTERED_ADMINISTRATOR and not token.elevated
    administrator = ADMINISTRATORS_SID in token.groups
    local = account is None or not account.domain
    result = [Group("Everyone", WELL_KNOWN, "S-1-1-0")]
    if local and (administrator or filtered):
        name = "NT AUTHORITY\\Local account and member of Administrators group"
        result.append(Group(name, WELL_KNOWN, "S-1-5-114", DENY_ONLY if filtered else PLAIN))
    if USERS_SID in token.groups:
        result.append(Group("BUILTIN\\Users", ALIAS, USERS_SID))
    if administrator or filtered:
        attributes = DENY_ONLY if filtered else (*PLAIN, "owner")
        result.append(Group("BUILTIN\\Administrators", ALIAS, ADMINISTRATORS_SID, attributes))
    if REMOTE_MANAGEMENT_USERS_SID in token.groups:
        result.append(Group("BUILTIN\\Remote Management Users", ALIAS, REMOTE_MANAGEMENT_USERS_SID))
    result += [
        Group("NT AUTHORITY\\NETWORK", WELL_KNOWN, "S-1-5-2"),
        Group("NT AUTHORITY\\Authenticated Users", WELL_KNOWN, "S-1-5-11"),
        Group("NT AUTHORITY\\This Organization", WELL_KNOWN, "S-1-5-15"),
    ]
    if local:
        result.append(Group("NT AUTHORITY\\Local account", WELL_KNOWN, "S-1-5-113"))
    result.append(Group("NT AUTHORITY\\NTLM Authentication", WELL_KNOWN, "S-1-5-64-10"))
    level = ("High", "S-1-16-12288") if token.elevated else ("Medium", "S-1-16-8192")
    result.append(Group(f"Mandatory Label\\{level[0]} Mandatory Level", LABEL, level[1], ()))
    return result


def _privileges(process: Process) -> list[list[str]]:
    names = PRIVILEGES_OF_ADMINISTRATORS if process.token.elevated else PRIVILEGES_OF_ALL
    state = process.message("whoami.state_enabled")
    return [[name, process.message(f"whoami.{name}"), state] for name in names]
