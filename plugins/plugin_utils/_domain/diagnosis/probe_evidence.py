"""What probes of a host came to, as the diagnosis reads it: the results of endpoint_info and root_update, condensed.

Rules that hold in this file
- What is missing, malformed, of a failed or skipped task, or of a way that a script decides, is unknown and never fine.
- How far a probe got says where it ended: the name, the proxy, the proxy's refusal, the perimeter, or TLS.
- Only names whose certificates are Microsoft's own say something of MAPS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..probes import Address, verdict as probes_verdict

OPEN, UNKNOWN = "open", "unknown"
STOPS = ("not_resolved", "proxy_dead", "password", "refused", "blocked", "cut")
"""Where a way may end before TLS: the name, the proxy (no answer, 407, a refusal), the path, the handshake."""
IN_TLS = frozenset(
    {"no_revocation_check", "revocation_offline", "untrusted_root", "wrong_name", "expired", "revoked", "tls"}
)


@dataclass(frozen=True)
class Reach:
    """How one address was reached."""

    url: str
    proxy: str
    """`host:port`; empty: directly."""
    source: str
    """Where that way was found: see `ways.Way`."""
    way: str
    """OPEN, one of STOPS, or UNKNOWN."""
    tls: str
    """`stands`, a word of IN_TLS, or empty where TLS was not come to."""
    inspected: bool | None
    issuer: str
    delivered: bool | None
    """Of a revocation list: whether it came."""
    status: int | None
    code: str


@dataclass(frozen=True)
class Probed:
    """One result of endpoint_info."""

    run_as: str
    """`current` or `system`."""
    curl: bool
    """Whether there was a curl.exe to ask with."""
    schannel: bool
    maps: tuple[Reach, ...]
    lists: tuple[Reach, ...]
    lenient: tuple[Reach, ...]
    """Those of `maps` that failed in revocation checking, asked without it."""

    @property
    def way(self) -> str:
        """How far the way to MAPS leads: OPEN where every name got there, UNKNOWN where they differ."""
        return _common(one.way for one in self.maps)

    @property
    def stopped(self) -> Reach | None:
        """The first that ended before TLS, where all ended alike."""
        return self.maps[0] if self.maps and self.way in STOPS else None

    @property
    def tls(self) -> str:
        """What TLS to MAPS came to, where all names agree; else empty."""
        found = {one.tls for one in self.maps}
        return found.pop() if len(found) == 1 and self.schannel else ""

    @property
    def inspected(self) -> bool | None:
        """Whether a certificate was shown that is not Microsoft's: True where any was, False where all are."""
        seen = [one.inspected for one in (*self.maps, *self.lenient)]
        if True in seen:
            return True
        return False if False in seen else None

    @property
    def issuer(self) -> str:
        return next((one.issuer for one in (*self.maps, *self.lenient) if one.inspected and one.issuer), "")

    @property
    def lists_arrive(self) -> bool | None:
        """True where every list came, False where one did not; None where that is not known."""
        seen = [one.delivered for one in self.lists]
        if False in seen:
            return False
        return True if seen and all(one is True for one in seen) else None

    @property
    def missing_list(self) -> Reach | None:
        """The first list that did not come."""
        return next((one for one in self.lists if one.delivered is False), None)

    @property
    def of_another(self) -> Probed:
        """The same where an account asked whose proxies need not be SYSTEM's: lists came, or did not, to it alone, and
        Schannel asked for them in its name."""
        return replace(self, schannel=False, lists=())


@dataclass(frozen=True)
class Roots:
    """One result of root_update."""

    microsoft_root: bool | None
    """Whether Microsoft's root lies in the machine's own store."""
    update_off: bool | None
    """Whether unknown roots are fetched at all: True where DisableRootAutoUpdate is 1."""
    root_dir_url: str
    disallowed_age: float | None
    """Days since the list of untrusted certificates was synchronized, by the host's clock."""
    disallowed_never: bool
    """It was never synchronized, as stored."""


def probed(result: Any, lists_too: bool = False) -> Probed | None:
    """From a registered result of endpoint_info; None for anything else.

    `lists_too`: revocation lists may stand among its endpoints, asked through a proxy of the user's choice.
    """
    if not _is_result(result) or not isinstance(result.get("endpoints"), list):
        return None
    curl = _mapping(result.get("curl"))
    revocation = _mapping(result.get("revocation"))
    return Probed(
        run_as=str(result.get("run_as") or "current"),
        curl=curl.get("present") is True,
        schannel=curl.get("schannel") is True,
        maps=tuple(one for one in _reached(result["endpoints"]) if _pinned(one)),
        lists=_reached([*(_lists(result["endpoints"]) if lists_too else ()), *_some(revocation.get("lists"))]),
        lenient=_reached(revocation.get("without_checking")),
    )


