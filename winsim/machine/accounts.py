"""Accounts of a machine and the tokens their processes carry.

Well-known SIDs: Microsoft, "Well-known SIDs" (sure). A local administrator other than the built-in one gets a filtered
token over the network until LocalAccountTokenFilterPolicy is 1 (trap 20).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

SYSTEM_SID = "S-1-5-18"
LOCAL_SERVICE_SID = "S-1-5-19"
NETWORK_SERVICE_SID = "S-1-5-20"
ADMINISTRATORS_SID = "S-1-5-32-544"
USERS_SID = "S-1-5-32-545"
REMOTE_MANAGEMENT_USERS_SID = "S-1-5-32-580"
TRUSTED_INSTALLER_SID = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
WINDEFEND_SID = "S-1-5-80-1913148863-3492339771-4165695881-2087618961-4109116736"


class Role(enum.StrEnum):
    """What an account may do when it comes in over WinRM."""

    ADMINISTRATOR = "administrator"
    """Elevated: integrity level high."""
    FILTERED_ADMINISTRATOR = "filtered_administrator"
    """A local administrator whose remote token is filtered: Create of a shell is refused."""
    REMOTE_USER = "remote_user"
    """A member of Remote Management Users, which opens PowerShell's endpoints: Create of a cmd shell is refused, unless
    WinRM's descriptor was changed (diyan/pywinrm#336, #362). Not elevated."""


@dataclass(frozen=True)
class Token:
    """Who a process runs as."""

    name: str
    """`DOMAIN\\user`, as whoami prints it, but in the case it was created with."""
    sid: str
    groups: tuple[str, ...]
    elevated: bool
    password: str = ""

    def may_write(self, writers: frozenset[str] | None) -> bool:
        """Whether this token may write where only `writers` may (None: any elevated token may)."""
        if writers is None:
            return self.elevated
        return self.sid in writers or bool(set(self.groups) & writers)


SYSTEM = Token("NT AUTHORITY\\SYSTEM", SYSTEM_SID, (ADMINISTRATORS_SID,), elevated=True)


@dataclass(frozen=True)
class Account:
    """A local or domain account that can log on over WinRM."""

    name: str
    password: str
    role: Role
    sid: str
    domain: str = ""
    """Empty for a local account; then the machine's name stands before the user's."""

    def token(self, machine_name: str) -> Token:
        """The token of a WinRM session of this account."""
        groups = {
            Role.ADMINISTRATOR: (ADMINISTRATORS_SID, USERS_SID),
            Role.FILTERED_ADMINISTRATOR: (USERS_SID,),
            Role.REMOTE_USER: (REMOTE_MANAGEMENT_USERS_SID, USERS_SID),
        }[self.role]
        return Token(
            f"{self.domain or machine_name}\\{self.name}",
            self.sid,
            groups,
            elevated=self.role is Role.ADMINISTRATOR,
            password=self.password,
        )
