"""Facade of windefend.maps.begin_run; its documentation is plugins/modules/begin_run.yml."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ..plugin_utils._ansible import RunReports, ShownAction, Spec, command_after, print_lines, validated
from ..plugin_utils._domain.journal import check_run, new_run
from ..plugin_utils._domain.operation import HostError
from ..plugin_utils._report import WIDEST, command_lines

MOST_HOST_BY_HOST = 50
"""Hosts up to which `use_sweep: auto` goes host by host, so that a small run looks like any run of Ansible."""
JOURNAL = "~/.windefend.maps/journal"


class ActionModule(ShownAction):
    SPEC = Spec(
        options={
            "hosts": {"type": "str", "default": "all"},
            "run": {"type": "str"},
            "journal": {"type": "str", "default": JOURNAL},
            "use_sweep": {"type": "str", "default": "auto"},
            "changes": {"type": "bool", "default": False},
        },
    )

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        arguments = validated(self, self.SPEC)
        # Here also variables of the inventory are known.
        lookup_loader.get("windefend.maps.checked_hosts", loader=self._loader, templar=self._templar).run(
            [arguments["hosts"]], task_vars
        )
        try:
            name = check_run(arguments["run"] or new_run(dt.datetime.now(dt.UTC)))
            sweeps = arguments["use_sweep"].lower() == "auto" or boolean(arguments["use_sweep"])
        except (TypeError, ValueError) as error:
            raise AnsibleActionFail(f"maps_run, maps_use_sweep: {error}") from None
        hosts = len((task_vars or {}).get("ansible_play_hosts_all") or ())
        if arguments["use_sweep"].lower() == "auto":
            sweeps = hosts > MOST_HOST_BY_HOST
        if arguments["changes"] and not self._task.check_mode:
            self._announce(name)
        journal = str(Path(arguments["journal"]).expanduser()) if arguments["journal"] else ""
        folder = Path(journal or JOURNAL).expanduser().parent / "runs"
        job = str((task_vars or {}).get("awx_job_id") or "")  # slices of a job share the name of the run
        reports = str(folder / f"{name}{f'.{job}' if job.isalnum() else ''}.jsonl")
        try:
            RunReports(reports).begin()
        except HostError as error:
            raise AnsibleActionFail(f"maps_run, maps_journal: {error}") from None
        kind = "remediate" if arguments["changes"] else "assess"
        facts = {"name": name, "kind": kind, "journal": journal, "reports": reports, "by_sweep": sweeps}
        return {**result, "changed": False, "ansible_facts": {"maps_this_run": facts}}

    def _announce(self, name: str) -> None:
        """Prints the run's name and what undoes it, so that a run that is killed has both."""
        undo = command_after(self._loader, "rollback", variables={"rollback_run": name})
        print_lines([f"This run is {name}. To undo it:", *command_lines(undo, WIDEST)])
