"""What Ansible imports of this collection is not compiled in every run."""

from __future__ import annotations

import os
import subprocess
import sys

from ....support.fleet import ROOT

SCRIPT = """
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible_collections.windefend.maps.plugins import plugin_utils
from ansible_collections.windefend.maps.plugins.plugin_utils import _ansible
_ansible.keep_bytecode()
_ansible.keep_bytecode()
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import text
print(type(plugin_utils.__loader__).__name__, type(text.__loader__).__name__, text.__name__, text.__cached__)
"""


def test_what_lies_below_plugin_utils_keeps_its_bytecode() -> None:
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections")}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    package, module, name, cached = ran.stdout.split()
    assert package != "SourceFileLoader"  # Ansible's own, which has compiled the package
    assert module == "SourceFileLoader"
    assert name.endswith("plugin_utils._windows.text")
    assert "__pycache__" in cached
