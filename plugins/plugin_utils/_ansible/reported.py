"""A task's result with the report of its host: also where nothing came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .._domain.remediation import outcome as remediation_outcome
from .._windows import filetime


def with_report(result: dict[str, Any], check_mode: bool, began: float, diff: bool = False) -> dict[str, Any]:
    """The result with `report`, `outcome`, `cause` and `reason`, and where asked with a `diff` of each step.

    `began` is POSIX time. A step that failed fails the task, and so does a host that was lost after a change was sent.
    """
    report = result.get("report")
    if report is None:
        now = dt.datetime.now(dt.UTC)
        started, finished = map(filetime.iso, (dt.datetime.fromtimestamp(began, dt.UTC), now))
        message = str(result.get("msg", ""))
        lost = bool(result.get("unreachable")) and not result.get("changed")
        make = remediation_outcome.unreachable_report if lost else remediation_outcome.failed_report
        report = {**make(message, started, finished, check_mode), "changes": int(bool(result.get("changed")))}
    report |= remediation_outcome.traffic_summary(result.get("traffic") or {})
    result |= {"report": report, **{name: report[name] for name in ("outcome", "cause", "reason")}}
    if diff and (found := [_diff(step) for step in report["steps"] if step["changed"]]):
        result["diff"] = found
    if report["outcome"] == "failed":
        result |= {"failed": True, "msg": result.get("msg") or report["reason"]}
    return result


def _diff(step: dict[str, Any]) -> dict[str, Any]:
    """Ansible's callbacks print a mapping as a diff and break on a list."""
    sides = {
        side: step[side] if isinstance(step[side], dict) else {"items": step[side]} for side in ("before", "after")
    }
    return {**sides, "before_header": step["id"], "after_header": step["id"]}
