"""The journal: what a change overwrote, kept on the controller and on the host, and the way back.

`writer` wraps any operation that changes something, `record`, `seal` and `copy` are the two copies, `allowed` is the
table of what may be restored, `rollback` restores. Which module writes what is known only to `allowed` and `states`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import choice as choice, rollback as rollback
    from .allowed import SSL as SSL
    from .choice import Merged as Merged, Trust as Trust, live as live, merge as merge
    from .copy import KEY as KEY, MACHINE_GUID as MACHINE_GUID, OWN_KEY as OWN_KEY
    from .record import (
        STAMP as STAMP,
        Kept as Kept,
        Record as Record,
        check_run as check_run,
        line as line,
        loads as loads,
        parse_file as parse_file,
    )
    from .seal import LONGEST as LONGEST, MOST_SECRETS as MOST_SECRETS, Seal as Seal, secrets as secrets
    from .strength import ALL as ALL, CHECKS as CHECKS, options as options
    from .writer import Writer as Writer, journaled as journaled
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "allowed": ("SSL",),
            "choice": ("Merged", "Trust", "choice", "live", "merge"),
            "copy": ("KEY", "MACHINE_GUID", "OWN_KEY"),
            "record": ("Kept", "Record", "STAMP", "check_run", "line", "loads", "parse_file"),
            "rollback": ("rollback",),
            "seal": ("LONGEST", "MOST_SECRETS", "Seal", "secrets"),
            "strength": ("ALL", "CHECKS", "options"),
            "writer": ("Writer", "journaled"),
        },
    )
