"""Kerberos principals of one process, one after the other.

Ansible's winrm connection gets a ticket for each connection into a cache file of its own and names that file in
`KRB5CCNAME`, which the whole process shares: two principals in threads would log on as each other, and even connections
of one principal would find a cache that is not filled yet. So the hosts of one principal are read together, with one
ticket, and those of another in a round of their own. Hosts without Kerberos go along with the
first round, and so do those whose ticket the lean transport acquires and keeps in memory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from ..carriers import acquires_ticket, share_ticket

ENVIRONMENT = "KRB5CCNAME"

Principal = tuple[Any, ...]
AMBIENT_CREDENTIALS: Principal = ("as found",)
"""The ticket that was there when the process began (kerberos_mode manual, or no password)."""


class KerberosRounds:
    """Which hosts may be read now, and with which ticket. As a context it gives the environment back as it was."""

    def __init__(self) -> None:
        self._current: Principal | None = None
        self._ticket: _Ticket | None = None
        self._later: dict[Principal, list[str]] = {}

    def __enter__(self) -> KerberosRounds:
        self._before = os.environ.get(ENVIRONMENT)
        return self

    def __exit__(self, *_unused: object) -> None:
        self._restore()

    def admit(self, name: str, connection: Any) -> bool:
        """Whether a host belongs to this round; if so its connection uses the round's ticket."""
        principal = kerberos_principal(connection)
        if principal is None:
            return True
        if self._current is None:
            self._current = principal
        if principal != self._current:
            self._later.setdefault(principal, []).append(name)
            return False
        if principal != AMBIENT_CREDENTIALS:
            if self._ticket is None:
                self._ticket = _Ticket()
            share_ticket(connection, self._ticket.get)
        return True

    def next_round(self) -> list[str]:
        """The hosts of the next principal; empty when there is none. No thread of the last round may be left."""
        self._restore()
        self._ticket = self._current = None
        if not self._later:
            return []
        principal = next(iter(self._later))
        self._current = principal
        return self._later.pop(principal)

    def _restore(self) -> None:
        if self._before is None:
            os.environ.pop(ENVIRONMENT, None)
        else:
            os.environ[ENVIRONMENT] = self._before


class _Ticket:
    """One ticket for all connections of a principal: whoever comes first gets it, the others what came of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._got_by: Callable[[str, str], None] | None = None
        """The method of the connection that holds the cache file, which goes with it."""
        self._error: Exception | None = None

    def get(self, own: Callable[[str, str], None], principal: str, password: str) -> None:
        """In place of a connection's `_kerb_auth`, which is `own`."""
        with self._lock:
            if self._got_by is None:
                self._got_by = own
                try:
                    own(principal, password)
                except Exception as error:
                    self._error = error
        if self._error is not None:
            raise self._error


def kerberos_principal(connection: Any) -> Principal | None:
    """As whom a connection logs on by the Kerberos cache of this process; None where it does not."""
    transport, option = getattr(connection, "transport", ""), connection.get_option
    if transport == "ssh":  # its client offers what is in the cache, with a password and without
        return AMBIENT_CREDENTIALS
    user, password = option("remote_user"), option("remote_password")
    if transport == "psrp":  # with a password pyspnego keeps its ticket in memory
        return AMBIENT_CREDENTIALS if not password and option("auth") in ("kerberos", "negotiate") else None
    # Without a transport the plugin takes Kerberos for user@domain.
    transports = [one for one in option("transport") or () if one] or (["kerberos"] if "@" in (user or "") else [])
    if "kerberos" not in transports:
        return None
    mode = option("kerberos_mode") or ("managed" if password else "manual")
    if mode == "manual":
        return AMBIENT_CREDENTIALS
    if acquires_ticket(connection):
        return None
    delegation = option("_extras").get("ansible_winrm_kerberos_delegation")
    how = (option("kerberos_command"), option("kinit_args"), tuple(option("kinit_env_vars") or ()), delegation)
    return (user, password, *how)
