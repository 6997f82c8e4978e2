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
    for old in folder.glob("windefend-maps-*"):
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


def held(archive: Path) -> set[str]:
    """The names of the files in an archive."""
    with tarfile.open(archive) as opened:
        return {member.name for member in opened.getmembers() if not member.isdir()}


EXPECTED = MADE | {name for name in files() if not name.startswith(LEFT_OUT)}


def test_nothing_is_missing_and_nothing_else_is_in_it(artifact: Path) -> None:
    assert held(artifact) == EXPECTED


JUNK = """
    vault_pass.txt .vault_pass .env .netrc id_rsa id_rsa.pub inventory.yml inventory.ini hosts ansible.cfg
    windefend-maps-0.0.9.tar.gz remediate.retry report.json report.html core nohup.out group_vars/all/vault.yml
    host_vars/pc-001.yml secrets/token.yml journal/192.0.2.7.jsonl build/winsim/inventory.yml .venv/lib/site.py
    venv/lib/site.py .git/config .ansible/galaxy_token playbooks/inventory.yml playbooks/site.retry
    playbooks/group_vars/all.yml playbooks/secrets/key.yml plugins/action/__pycache__/sweep.cpython-311.pyc
    plugins/action/sweep.py~ plugins/action/.sweep.py.swp plugins/action/.#sweep.py
    plugins/plugin_utils/_domain/.#host.py plugins/action/#sweep.py# plugins/x.py plugins/action/sweep.py.orig
    plugins/modules/sweep.yml.bak plugins/plugin_utils/_domain/vault.yml roles/remediate/secrets/vault.yml
    roles/remediate/files/id_rsa roles/remediate/vars/vault.yml roles/remediate/meta/.env
    roles/remediate/tests/inventory meta/credentials.yml changelogs/.env docs/notes.txt docs/secrets/plan.md
    demo/vault_pass.txt demo/inventory.yml winsim/messages/en/x.json extensions/molecule/default/vault.yml
    extensions/molecule/default/.env tests/secrets.yml tests/id_rsa tests/output/report.py
    tests/integration/inventory.yml .pytest_cache/README.md LICENSES/notes.md
"""
"""What may lie in a checkout beside its files; names by blanks."""


def test_what_lies_in_the_checkout_beside_it_stays_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    copied(source)
    for name in JUNK.split():
        path = source / name
        assert not path.exists(), name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    (source / "playbooks" / "assess-link.yml").symlink_to("/etc/hostname")
    assert held(built(source, tmp_path)) == EXPECTED


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
    assert "All 36 hosts ended as their scenarios should; the second run changed nothing." in output
    report = json.loads((tmp_path / "demo" / "report.json").read_text(encoding="utf-8"))
    assert report["hosts"]["no-proxy-72efe"]["outcome"] == "repaired"
    assert (tmp_path / "demo" / "report.html").stat().st_size > 0
