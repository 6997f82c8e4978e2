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
    default_shell: str = ""
    """What the host's OpenSSH server starts."""
    needs: str = ""
    """`kerberos`, `credssp` or `root`: what may be missing where the tests run."""
    ipv6: bool = False
    """Whether its address is one of IPv6."""


LOCAL = {"user": "ansible", "password": "Winsim-only-1"}
DOMAIN = {"user": "svc-matrix", "password": "Winsim-only-2", "domain": "CORP.EXAMPLE"}
"""The accounts of the hosts."""
_CLIENT_FILES = {
    "winrm": ("ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem"),
    "psrp": ("ansible_psrp_certificate_pem", "ansible_psrp_certificate_key_pem"),
}
ENCRYPTIONS = ("auto", "always", "never")
ENCRYPTS_NOTHING = Refused(
    "Basic and certificates have no key to encrypt with", "Basic and certificates encrypt no messages"
)
NOT_OF_WINRM = Refused("pywinrm knows no method of this name", "Set it to ntlm, kerberos")
NO_TLS = Refused("a certificate is shown when TLS begins", "Set ansible_psrp_protocol to https")
NOT_SHOWN = Refused("a certificate is shown when TLS begins", "Check ansible_user, ansible_password")
MATRIX: dict[tuple[str, str, str], tuple[Result, Result, Result]] = {
    ("winrm", "basic", "http"): (CLEAR, ENCRYPTS_NOTHING, CLEAR),
    ("winrm", "basic", "https"): (TLS, ENCRYPTS_NOTHING, TLS),
    ("winrm", "ntlm", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "ntlm", "https"): (TLS, BOTH, TLS),
    ("winrm", "kerberos", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "kerberos", "https"): (TLS, BOTH, TLS),
    ("winrm", "credssp", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "credssp", "https"): (TLS, BOTH, TLS),
    ("winrm", "negotiate", "http"): (NOT_OF_WINRM, NOT_OF_WINRM, NOT_OF_WINRM),
    ("winrm", "negotiate", "https"): (NOT_OF_WINRM, NOT_OF_WINRM, NOT_OF_WINRM),
    ("winrm", "certificate", "http"): (NOT_SHOWN, ENCRYPTS_NOTHING, NOT_SHOWN),
    ("winrm", "certificate", "https"): (TLS, ENCRYPTS_NOTHING, TLS),
    ("psrp", "basic", "http"): (ENCRYPTS_NOTHING, ENCRYPTS_NOTHING, CLEAR),
    ("psrp", "basic", "https"): (TLS, ENCRYPTS_NOTHING, TLS),
    ("psrp", "ntlm", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "ntlm", "https"): (TLS, BOTH, TLS),
    ("psrp", "negotiate", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "negotiate", "https"): (TLS, BOTH, TLS),
    ("psrp", "kerberos", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "kerberos", "https"): (TLS, BOTH, TLS),
    ("psrp", "credssp", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "credssp", "https"): (TLS, BOTH, TLS),
    ("psrp", "certificate", "http"): (ENCRYPTS_NOTHING, ENCRYPTS_NOTHING, NO_TLS),
    ("psrp", "certificate", "https"): (TLS, ENCRYPTS_NOTHING, TLS),
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
_HTTPS = {"winrm": {"ansible_winrm_scheme": "https"}, "psrp": {"ansible_psrp_protocol": "https"}}
_TRUSTED = {"winrm": "ansible_winrm_ca_trust_path", "psrp": "ansible_psrp_ca_cert"}
_IGNORE = {
    "winrm": {"ansible_winrm_server_cert_validation": "ignore"},
    "psrp": {"ansible_psrp_cert_validation": "ignore"},
}
UNKNOWN = Refused("the controller does not trust who signed it", "to a file with that authority's certificate")
CERTIFICATES: dict[str, tuple[str, str, Result]] = {
    "of the authority that is given": ("good", "{ca}", TLS),
    "of another authority": ("good", "{other}", UNKNOWN),
    "the file with the authority is missing": (
        "good", "/nowhere.pem", Refused("", "The file of trusted authorities does not exist")
    ),
    "for another name": ("wrong_name", "{ca}", Refused("", "Set ansible_host to a name that the certificate has")),
    "expired": ("expired", "{ca}", Refused("", "Check the clock, then renew the certificate")),
    "self-signed": ("self_signed", "{ca}", UNKNOWN),
    "self-signed, and given as the authority": ("self_signed", "{own}", TLS),
    "for another name, validation off": ("wrong_name", "", TLS),
    "expired, validation off": ("expired", "", TLS),
    "self-signed, validation off": ("self_signed", "", TLS),
}  # fmt: skip
"""The host's certificate -> what winsim calls it, the trusted file (empty: no validation), and what comes of it."""
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
    for title, (kind, file, result) in CERTIFICATES.items():
        for connection, https in _HTTPS.items():
            trust = {_TRUSTED[connection]: file} if file else _IGNORE[connection]
            variables = {**_NTLM[connection], **https, **trust}
            yield Variant(f"{connection}, certificate {title}", connection, result, variables, {"tls": kind})
    for logon, variables in SSH_LOGONS.items():
        for title, shell in SHELLS.items():
            name = f"ssh, {logon}, {title}"
            yield Variant(
                name, "ssh", Protection.SSH, variables, default_shell=shell, needs="root" if variables else ""
            )
    for address, of in ADDRESSES.items():
        for connection, result in of.items():
            variables = {**_NTLM[connection], **_PLAIN[connection], "ansible_host": address}
            yield Variant(f"{connection}, {address}", connection, result, variables, ipv6=True)


def _over_wsman(connection: str, authentication: str, scheme: str, encryption: str, result: Result) -> Variant:
    named = {
        "winrm": ("ansible_winrm_transport", "ansible_winrm_scheme", "ansible_winrm_message_encryption"),
        "psrp": ("ansible_psrp_auth", "ansible_psrp_protocol", "ansible_psrp_message_encryption"),
    }[connection]
    variables = {
        "ansible_connection": connection,
        **dict(zip(named, (authentication, scheme, encryption), strict=True)),
    }
    clear = result is CLEAR
    allowed = {"allow_basic": authentication == "basic", "allow_credssp": authentication == "credssp"}
    host: dict[str, Any] = {"overrides": {"winrm": {**allowed, "allow_unencrypted": clear}}}
    if scheme == "https":
        host["tls"] = "good"
    if authentication == "certificate":
        variables |= dict.fromkeys(_CLIENT_FILES[connection], "{client}")
        host["account"] = {**LOCAL, "certificate": scheme == "https"}
    if authentication == "kerberos":
        variables |= {"ansible_winrm_kinit_env_vars": "KRB5_CONFIG"} if connection == "winrm" else {}
        host["account"] = DOMAIN
    name = f"{connection}, {authentication} over {scheme}, {encryption}"
    needs = authentication if authentication in ("kerberos", "credssp") else ""
    return Variant(name, connection, result, variables, host, needs=needs)
