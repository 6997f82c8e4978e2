# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup windefend.maps.hosts_to_repair. Ansible takes a lookup's options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_to_repair
short_description: Return the hosts on which a repair has something to do
version_added: 1.0.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - Returns the hosts that the first sweep of the playbook C(remediate) found in need of a repair, for C(hosts:) of the
    play that repairs them, in the order of the inventory. They are in the file of the reports of the run, which
    M(windefend.maps.sweep) writes. In check mode there are none, because that sweep shows all that there is to show.
  - If the playbook goes host by host, there are none.
notes:
  - This lookup is internal. The playbooks of this collection use it, and it can change in any release.
seealso:
  - module: windefend.maps.begin_run
  - module: windefend.maps.sweep
"""

EXAMPLES = r"""
- name: Repair the connection to MAPS
  hosts: "{{ lookup('windefend.maps.hosts_to_repair') }}"
  gather_facts: false
"""

RETURN = r"""
_raw:
  description: The hosts as one pattern.
  type: list
  elements: str
  sample:
    - pc-002
"""

from collections.abc import Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._ansible import RunReports
from ..plugin_utils._domain.operation import HostError

NOBODY = "all:!all"


class LookupModule(LookupBase):  # type: ignore[misc]
    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **options: Any) -> list[str]:
        self.set_options(var_options=variables, direct=options)
        hostvars = (variables or {}).get("hostvars") or {}
        this_run = hostvars["localhost"].get("maps_this_run") if "localhost" in hostvars else None
        if not this_run or not this_run["by_sweep"]:
            return [NOBODY]
        try:
            found = set() if context.CLIARGS.get("check") else RunReports(str(this_run["reports"])).hosts_to_repair()
        except HostError as error:
            raise AnsibleLookupError(str(error)) from None
        inventory = (variables or {}).get("groups", {}).get("all", ())
        return [",".join(name for name in inventory if name in found) or NOBODY]
