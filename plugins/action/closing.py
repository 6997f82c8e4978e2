"""Facade of windefend.maps.closing; its documentation is plugins/modules/closing.yml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils._ansible import RunReports, ShownAction, Spec, command_after, print_lines, validated
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, LANGUAGES
from ..plugin_utils._domain.operation import HostError, plain
from ..plugin_utils._domain.remediation import outcome as remediation_outcome
from ..plugin_utils._report import closing_block, rollback_reports, validation_report

KINDS = ("assess", "remediate", "rollback", "validate")
WELL = ("healthy", "repaired", "not_applicable", "restored", "restorable", "unchanged")
"""Outcomes of hosts that nobody needs to look at."""


class ActionModule(ShownAction):
    SPEC = Spec(
        options={
            "kind": {"type": "str", "choices": list(KINDS), "required": True},
            "reports": {"type": "dict"},
            "results": {"type": "dict"},
            "reports_file": {"type": "path"},
            "run": {"type": "str", "default": ""},
            "changed": {"type": "bool"},
            "report_path": {"type": "str", "default": ""},
            "language": {"type": "str", "choices": list(LANGUAGES), "default": DEFAULT_LANGUAGE},
            "fail_on": {"type": "list", "elements": "str", "default": []},
        },
        mutually_exclusive=(("reports", "results", "reports_file"),),
        required_one_of=(("reports", "results", "reports_file"),),
    )

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        arguments = validated(self, self.SPEC)
        try:
            if arguments["reports_file"]:
                found, stopped = RunReports(arguments["reports_file"]).ended()
                order = (task_vars or {}).get("ansible_play_hosts_all", ())
                reports = {
                    name: found.get(name) or remediation_outcome.not_started_report()
                    for name in dict.fromkeys((*order, *found))
                }
            else:
                reports, stopped = self._reports(arguments), ""
        except HostError as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}
        lines = self._lines(arguments, reports)
        print_lines(["", *lines])
        ending = summary(reports, arguments["fail_on"], lines if self._task.register else None)
        if stopped:
            ending |= {"failed": True, "msg": f"no further wave began: {stopped}"}
        return {**result, **ending}

    def _reports(self, arguments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The hosts' reports from what the task was given. Raises AnsibleActionFail."""
        given = plain(arguments["reports"] if arguments["results"] is None else arguments["results"])
        if not all(isinstance(one, dict) for one in given.values()):
            raise AnsibleActionFail("reports and results must have a mapping for each host")
        if arguments["results"] is None:
            return dict(given)
        if arguments["kind"] == "rollback":
            return rollback_reports(given, arguments["run"], bool(self._task.check_mode))
        if arguments["kind"] in ("assess", "validate"):
            try:
                return {name: validation_report(one, arguments["language"]) for name, one in given.items()}
            except (KeyError, TypeError, ValueError) as error:
                raise AnsibleActionFail(f"results must be results of maps_connection_info: {error!r}") from None
        raise AnsibleActionFail(f"results is for the kinds assess, rollback and validate, not for {arguments['kind']}")

    def _lines(self, arguments: Mapping[str, Any], reports: Mapping[str, Mapping[str, Any]]) -> list[str]:
        run = arguments["run"]
        changed = arguments["changed"]
        if changed is None:
            changed = any(one.get("changes") and not one.get("check_mode") for one in reports.values())
        undo = command_after(self._loader, "rollback", variables={"rollback_run": run} if run else None)
        unwell = next((name for name, one in reports.items() if one.get("outcome") not in WELL), "")
        inspect = command_after(self._loader, "assess", limit=unwell, options=["-v"])
        return closing_block(
            arguments["kind"],
            reports,
            run=run,
            changed=bool(changed) and arguments["kind"] != "rollback",
            report_path=arguments["report_path"],
            undo_command=undo,
            inspect_command=inspect if unwell else "",
            verbosity=int(self._display.verbosity),
            language=arguments["language"],
            diffs=bool(self._task.diff),
        )


def summary(
    reports: Mapping[str, Mapping[str, Any]], fail_on: Sequence[str], lines: list[str] | None
) -> dict[str, Any]:
    """What the task returns. `lines` are the block where somebody registers it; callbacks would print it again."""
    counts = Counter(str(one.get("outcome") or "unknown") for one in reports.values())
    found: dict[str, Any] = {"changed": False, "outcomes": dict(counts)}
    unwanted = [f"{outcome}: {counts[outcome]}" for outcome in fail_on if counts[outcome]]
    if unwanted:
        return {**found, "failed": True, "msg": f"hosts with an outcome for which the run fails: {', '.join(unwanted)}"}
    return {**found, **({"lines": lines} if lines is not None else {})}
