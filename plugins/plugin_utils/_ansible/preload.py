"""Loads in Ansible's parent process what it would load anew for every host.

Ansible imports an action in its parent process and forks a worker for each task of each host. Filters and tests it
looks for in the worker, compiles them and what they import from source, and loses them with it: 60 ms of processor
time for a task that uses a filter of ours, 20 ms for one of Ansible's own (measured over 40 hosts). Loaded in the
parent they are there in every worker.
"""

from __future__ import annotations

import contextlib
import functools

from ansible.plugins.loader import filter_loader, test_loader


@functools.cache
def load_filters_and_tests() -> None:
    """Loads them all, since Ansible looks through all for one; it takes a tenth of a second, the first time."""
    with contextlib.suppress(Exception):  # whoever uses them is told what is wrong with them
        filter_loader.get("windefend.maps.diagnose")
        test_loader.get("ansible.builtin.failed")
