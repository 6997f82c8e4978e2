"""A role of somebody else's, tested against winsim from the built and installed collection.

Home is empty and nothing leads to the checkout: what the collection needs must be in its archive.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.executable).parent
LIMIT = 400
"""Seconds after which a run counts as hung; it needs half a minute."""

pytestmark = pytest.mark.molecule


@dataclass
class Project:
    """The example as its authors have it: a folder, a home, and nothing else."""

    home: pathlib.Path
    role: pathlib.Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "MOLECULE_", "PYTHON", "PYTEST_"))
        }
        environment = {**kept, "HOME": str(self.home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(
            command,
            cwd=self.role,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def molecule(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("molecule", *arguments, "--no-command-borders")

    def processes(self) -> list[str]:
        """Command lines of processes that have to do with this project."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.home) in line:
                found.append(line)
        return found


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The built collection."""
    folder = tmp_path_factory.mktemp("artifact")
    command = [str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)
    (built,) = folder.glob("windefend-maps-*.tar.gz")
    return built


@pytest.fixture
def project(tmp_path: pathlib.Path, artifact: pathlib.Path) -> Project:
    made = Project(tmp_path / "home", tmp_path / "home" / "corp_defender")
    shutil.copytree(ROOT / "tests" / "molecule" / "corp_defender", made.role)
    (made.role / "vendor").mkdir()
    shutil.copy(artifact, made.role / "vendor" / "windefend-maps.tar.gz")
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
