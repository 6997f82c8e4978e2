"""The only layer that does I/O: hosts that run command lines over WinRM and ssh. Imports no other layer.

`host` says what a host is, `winrm`, `ssh` and `sweep_host` are the kinds, the rest is the wire below them. Nothing here
knows what a command line means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facade import lazy_exports

if TYPE_CHECKING:
    from . import faults, hints
    from .host import CommandTimedOut, Completed, Host, LimitedHost, LineBroken, RemoteError, Unreachable
    from .link import Link
    from .optional_imports import MISSING
    from .protocol import FastProtocol, current_token
    from .psrp import PSRP_MISSING, PsrpProtocol
    from .settings import can_acquire, proxied
    from .ssh import SshHost, SshLink, SshSweepHost, current_watch
    from .sweep_host import SweepHost
    from .variables import in_words_of_psrp
    from .winrm import WinrmHost
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "faults": "faults",
            "hints": "hints",
            "host": "CommandTimedOut Completed Host LimitedHost LineBroken RemoteError Unreachable",
            "link": "Link",
            "optional_imports": "MISSING",
            "protocol": "FastProtocol current_token",
            "psrp": "PSRP_MISSING PsrpProtocol",
            "settings": "can_acquire proxied",
            "ssh": "SshHost SshLink SshSweepHost current_watch",
            "sweep_host": "SweepHost",
            "variables": "in_words_of_psrp",
            "winrm": "WinrmHost",
        },
    )
