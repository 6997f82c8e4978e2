"""The WinHTTP proxy of a repair: it must not cut the host off from the update sources inside the company.

Windows Update takes this proxy as well, and success is judged by MAPS alone; so the internal sources are asked before
the step and after it, in the same way (see `update_sources`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..defender import ARTICLE_URLS
from ..operation import Operation, Refused
from ..probes import Address, probe as probes_probe
from ..proxy import ProxySettings, Stores
from ..update_sources import Reached, UpdateSources, cut_off, default_bypass, exempted_needed, reach, uncovered
from .request import RemediationRequest

NEEDED: Final = tuple(dict.fromkeys(Address.of(url).host for url in (*ARTICLE_URLS, *probes_probe.CRL_URLS)))
"""Hosts that must be reached through the proxy."""


@dataclass(frozen=True)
class ProxyChange:
    """What the store shall hold."""

    settings: ProxySettings
    refusal: str = ""
    """Why the step is not taken; empty: it is."""
    notes: tuple[str, ...] = ()
    before: Mapping[str, Reached] = field(default_factory=dict)
    """How the internal sources were reached before the step."""


def settled(request: RemediationRequest, stores: Stores, sources: UpdateSources) -> ProxyChange:
    """The settings with their bypass list. Where none was given, the one that the store holds stays."""
    wanted, held = request.allowed.proxy or ProxySettings(), stores.winhttp.bypass_list
    kept = request.allowed.keep_bypass and bool(held)
    bypass = wanted.bypass_list
    if request.allowed.keep_bypass:
        bypass = held or default_bypass(sources)
    notes = tuple(f"Internal update sources are not known: {problem}." for problem in sources.problems)
    missing = uncovered(bypass, sources)
    if (missing or sources.problems) and request.internal_sources == "refuse":
        what = ", ".join(missing) or "what is not known"
        return ProxyChange(wanted, f"it would come between this host and its internal update sources ({what})", notes)
    if missing:
        notes += (f"The bypass list has the internal update sources of this host: {', '.join(missing)}.",)
    exempted = exempted_needed(bypass, NEEDED) if request.allowed.keep_bypass else ()
    if exempted:
        whose = "the bypass list that this host has" if kept else "the bypass list for this host"
        return ProxyChange(
            wanted, f"{whose} sends {', '.join(exempted)} past the proxy; give a list with "
            "remediate_winhttp_proxy_bypass_list", notes,
        )  # fmt: skip
    settings = replace(wanted, bypass_list=(*bypass, *missing), kept=held)
    try:
        settings.validated("winhttp")
    except Refused as error:
        return ProxyChange(
            wanted, f"the bypass list that this host has cannot be written again ({error}); give a list with "
            "remediate_winhttp_proxy_bypass_list", notes,
        )  # fmt: skip
    return ProxyChange(settings, "", notes)


def prepared(request: RemediationRequest, stores: Stores, sources: UpdateSources) -> Operation[ProxyChange]:
    """The change, and how the internal sources are reached before it."""
    change = settled(request, stores, sources)
    if change.refusal or request.check_mode or not sources.urls():
        return change
    before = yield from reach(sources, stores)
    return replace(change, before=before)


def lost_sources(change: ProxyChange, sources: UpdateSources, stores: Stores) -> Operation[tuple[str, ...]]:
    """The internal sources that answered before the step and do not any more; `stores` are those of now."""
    if not change.before:
        return ()
    after = yield from reach(sources, stores)
    return cut_off(change.before, after)
