"""The execution environment: ansible-builder makes the context from its definition, and the collection installs there.

The image itself is not built: that needs a container registry.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT
from bindep.depends import Depends

BIN = pathlib.Path(sys.executable).parent


def run(*command: str, folder: pathlib.Path) -> str:
    # Without the checkout: ansible-galaxy installs no collection that it finds elsewhere, on Python's path too.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("ANSIBLE_COLLECTIONS_PATH", "PYTHONPATH")
    }
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The build context, made as docs/automation-controller.md says, in a folder of its own."""
    folder = tmp_path_factory.mktemp("environment")
    for name in ("execution-environment.yml", "bindep.txt"):
        shutil.copy(ROOT / name, folder / name)
    output = str(folder / "build" / "collection")
    run("ansible-galaxy", "collection", "build", "--output-path", output, folder=ROOT)
    run("ansible-builder", "create", "--context", "build/ee", "--output-filename", "Containerfile", folder=folder)
    return folder / "build" / "ee"


def test_the_definition_names_the_version_that_is_built() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    definition = (ROOT / "execution-environment.yml").read_text()
    assert set(re.findall(r"windefend-maps-(\S+)\.tar\.gz", definition)) == {version}


def test_the_context_has_what_the_image_is_made_of(context: pathlib.Path) -> None:
    containerfile = (context / "Containerfile").read_text()
    assert 'ARG EE_BASE_IMAGE="quay.io/centos/centos:stream9"' in containerfile
    assert 'ARG ANSIBLE_INSTALL_REFS="ansible-core~=2.21.0 ansible-runner~=2.4"' in containerfile
    assert 'ARG PYCMD="/usr/bin/python3.12"' in containerfile
    assert "ansible-galaxy collection install $ANSIBLE_GALAXY_CLI_COLLECTION_OPTS -r requirements.yml" in containerfile
    assert (context / "_build" / "requirements.txt").read_text().split() == ["pywinrm[kerberos]"]
    assert "krb5-workstation [platform:rpm]" in (context / "_build" / "bindep.txt").read_text()


def test_the_collection_installs_from_the_context_and_says_what_it_needs(
    context: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    requirements = ("--requirements-file", "requirements.yml", "--offline")
    where = ("--collections-path", str(tmp_path))
    run("ansible-galaxy", "collection", "install", *requirements, *where, folder=context / "_build")
    found = yaml.safe_load(run("ansible-builder", "introspect", str(tmp_path), folder=tmp_path))
    needed = [line.partition("  #")[0] for line in found["python"]]
    listed = (line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    assert needed == [line for line in listed if line and not line.startswith("#")]
    assert not found["system"]


def test_bindep_reads_the_system_packages() -> None:
    packages = Depends((ROOT / "bindep.txt").read_text())
    assert [rule[0] for rule in packages.active_rules(["platform:rpm"])] == ["krb5-workstation"]
    assert [rule[0] for rule in packages.active_rules(["platform:rpm", "compile"])] == [
        "gcc",
        "krb5-devel",
        "python3.12-devel",
        "krb5-workstation",
    ]
