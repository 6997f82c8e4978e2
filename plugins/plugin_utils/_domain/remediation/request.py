"""What a user asks of a repair, and the one table of its options: names, types, defaults.

The module, the role's argument spec and the sweep are held to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..as_system import task as as_system_task
from ..defender import own_proxy
from ..diagnosis import Validation, validate as diagnosis_validate
from ..firewall import rule_spec
from ..language import DEFAULT_LANGUAGE, LANGUAGES
from ..operation import Refused, RunIdentity
from ..proxy import OWN_VALUES, ProxySettings, check_proxy
from ..root_lists import parse_url
from .assessment import AssessmentRequest
from .history import Keys
from .plan import WORKAROUNDS, Allowed, proxy_settings

RULES: Final[tuple[Mapping[str, str], ...]] = (
    {
        "name": "windefend.maps MAPS",
        "service": "WinDefend",
        "protocol": "tcp",
        "description": "Microsoft Defender Antivirus to MAPS and its updates",
    },
    {
        "name": "windefend.maps CRL",
        "service": "CryptSvc",
        "protocol": "tcp",
        "description": "Certificate revocation lists and trust lists",
    },
)
"""The allow rules that a repair adds where the firewall blocks by default."""
INTERNAL_SOURCES: Final = ("bypass", "refuse")
"""What to do where a proxy would come between a host and its internal update sources: exempt them, or set none."""
CLOUD_PROTECTION: Final = ("as_is", "required")
"""Whether MAPS that is switched off is what somebody wants, or a fault."""
NO_WORDS: Final = ("", "false", "no", "none", "off")
"""From a command line or a survey also `no` comes as a text."""

_COMMON: Final[Mapping[str, Mapping[str, Any]]] = {
    "run_as": {"type": "str", "choices": ["auto", "current", "system"], "default": "auto"},
    "timeout": {"type": "int", "default": int(diagnosis_validate.DEFAULT_TIMEOUT)},
    "probe": {"type": "str", "choices": ["auto", "never"], "default": "auto"},
    "language": {"type": "str", "choices": list(LANGUAGES), "default": DEFAULT_LANGUAGE},
}
ASSESS_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    **_COMMON,
    "candidate": {"type": "str", "default": ""},
    "passive": {"type": "bool", "default": False},
}
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    **_COMMON,
    "winhttp_proxy": {"type": "raw", "default": False},
    "winhttp_proxy_bypass_list": {"type": "list", "elements": "str"},
    "internal_update_sources": {"type": "str", "choices": list(INTERNAL_SOURCES), "default": "bypass"},
    "defender_proxy": {"type": "raw", "default": False},
    "firewall": {"type": "bool", "default": True},
    "firewall_rules": {
        "type": "list",
        "elements": "dict",
        "options": rule_spec.OPTIONS,
        "default": [dict(rule) for rule in RULES],
    },
    "root_dir_url": {"type": "str", "default": ""},
    "cloud_protection": {"type": "str", "choices": list(CLOUD_PROTECTION), "default": "as_is"},
    "ssl_options_workaround": {"type": "str", "choices": list(WORKAROUNDS), "default": "never"},
    "detection_test": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class RemediationRequest:
    """What to do with a host, and what is allowed."""

    assessment: AssessmentRequest
    allowed: Allowed
    rules: tuple[rule_spec.RuleSpec, ...]
    """The allow rules; one without ports gets those of the proxies."""
    keys: Keys
    clock: Callable[[], float]
    """POSIX time here."""
    internal_sources: str = "bypass"
    """One of INTERNAL_SOURCES."""
    detection_test: bool = False
    check_mode: bool = False
    language: str = DEFAULT_LANGUAGE
    time_left: Callable[[], float] = lambda: float("inf")
    """Seconds that are left for this host."""

    @property
    def how(self) -> Validation:
        return self.assessment.how


def assessment_request(options: Mapping[str, Any], identity: RunIdentity) -> AssessmentRequest:
    """From options by the names of ASSESS_OPTIONS. Raises Refused."""
    longest = as_system_task.LONGEST_TIMEOUT
    if not 1 <= options["timeout"] <= longest:
        raise Refused(f"timeout must be 1 to {longest} seconds, not {options['timeout']}")
    if options["candidate"]:
        check_proxy("candidate", options["candidate"])
    how = Validation(options["run_as"], float(options["timeout"]), identity)
    return AssessmentRequest(
        how,
        options["probe"] == "auto",
        options["candidate"],
        options["language"],
        options.get("passive", False),
    )


def remediation_request(
    options: Mapping[str, Any], identity: RunIdentity, keys: Keys, clock: Callable[[], float], check_mode: bool
) -> RemediationRequest:
    """From options by the names of OPTIONS; `clock` gives POSIX time. Raises Refused before anything is sent."""
    proxy = requested_proxy(options["winhttp_proxy"], options["winhttp_proxy_bypass_list"])
    if options["root_dir_url"]:
        parse_url(options["root_dir_url"])
    allowed = Allowed(
        proxy,
        options["firewall"],
        options["ssl_options_workaround"],
        keep_bypass=options["winhttp_proxy_bypass_list"] is None,
        root_dir_url=options["root_dir_url"],
        cloud_protection=options["cloud_protection"] == "required",
        defender_proxy=requested_own_proxy(options["defender_proxy"]),
    )
    return RemediationRequest(
        assessment_request({**options, "candidate": "" if proxy is None else proxy.https or proxy.http}, identity),
        allowed,
        tuple(rule_spec.RuleSpec.of(rule).validated() for rule in options["firewall_rules"]),
        keys,
        clock,
        options["internal_update_sources"],
        options["detection_test"],
        check_mode,
        options["language"],
    )


def within(request: RemediationRequest, time_left: Callable[[], float]) -> RemediationRequest:
    """The request for a host that has so many seconds left."""
    return replace(request, time_left=time_left)


def requested_proxy(proxy: Any, bypass_list: Any) -> ProxySettings | None:
    """The proxy that the WinHTTP store shall hold; None: leave it alone. Raises Refused."""
    if isinstance(proxy, str) and proxy.strip().lower() in NO_WORDS:
        return None
    settings = proxy_settings(proxy, bypass_list)
    return None if settings is None else settings.validated("winhttp")


def requested_own_proxy(given: Any) -> own_proxy.Wanted | None:
    """What the policy store of Defender's own proxy shall hold; None: leave it alone. Raises Refused."""
    if given is None or given is False or (isinstance(given, str) and given.strip().lower() in NO_WORDS):
        return None
    if isinstance(given, str):
        return own_proxy.wanted_from(given, None, None)
    if isinstance(given, Mapping) and given and set(given) <= set(OWN_VALUES):
        server, script = (None if given.get(name) is None else str(given[name]) for name in ("server", "pac_url"))
        return own_proxy.wanted_from(server, script, given.get("bypass"))
    raise Refused(
        "defender_proxy must be a URL such as http://proxy.corp.example:3128, a mapping with server, pac_url or "
        "bypass, or false"
    )
