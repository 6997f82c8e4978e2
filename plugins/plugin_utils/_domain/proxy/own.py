"""Defender's own proxy in the three stores that may hold it, and what of them may be in force.

- Policy key: group policy, and Intune by its ADMX-backed policies, whose mapping names this key (Policy CSP,
  ADMX_MicrosoftDefenderAntivirus: sure).
- Policy Manager: where Intune stores other settings of Defender ("Troubleshoot Microsoft Defender Antivirus settings":
  sure). No page and no registry that we found holds a proxy there, so its names are those of the policy (guess).
- The product's own key: Set-MpPreference (MicrosoftDocs/microsoft-365-docs#8650: likely).
The same page puts them "in general" in this order. No source says so of the proxy, nor whether each value is looked for
by itself. So where what Windows may make of the stores differs for an address, the route there is not certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..language import DEFAULT_LANGUAGE, Message, render_proxies

OWN_STORES: Final = ("policy", "policy_manager", "local")
"""In Microsoft's general order."""
OWN_VALUES: Final[Mapping[str, str]] = {"server": "ProxyServer", "pac_url": "ProxyPacUrl", "bypass": "ProxyBypass"}
"""Field of OwnSettings -> value of a store."""


@dataclass(frozen=True)
class OwnSettings:
    """What one store holds; empty where a value is absent."""

    server: str = ""
    pac_url: str = ""
    bypass: str = ""

    @property
    def names_proxy(self) -> bool:
        return bool(self.server or self.pac_url)

    @property
    def empty(self) -> bool:
        return not (self.names_proxy or self.bypass)


@dataclass(frozen=True)
class OwnProxy:
    """The proxy that Defender itself was given: what goes first in the general order, and all that is stored."""

    server: str = ""
    pac_url: str = ""
    bypass: str = ""
    only: bool = False
    """It tries no other (`ForceUseProxyOnly`)."""
    stores: Mapping[str, OwnSettings] = field(default_factory=dict)
    """By the names of OWN_STORES; empty: only the general order's result is known."""

    @property
    def held_by(self) -> tuple[str, ...]:
        """The stores that hold anything."""
        return tuple(name for name in OWN_STORES if name in self.stores and not self.stores[name].empty)

    @property
    def named_by(self) -> str:
        """The first store in the general order that names a proxy; the policy where that is not known."""
        held = (name for name in OWN_STORES if name in self.stores and self.stores[name].names_proxy)
        return next(held, OWN_STORES[0])

    @property
    def said_open(self) -> Message:
        """Why it is not known what of the stores is in force."""
        if self.held_by == ("policy_manager",):
            return Message("own_proxy_manager_alone")
        return Message("own_proxy_combined", {"stores": tuple(Message(f"own_{name}") for name in self.held_by)})

    @property
    def why_open(self) -> str:
        """The same in English."""
        return render_proxies(self.said_open, DEFAULT_LANGUAGE)

    @property
    def readings(self) -> tuple[OwnSettings, ...]:
        """Each way in which Windows may understand the stores, the likeliest first."""
        if not self.stores:
            return (OwnSettings(self.server, self.pac_url, self.bypass),)
        policy, manager, local = OWN_STORES
        found = [self._by_value(OWN_STORES), self._whole(OWN_STORES)]
        if manager in self.held_by:
            # Not read at all, or first, as the policy MDMWinsOverGP has it (Policy CSP, ControlPolicyConflict).
            for order in ((policy, local), (manager, policy, local)):
                found += [self._by_value(order), self._whole(order)]
        return tuple(dict.fromkeys(found))

    def _by_value(self, order: Iterable[str]) -> OwnSettings:
        return first_of([self.stores[name] for name in order if name in self.stores])

    def _whole(self, order: Iterable[str]) -> OwnSettings:
        """All of the first store that names a proxy."""
        held = (self.stores[name] for name in order if name in self.stores)
        return next((one for one in held if one.names_proxy), self._by_value(order))


def first_of(held: Iterable[OwnSettings]) -> OwnSettings:
    """Of each value the first that is set."""
    stores = tuple(held)
    return OwnSettings(*(next(filter(None, (getattr(one, name) for one in stores)), "") for name in OWN_VALUES))
