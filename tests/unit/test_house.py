"""What the repository holds, and what it must not: generated files, giants, paths of somebody's machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
"""Lines."""
GENERATED = re.compile(
    r"(^|/)(build|__pycache__|\.ansible|\.hypothesis|\.[a-z]+_cache|node_modules|[^/]+\.egg-info)/"
    r"|\.(pyc|pyo|orig|rej|bak|swp|log|retry|tmp)$|\.tar\.gz$|(^|/)\.coverage$|^tests/output/|^FILES\.json$|^MANIFEST\.json$"
)
MACHINE_PATH = re.compile(r"(?<![\w./$}~-])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/[A-Za-z0-9_.]")
"""Absolute paths that only make sense where somebody develops; paths of Windows are what winsim is made of."""
TEXT = {".py", ".yml", ".yaml", ".md", ".toml", ".cfg", ".txt", ".c", ".rst", ".reg", ".ini", ".sh", ""}


def tracked() -> list[str]:
    """Files that git knows; where the checkout has no git (an unpacked archive), all that would be ours."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    names = (str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file() and not path.is_symlink())
    return [name for name in names if not GENERATED.search(name)]


def machine_paths(name: str, text: str) -> list[str]:
    """Lines of a text that name a path of a developer's machine."""
    return [
        f"{name}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_git_lists_the_house() -> None:
    assert {"galaxy.yml", "LICENSE", "plugins/action/spynet.py"} <= set(tracked())


def test_no_python_file_is_a_giant() -> None:
    sizes = {name: len(read(name).splitlines()) for name in tracked() if name.endswith(".py")}
    assert sizes
    assert {name: size for name, size in sizes.items() if size > LONGEST} == {}


def test_no_generated_file_is_kept() -> None:
    assert [name for name in tracked() if GENERATED.search(name)] == []


def assigned_together(source: str) -> list[int]:
    """Lines that assign several names of a module at once."""
    statements = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return [node.lineno for node in statements if not all(isinstance(one, ast.Name) for one in node.targets)]


def test_ansible_doc_can_read_the_plugins() -> None:
    """ansible-doc takes the assignments of a plugin for names and warns of others, which fails ansible-test sanity."""
    documented = [name for name in tracked() if re.match(r"plugins/[a-z]\w+/\w+\.py$", name)]
    assert "plugins/lookup/checked_hosts.py" in documented
    assert {name: found for name in documented if (found := assigned_together(read(name)))} == {}


def test_two_names_in_one_assignment_are_found() -> None:
    assert assigned_together("A = 1\nB, C = 2, 3\n") == [2]


def test_no_file_names_a_path_of_a_developer() -> None:
    own = str(Path(__file__).resolve().relative_to(ROOT))
    found = [
        line
        for name in tracked()
        if Path(name).suffix in TEXT and name not in (own, "LICENSE")
        for line in machine_paths(name, read(name))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    ["open('/work/jane/x')", "see /root/.cache", "PATH=/home/jane/bin"],
)
def test_a_path_of_a_developer_is_found(line: str) -> None:
    assert machine_paths("x", line)


@pytest.mark.parametrize(
    "line", ["/usr/bin/env", "https://example.org/work/item", "build/work/x", r"C:\Windows\Temp", "${HOME}/root/x"]
)
def test_an_innocent_path_is_not(line: str) -> None:
    assert machine_paths("x", line) == []


@pytest.mark.parametrize("name", ["build/x.json", "winsim/__pycache__/a.pyc", "windefend-maps-0.1.0.tar.gz", "a.retry"])
def test_a_generated_file_is_found(name: str) -> None:
    assert GENERATED.search(name)


ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.mark.parametrize("role", ROLES)
def test_a_role_documents_itself(role: str) -> None:
    specs = yaml.safe_load(read(f"roles/{role}/meta/argument_specs.yml"))
    options = specs["argument_specs"]["main"].get("options", {})
    readme = read(f"roles/{role}/README.md")
    assert [name for name in options if name not in readme] == []
    assert all(name.startswith(f"{role}_") for name in options)


@pytest.mark.parametrize("path", sorted((ROOT / "plugins" / "modules").glob("*.yml")), ids=lambda path: path.stem)
def test_a_module_shows_examples_that_use_it(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    tasks = yaml.safe_load(document["EXAMPLES"])
    assert any(f"windefend.maps.{path.stem}" in task for task in tasks)
    assert document["RETURN"]


def test_the_collection_and_its_projects_have_one_version() -> None:
    version = yaml.safe_load(read("galaxy.yml"))["version"]
    assert f'version = "{version}"' in read("pyproject.toml")
