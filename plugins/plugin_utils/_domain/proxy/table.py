"""One table of a host: each route, the proxies that could serve it in their order, which one is in force, and why.

- `maps`: Defender. `revocation_lists`: CryptSvc and who verifies, here as SYSTEM. `windows_update`: the WinHTTP proxy
  and not Defender's own (Microsoft Learn, configure proxy: sure). `sensor`: that of Defender for Endpoint.
- In the order of each client (`route`). Auto-detection, which may come last, is nothing that is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import proxy_text
from .own import OWN_STORES, OwnProxy
from .route import NAMED, Client, Considered, Route, State, considered, in_force
from .sensor import Sensor
from .stores import Stores

UPDATE_URL: Final = "https://update.microsoft.com/"
"""Stands for Windows Update: only bypass lists can tell its addresses apart."""
SENSOR_URL: Final = "https://sensor.endpoint.security.microsoft.com/"
"""Stands for the sensor's service (*.endpoint.security.microsoft.com, Microsoft Learn, streamlined URLs: sure)."""
WORDS: Final[Mapping[str, str]] = {
    "policy": "Defender's own proxy (policy key)",
    "policy_manager": "Defender's own proxy (Policy Manager)",
    "local": "Defender's own proxy (product's own key)",
    "defender": "Defender's own proxy",
    "winhttp": "the WinHTTP proxy",
    "machine": "the machine's Internet settings",
    "account": "the Internet settings of SYSTEM",
    "telemetry": "the sensor's own proxy (TelemetryProxyServer)",
    "none": "no proxy",
}


@dataclass(frozen=True)
class Candidate:
    """A proxy that could serve a route."""

    store: str
    """A key of WORDS; of Defender's own proxy the store that holds it."""
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
    reason: str
    candidates: tuple[Candidate, ...]

    def shown(self) -> dict[str, Any]:
        """As results show it."""
        candidates = [{**vars(one), "state": one.state.value} for one in self.candidates]
        return {**vars(self), "candidates": candidates}


def route_table(
    stores: Stores, own: OwnProxy, maps: tuple[str, Route], lists: tuple[str, Route], sensor: Sensor | None
) -> tuple[Row, ...]:
    """All rows; `maps` and `lists`: a URL and the route there. `sensor` None: it could not be read."""
    update = in_force(stores, UPDATE_URL, Client.WINHTTP)
    return (
        _row("maps", maps[1], considered(stores, maps[0], Client.DEFENDER, own=own), own),
        _row("revocation_lists", lists[1], considered(stores, lists[0], Client.CRYPTOAPI)),
        _row("windows_update", update, considered(stores, UPDATE_URL, Client.WINHTTP)),
        _sensor(stores, sensor),
    )


def _row(name: str, route: Route, looks: Iterable[Considered], own: OwnProxy | None = None) -> Row:
    store = route.source.partition("_")[0] if route.source.endswith("_bypass") else route.source
    candidates = [one for look in looks for one in _candidates(look, own)]
    if store == "defender" and own is not None and not route.is_between_own_stores and own.held_by:
        store = next((one.store for one in candidates if one.state in NAMED or one.state is State.BYPASSED), store)
    text = route.proxy or (route.decided_by.text if route.names_proxy and route.state is not State.SCRIPT else "")
    by = "none" if route.certain and not text else store
    return Row(name, by, text, route.certain, _reason(route, store), tuple(candidates))


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


def _reason(route: Route, store: str) -> str:
    found, words = route.decided_by, WORDS[store]
    match found.state:
        case State.IN_FORCE:
            return f"{words} is set, and nothing that goes before it is"
        case State.BYPASSED:
            return f"{words} is set, but its bypass list exempts the address ({found.detail})"
        case State.SCRIPT:
            return found.detail or f"a script decides ({WORDS[found.store]}), so the proxy is known at run time only"
        case State.UNUSABLE:
            return f"{words} holds a text that Windows cannot use, and what it does instead is not known"
        case State.OTHER_PROTOCOL:
            return f"{words} is set for another protocol only, so the connection is direct"
        case State.UNCLEAR:
            return found.detail or f"{words} names several proxies, or one without a port"
        case State.UNKNOWN:
            return found.detail or f"{words} could not be read completely"
        case _:
            return "no store names a proxy for it, so the connection is direct"


def _sensor(stores: Stores, sensor: Sensor | None) -> Row:
    winhttp = in_force(stores, SENSOR_URL, Client.WINHTTP)
    (look,) = considered(stores, SENSOR_URL, Client.WINHTTP)
    others = tuple(_candidates(look, None))
    if sensor is None:
        return Row("sensor", "telemetry", "", False, "the sensor's own proxy could not be read", others)
    text = sensor.telemetry_proxy
    if not text:
        direct = winhttp.certain and not winhttp.names_proxy
        reason = _reason(winhttp, "winhttp")
        reason += ", unless the sensor detects a proxy on the network" if winhttp.is_direct else ""
        return Row(
            "sensor",
            "none" if direct else "winhttp",
            winhttp.proxy,
            winhttp.certain and not winhttp.is_direct,
            reason,
            others,
        )
    own = Candidate("telemetry", text, State.IN_FORCE if proxy_text.endpoint(text) else State.UNUSABLE)
    reason = (
        "TelemetryProxyServer is set, but no source says whether the sensor tries it before WinHTTP's proxy or a "
        "direct connection, as it would with PreferStaticProxyForHttpRequest 1, which was not read"
    )
    return Row("sensor", "telemetry", text, False, reason, (own, *others))
