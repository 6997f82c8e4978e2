"""What an action brings with it into Ansible's parent process, so that no worker loads it."""

from __future__ import annotations

import json
import subprocess
import sys

AS_ANSIBLE = """
import json, sys
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader([])
action_loader.get("windefend.maps.host_info", class_only=True)
loaded = set(sys.modules)
from ansible.plugins.loader import filter_loader
assert filter_loader.get("windefend.maps.remediation_report") and filter_loader.get("ansible.builtin.bool")
print(json.dumps([sorted(loaded), sorted(set(sys.modules) - loaded)]))
"""


def test_filters_come_with_the_action() -> None:
    done = subprocess.run([sys.executable, "-c", AS_ANSIBLE], capture_output=True, text=True, check=True, timeout=60)
    loaded, later = json.loads(done.stdout)
    assert "ansible_collections.windefend.maps.plugins.filter.remediation" in loaded
    assert "ansible_collections.windefend.maps.plugins.plugin_utils._domain.plan" in loaded
    assert any(name.startswith("ansible.plugins.filter.") and "core" in name for name in loaded)
    assert later == []
