"""Facade of windefend.maps.sweep; its documentation is plugins/modules/sweep.yml."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..plugin_utils._ansible import OPTIONS, RunReports, Spec, Task, journal_of, run_identity, with_report, writer_of
from ..plugin_utils._ansible.sweep import HostOptions, SweepAction, SweepLimits, status_of
from ..plugin_utils._domain import host as host_reading
from ..plugin_utils._domain.journal import JournalWriter
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, shown_all
from ..plugin_utils._domain.operation import HostError, Operation, Refused
from ..plugin_utils._domain.remediation import (
    assess,
    history,
    outcome as remediation_outcome,
    request as remediation_request,
    rollout,
)
from ..plugin_utils._report import validation_report
from ..plugin_utils._windows import filetime
from ..plugin_utils._windows.identity_cache import IdentityCache

MOST_AT_ONCE = 512
LONGEST_HOST_TIMEOUT = 86_400
MARGIN = 180
"""Seconds of a host's time for what is no validation: reading, probes, changes."""
PLANNED = "planned"
REPAIRS = ("plan", "remediate")
VALIDATIONS = {"read": 1, "assess": 1, "plan": 1, "remediate": 5}
INLINE_FIELDS = (
    *("changed", "failed", "unreachable", "msg", "warnings"),
    *("connected", "cause", "diagnosis", "probes"),
    *("outcome", "reason", "steps", "needs_work"),
)
"""The fields that a compact result keeps as they are; the others go into `details` as one JSON text."""
OF_ONE_HOST = ("traffic", "warnings")
"""The fields of an assessment that its report does not say, or says of this host alone."""
ACTIONS = {
    "read": HostOptions("", {}),
    "assess": HostOptions("assess_", remediation_request.ASSESS_OPTIONS),
    "plan": HostOptions("remediate_", remediation_request.OPTIONS),
    "remediate": HostOptions("remediate_", remediation_request.OPTIONS),
}
"""Action -> the options that each host may have as variables of its own."""


