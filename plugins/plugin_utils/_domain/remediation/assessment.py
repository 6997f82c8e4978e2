"""A whole diagnosis in one operation: read, validate, and ask the probes that give more information.

What a probe shows decides whether the next one is needed: the endpoints by Defender's own way, the lists of root
certificates, and the proxy that the host should use. A probe that fails leaves unknown what it would have shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..._windows.identity_cache import IdentityCache
from ..defender import Noted, Record, record as maps_record
from ..diagnosis import (
    Appraisal,
    Diagnosis,
    Observation,
    ProbeEvidence,
    Probes,
    Validated,
    Validation,
    appraise,
    diagnose,
    from_results,
    validate as diagnosis_validate,
)
from ..host import READING, Host, interpret
from ..language import DEFAULT_LANGUAGE
from ..operation import Operation, Plain, Warn, plain
from ..probes import Known, probe as probes_probe
from ..root_lists import DEFAULT_STALE_AFTER, VALUES, configure

NO_PROBES: Final = Probes()
NOTHING_PROBED: Final[Mapping[str, Any]] = {"endpoints": None, "root_update": None, "candidate": None}


@dataclass(frozen=True)
class AssessmentRequest:
    """What to ask of a host."""

    how: Validation
    probe: bool = True
    """Whether to probe where that gives more information."""
    candidate: str = ""
    """`host:port` of the proxy that the host should use; empty: none is known."""
    language: str = DEFAULT_LANGUAGE
    passive: bool = False
    """Whether to run nothing on the host: only what is stored there is read."""


@dataclass(frozen=True)
class Assessment:
    """What is known of a host's connection to MAPS."""

    validated: Validated
    probes: Probes = NO_PROBES
    probed: Mapping[str, Any] = field(default_factory=dict)
    """Results of the probes that were made, by the names of NOTHING_PROBED."""

    language: str = DEFAULT_LANGUAGE
    noted: Noted | None = None
    """Events of the connection; None: not asked for."""
    now: float = 0.0
    """POSIX time by the host's clock."""

    @property
    def record(self) -> Record:
        """What Windows has written of the connection."""
        return Record(self.validated.host.times, self.noted)

    @functools.cached_property
    def observation(self) -> Observation:
        found = replace(self.validated.observation(self.probes), record=self.record)
        if not self.validated.nothing_run:
            return found
        reached, because = self.record.reached(self.now)
        return replace(found, nothing_run=True, reached=reached, reached_because=because)

    @functools.cached_property
    def appraised(self) -> dict[str, Appraisal]:
        """What speaks for and against each cause."""
        return appraise(self.observation)

    @functools.cached_property
    def diagnosis(self) -> Diagnosis:
        """What is wrong, in words."""
        return _diagnosed.get(self._diagnose, *self._decisive)

    def _diagnose(self) -> Diagnosis:
        return diagnose(self.observation, self.language, None if self.observation.connected else self.appraised)

    @functools.cached_property
    def shown(self) -> Plain:
        """As maps_connection_info returns it."""
        found = Plain(_shown.get(self._show, *self._decisive))
        found["maps_record"] = self.record.shown(self.now)
        if self.probed:
            found["probed"] = {**NOTHING_PROBED, **self.probed}
        return found

    def _show(self) -> dict[str, Any]:
        found: dict[str, Any] = plain(self.validated.shown(self.diagnosis, self.language))
        return found

    @property
    def _decisive(self) -> tuple[tuple[object, ...], str, float | None]:
        """All that decides what is said of it: objects, which hosts that answered alike share, and values."""
        now = self.now if self.validated.nothing_run else None  # else no conclusion depends on the time
        return (*vars(self.validated).values(), self.probes, self.noted), self.language, now


_diagnosed: Final[IdentityCache[Diagnosis]] = IdentityCache()
_shown: Final[IdentityCache[dict[str, Any]]] = IdentityCache()


def assess(request: AssessmentRequest, host: Host | None = None) -> Operation[dict[str, Any]]:
    """Reads the host unless it is given, validates, and probes. Returns what maps_connection_info returns.

    Raises HostError where the host cannot be read.
    """
    if host is None:
        answer = yield READING
        host = interpret(answer)
    now = request.how.identity.now + (host.clock_skew or 0.0)
    if request.passive:
        validated = diagnosis_validate.not_validated(host)
    else:
        validated, _unused = yield from diagnosis_validate.validated_on(host, request.how)
    assessment = Assessment(validated, language=request.language, now=now)
    if not validated.connected:
        assessment = replace(assessment, noted=(yield from maps_record.read_events()))
    if not request.passive:
        assessment = yield from probed(assessment, request)
    return assessment.shown


