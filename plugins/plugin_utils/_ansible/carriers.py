"""Ansible's connection plugins as carriers of command lines: the only file that touches what they do not promise.

What a carrier needs of its plugin is the table NAMES, which a test holds against the ansible-core that is installed.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import winrm as plugin

from .. import _remote
from .._remote import FastProtocol, Host, LimitedHost, SweepHost, WinrmHost

NAMES = {
    "winrm": ("_connect", "_connected", "_kerb_auth", "protocol", "shell_id"),
    "psrp": ("_build_kwargs", "_connected", "_psrp_conn_kwargs"),
}
"""Names of a plugin's connection that are used here, beside those of every connection: `_resolve_option_variables`."""

SSHPASS_REFUSED = 5
"""What sshpass ends with after an incorrect password (sshpass(1), return values)."""


class LinkFailed(Exception):
    """No connection came about. No AnsibleError: those repeat the texts of their causes."""


FAILURES = (AnsibleConnectionFailure, AnsibleError, LinkFailed)


class WinrmLink:
    """A connection of ansible.builtin.winrm, which makes its protocol and opens a cmd shell itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._kinit = connection._kerb_auth
        connection._kerb_auth = self._get_ticket
        self.finished: list[tuple[str, str]] = []

    def _get_ticket(self, principal: str, password: str) -> None:
        """Called by the plugin before it makes a protocol for Kerberos with a password."""
        if acquires_ticket(self._connection):
            _remote.current_token().acquires = True
        else:
            self._kinit(principal, password)

    @property
    def protocol(self) -> Any:
        return self._connection.protocol

    @property
    def shell_id(self) -> str | None:
        shell: str | None = self._connection.shell_id
        return shell

    def get_option(self, name: str) -> Any:
        """See Link.get_option."""
        return self._connection.get_option(name)

    def connect(self) -> None:
        """See Link.connect."""
        self._connection._connect()

    def forget(self) -> None:
        """See Link.forget."""
        self._connection.protocol = self._connection.shell_id = None
        self._connection._connected = False

    def close(self) -> None:
        """See Link.close."""
        self._connection.close()

    def worded(self, message: str) -> str:
        """See Link.worded."""
        return message


class PsrpLink:
    """A connection of ansible.builtin.psrp: its settings, and instead of its runspace a cmd shell of ours."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._close = connection.close
        connection.close = self.close  # what Ansible calls at the end of a task
        self.protocol: Any = None
        self.shell_id: str | None = None
        self.finished: list[tuple[str, str]] = []

    def get_option(self, name: str) -> Any:
        """See Link.get_option."""
        value = self._connection.get_option(name)
        if name == "port" and value is None:  # as the plugin decides it
            value = 5985 if self._connection.get_option("protocol") == "http" else 5986
        return value

    def connect(self) -> None:
        """See Link.connect."""
        if self.protocol is not None:
            return
        try:
            self._connection._build_kwargs()
            protocol = _remote.PsrpProtocol(self._connection._psrp_conn_kwargs)
            self.shell_id = protocol.open_shell()
        except Exception as error:  # whatever a client library makes of a setting or an answer, as in the plugin winrm
            raise LinkFailed(f"{self._connection.get_option('auth')}: {error}") from error
        self.protocol = protocol
        self._connection._connected = True  # otherwise Ansible makes a new connection for each item of a loop

    def forget(self) -> None:
        """See Link.forget."""
        self.protocol = self.shell_id = None
        self._connection._connected = False

    def close(self) -> None:
        """See Link.close."""
        if self.protocol is not None and self.shell_id is not None:
            self.protocol.close_shell(self.shell_id)
        self.forget()
        self._close()

    def worded(self, message: str) -> str:
        """See Link.worded."""
        return _remote.in_words_of_psrp(message)


