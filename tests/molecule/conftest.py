"""What the projects of others have of this one: the built collection."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from ansible_collections.windefend.maps.tests.support.project import BIN, LIMIT

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The example is a project of its own: its tests run inside Molecule.
collect_ignore = ["corp_defender"]


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The built collection."""
    folder = tmp_path_factory.mktemp("artifact")
    command = [str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)
    (built,) = folder.glob("windefend-maps-*.tar.gz")
    return built
