"""Every way to a host, and what comes of it: tests/integration/test_connection_matrix.py holds these tables to what
happens, and docs/connections.md shows them.

A variant is one host of an inventory. Its variables may name what a test makes first: `{ca}` is a file with the
authority of the hosts' certificates, `{other}` one with another, `{own}` one with the host's own certificate, and
`{client}` one with the account's.
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


SEALED, TLS, BOTH, CLEAR, SSH = Protection


@dataclass(frozen=True)
class Refused:
    """No command runs."""

    said: str
    """A part of the message: what to do."""
    why: str = ""
    """For the page, where the title does not say it."""


Result = Protection | Refused


@dataclass(frozen=True)
class Variant:
    """One way to a host."""

    name: str
    result: Result
    variables: Mapping[str, Any]
    host: Mapping[str, Any] = field(default_factory=dict)
    """What the entry of a fleet file says of the host besides."""
    default_shell: str = ""
    """What the host's OpenSSH server starts; empty: it has none."""
    needs: str = ""
    """`ssh`, `kerberos`, `credssp` or `root`: what may be missing where the tests run."""
    ipv6: bool = False
    """Whether its address is one of IPv6."""


LOCAL = {"user": "ansible", "password": "Winsim-only-1"}
DOMAIN = {"user": "svc-matrix", "password": "Winsim-only-2", "domain": "CORP.EXAMPLE"}
"""The accounts of the hosts."""
HTTP_CONNECTIONS = ("winrm", "psrp")
CONNECTIONS = (*HTTP_CONNECTIONS, "ssh")

ENCRYPTIONS = ("auto", "always", "never")
NO_KEY = Refused("Basic and certificates encrypt no messages", "Basic and certificates have no key to encrypt with")
NOT_OF_WINRM = Refused("Set it to ntlm, kerberos", "pywinrm has no method of this name; it has `ntlm` and `kerberos`")
NOT_SHOWN = Refused("Check ansible_user, ansible_password", "a certificate is shown when TLS begins; the host saw none")
NO_TLS = Refused("Set ansible_psrp_protocol to https", "a certificate is shown when TLS begins")
MATRIX: dict[tuple[str, str, str], tuple[Result, Result, Result]] = {
    ("winrm", "basic", "http"): (CLEAR, NO_KEY, CLEAR),
    ("winrm", "basic", "https"): (TLS, NO_KEY, TLS),
    ("winrm", "plaintext", "http"): (CLEAR, NO_KEY, CLEAR),
    ("winrm", "ssl", "https"): (TLS, NO_KEY, TLS),
    ("winrm", "ntlm", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "ntlm", "https"): (TLS, BOTH, TLS),
    ("winrm", "kerberos", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "kerberos", "https"): (TLS, BOTH, TLS),
    ("winrm", "credssp", "http"): (SEALED, SEALED, CLEAR),
    ("winrm", "credssp", "https"): (TLS, BOTH, TLS),
    ("winrm", "certificate", "http"): (NOT_SHOWN, NO_KEY, NOT_SHOWN),
    ("winrm", "certificate", "https"): (TLS, NO_KEY, TLS),
    ("winrm", "negotiate", "http"): (NOT_OF_WINRM, NOT_OF_WINRM, NOT_OF_WINRM),
    ("winrm", "negotiate", "https"): (NOT_OF_WINRM, NOT_OF_WINRM, NOT_OF_WINRM),
    ("psrp", "basic", "http"): (NO_KEY, NO_KEY, CLEAR),
    ("psrp", "basic", "https"): (TLS, NO_KEY, TLS),
    ("psrp", "ntlm", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "ntlm", "https"): (TLS, BOTH, TLS),
    ("psrp", "kerberos", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "kerberos", "https"): (TLS, BOTH, TLS),
    ("psrp", "credssp", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "credssp", "https"): (TLS, BOTH, TLS),
    ("psrp", "certificate", "http"): (NO_KEY, NO_KEY, NO_TLS),
    ("psrp", "certificate", "https"): (TLS, NO_KEY, TLS),
    ("psrp", "negotiate", "http"): (SEALED, SEALED, CLEAR),
    ("psrp", "negotiate", "https"): (TLS, BOTH, TLS),
}
"""Connection, authentication, scheme -> what comes of each of ENCRYPTIONS."""

