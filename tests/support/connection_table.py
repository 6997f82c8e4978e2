"""Every way to a host, and what comes of it: tests/integration/test_connection_matrix.py holds this table to what
happens, and docs/connections.md shows it.

A variant is one host of an inventory. Its variables may name what a test makes first: `{ca}` is a file with the
authority of the hosts' certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Protection(Enum):
    """The host is reached, and this keeps others from reading the messages, as the host saw them."""

    SEALED = "sealed"
    TLS = "TLS"
    SEALED_IN_TLS = "sealed in TLS"
    CLEAR = "in clear"
    SSH = "ssh"

    @property
    def sealed(self) -> bool:
        return self in (Protection.SEALED, Protection.SEALED_IN_TLS)


SEALED, TLS, BOTH, CLEAR = Protection.SEALED, Protection.TLS, Protection.SEALED_IN_TLS, Protection.CLEAR


@dataclass(frozen=True)
class Refused:
    """No command runs."""

    why: str
    said: str
    """A part of the message: what to do."""


@dataclass(frozen=True)
class NotPlayed:
    """No test plays it."""

    why: str


Result = Protection | Refused | NotPlayed


@dataclass(frozen=True)
class Variant:
    """One way to a host."""

    name: str
    connection: str
    result: Result
    variables: Mapping[str, Any]
    host: Mapping[str, Any] = field(default_factory=dict)
    """What the entry of a fleet file says of the host besides."""
    certificate: str = ""
    """What is wrong with the host's certificate; empty: nothing."""
    default_shell: str = ""
    """What the host's OpenSSH server starts."""
    ipv6: bool = False
    """Whether its address is one of IPv6."""


ENCRYPTIONS = ("auto", "always", "never")
ENCRYPTS_NOTHING = Refused(
    "Basic and certificates have no key to encrypt with", "Basic and certificates encrypt no messages"
)
NOT_OF_WINRM = Refused(
    "pywinrm knows no such method; its `ntlm` and `kerberos` are the same", "Set it to ntlm, kerberos"
)
NEEDS_TLS = Refused("a certificate is shown in the handshake of TLS", "Set ansible_psrp_protocol to https")
NO_CERTIFICATE = Refused("a certificate is shown in the handshake of TLS", "Check ansible_user, ansible_password")
WITHOUT_TLS = (SEALED, SEALED, CLEAR)
OVER_TLS = (TLS, BOTH, TLS)
MATRIX: dict[tuple[str, str, str], tuple[Result, Result, Result]] = {
    ("winrm", "basic", "http"): (CLEAR, ENCRYPTS_NOTHING, CLEAR),
    ("winrm", "ntlm", "http"): WITHOUT_TLS,
    ("winrm", "negotiate", "http"): (NOT_OF_WINRM, NOT_OF_WINRM, NOT_OF_WINRM),
    ("psrp", "basic", "http"): (ENCRYPTS_NOTHING, ENCRYPTS_NOTHING, CLEAR),
    ("psrp", "ntlm", "http"): WITHOUT_TLS,
    ("psrp", "negotiate", "http"): WITHOUT_TLS,
}
"""Connection, authentication, scheme -> what comes of each of ENCRYPTIONS."""


SHELLS = {"cmd.exe": "cmd", "PowerShell": "powershell"}
_PASSWORD = {
    "ansible_user": "{ssh_user}",
    "ansible_password": "{ssh_password}",
    "ansible_ssh_private_key_file": "/nowhere",
}
SSH_LOGONS: dict[str, dict[str, str]] = {
    "key": {},
    "password, by SSH_ASKPASS": {**_PASSWORD, "ansible_ssh_password_mechanism": "ssh_askpass"},
    "password, by sshpass": {**_PASSWORD, "ansible_ssh_password_mechanism": "sshpass"},
}
_NTLM = {
    "winrm": {"ansible_connection": "winrm", "ansible_winrm_transport": "ntlm"},
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm"},
    "ssh": {"ansible_connection": "ssh"},
}
"""The connection by which addresses and certificates are tried."""
_PLAIN = {"winrm": {"ansible_winrm_scheme": "http"}, "psrp": {"ansible_psrp_protocol": "http"}, "ssh": {}}
NO_BRACKETS = Refused("OpenSSH takes brackets for a part of the name", "Correct ansible_host")
ADDRESSES: dict[str, dict[str, Result]] = {
    "::1": dict.fromkeys(_NTLM, SEALED) | {"ssh": Protection.SSH},
    "[::1]": dict.fromkeys(_NTLM, SEALED) | {"ssh": NO_BRACKETS},
}
"""`ansible_host` -> what comes of it over each connection."""


def variants() -> Iterator[Variant]:
    """All, in the order of the page."""
    for (connection, authentication, scheme), results in MATRIX.items():
        for encryption, result in zip(ENCRYPTIONS, results, strict=True):
            yield _over_wsman(connection, authentication, scheme, encryption, result)
    for logon, variables in SSH_LOGONS.items():
        for title, shell in SHELLS.items():
            name = f"ssh, {logon}, {title}"
            yield Variant(name, "ssh", Protection.SSH, variables, default_shell=shell)
    for address, of in ADDRESSES.items():
        for connection, result in of.items():
            variables = {**_NTLM[connection], **_PLAIN[connection], "ansible_host": address}
            yield Variant(f"{connection}, {address}", connection, result, variables, ipv6=True)


def _over_wsman(connection: str, authentication: str, scheme: str, encryption: str, result: Result) -> Variant:
    named = {
        "winrm": ("ansible_winrm_transport", "ansible_winrm_scheme", "ansible_winrm_message_encryption"),
        "psrp": ("ansible_psrp_auth", "ansible_psrp_protocol", "ansible_psrp_message_encryption"),
    }[connection]
    variables = dict(zip(named, (authentication, scheme, encryption), strict=True))
    clear = {"winrm": {"allow_basic": True, "allow_unencrypted": True}} if result is CLEAR else {}
    return Variant(
        f"{connection}, {authentication} over {scheme}, {encryption}",
        connection,
        result,
        {"ansible_connection": connection, **variables},
        {"overrides": clear} if clear else {},
    )
