"""`winsim init` in a role as ansible-galaxy makes it, with the built collection where ansible-galaxy installs it."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.windefend.maps.tests.support.project import Project
from ansible_collections.windefend.maps.tests.support.shown_commands import blocks

pytestmark = pytest.mark.molecule

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = "docs/testing.md"
OURS = "tests/molecule/test_new_role.py"


def test_the_scenario_of_an_empty_role_passes(tmp_path: pathlib.Path, artifact: pathlib.Path) -> None:
    shown = [block for block in blocks(PAGE, (ROOT / PAGE).read_text(encoding="utf-8")) if block.executed_by == OURS]
    assert len(shown) == 1
    home = tmp_path / "home"
    home.mkdir()
    outside = Project(home, home)
    for command in (
        ("ansible-galaxy", "collection", "install", "--offline", str(artifact)),
        ("ansible-galaxy", "role", "init", "--offline", "my_role"),
    ):
        done = outside.run(*command)
        assert done.returncode == 0, done.stdout
    project = Project(home, home / "my_role")
    commands = shown[0].commands
    done = project.run("bash", "-euc", "\n".join(commands))
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert project.processes() == []
    again = project.run("bash", "-euc", "\n".join(commands[:2]))
    assert again.returncode == 1
    assert "already has" in again.stdout