UNTRUSTED = Refused("to a file with that authority's certificate")
CERTIFICATES: dict[str, tuple[str, str, Result]] = {
    "issued by the authority that is given": ("good", "{ca}", TLS),
    "issued by another authority": ("good", "{other}", UNTRUSTED),
    "the file with the authority is missing": ("good", "/nowhere.pem", Refused("The file of trusted authorities")),
    "for another name": ("wrong_name", "{ca}", Refused("Set ansible_host to a name that the certificate has")),
    "expired": ("expired", "{ca}", Refused("Check the clock, then renew the certificate")),
    "self-signed": ("self_signed", "{ca}", UNTRUSTED),
    "self-signed, and given as the authority": ("self_signed", "{own}", TLS),
    "for another name, validation off": ("wrong_name", "", TLS),
    "expired, validation off": ("expired", "", TLS),
    "self-signed, validation off": ("self_signed", "", TLS),
}
"""The host's certificate -> what winsim calls it, the file that is trusted (empty: no validation), what comes of it."""

SHELLS = {"cmd.exe": "cmd", "PowerShell": "powershell"}
_PASSWORD = {
    "ansible_user": "{ssh_user}",
    "ansible_password": "{ssh_password}",
    "ansible_ssh_private_key_file": "/nowhere",
}
SSH_LOGONS: dict[str, dict[str, str]] = {
    "key": {},
    "password, `ansible_ssh_password_mechanism: ssh_askpass`": {
        **_PASSWORD, "ansible_ssh_password_mechanism": "ssh_askpass"
    },
    "password, `ansible_ssh_password_mechanism: sshpass`": {**_PASSWORD, "ansible_ssh_password_mechanism": "sshpass"},
}  # fmt: skip
"""Each with each of SHELLS."""

NO_BRACKETS = Refused("Correct ansible_host", "OpenSSH takes brackets for a part of a name")
ADDRESSES: dict[str, dict[str, Result]] = {
    "::1": {"winrm": SEALED, "psrp": SEALED, "ssh": SSH},
    "[::1]": {"winrm": SEALED, "psrp": SEALED, "ssh": NO_BRACKETS},
}
"""`ansible_host` -> what comes of it over each connection."""


@dataclass(frozen=True)
class Condition:
    """What is refused whatever else is right."""

    title: str
    said: str
    connections: tuple[str, ...] = HTTP_CONNECTIONS
    authentication: str = "ntlm"
    variables: Mapping[str, Any] = field(default_factory=dict)
    """`{}` in a name is the connection."""
    host: Mapping[str, Any] = field(default_factory=dict)


_WRONG = {"ansible_password": "Wrong-1"}
_NEVER = {"ansible_{}_message_encryption": "never"}
CONDITIONS = (
    Condition("a wrong password, NTLM", "Check ansible_user, ansible_password", variables=_WRONG),
    Condition(
        "a wrong password, Kerberos", "Check ansible_password, and the spelling of ansible_user",
        authentication="kerberos", variables=_WRONG, host={"account": DOMAIN},
    ),
    Condition(
        "a wrong password, CredSSP", "Check ansible_user and ansible_password",
        authentication="credssp", variables=_WRONG, host={"overrides": {"winrm": {"allow_credssp": True}}},
    ),
    Condition("Basic, and the host does not allow it", "is a method that the service offers",
              authentication="basic", variables=_NEVER),
    Condition("CredSSP, and the host does not offer it", "Enable-WSManCredSSP -Role Server", authentication="credssp"),
    Condition("messages in clear, and the host does not allow them", "_message_encryption: auto", variables=_NEVER),
    Condition("HTTP to an HTTPS listener", "fits ansible_port (http 5985, https 5986)", host={"tls": "good"}),
    Condition("another path", "_path (wsman)", variables={"ansible_{}_path": "elsewhere"}),
    Condition("the policy that allows no remote shells", "set ansible_connection to ssh",
              host={"scenario": "remote_shell_disabled"}),
    Condition("`become`", "set ansible_become: false for the Windows hosts", CONNECTIONS,
              variables={"ansible_become": True}),
    Condition("any other connection, such as `local`", "works over the connections psrp, ssh, winrm", ("local",)),
)  # fmt: skip


