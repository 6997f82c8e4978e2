"""A connection that calls itself winrm and has almost none of its options."""

from __future__ import annotations

from typing import Any

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
author: windefend.maps
name: like_winrm
short_description: for a test
description: For a test.
options:
  remote_addr:
    description: The host.
    vars:
      - name: inventory_hostname
"""


class Connection(ConnectionBase):
    transport = "winrm"

    def _connect(self) -> Any:
        return self

    def exec_command(self, *_arguments: Any, **_options: Any) -> Any:
        raise NotImplementedError

    put_file = fetch_file = exec_command

    def close(self) -> None:
        pass
