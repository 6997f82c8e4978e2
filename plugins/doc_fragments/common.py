# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages of several modules and plugins share: the author, what they need, and notes."""

from __future__ import annotations


class ModuleDocFragment:
    """C(common) is for every page, C(host) or C(controller) for modules, C(admin) for what needs such an account."""

    DOCUMENTATION = r"""
options: {}
author:
  - windefend.maps contributors (@windefend)
"""

    HOST = r"""
options: {}
requirements:
  - pywinrm 0.5.0 or later on the controller for hosts of the connection C(winrm), pypsrp for those of C(psrp)
notes:
  - Works over the connections P(ansible.builtin.winrm#connection), P(ansible.builtin.psrp#connection) and
    P(ansible.builtin.ssh#connection) without C(become), and does not start PowerShell on the host.
  - Tested with NTLM, Basic, Kerberos, CredSSP and certificates against a simulator, not against a real WinRM service.
"""

    ADMIN = r"""
options: {}
requirements:
  - an elevated administrator account on the host
"""

    CONTROLLER = r"""
options: {}
requirements:
  - write access to the destination on the controller for the user who runs Ansible
notes:
  - Runs on the controller and does not connect to the host of the task. In a play with several hosts, use
    C(run_once=true).
  - Does not support C(become). Files are written as the user who runs Ansible.
"""

    INTERNAL = r"""
options: {}
notes:
  - This filter is internal. The roles and playbooks of this collection use it, and it can change in any release.
"""

    RECORD = r"""
options:
  record:
    description:
      - A directory on the controller for recordings. Each command line that the host is sent in this run is written
        there with its answer, in one file for each host that only the current user can read. The task shows which file
        belongs to which host.
      - Names, users, domains, addresses, SIDs, proxies, credentials and all other words that are not Windows' own are
        replaced by placeholders, which are different in each recording. The file can be attached to an issue. Look
        through it before you do so.
      - Meant for C(module_defaults) of the group C(windefend.maps.all), and for the playbooks, which take it as
        C(maps_record). Modules that work on the controller alone accept and ignore it.
      - Defaults to the environment variable E(WINDEFEND_MAPS_RECORD). Nothing is recorded if neither is set.
    type: path
"""