def probed(assessment: Assessment, request: AssessmentRequest) -> Operation[Assessment]:
    """With the probes that give more information than the assessment has."""
    for name, ask in _PROBES.items():
        if request.probe and name in assessment.diagnosis.probes:
            assessment = yield from _noted(assessment, name, ask, request)
    return assessment


def with_candidate(assessment: Assessment, request: AssessmentRequest) -> Operation[Assessment]:
    """With the probe of the candidate, where it was not made and can be: a proxy that shall be set is asked first."""
    wanted = request.probe and request.candidate and CANDIDATE not in assessment.probed
    if not wanted or assessment.observation.probes_can_leave is False:
        return assessment
    return (yield from _noted(assessment, CANDIDATE, _candidate, request))


Found = tuple[Probes, Mapping[str, Any]]
"""What probes came to, and their results."""


def _noted(
    assessment: Assessment,
    name: str,
    ask: Callable[[Assessment, AssessmentRequest], Operation[Found]],
    request: AssessmentRequest,
) -> Operation[Assessment]:
    try:
        seen, results = yield from ask(assessment, request)
    except Exception as error:  # what it would have shown stays unknown; a connection that is gone fails the next line
        yield Warn(f"the probe {name} could not be made, so what it would show is unknown: {error}")
        seen, results = assessment.probes, {_KEYS[name]: {"failed": True, "msg": str(error)}}
    return replace(assessment, probes=seen, probed={**assessment.probed, **results})


def _endpoints(assessment: Assessment, request: AssessmentRequest) -> Operation[Found]:
    """The endpoints by Defender's own way, and in the same line or task through the proxy that the host should use."""
    validated = assessment.validated
    host = validated.host
    taken = {host.maps_route.proxy.lower(), host.lists_route.proxy.lower()}
    candidate = "" if taken == {request.candidate.lower()} else request.candidate
    wanted = probe_request(validated, request.how, proxy="defender")
    examined = yield from probes_probe.examine(wanted, known_of(validated), candidate)
    seen = replace(assessment.probes, endpoints=ProbeEvidence.of_result(examined.endpoints))
    results = {"endpoints": plain(examined.endpoints.shown())}
    if examined.candidate is not None:
        seen = replace(seen, candidate=ProbeEvidence.of_result(examined.candidate, lists_too=True))
        results["candidate"] = plain(examined.candidate.shown())
    return seen, results


def _candidate(assessment: Assessment, request: AssessmentRequest) -> Operation[Found]:
    known = known_of(assessment.validated)
    wanted = probe_request(assessment.validated, request.how, proxy="defender").of_host(known.maps_urls)
    examined = yield from probes_probe.examine(wanted.through(request.candidate), known)
    evidence = ProbeEvidence.of_result(examined.endpoints, lists_too=True)
    return replace(assessment.probes, candidate=evidence), {CANDIDATE: plain(examined.endpoints.shown())}


def _roots(assessment: Assessment, request: AssessmentRequest) -> Operation[Found]:
    result = plain(
        (
            yield from configure(
                requested=dict.fromkeys(VALUES), absent=(), stale_after=DEFAULT_STALE_AFTER,
                now=request.how.identity.now, check_mode=True,
            )
        )
    )  # fmt: skip
    return replace(assessment.probes, roots=from_results.roots(result)), {"root_update": result}


def probe_request(validated: Validated, how: Validation, proxy: str) -> probes_probe.ProbeRequest:
    """By the account whose network Defender sees, where this account may ask as SYSTEM."""
    run_as = "system" if validated.host.system.elevated else "current"
    return probes_probe.ProbeRequest(how.identity, proxy=proxy, run_as=run_as)


def known_of(validated: Validated) -> Known:
    """What was read of the host, so that a probe does not read it again."""
    host = validated.host
    return Known.of_facts(
        host.system, host.defender, host.proxy, host.onboarding, host.clock_skew, host.shown["unknown"]
    )


_PROBES: Final = {"endpoint_info": _endpoints, "root_update": _roots}
"""Probe -> how it is made, in the order in which one may show that the next is needed."""
CANDIDATE: Final = "candidate"
_KEYS: Final = {"endpoint_info": "endpoints", "root_update": "root_update", CANDIDATE: CANDIDATE}
"""Probe -> its name among the results."""