def variants() -> Iterator[Variant]:
    """All, in the order of the page."""
    for (connection, authentication, scheme), results in MATRIX.items():
        for encryption, result in zip(ENCRYPTIONS, results, strict=True):
            name = f"{connection}, {authentication} over {scheme}, {encryption}"
            chosen = {f"ansible_{connection}_message_encryption": encryption}
            yield Variant(
                name, result, {**_logon(connection, authentication, scheme), **chosen},
                _host(authentication, scheme, clear=result is CLEAR), needs=_needs(connection, authentication),
            )  # fmt: skip
    for title, (kind, file, result) in CERTIFICATES.items():
        for connection in HTTP_CONNECTIONS:
            variables = {**_logon(connection, "ntlm", "https"), **_trusted(connection, file)}
            yield Variant(f"{connection}, certificate {title}", result, variables, {"tls": kind})
    for logon, own in SSH_LOGONS.items():
        for title, shell in SHELLS.items():
            variables = {**_logon("ssh"), **own}
            yield Variant(
                f"ssh, {logon}, {title}", SSH, variables, default_shell=shell, needs="root" if own else "ssh"
            )  # fmt: skip
    for address, of in ADDRESSES.items():
        for connection, result in of.items():
            variables = {**_logon(connection), "ansible_host": address}
            shell = "cmd" if connection == "ssh" else ""
            yield Variant(f"{connection}, {address}", result, variables, {}, shell, _needs(connection), ipv6=True)
    for one in CONDITIONS:
        for connection in one.connections:
            variables = {**_logon(connection, one.authentication), **_named(one.variables, connection)}
            shell = "cmd" if connection == "ssh" else ""
            yield Variant(
                f"{connection}, {one.title}",
                Refused(one.said),
                variables,
                one.host,
                shell,
                _needs(connection, one.authentication),
            )


def _named(variables: Mapping[str, Any], connection: str) -> dict[str, Any]:
    return {name.format(connection): value for name, value in variables.items()}


_PATIENCE = 120
"""Seconds for an answer: how busy a machine is must decide nothing."""


def _logon(connection: str, authentication: str = "ntlm", scheme: str = "http") -> dict[str, Any]:
    variables: dict[str, Any] = {"ansible_connection": connection}
    files: tuple[str, ...] = ()
    if connection == "winrm":
        variables |= {"ansible_winrm_transport": authentication, "ansible_winrm_scheme": scheme}
        variables["ansible_winrm_read_timeout_sec"] = _PATIENCE
        files = ("ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem")
        if authentication == "kerberos":
            variables["ansible_winrm_kinit_env_vars"] = "KRB5_CONFIG"
    elif connection == "psrp":
        variables |= {"ansible_psrp_auth": authentication, "ansible_psrp_protocol": scheme}
        variables["ansible_psrp_read_timeout"] = _PATIENCE
        files = ("ansible_psrp_certificate_pem", "ansible_psrp_certificate_key_pem")
    if authentication == "certificate":
        variables |= dict.fromkeys(files, "{client}")
    return variables


def _host(authentication: str, scheme: str, clear: bool) -> dict[str, Any]:
    """What it allows is no more than what the variant needs."""
    allowed = {
        "allow_basic": authentication in ("basic", "plaintext", "ssl"),
        "allow_credssp": authentication == "credssp",
    }
    host: dict[str, Any] = {"overrides": {"winrm": {**allowed, "allow_unencrypted": clear}}}
    if scheme == "https":
        host["tls"] = "good"
        if authentication == "certificate":
            host["account"] = {**LOCAL, "certificate": True}
    if authentication == "kerberos":
        host["account"] = DOMAIN
    return host


def _trusted(connection: str, file: str) -> dict[str, str]:
    if connection == "winrm":
        return {"ansible_winrm_ca_trust_path": file} if file else {"ansible_winrm_server_cert_validation": "ignore"}
    return {"ansible_psrp_ca_cert": file} if file else {"ansible_psrp_cert_validation": "ignore"}


def _needs(connection: str, authentication: str = "") -> str:
    return next((one for one in (connection, authentication) if one in ("ssh", "kerberos", "credssp")), "")
