"""What a probe came to: typed, and as endpoint_info returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._windows import certutil, curl_probe
from ..._windows.certificates import Named
from ..operation import Fields, erase, facts
from . import verdict as probes_verdict
from .request import ProbeRequest
from .verdict import Probe

DECIDES: Fields = {"probe.curl": ("curl.present", "curl.version", "curl.schannel")}


@dataclass(frozen=True)
class Answers:
    """What was asked, and what came."""

    asked: tuple[Probe, ...]
    lenient: tuple[Probe, ...]
    """Of those that failed in it, without revocation checking."""
    crl: tuple[Probe, ...]
    """Lists, by the CryptoAPI's way."""
    verified: certutil.Verification | None
    """None: certutil was not asked."""
    named: Named = field(default_factory=Named)
    """What the chain names that a server showed."""


@dataclass(frozen=True)
class ProbeResult:
    """One probe of a host: what endpoint_info returns, with types."""

    run_as: str
    """`current` or `system`."""
    curl: curl_probe.Version | None
    """None: curl could not ask, or that is not known."""
    asked: tuple[Probe, ...]
    lenient: tuple[Probe, ...]
    crl: tuple[Probe, ...]
    verified: certutil.Verification | None
    """For these see Answers."""
    named: Named
    revocation: probes_verdict.Revocation
    hours_since_last_look: float | None
    """For the list of untrusted certificates, by the host's clock."""
    unread: Mapping[str, str]
    """Command, fact or address -> why it is not known."""

    @classmethod
    def of(
        cls,
        request: ProbeRequest,
        curl: curl_probe.Version | None,
        answers: Answers,
        stale: float | None,
        unread: Mapping[str, str],
    ) -> ProbeResult:
        """With the verdict on revocation."""
        judged = _judged(request, curl, answers, stale)
        return cls(
            request.run_as, curl, answers.asked, answers.lenient, answers.crl, answers.verified, answers.named, judged,
            stale, unread,
        )  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """The result of endpoint_info."""
        curl, verified = self.curl, self.verified
        result: dict[str, Any] = {
            "changed": False,
            "run_as": self.run_as,
            "curl": {
                "present": curl is not None,
                "version": curl.text if curl else "",
                "schannel": curl and curl.schannel,
            },
            "endpoints": [*self.asked],
            "not_reached": [one.url for one in self.asked if one.reachable is False],
            "not_known": [one.url for one in self.asked if one.reachable is None],
            "inspected": [one.url for one in (*self.asked, *self.lenient) if one.inspected],
            "revocation": {
                **vars(self.revocation),
                "without_checking": [*self.lenient],
                "lists": [{**vars(one), "delivered": probes_verdict.is_delivered(one)} for one in self.crl],
                "named": {**vars(self.named)},
                "certutil": {
                    "asked": verified is not None,
                    "verdict": verified.verdict if verified else "unknown",
                    "errors": list(verified.errors) if verified else [],
                    "next_updates": list(verified.next_updates) if verified else [],
                },
                "hours_since_last_look": self.hours_since_last_look,
            },
            "unknown": facts(self.unread, DECIDES),
        }
        erase(result, result["unknown"])
        return result


def _judged(
    request: ProbeRequest, curl: curl_probe.Version | None, answers: Answers, stale: float | None
) -> probes_verdict.Revocation:
    if not request.revocation:
        return probes_verdict.without("not_asked")
    if curl is None or not curl.schannel:
        return probes_verdict.without("no_curl" if curl is None else "no_schannel")
    return probes_verdict.revocation(
        answers.asked, answers.lenient, answers.crl, answers.verified, stale, answers.named.lists
    )
