"""What probes of a host came to, as the diagnosis reads it: those of endpoint_info and root_update, condensed.

Rules that hold in this file
- What was not seen, or was asked by a way that a script decides, is unknown and never fine.
- How far a probe got says where it ended: the name, the proxy, the proxy's refusal, the perimeter, or TLS.
- Only names whose certificates are Microsoft's own say something of MAPS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from ..defender import STREAMLINED_DOMAIN
from ..probes import Address, Probe, ProbeResult, verdict as probes_verdict

OPEN, UNKNOWN = "open", "unknown"
STOPS = ("not_resolved", "proxy_dead", "password", "refused", "blocked", "cut")
"""Where a way may end before TLS: the name, the proxy (no answer, 407, a refusal), the path, the handshake."""
IN_TLS = frozenset(
    {
        "no_revocation_check",
        "revocation_offline",
        "revocation_unknown",
        "untrusted_root",
        "wrong_name",
        "expired",
        "revoked",
        "tls",
    }
)

DAY = 1.0
"""Days: Windows looks for the list of untrusted certificates every day (Microsoft: sure)."""
FROM_THE_FUTURE = -0.5
ENDS = {
    "not_resolved": "not_resolved",
    "proxy_not_resolved": "proxy_dead",
    "proxy_password": "password",
    "proxy_refused": "refused",
    "cut": "cut",
}
"""Failure of a probe -> where the way ended; the others need a look at the proxy."""


@dataclass(frozen=True)
class Reachability:
    """How one address was reached."""

    url: str
    proxy: str
    """`host:port`; empty: directly."""
    source: str
    """Where that way was found: see `proxy.Route`."""
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

    @property
    def exempted(self) -> bool:
        """It was asked for directly because a bypass list exempts it."""
        return self.source.endswith("_bypass")

    @classmethod
    def of(cls, probe: Probe, delivered: bool | None = None) -> Reachability:
        """How far a probe got; what was asked by a way that a script decides says nothing."""
        certain = probe.way_certain
        return cls(
            url=probe.url,
            proxy=probe.proxy,
            source=probe.proxy_source,
            way=_way(probe) if certain else UNKNOWN,
            tls=("stands" if probe.tls is True else probe.failure if probe.failure in IN_TLS else "")
            if certain
            else "",
            inspected=probe.inspected,
            issuer=probe.issuer or "",
            delivered=delivered if certain else None,
            status=probe.status,
            code=probe.code,
        )


@dataclass(frozen=True)
class ProbeEvidence:
    """One result of endpoint_info."""

    run_as: str
    """`current` or `system`."""
    curl: bool
    """Whether there was a curl.exe to ask with."""
    schannel: bool
    maps: tuple[Reachability, ...]
    lists: tuple[Reachability, ...]
    lenient: tuple[Reachability, ...]
    """Those of `maps` that failed in revocation checking, asked without it."""
    lists_until: tuple[str, ...] = ()
    """Until when the lists that Windows has are valid, in the host's own date format; empty: not known."""

    @classmethod
    def of(
        cls,
        run_as: str,
        endpoints: Sequence[Probe],
        lists: Sequence[Probe],
        lenient: Sequence[Probe],
        *,
        curl: bool,
        schannel: bool,
        lists_too: bool = False,
        lists_until: tuple[str, ...] = (),
    ) -> ProbeEvidence:
        """Condensed from what was asked.

        `lists_too`: revocation lists may stand among the endpoints, asked through a proxy of the user's choice.
        """
        asked = [*filter(_is_crl_url, endpoints if lists_too else ()), *lists]
        return cls(
            run_as,
            curl,
            schannel,
            maps=tuple(Reachability.of(one) for one in endpoints if _pinned(one)),
            lists=tuple(Reachability.of(one, probes_verdict.is_delivered(one)) for one in asked),
            lenient=tuple(map(Reachability.of, lenient)),
            lists_until=lists_until,
        )

    @classmethod
    def of_result(cls, result: ProbeResult, lists_too: bool = False) -> ProbeEvidence:
        """The same of a probe by this process; see `of`."""
        return cls.of(
            result.run_as,
            result.asked,
            result.crl,
            result.lenient,
            curl=result.curl is not None,
            schannel=result.curl is not None and result.curl.schannel,
            lists_too=lists_too,
            lists_until=result.verified.next_updates if result.verified else (),
        )

    def only_of(self, hosts: Set[str]) -> ProbeEvidence:
        """What says something of a host that asks these for MAPS: those of the article, or of streamlined connectivity,
        whichever they are."""
        wanted = {_is_streamlined(host) for host in hosts}

        def kept(found: tuple[Reachability, ...]) -> tuple[Reachability, ...]:
            return tuple(one for one in found if _is_streamlined(Address.of(one.url).host) in wanted)

        return replace(self, maps=kept(self.maps), lenient=kept(self.lenient))

    @property
    def lists_from_cache(self) -> bool:
        """TLS stands with the revocation check, and a list cannot be downloaded: Windows has it in its cache, until it
        expires."""
        return self.tls == "stands" and any(one.delivered is False for one in self.lists)

    @property
    def way(self) -> str:
        """How far the way to MAPS leads: OPEN where every name got there, UNKNOWN where they differ."""
        return _common(one.way for one in self.maps)

    @property
    def stopped(self) -> Reachability | None:
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
    def missing_list(self) -> Reachability | None:
        """The first list that did not come."""
        return next((one for one in self.lists if one.delivered is False), None)

    @property
    def without_account_evidence(self) -> ProbeEvidence:
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
    update_policy: bool = False
    """DisableRootAutoUpdate stands below the policy key, whatever it is."""

    @property
    def disallowed_stale(self) -> bool:
        """The list of untrusted certificates is older than Windows lets it become, or was never fetched."""
        return self.disallowed_never if self.disallowed_age is None else self.disallowed_age > DAY

    @property
    def disallowed_fresh(self) -> bool:
        return self.disallowed_age is not None and FROM_THE_FUTURE <= self.disallowed_age <= DAY


@dataclass(frozen=True)
class Probes:
    """What was asked of a host beside its own state; None: not asked."""

    endpoints: ProbeEvidence | None = None
    """By Defender's own way."""
    candidate: ProbeEvidence | None = None
    """Through the proxy that somebody suggests."""
    roots: Roots | None = None


def _way(probe: Probe) -> str:
    if probe.tls is True or probe.failure in IN_TLS or (not probe.failure and probe.reachable is True):
        return OPEN
    if probe.failure in ("not_connected", "timed_out"):
        return "proxy_dead" if probe.proxy and probe.connected is not True else "blocked"
    if probe.failure == "http_error":
        return "refused" if probe.proxy else OPEN
    return ENDS.get(probe.failure, UNKNOWN)


def _pinned(probe: Probe) -> bool:
    address = Address.of(probe.url)
    names = probes_verdict.PINNED
    return address.scheme == "https" and any(
        address.host == name or address.host.endswith(f".{name}") for name in names
    )


def _is_streamlined(host: str) -> bool:
    return host.endswith(f".{STREAMLINED_DOMAIN}")


def _is_crl_url(probe: Probe) -> bool:
    return probe.url.startswith("http:") and probes_verdict.is_crl_url(probe.url)


def _common(ways: Iterable[str]) -> str:
    found = set(ways)
    return found.pop() if len(found) == 1 else UNKNOWN