def _lists(endpoints: Iterable[Any]) -> list[Any]:
    plain = [one for one in endpoints if isinstance(one, Mapping) and str(one.get("url", "")).startswith("http:")]
    return [one for one in plain if _is_list(str(one["url"]))]


def _is_list(url: str) -> bool:
    try:
        return probes_verdict.names_list(url)
    except ValueError:
        return False


def _reached(entries: Any) -> tuple[Reach, ...]:
    return tuple(one for one in map(_reach, _some(entries)) if one is not None)


def _reach(entry: Any) -> Reach | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("url"), str):
        return None
    certain, failure = entry.get("way_certain") is True, entry.get("failure")
    status = entry.get("status")
    return Reach(
        url=entry["url"],
        proxy=str(entry.get("proxy") or ""),
        source=str(entry.get("proxy_source") or ""),
        way=_way(entry) if certain else UNKNOWN,
        tls=_tls(entry) if certain else "",
        inspected=entry["inspected"] if isinstance(entry.get("inspected"), bool) else None,
        issuer=str(entry.get("issuer") or ""),
        delivered=_delivered(entry) if certain and isinstance(failure, str) else None,
        status=status if isinstance(status, int) else None,
        code=str(entry.get("code") or ""),
    )


def _way(entry: Mapping[str, Any]) -> str:
    failure, proxy = _word(entry.get("failure")), bool(entry.get("proxy"))
    if entry.get("tls") is True or failure in IN_TLS:
        return OPEN
    if entry.get("failure") == "" and entry.get("reachable") is True:
        return OPEN
    if failure in ("not_connected", "timed_out"):
        return "proxy_dead" if proxy and entry.get("connected") is not True else "blocked"
    if failure == "http_error":
        return "refused" if proxy else OPEN
    known = {
        "not_resolved": "not_resolved",
        "proxy_not_resolved": "proxy_dead",
        "proxy_password": "password",
        "proxy_refused": "refused",
        "cut": "cut",
    }
    return known.get(failure, UNKNOWN)


def _tls(entry: Mapping[str, Any]) -> str:
    if entry.get("tls") is True:
        return "stands"
    failure = _word(entry.get("failure"))
    return failure if failure in IN_TLS else ""


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _delivered(entry: Mapping[str, Any]) -> bool | None:
    given = entry.get("delivered")
    if isinstance(given, bool):
        return given
    if "delivered" in entry or not entry["url"].startswith("http:"):
        return None
    if not _is_list(entry["url"]):
        return None
    status, kind = entry.get("status"), str(entry.get("content_type") or "")
    return probes_verdict.comes(entry["url"], entry["failure"], status if isinstance(status, int) else None, kind)


def _pinned(one: Reach) -> bool:
    try:
        address = Address.of(one.url)
    except ValueError:
        return False
    names = probes_verdict.PINNED
    return address.scheme == "https" and any(
        address.host == name or address.host.endswith(f".{name}") for name in names
    )


def _common(ways: Iterable[str]) -> str:
    found = set(ways)
    return found.pop() if len(found) == 1 else UNKNOWN


def roots(result: Any) -> Roots | None:
    """From a registered result of root_update; None for anything else."""
    if not _is_result(result) or not isinstance(result.get("lists"), Mapping):
        return None
    after, disallowed = _mapping(result.get("after")), _mapping(result["lists"].get("disallowed"))
    switches = (after.get("disable_root_auto_update"), after.get("machine_disable_root_auto_update"))
    age = disallowed.get("age_days")
    there = result.get("microsoft_root")
    return Roots(
        microsoft_root=there if isinstance(there, bool) else None,
        update_off=True if True in switches else (False if "disable_root_auto_update" in after else None),
        root_dir_url=str(after.get("root_dir_url") or ""),
        disallowed_age=float(age) if isinstance(age, (int, float)) and not isinstance(age, bool) else None,
        disallowed_never=disallowed.get("present") is False and disallowed.get("last_sync") is None,
    )


def _is_result(result: Any) -> bool:
    return isinstance(result, Mapping) and not any(result.get(key) for key in ("failed", "skipped", "unreachable"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _some(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
