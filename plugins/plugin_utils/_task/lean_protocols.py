"""Lets Ansible's winrm connection make protocols with a lean transport, for as long as a sweep lasts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import winrm as plugin

from .._remote.swept import LeanProtocol, SweptHost


@contextlib.contextmanager
def lean_protocols() -> Iterator[None]:
    """Puts LeanProtocol where the plugin looks for pywinrm's Protocol. The process is a worker of this task alone."""
    before = plugin.Protocol
    plugin.Protocol = LeanProtocol
    try:
        yield
    finally:
        plugin.Protocol = before


def swept_host(connection: Any, name: str, seconds: float) -> SweptHost:
    return SweptHost(connection, name, (AnsibleConnectionFailure, AnsibleError), seconds)
