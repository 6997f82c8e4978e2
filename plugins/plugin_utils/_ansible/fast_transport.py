"""Lets Ansible's winrm connection make protocols with bounded transports while an action of this collection runs."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import winrm as plugin

from .._remote import FastProtocol, SweepHost, WinrmHost


@contextlib.contextmanager
def fast_protocols() -> Iterator[None]:
    """Puts FastProtocol where the plugin looks for pywinrm's Protocol.

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


def winrm_host(connection: Any, name: str) -> WinrmHost:
    """A host behind Ansible's connection, for a task of its own."""
    return WinrmHost(connection, name, (AnsibleConnectionFailure, AnsibleError))


def sweep_host(connection: Any, name: str, seconds: float) -> SweepHost:
    """The same as one of a sweep's hosts, with its time."""
    return SweepHost(connection, name, (AnsibleConnectionFailure, AnsibleError), seconds)