class ActionModule(SweepAction):
    SPEC = Spec(
        options={
            "action": {"type": "str", "choices": list(ACTIONS), "default": "assess"},
            **{
                name: {**option, "default": None}
                for options in ACTIONS.values()
                for name, option in options.table.items()
            },
            "concurrency": {"type": "int", "default": 32},
            "group_concurrency": {"type": "dict", "default": {}},
            "host_timeout": {"type": "int"},
            "progress": {"type": "int", "default": 10},
            "output": {"type": "str", "choices": ["full", "compact"], "default": "full"},
            "reports_file": {"type": "path"},
            "min_repaired": {"type": "raw", "default": 1},
            **OPTIONS,
        },
    )

    _file: RunReports | None = None
    _unwritten = ""
    """Why a report is not in the file; empty: each is."""

    def variables(self, task: Task) -> Iterable[str]:
        return ACTIONS[task.arguments["action"]].variables(task.arguments)

    def arguments_of(self, task: Task, variables: Mapping[str, Any]) -> dict[str, Any]:
        return ACTIONS[task.arguments["action"]].of_host(task.arguments, variables)

    def host_seconds(self, task: Task, bounds: SweepLimits) -> float:
        return _host_timeout(task.arguments)

    def operation(self, host: Any, task: Task) -> Operation[dict[str, Any]]:
        arguments = task.arguments
        if arguments["action"] == "read":
            return host_reading.info(arguments["language"] or DEFAULT_LANGUAGE)
        if arguments["action"] == "assess":
            return assess(remediation_request.assessment_request(arguments, run_identity()))
        plans = arguments["action"] == "plan"
        if plans:
            arguments.update(journal=None, journal_run=None)
        store, key = journal_of(task, host)
        writer = writer_of("maps_connection", host, store, key, task)
        keys = history.Keys(key.known, key.made)
        request = remediation_request.remediation_request(
            arguments, run_identity(), keys, time.time, plans or task.check_mode
        )
        request = remediation_request.within(request, host.time_left)
        from ..plugin_utils._domain.remediation import remediate  # noqa: PLC0415 - an assessment needs none of it

        return remediate(request, JournalWriter(writer) if writer is not None else None)

    def finished(self, outcome: dict[str, Any], task: Task, began: float) -> dict[str, Any]:
        if task.arguments["action"] not in REPAIRS:
            return outcome
        found = with_report(outcome, task.check_mode, began)
        if task.arguments["action"] == "plan":
            # A host whose wave never begins is as it was.
            found["changed"] = False
            found["report"]["check_mode"] = task.check_mode or found["outcome"] == PLANNED
        return found

    def kept(self, name: str, outcome: dict[str, Any], task: Task) -> dict[str, Any]:
        arguments = task.arguments
        if arguments["action"] in REPAIRS:
            outcome["steps"] = [one["id"] for one in outcome["report"]["steps"] if not one["conditional"]]
        return self._reported(name, outcome, arguments) if arguments["reports_file"] else outcome

    def packed(self, kept: dict[str, Any], task: Task) -> dict[str, Any]:
        arguments = task.arguments
        unread = arguments["action"] not in REPAIRS and status_of(kept) != "ok"
        if arguments["reports_file"] or arguments["output"] == "full" or unread:
            return kept
        details = {key: value for key, value in kept.items() if key not in INLINE_FIELDS}
        return {**_inline(kept), "details": json.dumps(details)}

    def _reported(self, name: str, outcome: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The outcome without what its report in the file has; where that cannot be written, the report stays in it."""
        repaired = outcome.pop("report", None)
        report = _assessed(outcome, arguments["language"]) if repaired is None else shown_all(repaired)
        kept = _inline(outcome)
        try:
            self._reports(arguments["reports_file"]).append(name, report, bool(outcome.get("needs_work")))
        except HostError as error:
            self._unwritten = self._unwritten or str(error)
            kept["report"] = report
        return kept

    def _reports(self, path: str) -> RunReports:
        """The file of the reports, opened once."""
        if self._file is None:
            self._file = RunReports(path)
        return self._file

    def skipped(self, task: Task) -> str:
        """A wave of a rollout that was stopped does not begin."""
        return self._reports(task.arguments["reports_file"]).stopped() if self._is_wave(task) else ""

    def summary(self, hosts: dict[str, dict[str, Any]], task: Task) -> dict[str, Any]:
        """Whether the next wave may begin. Raises HostError."""
        if self._unwritten:
            raise HostError(f"{self._unwritten}; the reports that are missing there are in the result of this task")
        if not self._is_wave(task):
            return {}
        arguments = task.arguments
        least = rollout.LeastRepaired.parse(arguments["min_repaired"])
        reason = self._reports(arguments["reports_file"]).end_wave(hosts, least, task.check_mode)
        return {"stop": bool(reason), "stop_reason": reason}

    def _is_wave(self, task: Task) -> bool:
        return task.arguments["action"] == "remediate" and bool(task.arguments["reports_file"])

    def bounds(self, task: Task) -> SweepLimits:
        arguments = task.arguments
        limits = arguments["group_concurrency"]
        for name, least, most in (
            ("concurrency", 1, MOST_AT_ONCE),
            ("host_timeout", 1, LONGEST_HOST_TIMEOUT),
            ("progress", 0, LONGEST_HOST_TIMEOUT),
        ):
            if arguments[name] is not None and not least <= arguments[name] <= most:
                raise Refused(f"{name} must be {least} to {most}, not {arguments[name]}")
        if arguments["reports_file"] and arguments["action"] == "read":
            raise Refused("reports_file cannot be combined with action=read, which makes no report")
        if arguments["reports_file"] and not Path(arguments["reports_file"]).is_absolute():
            raise Refused(f"reports_file: {arguments['reports_file']} is not an absolute path")
        rollout.LeastRepaired.parse(arguments["min_repaired"])
        try:
            groups = {str(group): int(limit) for group, limit in limits.items()}
        except (TypeError, ValueError):
            raise Refused("group_concurrency must have an integer for each group") from None
        for group, limit in groups.items():
            if limit < 1:
                raise Refused(f"group_concurrency must be 1 or more, not {limit} for {group}")
        return SweepLimits(arguments["concurrency"], groups, _host_timeout(arguments), arguments["progress"])


_safe: IdentityCache[dict[str, Any]] = IdentityCache()


def _assessed(outcome: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    """The report of a host that was assessed, as it may be shown. What is said of hosts that answered alike is looked
    through once."""
    alike = {name: value for name, value in outcome.items() if name not in OF_ONE_HOST}
    report = _safe.get(
        lambda: shown_all(validation_report(alike, language or DEFAULT_LANGUAGE)),
        tuple(alike.values()),
        tuple(alike),
        language,
    )
    own = remediation_outcome.traffic_summary(outcome["traffic"]) if "traffic" in outcome else {}
    return {**report, **own, "finished": filetime.iso(dt.datetime.now(dt.UTC))}


def _inline(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {key: outcome[key] for key in INLINE_FIELDS if key in outcome}


def _host_timeout(arguments: Mapping[str, Any]) -> float:
    """What a host may take where that is not given: a validation before, and for a repair one after each step."""
    if arguments["host_timeout"] is not None:
        return float(arguments["host_timeout"])
    timeout = arguments["timeout"] or remediation_request.OPTIONS["timeout"]["default"]
    return float(MARGIN + timeout * VALIDATIONS[arguments["action"]])
