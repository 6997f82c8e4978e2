"""The journal: what a change overwrote, kept on the controller and on the host, and the way back.

`writer` wraps any operation that changes something, `record`, `seal` and `copy` are the two copies, `allowed` is the
table of what may be restored, `rollback` restores. Which module writes what is known only to `allowed` and `states`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import choice, rollback
    from .allowed import SSL
    from .choice import Merged, Trust, active, merge
    from .copy import KEY, MACHINE_GUID, OWN_KEY
    from .record import STAMP, JournalContents, Record, check_run, line, loads, new_run, parse_file
    from .seal import LONGEST, MOST_SECRETS, Seal, secrets
    from .strength import ALL, CHECKS, options
    from .writer import JournalWriter, Writer, journaled
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "allowed": "SSL",
            "choice": "Merged Trust active choice merge",
            "copy": "KEY MACHINE_GUID OWN_KEY",
            "record": "JournalContents Record STAMP check_run line loads new_run parse_file",
            "rollback": "rollback",
            "seal": "LONGEST MOST_SECRETS Seal secrets",
            "strength": "ALL CHECKS options",
            "writer": "JournalWriter Writer journaled",
        },
    )
