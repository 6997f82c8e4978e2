# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules that record what they change, so that M(windefend.maps.rollback) can undo it."""

from __future__ import annotations


class ModuleDocFragment:
    """The three options of every module in the action group C(changing)."""

    DOCUMENTATION = r"""
options:
  journal:
    description:
      - A directory on the controller. Before the module changes anything, it records the previous state there, in one
        file for each host, and in a copy on the host. M(windefend.maps.rollback) can undo the change from either.
      - A state that cannot be restored exactly is not changed. An empty string turns the journal off.
    type: path
  journal_run:
    description:
      - The name of the run in O(journal), which M(windefend.maps.rollback) uses to find it. 1 to 64 ASCII letters,
        digits, C(-) and C(_).
      - Requires O(journal). Without a name, each task is a separate run.
    type: str
  journal_key:
    description:
      - The key that signs the records of O(journal), 32 to 1024 printable ASCII characters without spaces, for example
        the output of C(openssl rand -hex 32). It is never sent to the host.
      - Up to three older keys can follow, separated by a space. They are accepted for verification but do not sign.
      - The default is the environment variable E(WINDEFEND_MAPS_JOURNAL_KEY) on the controller, and after that the file
        C(~/.windefend.maps/journal.key), which is created at the first change.
    type: str
"""
