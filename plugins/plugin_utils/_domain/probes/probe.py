"""Reachability as a host sees it: URLs through the proxy that WinHTTP would use, and the proof of revocation.

As the account that logged on, one line reads the host, one asks all URLs, one asks again without revocation checking
those that failed in it, and one gives a certificate that was seen to certutil. As SYSTEM there is one task for all
URLs, and one for certutil. A host whose facts are known already is not read again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..._windows import filetime
from ..as_system import demand_elevated
from ..operation import Operation, warn
from ..proxy import change as proxy_change
from . import asking, known as probes_known
from .known import Known
from .request import CRL_URLS, ProbeRequest
from .result import ProbeResult

__all__ = ["CRL_URLS", "Examined", "ProbeRequest", "examine", "probe"]


@dataclass(frozen=True)
class Examined:
    """What was asked of a host."""

    endpoints: ProbeResult
    candidate: ProbeResult | None
    """The same URLs through a proxy that is suggested; None: none was."""


def probe(request: ProbeRequest) -> Operation[dict[str, Any]]:
    """Asks. Raises Refused, HostError; what cannot be reached is a result."""
    examined = yield from examine(request)
    return examined.endpoints.shown()


def examine(request: ProbeRequest, known: Known | None = None, candidate: str = "") -> Operation[Examined]:
    """Asks the URLs of a request, and in the same line or task all of them through `candidate`, a proxy `host:port`.

    `known` None: the host is read first. Raises Refused, HostError; what cannot be reached is a result.
    """
    request = request.validated()
    if candidate:
        proxy_change.check_proxy("proxy", candidate)
    if known is None:
        known = yield from probes_known.read()
    request = request.of_host(known.maps_urls)
    through = request.through(candidate) if candidate else None
    if request.run_as == "system":
        demand_elevated(known.may_be_elevated())
    elif known.stores_known().caller_differs_from_system:
        yield from warn(
            "this account has its own proxy that SYSTEM does not have, so it may reach revocation lists that "
            "Defender cannot reach; use run_as: system"
        )
    identity = request.identity.by_host_clock(known.clock_skew)
    plan = asking.Plan.of(replace(request, identity=identity), known)
    tried = asking.Plan.of(replace(through, identity=identity), known, "through.") if through else None
    rest, answers, other = yield from asking.ask(known, plan, tried)
    stale = filetime.hours_since(rest.looked, request.identity.now + (known.clock_skew or 0.0))
    endpoints = ProbeResult.of(plan.request, rest.curl, answers, stale, plan.unread)
    if tried is None or other is None:
        return Examined(endpoints, None)
    return Examined(endpoints, ProbeResult.of(tried.request, rest.curl, other, stale, tried.unread))
