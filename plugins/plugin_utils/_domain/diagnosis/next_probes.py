"""What would tell more: which probe looks at which cause, and which causes look alike until another one is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..language import QUESTIONS
from .observation import Observation
from .rules_probes import direct_lists_missing, direct_stop

CANDIDATE = "candidate"
ENDPOINTS = frozenset(
    {
        "name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication", "tls_inspection",
        "winhttp_proxy_missing", "crl_unreachable", "perimeter", "trust_list_stale",
    }
)  # fmt: skip
"""Causes that endpoint_info, as SYSTEM and by Defender's way, proves or excludes."""
ROOTS = frozenset({"root_missing", "trust_list_stale"})
"""The same of root_update."""


@dataclass(frozen=True)
class AmbiguousGroup:
    """Causes that look alike under a condition."""

    causes: tuple[str, ...]
    sees: Callable[[Observation], bool]
    question: str
    """Name in QUESTIONS of what would tell them apart."""


AMBIGUOUS: tuple[AmbiguousGroup, ...] = (
    # No host knows of a proxy that nobody told it: only trying one shows whether there is one.
    AmbiguousGroup(("winhttp_proxy_missing", "perimeter"), lambda o: direct_stop(o) is not None, CANDIDATE),
    AmbiguousGroup(
        ("winhttp_proxy_missing", "crl_unreachable"), lambda o: direct_lists_missing(o) is not None, CANDIDATE
    ),
    AmbiguousGroup(
        ("tls_inspection", "root_missing"),
        lambda o: o.probed is not None and o.probed.tls == "untrusted_root",
        "certificate",
    ),
)


def next_probe_text(name: str, language: str, o: Observation) -> str:
    """What would tell a cause, or a group, in words: never what was asked already."""
    if name in ROOTS and o.roots is None:
        name = "root_update"
    elif name in ENDPOINTS | ROOTS:
        name = _probe(o)
    return QUESTIONS[name].get(language)


def _probe(o: Observation) -> str:
    if o.probed is None:
        return "endpoint_info"
    if not o.probed.curl:
        return "curl"
    if o.probes_can_leave is False:
        return "allow_curl"
    return "systems_proxy" if o.system_proxy else "certificate"