class SshLink:
    """A connection of ansible.builtin.ssh, which starts an ssh client for each line."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # A line may change the host, and ssh does not tell whether it ran.
        connection.set_option("reconnection_retries", 0)
        # The process is a worker of this task alone. Where no Watch is set, nothing is different.
        sys.modules[type(connection).__module__].subprocess = _Subprocess()  # type: ignore[attr-defined]

    def get_option(self, name: str) -> Any:
        """See SshLink.get_option in _remote."""
        names = {"remote_addr": "host", "remote_password": "password"}
        return self._connection.get_option(names.get(name, name))

    def run(self, command: str, data: bytes) -> int:
        """See SshLink.run in _remote."""
        if self._connection.has_tty:
            raise LinkFailed("the arguments of ssh request a terminal, in which the output is not what was printed")
        code, _stdout, stderr = self._connection.exec_command(command, in_data=data, sudoable=False)
        # ansible-core 2.21 takes what sshpass ends with for the exit code of the host.
        by_sshpass = code == SSHPASS_REFUSED and self.get_option("password_mechanism") == "sshpass"
        if by_sshpass and b"permission denied" in stderr.lower():
            raise LinkFailed(stderr.decode("utf-8", "replace"))
        return int(code)


class _Subprocess:
    """The module subprocess for the plugin ssh, but that each process it starts is given to the Watch of its thread."""

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    @staticmethod
    def Popen(*arguments: Any, **options: Any) -> Any:  # noqa: N802 - the name that the plugin calls
        process = subprocess.Popen(*arguments, **options)
        watch = _remote.current_watch()
        if watch is not None:
            watch.started(process)
        return process


LINKS: Mapping[str, Callable[[Any], Any]] = {"psrp": PsrpLink, "ssh": SshLink, "winrm": WinrmLink}
WORKING = ", ".join(LINKS)
_LIBRARIES = {"winrm": ("pywinrm", "MISSING"), "psrp": ("pypsrp", "PSRP_MISSING")}
"""What a connection needs, and which name of `_remote` says whether it is there: asked for only where it is used."""


def unsupported(action: str, connection: Any, become: bool) -> str:
    """Why an action does not work over a connection; empty where it does."""
    transport = getattr(connection, "transport", "")
    if transport not in LINKS:
        return (
            f"{action} works over the connections {WORKING}; this host uses '{transport}'. Set "
            "ansible_connection to one of them for it: the action runs Windows' own tools in cmd.exe"
        )
    if become:
        return (
            f"{action} does not support become: an action plugin would silently run as the logged-on user. Use an "
            "account that is an administrator on the host, and if the module has run_as, use run_as: system to act "
            "as SYSTEM. Where become is set for other hosts, in ansible.cfg for example, set ansible_become: false for "
            "the Windows hosts"
        )
    library, known = _LIBRARIES.get(transport, ("", ""))
    missing = getattr(_remote, known) if known else None
    if missing is not None:
        return (
            f"{action} needs {library} on the controller for a host of the connection {transport}, in the Python that "
            f"runs Ansible ({sys.executable}): {missing}. Install it there: python -m pip install {library}"
        )
    return ""


def host_of(connection: Any, name: str) -> Host:
    """A host behind Ansible's connection, for a task of its own. The items of a loop share a connection."""
    link = getattr(connection, "maps_link", None)
    if link is None:
        link = connection.maps_link = LINKS[connection.transport](connection)
    return (_remote.SshHost if connection.transport == "ssh" else WinrmHost)(link, name, FAILURES)


def sweep_host_of(connection: Any, name: str, seconds: float) -> LimitedHost:
    """The same as one of a sweep's hosts, with its time."""
    link = LINKS[connection.transport](connection)
    return (_remote.SshSweepHost if connection.transport == "ssh" else SweepHost)(link, name, FAILURES, seconds)


@contextlib.contextmanager
def fast_protocols() -> Iterator[None]:
    """Puts FastProtocol where the plugin winrm looks for pywinrm's Protocol, so that transports are bounded.

    The process is a worker of this task alone. A connection that goes on to another action's task keeps its protocol,
    which does what pywinrm's does. What a Protocol takes, which the plugin asks for each connection, is found out once.
    """
    ours = {"Protocol": FastProtocol, "getfullargspec": functools.cache(inspect.getfullargspec)}
    before = {name: getattr(plugin, name) for name in ours if hasattr(plugin, name)}
    for name in before:
        setattr(plugin, name, ours[name])
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(plugin, name, value)


def acquires_ticket(connection: Any) -> bool:
    """Whether a winrm connection that logs on by Kerberos with a password needs no kinit, because the lean transport
    acquires the ticket: not where kinit is set up by hand, and not for a host that is left to pywinrm's transport."""
    option = connection.get_option
    address, scheme = str(option("remote_addr")), option("scheme") or ("http" if option("port") == 5985 else "https")
    proxy = option("_extras").get("ansible_winrm_proxy", "legacy_requests")
    by_hand = option("kerberos_command") != "kinit" or option("kinit_args")
    plain = option("remote_user") and option("remote_password") and address.isascii()
    return bool(plain and not by_hand and _remote.can_acquire() and not _remote.proxied(proxy, scheme, address))


def share_ticket(connection: Any, get: Callable[[Callable[[str, str], None], str, str], None]) -> None:
    """Lets `get` decide how a winrm connection comes to its Kerberos ticket: it is given the connection's own way."""
    connection._kerb_auth = functools.partial(get, connection._kerb_auth)


def options_of(connection: Any, variables: Mapping[str, Any], templar: Any) -> dict[str, Any]:
    """The variables that a connection plugin reads, templated; `_extras` holds those it passes on."""
    return dict(connection._resolve_option_variables(variables, templar))
