"""Who owns a setting of Windows beside Defender: the update of root certificates, and the WinHTTP proxy.

Neither tamper protection nor controlled configuration concerns them, and Policy Manager holds neither. Sources:
docs/evidence.md, "Who owns a setting".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from .stores import GROUP_POLICY, OWN, POLICY, UNKNOWN, Management, Ownership, Value, owned

ROOT_UPDATE, WINHTTP_PROXY = "DisableRootAutoUpdate", "WinHttpSettings"
ADMINISTRATOR, PREFERENCES = "administrator", "group_policy_preferences"
_WRITERS: Final[Mapping[str, tuple[str, ...]]] = {POLICY: (GROUP_POLICY, ADMINISTRATOR), OWN: (ADMINISTRATOR,)}


def root_update_owner(policy: Value, machine: Value) -> Ownership:
    """Of DisableRootAutoUpdate, below the policy key and in the machine's own key. Microsoft's analyzer reads both, and
    no source says which of them counts where they differ."""
    found = owned(ROOT_UPDATE, {POLICY: policy, OWN: machine}, Management())
    in_force = UNKNOWN if found.conflict else found.in_force
    return replace(found, in_force=in_force, writers=_WRITERS.get(in_force, ()))


def winhttp_proxy_owner(proxy: str) -> Ownership:
    """Of the WinHTTP proxy, which has one store and no policy; empty: direct access.

    A registry item of Group Policy Preferences writes it again at each refresh (KB 4494447: sure) and leaves no trace
    of its own, so it may have written whatever is there.
    """
    found = owned(WINHTTP_PROXY, {OWN: proxy or None}, Management())
    return replace(found, writers=(ADMINISTRATOR, PREFERENCES), undone_by=(PREFERENCES,)) if proxy else found
