# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback windefend.maps.fleet_progress. Ansible takes its options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_progress
type: notification
short_description: Show the progress of a run over a fleet and a summary of the causes
version_added: 1.0.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - On a terminal, shows a status row at the bottom with the number of hosts that are done, the number of failing
    hosts, the causes so far, and the estimated time left. Otherwise, prints the same as a line at intervals. At the
    end, prints a short table of causes.
  - The output is in addition to the output of the standard callback, such as P(ansible.builtin.default#callback), and
    does not change it. Failures are shown there as usual, and again in the table.
  - The state of a host comes from the results of M(windefend.maps.maps_connection),
    M(windefend.maps.maps_connection_info) and M(windefend.maps.sweep), whatever the tasks are called. For other
    tasks, only failures are counted.
  - The estimate assumes that the rest of the run is as fast as the current batch. There is no estimate during a batch
    that is smaller than the number of forks if more batches follow.
requirements:
  - enabled in the Ansible configuration with C(callbacks_enabled = windefend.maps.fleet_progress)
options:
  mode:
    description:
      - V(auto) is V(quiet) under AWX and ansible-runner, which show progress themselves, otherwise V(live) if the
        standard output is a terminal, otherwise V(plain).
      - V(live) is the status row at the bottom of the terminal. Without a terminal, it is V(plain).
      - V(plain) prints a line at most every O(interval) seconds, when something happens.
      - V(quiet) prints no progress.
    type: str
    choices:
      - auto
      - live
      - plain
      - quiet
    default: auto
    env:
      - name: WINDEFEND_MAPS_FLEET_PROGRESS_MODE
    ini:
      - section: windefend_maps_fleet_progress
        key: mode
  interval:
    description: Interval between plain lines in seconds.
    type: int
    default: 30
    env:
      - name: WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL
    ini:
      - section: windefend_maps_fleet_progress
        key: interval
  table:
    description: Whether to print the table of causes at the end, in every O(mode).
    type: bool
    default: true
    env:
      - name: WINDEFEND_MAPS_FLEET_PROGRESS_TABLE
    ini:
      - section: windefend_maps_fleet_progress
        key: table
"""

import atexit
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

from ..plugin_utils._ansible import StatusRow
from ..plugin_utils._domain.language import visible
from ..plugin_utils._domain.remediation import OUTCOMES
from ..plugin_utils._report import FleetProgress

RUNNER_VARIABLES = ("AWX_ISOLATED_DATA_DIR", "AWX_HOST")
"""ansible-runner sets the first one, also below AWX. It gives Ansible a terminal, so that alone says nothing."""

COLLECTION = "windefend.maps."
REMEDIATION = f"{COLLECTION}maps_connection"
"""The module that assesses, repairs and validates one host in one task."""
PLANNED = "planned"
"""The outcome of a host for which a sweep planned steps; a later play takes them, unless the run is in check mode."""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Tells FleetProgress what happens and shows what it says."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "windefend.maps.fleet_progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._progress = FleetProgress(int(context.CLIARGS.get("forks") or 1))
        self._row: StatusRow | None = None
        self._mode = "quiet"
        self._told = time.monotonic()
        self._over = False

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Decides once how to show."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        self._mode = self.get_option("mode")
        if self._mode == "auto":
            self._mode = "quiet" if any(name in os.environ for name in RUNNER_VARIABLES) else "live"
        if self._mode == "live":
            if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
                self._row = StatusRow(sys.stdout.fileno())
            else:
                self._mode = "plain"
        atexit.register(self._interrupted, os.getpid())

    # Events

    def v2_playbook_on_play_start(self, play: Any) -> None:
        # The play itself names only a pattern. What the variable manager keeps is no public interface, but the only way
        # to the hosts of all waves before they had their turn.
        inventory = play.get_variable_manager()._inventory
        fleet = [host.name for host in inventory.get_hosts(play.hosts, ignore_restrictions=True)]
        batch = [host.name for host in inventory.get_hosts(play.hosts)]
        if set(fleet) - {"localhost"}:
            self._progress.start_batch(str(play._uuid), fleet, batch, time.monotonic())
        self._show()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._show()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        if task.action == REMEDIATION:
            self._progress.repairing(str(host.name))
        self._show()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._learn(result)
        self._show()

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._progress.failed(str(result.host.get_name()), str(result.task.get_name()))
        self._show()

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._progress.unreachable(str(result.host.get_name()))
        self._learn(result)
        self._show()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._over = True
        self._remove_row()
        self._progress.finish(failed=[host for host, number in stats.failures.items() if number])
        lines = self._progress.table() if self.get_option("table") else []
        if lines:
            self._display.banner("CAUSES")
            for line in lines:
                self._display.display(visible(line))

    # What they mean

    def _learn(self, result: Any) -> None:
        """What a result says of hosts. It is recognized by its content and its module, and never by a task's name."""
        host, content = str(result.host.get_name()), result.result
        if not str(result.task.action).startswith(COLLECTION):
            return
        hosts = content.get("hosts")
        for name, one in hosts.items() if isinstance(hosts, Mapping) else ((host, content),):
            if isinstance(one, Mapping):
                self._learn_host(str(name), one)

    def _learn_host(self, host: str, content: Mapping[str, Any]) -> None:
        """What a module of this collection says of one host."""
        outcome, cause = str(content.get("outcome") or ""), str(content.get("cause") or "unknown")
        if outcome == PLANNED and not context.CLIARGS.get("check"):
            self._progress.diagnosed(host, False, cause)
            self._progress.chosen(host)
        elif outcome in (PLANNED, *OUTCOMES):
            self._progress.ended(host, outcome, cause)
        elif content.get("unreachable"):
            self._progress.unreachable(host)
        elif isinstance(content.get("connected"), bool):
            self._progress.diagnosed(host, content["connected"], cause)

    # What is shown

    def _show(self) -> None:
        now = time.monotonic()
        if self._row:
            sys.stdout.flush()
            self._row.show(self._progress.line(now, self._row.columns))
        elif self._mode == "plain" and now - self._told >= self.get_option("interval"):
            self._told = now
            self._display.display(visible(f"progress: {self._progress.line(now, 500)}"))

    def _remove_row(self) -> None:
        if self._row:
            sys.stdout.flush()
            self._row.remove()
            self._row = None

    def _interrupted(self, owner: int) -> None:
        """Gives the terminal back also where Ansible ends without a recap."""
        if os.getpid() != owner or self._over:
            return
        self._remove_row()
        if self._progress.anything_known:
            self._display.display(visible(f"The run ended early. {self._progress.summary()}"))
