"""What the verdicts of Windows Firewall say, as evidence.

Nothing that was read says which profile is in force, so a block in some profiles only proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import Said
from .observation import Observation


def blocking(o: Observation, decided_by: str, everywhere: bool) -> Said | None:
    """What is blocked by rules, or by defaults: in whatever profile is in force (`everywhere`), or in some only."""
    found: dict[tuple[str, int | None, str, str], list[str]] = {}
    for what, verdict in (("maps", o.firewall_maps), ("crl", o.firewall_crl)):
        profiles = verdict["profiles"]
        blocked = [one for one in profiles.values() if one["allowed"] is False]
        rules = [one for one in blocked if one["decided_by"] == "rule"]
        sure = len(blocked) == len(profiles) and (decided_by == "default" or len(rules) == len(profiles))
        if sure is not everywhere:
            continue
        for profile, one in profiles.items():
            if one["allowed"] is False and one["decided_by"] == decided_by:
                rule, store = (one["rule_name"], one["store"]) if decided_by == "rule" else ("", "")
                found.setdefault((what, verdict.get("port"), rule, store), []).append(profile)
    parts = tuple(_blocked(*key, tuple(profiles)) for key, profiles in found.items())
    return Said("sentences", {"parts": parts}) if parts else None


def _blocked(what: str, port: int | None, rule: str, store: str, profiles: tuple[str, ...]) -> Said:
    where = Said("profiles" if len(profiles) > 1 else "profile", {"names": tuple(Said(name) for name in profiles)})
    subject = Said("subject_port" if port is not None else "subject", {"what": Said(what), "port": port})
    if rule:
        return Said("blocked_by_rule", {"what": subject, "rule": rule, "store": Said(f"store_{store}"), "where": where})
    return Said("blocked_by_default", {"what": subject, "where": where})


def _all(o: Observation) -> list[Mapping[str, Any]] | None:
    """The verdicts for both connections in every profile; None where one is not known."""
    found = []
    for verdict in (o.firewall_maps, o.firewall_crl):
        profiles = verdict["profiles"]
        if not profiles or any(one["allowed"] is None for one in profiles.values()):
            return None
        found += list(profiles.values())
    return found


def nothing_blocks(o: Observation, decided_by: str) -> Said | None:
    """Both connections are known not to be blocked by rules, or by defaults, in any profile."""
    found = _all(o)
    if found is None or any(one["allowed"] is False and one["decided_by"] == decided_by for one in found):
        return None
    return Said("no_rule_blocks" if decided_by == "rule" else "no_default_blocks")


def unknown_verdict(o: Observation) -> Said | None:
    """A verdict that could not be had: too many rules, or rules with conditions."""
    return Said("firewall_unknown") if _all(o) is None else None
