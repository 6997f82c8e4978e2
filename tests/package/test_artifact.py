"""What users get: the built archive, read by Galaxy's importer, and installed where nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest
from ansible_collections.windefend.maps.tests.support.checkout import ROOT, copied, files

pytestmark = pytest.mark.package

BIN = Path(sys.executable).parent
LIMIT = 600
"""Seconds after which a program counts as hung."""
LEFT_OUT = (".gitignore", ".ci/", ".github/", "galaxy.yml")
"""How the names of what only the checkout needs begin."""
MADE = {"MANIFEST.json", "FILES.json"}
"""What the build writes, in the place of galaxy.yml."""


def run(*command: str | Path, cwd: Path, python_path: str = "", **more: str) -> str:
    """The output of a program that must succeed; nothing in its environment leads to the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON", "PYTEST_"))}
    if python_path:
        kept["PYTHONPATH"] = python_path
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def built(source: Path, folder: Path) -> Path:
    """The archive that ansible-galaxy makes of a folder."""
    run(BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", folder, source, cwd=folder)
    (archive,) = folder.glob("windefend-maps-*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def artifact() -> Path:
    """The archive of the checkout; it stays in build/package for who wants to install it."""
    folder = ROOT / "build" / "package"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.tar.gz"):
        old.unlink()
    return built(ROOT, folder)


@pytest.fixture(scope="module")
def installed(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of collections where the archive is installed."""
    folder = tmp_path_factory.mktemp("collections")
    run(
        *(BIN / "ansible-galaxy", "collection", "install", "--offline", "--collections-path", folder, artifact),
        cwd=folder,
        HOME=str(folder),
    )
    return folder


def test_nothing_is_missing_and_nothing_else_is_in_it(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        held = {member.name for member in archive.getmembers() if not member.isdir()}
    assert held - MADE == {name for name in files() if not name.startswith(LEFT_OUT)}
    assert held >= MADE


def test_the_importer_takes_it(installed: Path, tmp_path: Path) -> None:
    """Galaxy wants an address of the repository, which whoever publishes the collection knows."""
    source = tmp_path / "source"
    copied(source)
    with (source / "galaxy.yml").open("a", encoding="utf-8") as file:
        file.write("repository: https://git.example/windefend/maps\n")
    archive = built(source, tmp_path)
    # Where its playbooks are found by the names that other playbooks give them.
    (tmp_path / ".ansible").mkdir()
    (tmp_path / ".ansible" / "collections").symlink_to(installed)
    where = {"HOME": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}"}
    output = run(sys.executable, "-m", "galaxy_importer.main", archive, cwd=tmp_path, **where)
    assert "Importer processing completed successfully" in output
    assert [line for line in output.splitlines() if "WARNING" in line or "ERROR" in line] == []


def test_an_empty_environment_repairs_the_demo_fleet(installed: Path, tmp_path: Path) -> None:
    """With what the requirements of the installed collection name, and nothing of the checkout."""
    collection = installed / "ansible_collections" / "windefend" / "maps"
    empty = tmp_path / "environment"
    venv.create(empty, with_pip=True)
    python = empty / "bin" / "python"
    needed = [word for name in ("", "winsim", "demo") for word in ("-r", collection / name / "requirements.txt")]
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needed, cwd=tmp_path)
    output = run(
        *(python, "-m", "ansible_collections.windefend.maps.demo.run", "--output", tmp_path / "demo"),
        cwd=tmp_path,
        python_path=str(installed),
        HOME=str(tmp_path),
        PATH=f"{empty / 'bin'}:{os.environ['PATH']}",
    )
    assert "All 28 hosts ended as their scenarios should; the second run changed nothing." in output
    report = json.loads((tmp_path / "demo" / "report.json").read_text(encoding="utf-8"))
    assert report["hosts"]["no-proxy-72efe"]["outcome"] == "repaired"
    assert (tmp_path / "demo" / "report.html").stat().st_size > 0
