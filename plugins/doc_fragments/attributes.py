# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' pages say of check mode, become and the like; a module adds what is special about it."""

from __future__ import annotations


class ModuleDocFragment:
    """Each of these, taken together with C(host) or C(controller) and C(state) or C(info), makes a whole table."""

    DOCUMENTATION = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - The module is an action plugin that runs on the controller and limits the duration of its commands itself.
  become:
    description: Is usable alongside C(become) keywords.
    support: none
    details:
      - The module rejects it before anything is sent to the host.
  bypass_host_loop:
    description: Forces a global task that does not execute per host.
    support: none
"""

    HOST = r"""
options: {}
attributes:
  delegation:
    description: Can be used in conjunction with C(delegate_to) and related keywords.
    support: full
  platform:
    description: The operating systems on which the module acts.
    platforms: windows
    support: full
    details:
      - Requires one of the connections P(ansible.builtin.winrm#connection), P(ansible.builtin.psrp#connection) and
        P(ansible.builtin.ssh#connection). PowerShell is not started on the host.
"""

    CONTROLLER = r"""
options: {}
attributes:
  delegation:
    description: Can be used in conjunction with C(delegate_to) and related keywords.
    support: none
    details:
      - Files are always written on the controller.
  platform:
    description: The operating systems on which the module acts.
    platforms: posix
    support: full
"""

    STATE = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change in check_mode, when in diff mode.
    support: full
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the state of the host has not changed in between.
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Reads only, so check mode makes no difference.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change in check_mode, when in diff mode.
    support: N/A
    details:
      - The module changes nothing.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the state of the host has not changed in between.
    support: full
"""
