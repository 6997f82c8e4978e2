"""A role of somebody else's, tested against winsim from the built and installed collection.

Home is empty and nothing leads to the checkout: what the collection needs must be in its archive.
"""

from __future__ import annotations

import pathlib
import shutil

import pytest
from ansible_collections.windefend.maps.tests.support.project import BIN, Project

ROOT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.molecule


@pytest.fixture
def project(tmp_path: pathlib.Path, artifact: pathlib.Path) -> Project:
    made = Project(tmp_path / "home", tmp_path / "home" / "corp_defender")
    shutil.copytree(ROOT / "tests" / "molecule" / "corp_defender", made.role)
    (made.role / "vendor").mkdir()
    shutil.copy(artifact, made.role / "vendor")
    return made


def test_the_role_passes_and_nothing_goes_on_running(project: Project) -> None:
    done = project.molecule("test")
    assert done.returncode == 0, done.stdout
    installed = project.home / ".ansible" / "collections" / "ansible_collections" / "windefend" / "maps"
    assert f"{installed}/roles/winsim/tasks/started.yml" in done.stdout
    assert str(ROOT) not in done.stdout.replace(str(BIN), "")
    assert "5 passed" in done.stdout
    assert project.processes() == []
    linted = project.run("ansible-lint", "--offline", "--profile", "production")
    assert linted.returncode == 0, linted.stdout


def test_a_fault_of_the_role_is_found_and_destroy_still_runs(project: Project) -> None:
    tasks = project.role / "tasks" / "main.yml"
    text = tasks.read_text()
    assert "reporting: advanced" in text
    tasks.write_text(text.replace('submit_samples: "{{ corp_defender_samples }}"', "submit_samples: never"))
    done = project.molecule("test")
    assert done.returncode != 0, done.stdout
    assert "1 failed, 4 passed" in done.stdout
    assert "Stop winsim and wait for its end" in done.stdout
    assert project.processes() == []


def test_a_converge_that_fails_leaves_nothing(project: Project) -> None:
    tasks = project.role / "tasks" / "main.yml"
    tasks.write_text("---\n- name: Give up\n  ansible.builtin.fail:\n")
    done = project.molecule("test")
    assert done.returncode != 0, done.stdout
    assert "Stop winsim and wait for its end" in done.stdout
    assert project.processes() == []
