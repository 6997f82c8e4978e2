"""Kerberos tickets that are acquired with a password and kept in memory, for any number of accounts at the same time.

No process is started, and the environment, which all threads share, stays as it is. An account's ticket is acquired
once. Each logon gets a cache of its own with a copy of it: MIT searches a cache in memory from one end to the other, so
in one for all hosts of a sweep each would cost more than the one before.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from .optional_imports import krb5, spnego

SPARE = 300
"""Seconds before its end in which a ticket is no longer used: the clocks may differ so much (Kerberos' usual limit)."""


class _Account:
    """A user with a password, whose ticket is acquired by whoever needs it first. What failed is not tried again: each
    try counts for the lockout of the account."""

    def __init__(self, username: str, password: str, forwardable: bool) -> None:
        self._of = username, password, forwardable
        self._lock = threading.Lock()
        self._ticket: Any = None
        self._error: Exception | None = None

    def ticket(self) -> Any:
        """Raises krb5.Krb5Error."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._ticket is None or self._ticket.times.endtime - SPARE < time.time():
                try:
                    self._ticket = _acquired(*self._of)
                except Exception as error:
                    self._error = error
                    raise
            return self._ticket


def _acquired(username: str, password: str, forwardable: bool) -> Any:
    """With the options of pyspnego, which acquires a ticket for each context anew."""
    context = krb5.init_context()
    options = krb5.get_init_creds_opt_alloc(context)
    krb5.get_init_creds_opt_set_canonicalize(options, True)
    krb5.get_init_creds_opt_set_forwardable(options, forwardable)
    # The password of a computer may hold halves of surrogate pairs.
    secret = password.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    principal = krb5.parse_name_flags(context, username.encode())
    return krb5.get_init_creds_password(context, principal, options, password=secret)


_accounts: dict[tuple[str, str, bool], _Account] = {}
_looking_up = threading.Lock()


@contextlib.contextmanager
def cache(username: str, password: str, forwardable: bool) -> Iterator[Any]:
    """A cache with the account's ticket, for one logon. Raises krb5.Krb5Error."""
    with _looking_up:
        account = _accounts.setdefault((username, password, forwardable), _Account(username, password, forwardable))
    ticket = account.ticket()
    context = krb5.init_context()
    made = krb5.cc_new_unique(context, b"MEMORY")
    try:
        krb5.cc_initialize(context, made, ticket.client)
        krb5.cc_store_cred(context, made, ticket)
        yield spnego.KerberosCCache(f"MEMORY:{(made.name or b'').decode()}")
    finally:
        krb5.cc_destroy(context, made)
