"""Ground floor: what every subject is written in.

An operation is a generator that yields `Ask` (commands to run on the host) and gets an `Answer`; one driver runs it
(see `protocol`). Beside it: the places that a change is undone by, transfer of small files, facts that are not known,
and plain values for results. Nothing here knows a subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import file_transfer as file_transfer, places as places, unknown as unknown
    from .file_transfer import (
        LARGEST_FILE as LARGEST_FILE,
        MOST_READ as MOST_READ,
        demand_carried as demand_carried,
        split_last_line as split_last_line,
    )
    from .names import check_seen as check_seen
    from .places import (
        AdvancedSettings as AdvancedSettings,
        Change as Change,
        File as File,
        Json as Json,
        OurRules as OurRules,
        Place as Place,
        RegistryValue as RegistryValue,
    )
    from .plain_values import plain as plain
    from .protocol import (
        DEFAULT_MAX_BYTES as DEFAULT_MAX_BYTES,
        Answer as Answer,
        Ask as Ask,
        DomainError as DomainError,
        Fact as Fact,
        Operation as Operation,
        Refused as Refused,
        found as found,
        relayed as relayed,
    )
    from .unknown import (
        NOTHING_FOUND as NOTHING_FOUND,
        Fields as Fields,
        erase as erase,
        facts as facts,
        readable as readable,
        reason as reason,
        understood as understood,
    )
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "file_transfer": ("LARGEST_FILE", "MOST_READ", "demand_carried", "file_transfer", "split_last_line"),
            "names": ("check_seen",),
            "places": ("AdvancedSettings", "Change", "File", "Json", "OurRules", "Place", "RegistryValue", "places"),
            "plain_values": ("plain",),
            "protocol": (
                "Answer",
                "Ask",
                "DEFAULT_MAX_BYTES",
                "DomainError",
                "Fact",
                "Operation",
                "Refused",
                "found",
                "relayed",
            ),
            "unknown": ("Fields", "NOTHING_FOUND", "erase", "facts", "readable", "reason", "understood", "unknown"),
        },
    )
