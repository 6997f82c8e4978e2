"""The stores that hold a setting, which is in force, who probably wrote it, and whether a change lasts.

Sources: docs/evidence.md, "Who owns a setting". Microsoft's general order of the stores is policy, Policy Manager, own
("Troubleshoot Microsoft Defender Antivirus settings": sure). Who wrote a value below the policy key, nothing that is
stored there tells, so the writers are those who can have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..._windows import mpcmdrun

POLICY, POLICY_MANAGER, OWN = "policy", "policy_manager", "own"
STORES: Final = (POLICY, POLICY_MANAGER, OWN)
"""In the general order: the policy key, the key Policy Manager below it, and the product's own key."""
NONE, UNKNOWN = "none", "unknown"
WRITERS: Final[Mapping[str, tuple[str, ...]]] = {
    POLICY: ("group_policy", "configuration_manager", "defender_for_endpoint", "administrator"),
    POLICY_MANAGER: ("intune",),
    OWN: ("administrator", "defender"),
}
"""Store -> who can have written a value there, the usual one first."""
GROUP_POLICY, INTUNE = "group_policy", "intune"
TAMPER_PROTECTION, CONTROLLED_CONFIGURATION = "tamper_protection", "controlled_configuration"

CONTROLLED_FROM: Final = (4, 18, 26060, 3004)
"""Platform from which on controlled configuration (also called configuration protection) can be on: then Defender
ignores the policy key and local changes, and tamper protection reads off (Microsoft Learn,
secure-controlled-configuration, 2026-09: sure)."""

Value = int | str | None


@dataclass(frozen=True)
class Management:
    """What may keep a change from lasting, or from counting at all."""

    tamper_protection: bool | None = None
    """None: not known."""
    controlled: bool | None = False
    """Whether controlled configuration is on: False where it cannot be, None where it can; where Windows stores it is
    not published, so it is never True."""

    @classmethod
    def of(cls, platform: str, manager_in_use: bool | None, tamper_protection: bool | None) -> Management:
        """By the version of Defender's platform (empty: not known) and whether Policy Manager holds any value: only
        hosts that Intune or Defender for Endpoint manages can have controlled configuration. One that Defender for
        Endpoint manages without Intune is not recognized."""
        impossible = can_be_controlled(platform) is False or manager_in_use is False
        return cls(tamper_protection, False if impossible else None)

    @property
    def may_ignore_policy(self) -> bool:
        """Whether Defender may ignore the policy key and its own."""
        return self.controlled is not False


def can_be_controlled(platform: str) -> bool | None:
    """Whether this platform has controlled configuration; None: not known."""
    return mpcmdrun.is_platform_at_least(platform, CONTROLLED_FROM)


@dataclass(frozen=True)
class Ownership:
    """Who owns a setting."""

    setting: str
    stores: Mapping[str, Value]
    """Store -> the value that it holds; None: none, or none that is understood."""
    in_force: str
    """The store that counts, `none`, or `unknown` where controlled configuration may leave out those that differ."""
    writers: tuple[str, ...]
    """Who can have written the value in force, of WRITERS."""
    conflict: bool
    """Stores hold different values."""
    undone_by: tuple[str, ...]
    """What may undo, or ignore, a change of the policy key."""
    own_first: bool = False
    """A policy lets the product's own value go first."""

    @property
    def value(self) -> Value:
        return self.stores.get(self.in_force)

    @property
    def policy_owner(self) -> str:
        """The store of a policy owner that holds the setting; empty: none does. A policy that lets the product's own
        value go first holds it too, since no value of the policy key counts then."""
        held = (one for one in (POLICY, POLICY_MANAGER) if self.stores.get(one) is not None)
        return next(held, POLICY if self.own_first else "")


def owned(setting: str, stores: Mapping[str, Value], management: Management, own_first: bool = False) -> Ownership:
    """From what each store holds. `own_first`: the policy lets the product's own value go first."""
    order = (OWN, POLICY, POLICY_MANAGER) if own_first else STORES
    held = {store: stores.get(store) for store in order if stores.get(store) is not None}
    first = next(iter(held), NONE)
    conflict = len(set(held.values())) > 1
    # With controlled configuration only Policy Manager counts, so what differs from it may not.
    doubtful = management.may_ignore_policy and held.get(POLICY_MANAGER) != held.get(first)
    in_force = UNKNOWN if doubtful else first
    undone = (
        (GROUP_POLICY, stores.get(POLICY) is not None),
        (INTUNE, stores.get(POLICY_MANAGER) is not None),
        (TAMPER_PROTECTION, management.tamper_protection is True),
        (CONTROLLED_CONFIGURATION, management.may_ignore_policy),
    )
    return Ownership(
        setting,
        {store: stores.get(store) for store in STORES},
        in_force,
        WRITERS.get(first, ()),
        conflict,
        tuple(name for name, holds in undone if holds),
        own_first,
    )


# Settings of Windows: neither tamper protection nor controlled configuration concerns them; Policy Manager holds none.
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
