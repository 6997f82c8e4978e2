"""What is installed is pinned with hashes and fits what is asked for; licenses are known; the SBOM lists all of it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.windefend.maps.tests.supply_chain import licenses, runtime, sbom
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {
    "demo/lock.txt": runtime.FILES,
    "tests/lock.txt": ("tests/requirements.txt", "docs/requirements.txt", "demo/requirements.txt"),
    "tests/clients/awinrm.txt": ("tests/clients/awinrm.in",),
    "tests/clients/pypsrp.txt": ("tests/clients/pypsrp.in",),
    "tests/clients/rulebook.txt": ("tests/clients/rulebook.in",),
}
"""Lock -> the files that `make lock` makes it of."""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """What a lock pins, each with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(Requirement(line.partition(" --hash=")[0]), re.findall(r"--hash=(\S+)", line)) for line in lines]


def pinned(lock: str, python: str) -> dict[str, Version]:
    """Name -> version with one Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    found = {}
    for requirement, _hashes in entries(lock):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice with Python {python}"
            (one,) = requirement.specifier
            found[name] = Version(one.version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_one_version_with_hashes(lock: str) -> None:
    assert len(entries(lock)) > 15
    for requirement, hashes in entries(lock):
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|^-|--(?!hash=)|@ ", text, re.MULTILINE)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fits_what_is_asked_for(lock: str, python: str) -> None:
    """Where it does not, `make lock` makes it anew."""
    found = pinned(lock, python)
    asked = [one for file in LOCKS[lock] for one in runtime.requirements(ROOT / file)]
    assert asked
    for requirement in asked:
        name = canonicalize_name(requirement.name)
        assert name in found, f"{lock} does not have {requirement}; run make lock"
        fits = requirement.specifier.contains(found[name], prereleases=True)
        assert fits, f"{requirement}: {lock} has {found[name]}; run make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_both_locks_pin_the_same_versions(python: str) -> None:
    whole = pinned("tests/lock.txt", python)
    part = pinned("demo/lock.txt", python)
    assert {name: whole.get(name) for name in part} == part


def test_the_makefile_installs_from_the_locks_alone() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = text.replace("\\\n", " ").splitlines()
    installed = [line for line in lines if re.search(r"\bpip (install|download)\b|\$\(INSTALL\)", line)]
    assert len(installed) >= 5
    for line in installed:
        pinned_here = "--require-hashes" in line or "$(INSTALL)" in line or "--hash=sha256:" in line
        assert pinned_here or line.rstrip().endswith("uv; }"), line
    for lock, files in LOCKS.items():
        (made,) = [line for line in lines if f"--output-file {lock}" in line]
        assert all(f" {file}" in made for file in files)


HOLES = {"requests": "2.32.5", "urllib3": "2.6.3", "xmltodict": "0.15.0", "cryptography": "49.0.0"}
"""The last version of each with a known hole; requirements.txt says which."""


@pytest.mark.parametrize("file", [*runtime.FILES, "tests/molecule/corp_defender/requirements.txt"])
def test_no_version_with_a_known_hole_is_asked_for(file: str) -> None:
    for requirement in runtime.requirements(ROOT / file):
        hole = HOLES.get(canonicalize_name(requirement.name))
        assert hole is None or not requirement.specifier.contains(hole), requirement
        bounds = [one.operator for one in requirement.specifier]
        if file in runtime.FILES:
            assert bounds == [">="], f"{requirement}: no upper bound without a version that is known to break"


def test_every_imported_library_is_named() -> None:
    named = runtime.named(("requirements.txt",))
    assert {"pywinrm", "requests", "xmltodict", "pyspnego", "urllib3"} <= set(named)


@pytest.mark.parametrize(
    ("fields", "expression", "good"),
    [
        ({"License-Expression": "Apache-2.0 OR BSD-3-Clause"}, "Apache-2.0 OR BSD-3-Clause", True),
        ({"License-Expression": "MIT AND (Apache-2.0 OR SSPL-1.0)"}, "MIT AND (Apache-2.0 OR SSPL-1.0)", True),
        ({"License-Expression": "MIT AND SSPL-1.0"}, "MIT AND SSPL-1.0", False),
        ({"License-Expression": "GPL-2.0-only"}, "GPL-2.0-only", False),
        ({"License-Expression": "GPL-2.0-only WITH Classpath-exception-2.0"}, None, False),
        ({"License-Expression": "LicenseRef-Proprietary"}, "LicenseRef-Proprietary", False),
        ({"License-Expression": "not an expression ("}, "not an expression (", False),
        ({"License": "MIT"}, "MIT", True),
        ({"License": "Copyright (c) a company, all rights reserved"}, "", False),
        ({"Classifier": ["License :: OSI Approved :: MIT License"], "License": "a long text"}, "MIT", True),
        ({"Classifier": ["License :: OSI Approved :: BSD License"]}, "BSD-2-Clause OR BSD-3-Clause", True),
        (
            {"Classifier": ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: ISC License (ISCL)"]},
            "(MIT) AND (ISC)",
            True,
        ),
        ({"Classifier": ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: Other"]}, "", False),
        ({"Classifier": ["Programming Language :: Python"]}, "", False),
        ({}, "", False),
    ],
)
def test_which_licenses_fit(fields: dict[str, str | list[str]], expression: str | None, good: bool) -> None:
    metadata = Message()
    for name, value in fields.items():
        for one in [value] if isinstance(value, str) else value:
            metadata[name] = one
    found = licenses.expression(metadata)  # type: ignore[arg-type]
    assert expression is None or found == expression
    assert licenses.fits(found) is good


def test_the_licenses_of_what_is_needed_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert licenses.main() == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()] == list(runtime.packages())
    assert set(runtime.named()) <= set(runtime.packages())


def test_a_license_that_is_not_known_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    package = runtime.Package("odd", "1", (), SimpleNamespace(metadata=Message()))  # type: ignore[arg-type]
    monkeypatch.setattr(licenses, "packages", lambda: {"odd": package})
    assert licenses.main() == 1
    printed = capsys.readouterr()
    assert "odd 1: license not known" in printed.out
    assert "odd" in printed.err


def test_a_package_that_is_missing_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "named", lambda: ["windefend-no-such-package"])
    with pytest.raises(SystemExit, match="windefend-no-such-package is needed at run time"):
        licenses.main()


def test_the_sbom_lists_what_is_needed_and_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    (tmp_path / f"windefend-maps-{version}.tar.gz").write_bytes(b"an artifact")
    monkeypatch.setattr(sys, "argv", ["sbom", str(tmp_path)])
    assert sbom.main() == 0
    # It was compared with the schema of CycloneDX when it was made.
    text = (tmp_path / f"windefend-maps-{version}.cdx.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    root = found["metadata"]["component"]
    assert (root["name"], root["version"]) == ("windefend.maps", version)
    assert root["licenses"] == [{"license": {"id": "GPL-3.0-or-later"}}]
    assert root["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"an artifact").hexdigest()}]
    assert {one["name"]: one["version"] for one in found["components"]} == {
        name: package.version for name, package in runtime.packages().items()
    }
    needs = {one["ref"]: one.get("dependsOn", []) for one in found["dependencies"]}
    assert {ref.partition("/")[2].partition("@")[0] for ref in needs[root["bom-ref"]]} == set(runtime.named())
    assert not re.search(r'"/|\\\\|file:|' + re.escape(str(Path.home())) + "|" + re.escape(str(ROOT)), text)


def test_there_is_no_sbom_without_an_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sbom", str(tmp_path)])
    with pytest.raises(SystemExit, match="holds 0 artifacts; make package builds one"):
        sbom.main()
