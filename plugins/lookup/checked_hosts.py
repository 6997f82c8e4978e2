# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup windefend.maps.checked_hosts. Ansible takes a lookup's options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: checked_hosts
short_description: Return the hosts of a play after the request of the run was checked
version_added: 1.0.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - Returns its terms as one host pattern. For C(hosts:) of a play, which Ansible evaluates before any task and for
    every C(--limit).
  - Fails if the pattern matches no host within C(--limit), unless the variable C(maps_allow_no_hosts) is true.
  - Fails for an extra variable that begins with C(assess_), C(maps_), C(remediate_), C(report_) or C(rollback_) and is
    not a variable of this collection. The variable C(maps_known_variables) lists more names.
  - Fails for a tag other than V(all) and V(always), because the playbooks of this collection have no others.
  - Fails for a proxy that is not C(host:port), for a report whose directory does not exist, and for a journal that is
    not an absolute path.
  - In a task, it also warns about variables of the inventory whose names differ from a variable of this collection in
    one or two characters.
notes:
  - This lookup is internal. The playbooks of this collection use it, and it can change in any release.
options:
  _terms:
    description:
      - Host patterns.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Name the hosts of a play
  hosts: "{{ lookup('windefend.maps.checked_hosts', maps_hosts | default('all')) }}"
  gather_facts: false
"""

RETURN = r"""
_raw:
  description: The host pattern.
  type: list
  elements: str
  sample:
    - all
"""

from collections.abc import Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleError, AnsibleLookupError, AnsibleUndefinedVariable
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ..plugin_utils import _ansible
from ..plugin_utils._domain.language import shown
from ..plugin_utils._domain.operation import Refused

EXEMPT = "maps_known_variables"
ALLOW_NO_HOSTS = "maps_allow_no_hosts"
LISTINGS = ("listhosts", "listtasks", "listtags", "syntax")
"""Runs of ansible-playbook that only look at the playbooks; they may have no inventory."""


class LookupModule(LookupBase):  # type: ignore[misc]
    """Ansible's entry point."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """The pattern. Raises AnsibleLookupError for what must not begin."""
        _ansible.keep_bytecode()
        self.set_options(var_options=variables, direct=kwargs)
        found = variables or {}
        pattern = ",".join(str(one) for term in terms for one in ([term] if isinstance(term, str) else term))
        listing = any(context.CLIARGS.get(option) for option in LISTINGS)
        try:
            if not listing:  # --list-tags has tags of its own
                _ansible.request_check.check_tags(
                    context.CLIARGS.get("tags") or (), context.CLIARGS.get("skip_tags") or ()
                )
            self._check_names(found)
            _ansible.request_check.check_request(self._values(found, _ansible.request_check.CHECKED))
            if not listing:
                self._check_hosts(pattern, found)
        except Refused as error:
            raise AnsibleLookupError(shown(str(error))) from None
        return [pattern]

    def _values(self, variables: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        """Values of variables. One that needs a variable of a host has none here; its task checks it."""
        values = {}
        for name in names:
            if name in variables:
                try:
                    values[name] = self._templar.template(variables[name])
                except AnsibleUndefinedVariable:
                    continue
        return values

    def _check_names(self, variables: Mapping[str, Any]) -> None:
        exempt = self._values(variables, (EXEMPT,)).get(EXEMPT) or ()
        exempt = [exempt] if isinstance(exempt, str) else [str(one) for one in exempt]
        known = _ansible.known_variables.known_variables(self._loader)
        given = [str(name) for name in load_extra_vars(self._loader)]
        for name in sorted({*given} & {*_ansible.request_check.FILES}):
            Display().deprecated(
                shown(
                    f"{name} is deprecated; use maps_report_path, in which the ending of a path decides on the format"
                ),
                version="2.0.0",
                collection_name="windefend.maps",
            )
        found = _ansible.known_variables.unknown(given, known, exempt)
        if found:
            raise Refused(_ansible.known_variables.unknown_message(found))
        if "inventory_hostname" in variables:  # in a task; a play has no host whose variables could be seen
            names = _ansible.known_variables.inventory_names(variables.get("hostvars"), self._loader) - set(given)
            for name, near in sorted(_ansible.known_variables.typos(names, known, exempt).items()):
                Display().warning(
                    shown(f"the inventory has a variable {name}; did you mean {near}? If not, list {name} in {EXEMPT}")
                )

    def _check_hosts(self, pattern: str, variables: Mapping[str, Any]) -> None:
        """Raises Refused where no host is left. What Ansible knows as the hosts of the play is within --limit."""
        allowed = self._values(variables, (ALLOW_NO_HOSTS,)).get(ALLOW_NO_HOSTS, False)
        if boolean(allowed, strict=False) or "groups" not in variables:
            return
        inventory = InventoryManager(self._loader, parse=False)
        for group, hosts in variables["groups"].items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
        try:
            matched = {host.name for host in inventory.get_hosts(pattern=pattern)}
        except AnsibleError as error:
            raise Refused(f"maps_hosts: {error}") from None
        within = set(variables.get("ansible_play_hosts_all") or matched)
        if not matched & within:
            raise Refused(_no_hosts(pattern, bool(variables["groups"].get("all"))))


def _no_hosts(pattern: str, hosts: bool) -> str:
    limit = context.CLIARGS.get("subset")
    if not hosts:
        return "the inventory has no hosts: name an inventory with -i. maps_allow_no_hosts=true accepts an empty one"
    where = f" within --limit {limit}" if limit else ""
    return f"no host of the inventory matches '{pattern}'{where}. maps_allow_no_hosts=true accepts that"
