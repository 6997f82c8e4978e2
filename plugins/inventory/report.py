# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin windefend.maps.report. Ansible takes its options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
short_description: Use a report as an inventory, with groups by outcome, cause and who has to act
version_added: 1.0.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - Reads report files (format C(json)) and puts their hosts into groups, so that C(--limit) selects hosts by what was
    found on them.
  - Use it together with the inventory that has the connection variables. This plugin sets no variable whose name begins
    with C(ansible_).
  - The inventory source is a file whose name ends with C(.yml) or C(.yaml), for example C(report.maps.yml).
  - C(maps_report) contains all hosts of the report. Its variables are C(maps_report_finished), the time of the latest
    result, and C(maps_report_age_hours), the hours since then.
  - C(maps_outcome_OUTCOME) contains the hosts with an outcome, for example C(maps_outcome_not_repairable).
  - C(maps_cause_CAUSE) contains the hosts on which a cause still holds, for example C(maps_cause_tls_inspection).
    Repaired hosts are only in C(maps_outcome_repaired).
  - C(maps_needs_OWNER) contains the hosts whose next step a team has to take, for example C(maps_needs_proxy_team).
    C(maps_needs_remediate) contains those whose next step a module of this collection can take.
  - C(maps_caution_CAUTION) contains the hosts with a fault that may break the connection later, for example
    C(maps_caution_roots_frozen).
  - C(maps_loosened) contains the hosts with a relaxed check.
  - C(maps_age_day), C(maps_age_week), C(maps_age_older) and C(maps_age_unknown) contain the hosts by the age of their
    results, up to a day, up to a week, older, and unknown.
  - The variable C(maps_finding) of a host contains the finding. The keys are C(outcome), C(reachable) (null if
    unknown), C(cause), C(cause_title), C(confidence), C(hresult), C(reason), C(next), C(cautions), C(loosening),
    C(site), C(check_mode), C(finished) and C(age_hours).
  - Texts of the report are never evaluated as templates.
notes:
  - A host whose name is a host pattern, such as C(a,!b), C(localhost), or the name of a group is left out with a
    warning.
  - If the report cannot be read, Ansible shows the reason as a warning and continues with the other inventory sources.
    Set C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to make it an error.
options:
  plugin:
    description: Name of the plugin.
    type: str
    required: true
    choices:
      - windefend.maps.report
  sources:
    description:
      - Report files. If a host is in several of them, the result that finished last counts.
      - Paths are relative to the directory of the inventory source. Files can be encrypted with Ansible Vault.
    type: list
    elements: str
    required: true
  known_hosts_only:
    description:
      - Whether to leave out hosts that are in none of the inventory sources before this one.
      - Set this if other people can write to the report. Otherwise, a host that somebody adds to the report can receive
        the credentials of the group C(all).
    type: bool
    default: false
seealso:
  - plugin: ansible.builtin.constructed
    plugin_type: inventory
  - module: windefend.maps.report
"""

EXAMPLES = r"""
# report.maps.yml
plugin: windefend.maps.report
sources:
  - monday.json
known_hosts_only: true

# ansible-playbook windefend.maps.remediate -i inventory.yml -i report.maps.yml --limit maps_cause_winhttp_proxy_missing
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from ..plugin_utils._ansible import report_sources
from ..plugin_utils._domain.language import shown
from ..plugin_utils._domain.operation import Refused
from ..plugin_utils._report import groups as report_groups

NAMED = 5
"""Names that a warning shows."""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """Ansible's entry point.

    Variables are set on hosts and groups themselves. The inventory's own `set_variable` may trust them as templates:
    its wrapper remembers the trust of the first source that sets a variable for all sources after it (ansible-core
    2.19, `_InventoryDataWrapper._inspector`).
    """

    NAME = "windefend.maps.report"

    def verify_file(self, path: str) -> bool:
        """Whether a path can be an inventory source of this plugin."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Adds the hosts of the report. Raises AnsibleParserError, and has added nothing then."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        folder = Path(path).absolute().parent
        sources = [str(folder / Path(source).expanduser()) for source in self.get_option("sources")]
        try:
            hosts = report_sources.from_files(loader, sources).hosts
        except Refused as error:
            raise AnsibleParserError(f"{path}: {shown(str(error))}") from None
        self._add(hosts, time.time())

    def _add(self, hosts: Mapping[str, Mapping[str, Any]], now: float) -> None:
        members = {name: report_groups.groups(host, now) for name, host in hosts.items()}
        taken = {
            *self.inventory.groups,
            report_groups.REPORT,
            *(group for found in members.values() for group in found),
        }
        refused = [name for name in hosts if name in taken or not report_groups.can_be_host(name)]
        known_only = self.get_option("known_hosts_only")
        unknown = [name for name in hosts if known_only and name not in self.inventory.hosts and name not in refused]
        self._warn(refused, "have names that are patterns, groups or the controller")
        self._warn(unknown, "are in no inventory source before this one (known_hosts_only)")
        left_out = {*refused, *unknown}
        self.inventory.add_group(report_groups.REPORT)
        for name, host in hosts.items():
            if name in left_out:
                continue
            self.inventory.add_host(name)
            for group in members[name]:
                self.inventory.add_group(group)
                self.inventory.add_child(group, name)
            self.inventory.hosts[name].set_variable("maps_finding", report_groups.finding(host, now))
        latest = report_groups.latest(hosts.values())
        report = self.inventory.groups[report_groups.REPORT]
        report.set_variable("maps_report_finished", latest)
        report.set_variable("maps_report_age_hours", report_groups.age_hours(latest, now))

    def _warn(self, names: list[str], why: str) -> None:
        if names:
            listed = ", ".join(shown(name)[:80] for name in names[:NAMED])
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            self.display.warning(
                f"{self.NAME}: {len(names)} hosts of the report are left out because they {why}: {listed}{more}"
            )
