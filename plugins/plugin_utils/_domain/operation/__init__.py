"""Ground floor: what every subject is written in.

An operation is a generator that yields `Ask` (commands to run on the host) and gets an `Answer`; one driver runs it
(see `protocol`). Beside it: the places that a change is undone by, transfer of small files, facts that are not known,
and plain values for results. Nothing here knows a subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._facade import lazy_exports

if TYPE_CHECKING:
    from . import file_transfer, json_forms, places, temp_folder, unknown, values
    from .file_transfer import LARGEST_FILE, MOST_READ, demand_carried, split_last_line
    from .intents import (
        AdvancedIntent,
        FileIntent,
        FollowsIntent,
        Intent,
        LogIntent,
        RulesIntent,
        ValueIntent,
        WinHttpIntent,
    )
    from .json_forms import Json
    from .names import check_seen
    from .places import AdvancedSettings, Change, EventLog, File, OurRules, Place, RegistryValue, intent_from_json
    from .plain_values import Plain, plain
    from .protocol import (
        DEFAULT_MAX_BYTES,
        NO_ANSWER,
        Answer,
        Ask,
        Fact,
        HostError,
        NothingChanged,
        Operation,
        Refused,
        Sent,
        Warn,
        intercept,
        is_lost_connection,
        prefetched,
        warn,
        was_found,
        watched,
    )
    from .temp_folder import RunIdentity
    from .unknown import NOTHING_FOUND, Fields, erase, facts, is_lost, note, readable, reason, spared, understood
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "file_transfer": "LARGEST_FILE MOST_READ demand_carried file_transfer split_last_line",
            "intents": "AdvancedIntent FileIntent FollowsIntent Intent LogIntent RulesIntent ValueIntent WinHttpIntent",
            "json_forms": "Json json_forms",
            "names": "check_seen",
            "places": "AdvancedSettings Change EventLog File OurRules Place RegistryValue intent_from_json places",
            "plain_values": "Plain plain",
            "protocol": (
                "Answer Ask DEFAULT_MAX_BYTES Fact HostError NO_ANSWER NothingChanged Operation Refused Sent Warn "
                "intercept is_lost_connection prefetched warn was_found watched"
            ),
            "temp_folder": "RunIdentity temp_folder",
            "unknown": "Fields NOTHING_FOUND erase facts is_lost note readable reason spared understood unknown",
            "values": "values",
        },
    )
