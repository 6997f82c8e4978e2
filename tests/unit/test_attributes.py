"""What a module's page says of check mode, become and the like, against what its action does."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.yml"))
PREFIX = "ansible_collections.windefend.maps.plugins"
TABLE = {
    "async",
    "become",
    "bypass_host_loop",
    "check_mode",
    "delegation",
    "diff_mode",
    "idempotent",
    "platform",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The pages as ansible-doc puts them together, by module."""
    names = [f"windefend.maps.{module}" for module in MODULES]
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.doc", "--json", "--type", "module", *names],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
            "ANSIBLE_HOME": str(tmp_path_factory.mktemp("home")),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return {name.rsplit(".", 1)[1]: page["doc"] for name, page in json.loads(done.stdout).items()}


@pytest.mark.parametrize("module", MODULES)
def test_the_table_is_whole_and_true(pages: dict[str, dict[str, Any]], module: str) -> None:
    table = pages[module]["attributes"]
    assert set(table) == TABLE
    action = importlib.import_module(f"{PREFIX}.action.{module}").ActionModule
    support = {name: row["support"] for name, row in table.items()}
    assert (support["async"] == "none") is not action._supports_async
    # Where check mode is not supported, the action may say so better than Ansible does.
    assert support["check_mode"] == "none" or action._supports_check_mode
    assert (support["bypass_host_loop"] == "full") is action.BYPASS_HOST_LOOP
    assert support["become"] == "none"
    # Of a partial support the page says which part.
    assert all(row.get("details") for row in table.values() if row["support"] == "partial")
