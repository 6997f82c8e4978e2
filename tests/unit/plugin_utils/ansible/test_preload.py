"""What an action brings with it into Ansible's parent process, so that no worker loads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT

AS_ANSIBLE = """
import json, sys
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader([])
action_loader.get("windefend.maps." + sys.argv[1], class_only=True)
loaded = set(sys.modules)
from ansible.plugins.loader import filter_loader
assert filter_loader.get("windefend.maps.diagnose") and filter_loader.get("ansible.builtin.bool")
print(json.dumps([sorted(loaded), sorted(set(sys.modules) - loaded)]))
"""


OURS = "ansible_collections.windefend.maps.plugins.filter.diagnose"


MODULES = {"host_info": 139, "report": 93, "spynet": 157}
"""Action -> modules of this collection's plugins that come with it, facades and layers included."""


def parent(action: str) -> tuple[list[str], list[str]]:
    """The modules that came with an action, and those that a use of filters brought after it."""
    command = [sys.executable, "-c", AS_ANSIBLE, action]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    loaded, later = json.loads(done.stdout)
    return loaded, later


def test_filters_come_with_an_action_for_a_host() -> None:
    loaded, later = parent("host_info")
    assert OURS in loaded
    assert "ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain" in loaded
    assert any(name.startswith("ansible.plugins.filter.") and "core" in name for name in loaded)
    assert later == []


def test_a_sweep_which_is_one_task_does_not_wait_for_them() -> None:
    loaded, later = parent("sweep")
    assert OURS not in loaded
    assert OURS in later


@pytest.mark.parametrize("action", MODULES)
def test_an_action_does_not_bring_more_modules(action: str) -> None:
    """Each worker pays for what comes later than the parent, and every run for what comes with the action."""
    loaded, _later = parent(action)
    ours = [name for name in loaded if name.startswith("ansible_collections.windefend.maps.plugins.")]
    assert len(ours) <= MODULES[action], "a facade or an import brings more than before"
