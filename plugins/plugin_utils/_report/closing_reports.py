"""Reports of hosts from results of modules that make none: those of a validation and of a rollback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._domain.diagnosis import CAUSES, diagnosis_result, observe
from .._domain.language import DEFAULT_LANGUAGE
from .._domain.operation import plain
from .._domain.remediation import outcome as remediation_outcome

LAST = "last"
"""The name that stands for the last run of a host (`journal.choice.LAST`)."""
OF_STEPS = ("changed", "before", "after")


def _without_result(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """The report of a host from which no result came; None where there is one."""
    message = str(result.get("msg") or "")
    if result.get("unreachable"):
        return remediation_outcome.unreachable_report(message)
    if result.get("failed") or not result:
        return remediation_outcome.failed_report(message)
    return None


def unpacked(result: Mapping[str, Any]) -> dict[str, Any]:
    """A host's part of a sweep as the module for one host gives it, its details unpacked. Raises ValueError."""
    if "details" not in result:
        return dict(result)
    details = json.loads(result["details"])
    if not isinstance(details, dict):
        raise ValueError("the details are not a JSON object")
    return {**{name: value for name, value in result.items() if name != "details"}, **details}


def validation_report(result: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """The report of a host that was only validated: its result of maps_connection_info, or its part of a sweep.

    The outcome of a host that does not reach MAPS, although it should, is `open`. Raises ValueError and KeyError for
    what is no such result.
    """
    missing = _without_result(result)
    if missing is not None:
        return {**missing, "kind": "assess"}
    known = unpacked(result)
    if language != DEFAULT_LANGUAGE:
        known |= plain(diagnosis_result(observe(known["host"], known), language))
    cause = str(known["cause"])
    assumed = known.get("assumed") or {}
    outcome = "healthy" if known["connected"] or assumed.get("connected") else "open"
    if not known["connected"] and cause in CAUSES and not CAUSES[cause].applicable:
        outcome = "not_applicable"
    found = remediation_outcome.validation_summary(known)
    return {
        "outcome": outcome,
        "kind": "assess",
        "cause": cause,
        "reason": str(known.get("diagnosis") or ""),
        "before": found,
        "steps": [],
        "after": found,
        "changes": 0,
        "check_mode": False,
        "next": list(known.get("solutions") or ()) if outcome == "open" else [],
        **remediation_outcome.traffic_summary(known.get("traffic") or {}),
    }


def rollback_reports(
    results: Mapping[str, Mapping[str, Any]], run: str, check_mode: bool = False
) -> dict[str, dict[str, Any]]:
    """The reports of hosts from their results of rollback; `run` is the run that was to be undone.

    The outcome is `unknown_run` where the run was named and no journal of any host has it, undone or not: then it is
    no run. `known_runs` are the runs of a host's journal that are not undone.
    """
    every = [one for result in results.values() for one in _runs(result)]
    known = run == LAST or any(str(one.get("run")) == run for one in every)
    return {name: _rollback_report(result, known, check_mode) for name, result in results.items()}


def _runs(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in result.get("runs") or () if isinstance(one, Mapping)]


def _rollback_report(result: Mapping[str, Any], known: bool, check_mode: bool) -> dict[str, Any]:
    missing = _without_result(result)
    if missing is not None:
        return {**missing, "cause": ""}
    changed = bool(result.get("changed"))
    outcome = "unchanged" if known else "unknown_run"
    if changed:
        outcome = "restorable" if check_mode else "restored"
    step = {"id": "rollback", "reason": str(result.get("run") or ""), **{key: result.get(key) for key in OF_STEPS}}
    return {
        "outcome": outcome,
        "cause": "",
        "reason": str(result.get("reason") or ""),
        "steps": [step] if changed else [],
        "check_mode": check_mode,
        "known_runs": [str(one.get("run")) for one in _runs(result) if not one.get("undone")],
    }
