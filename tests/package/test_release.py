"""A release of a copy of the repository; the checks that come before it are other targets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.checkout import ROOT, copied

pytestmark = pytest.mark.package


VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
ADDRESSES = ("repository", "documentation", "homepage", "issues")
"""What only the owner of the collection can add to galaxy.yml."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy with the environment of the checkout and the addresses of an owner, committed."""
    place = tmp_path / "repository"
    copied(place)
    with (place / "galaxy.yml").open("a", encoding="utf-8") as file:
        file.writelines(f"{name}: https://git.example/{name}\n" for name in ADDRESSES)
    (place / "build").mkdir()
    (place / "build" / "venv").symlink_to(ROOT / "build" / "venv")
    for command in (
        ["init", "--quiet"],
        ["config", "user.name", "somebody"],
        ["config", "user.email", "somebody@example.invalid"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "All"],
    ):
        git(place, *command)
    return place


def git(place: Path, *command: str) -> str:
    return subprocess.run(["git", *command], cwd=place, capture_output=True, text=True, check=True).stdout


def release(place: Path) -> subprocess.CompletedProcess[str]:
    """As `make release`, with nothing checked before and a build that is only said to be made."""
    (place / "bin").mkdir(exist_ok=True)
    make = place / "bin" / "make"
    make.write_text("""#!/bin/sh
echo "make $*"
case "$1" in
package) mkdir -p build/package; : > build/package/x.tar.gz ;;
sbom) : > build/package/x.cdx.json ;;
esac
""")
    make.chmod(0o755)
    (place / ".git" / "info" / "exclude").write_text("bin/\n")
    command = ["env", f"PATH={place / 'bin'}:/usr/bin:/bin", "RELEASE_CHECKS=lint", ".ci/release"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120, check=False)


def test_a_release_is_a_changelog_a_commit_and_a_tag(repository: Path) -> None:
    done = release(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("make lint") < done.stdout.index("make package") < done.stdout.index("make sbom")
    assert "build/package/x.cdx.json" in done.stdout
    assert git(repository, "tag", "--points-at", "HEAD").split() == [VERSION]
    assert git(repository, "status", "--porcelain") == ""
    changelog = (repository / "CHANGELOG.md").read_text()
    assert f"v{VERSION}" in changelog.replace("\\", "")
    assert "windefend.maps.sweep" in changelog.replace("\\", "")
    again = release(repository)
    assert again.returncode == 1
    assert "tagged already" in again.stderr


def test_what_is_not_committed_is_not_released(repository: Path) -> None:
    (repository / "README.md").write_text("changed")
    done = release(repository)
    assert done.returncode == 1
    assert "not committed" in done.stderr
    assert git(repository, "tag") == ""


def test_without_the_addresses_of_its_owner_nothing_is_released(repository: Path) -> None:
    text = (repository / "galaxy.yml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(("repository:", "issues:"))]
    (repository / "galaxy.yml").write_text("".join(kept), encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message", "Forget")
    done = release(repository)
    assert done.returncode == 1
    assert "galaxy.yml lacks addresses that only its owner knows: repository issues" in done.stderr
    assert git(repository, "tag") == ""
