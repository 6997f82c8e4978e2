"""One table of a host: each route, the proxies that could serve it in their order, which one is in force, and why.

- `maps`: Defender. `revocation_lists`: CryptSvc and who verifies, here as SYSTEM. `windows_update`: the WinHTTP proxy
  and not Defender's own (Microsoft Learn, configure proxy: sure). `sensor`: that of Defender for Endpoint.
- In the order of each client (`route`). Auto-detection, which may come last, is nothing that is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import proxy_text
from ..language import DEFAULT_LANGUAGE, Message, render_proxies
from .own import OWN_STORES, OwnProxy
from .route import NAMED, Client, Considered, Route, State, considered, in_force
from .sensor import Sensor
from .stores import Stores

UPDATE_URL: Final = "https://update.microsoft.com/"
"""Stands for Windows Update: only bypass lists can tell its addresses apart."""
SENSOR_URL: Final = "https://sensor.endpoint.security.microsoft.com/"
"""Stands for the sensor's service (*.endpoint.security.microsoft.com, Microsoft Learn, streamlined URLs: sure)."""
DISCOVERS: Final = ("maps", "revocation_lists")
"""Routes that end with auto-detection by their documented order (texts of the policies, KB 2623724: sure)."""


@dataclass(frozen=True)
class Candidate:
    """A proxy that could serve a route."""

    store: str
    """winhttp, machine, account, telemetry; of Defender's own proxy the store that holds it, or defender."""
    proxy: str
    """As stored; a script by its URL."""
    state: State
    """What the store holds for this route; `in_force` says that it would be used if it is its turn."""
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """A route."""

    route: str
    store: str
    """Whose proxy is in force; `none` for a direct connection."""
    proxy: str
    """The proxy that is in force; empty for none, or where a script decides."""
    certain: bool
    reason: Message
    candidates: tuple[Candidate, ...]

    def shown(self, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
        """As results show it."""
        candidates = [{**vars(one), "state": one.state.value} for one in self.candidates]
        return {**vars(self), "reason": render_proxies(self.reason, language), "candidates": candidates}


def route_table(
    stores: Stores, own: OwnProxy, maps: tuple[str, Route], lists: tuple[str, Route], sensor: Sensor | None
) -> tuple[Row, ...]:
    """All rows; `maps` and `lists`: a URL and the route there. `sensor` None: it could not be read."""
    update = in_force(stores, UPDATE_URL, Client.WINHTTP)
    return (
        _row("maps", stores, maps[1], considered(stores, maps[0], Client.DEFENDER, own=own), own),
        _row("revocation_lists", stores, lists[1], considered(stores, lists[0], Client.CRYPTOAPI)),
        _row("windows_update", stores, update, considered(stores, UPDATE_URL, Client.WINHTTP)),
        _sensor(stores, sensor),
    )


def _row(name: str, stores: Stores, route: Route, looks: Iterable[Considered], own: OwnProxy | None = None) -> Row:
    store = route.source.partition("_")[0] if route.source.endswith("_bypass") else route.source
    candidates = [one for look in looks for one in _candidates(look, own)]
    if store == "defender" and own is not None and not route.is_between_own_stores and own.held_by:
        store = next((one.store for one in candidates if one.state in NAMED or one.state is State.BYPASSED), store)
    text = route.proxy or (route.decided_by.text if route.names_proxy and route.state is not State.SCRIPT else "")
    by = "none" if route.certain and not text else store
    reason = own.said_open if own is not None and route.is_between_own_stores else _reason(route, store)
    if route.is_direct and name in DISCOVERS:
        reason = _discovery(reason, stores)
    return Row(name, by, text, route.certain, reason, tuple(candidates))


def _candidates(look: Considered, own: OwnProxy | None) -> Iterable[Candidate]:
    """What one store, or of Defender's own proxy each of its stores, holds; nothing for one that holds nothing."""
    if look.store != "defender" or own is None or not own.stores:
        if look.state is not State.EMPTY:
            yield Candidate(look.store, look.text, look.state, look.detail)
        return
    script = look.state is State.SCRIPT
    for name in OWN_STORES:
        text = own.stores[name].pac_url if script else own.stores[name].server
        if not text or (look.state is State.EMPTY):
            continue
        state = look.state if look.state is not State.IN_FORCE or proxy_text.endpoint(text) else State.UNUSABLE
        yield Candidate(name, text, state, look.detail)
    if look.state is State.UNKNOWN and not own.held_by:
        yield Candidate("defender", "", State.UNKNOWN, look.detail)


_BY_STATE: Final = {
    State.IN_FORCE: "route_in_force",
    State.BYPASSED: "route_bypassed",
    State.SCRIPT: "route_script",
    State.UNUSABLE: "route_unusable",
    State.OTHER_PROTOCOL: "route_other_protocol",
    State.UNCLEAR: "route_unclear",
    State.UNKNOWN: "route_unknown",
}


def _reason(route: Route, store: str) -> Message:
    found = route.decided_by
    if found.state is State.SCRIPT and not found.text:
        return Message("route_detection")
    name = _BY_STATE.get(found.state, "route_direct")
    because = found.detail if found.state is State.UNKNOWN else ""
    values = {"store": Message(f"route_store_{store}"), "entry": found.detail, "why": because}
    return Message(f"{name}_because" if because else name, values)


def _discovery(said: Message, stores: Stores) -> Message:
    """With what discovery, which comes last, may still change."""
    return Message("route_nothing_discovered" if stores.wpad_disabled else "route_unless_discovered", {"said": said})


def _sensor(stores: Stores, sensor: Sensor | None) -> Row:
    winhttp = in_force(stores, SENSOR_URL, Client.WINHTTP)
    (look,) = considered(stores, SENSOR_URL, Client.WINHTTP)
    others = tuple(_candidates(look, None))
    if sensor is None:
        return Row("sensor", "telemetry", "", False, Message("route_sensor_unread"), others)
    text = sensor.telemetry_proxy
    if not text:
        store = "none" if winhttp.certain and not winhttp.names_proxy else "winhttp"
        certain = winhttp.certain and (stores.wpad_disabled or not winhttp.is_direct)
        reason = _reason(winhttp, "winhttp")
        if winhttp.is_direct:
            reason = _discovery(reason, stores)
        return Row("sensor", store, winhttp.proxy, certain, reason, others)
    own = Candidate("telemetry", text, State.IN_FORCE if proxy_text.endpoint(text) else State.UNUSABLE)
    return Row("sensor", "telemetry", text, False, Message(_PREFERS[sensor.prefers_static]), (own, *others))


_PREFERS: Final = {
    True: "route_sensor_prefers",
    False: "route_sensor_open",
    None: "route_sensor_unread_preference",
}
