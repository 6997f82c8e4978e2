"""Runs the tests with each ansible-core in support, each in an environment of its own, and says what came of each.

The interpreters are those at hand; a version for which there is none counts as failed, because nothing was tested.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..support.checkout import ROOT

PACKAGE = "ansible_collections.windefend.maps"


@dataclass(frozen=True)
class Core:
    """A version of ansible-core and the Pythons it runs on as a controller (its own `requires-python`, and what its
    ansible-test accepts)."""

    version: str
    pythons: tuple[str, ...]
    source: str = ""
    """Where a version that no registry has comes from."""

    @property
    def requirement(self) -> str:
        return f"ansible-core @ {self.source}" if self.source else f"ansible-core~={self.version}.0"

    def interpreter(self) -> str | None:
        """The first that starts."""
        return next(
            (found for python in self.pythons for found in candidates(f"python{python}") if starts(found)), None
        )


def candidates(name: str) -> Iterator[str]:
    """Where an interpreter may be: on PATH, or among those of pyenv, whose names on PATH start only what is chosen."""
    found = shutil.which(name)
    if found:
        yield found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(map(str, root.glob(f"versions/*/bin/{name}")))


def starts(interpreter: str) -> bool:
    return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0


CORES = (
    Core("2.19", ("3.11", "3.12", "3.13")),
    Core("2.20", ("3.12", "3.13", "3.14")),
    Core("2.21", ("3.12", "3.13", "3.14")),
)
DEVEL = Core("devel", ("3.14", "3.13"), "https://github.com/ansible/ansible/archive/devel.tar.gz")
"""The development version: not supported, and tried only if asked for."""


def requirements(core: Core, folder: Path) -> Path:
    """tests/requirements.txt with another ansible-core. Without the lock, which is for one: the newest of all else."""
    text = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")
    text, replaced = re.subn(r"(?m)^ansible-core\b.*$", core.requirement, text)
    if replaced != 1:
        sys.exit("tests/requirements.txt does not name ansible-core once")
    text = re.sub(r"(?m)^-r (\S+)", lambda found: f"-r {(ROOT / 'tests' / found[1]).resolve()}", text)
    path = folder / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    return path


def environment(core: Core, interpreter: str, work: Path) -> Path:
    """The Python of a virtual environment with this core."""
    folder = work / core.version
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bin" / "python").exists():
        subprocess.run([interpreter, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = ["-r", str(requirements(core, folder))]
    if shutil.which("krb5-config"):
        wanted += ["-r", str(ROOT / "tests" / "kerberos" / "packages.in")]
    subprocess.run([*pip, *wanted], check=True)
    return python


def tried(core: Core, work: Path, tests: list[str]) -> str:
    """Empty when all passed, else what did not."""
    interpreter = core.interpreter()
    if interpreter is None:
        return f"none of its interpreters is here: {', '.join(core.pythons)}"
    python = environment(core, interpreter, work)
    told = subprocess.run(
        [str(python.parent / "ansible"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    print(f"\n{'=' * 20} {told.splitlines()[0]}, {interpreter} {'=' * 20}\n", flush=True)
    path = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    wrong = []
    if subprocess.run([str(python), "-m", "pytest", "-n", "2", *tests], cwd=ROOT, env=path, check=False).returncode:
        wrong.append("tests")
    sanity = [str(python), "-m", f"{PACKAGE}.tests.sanity.run", str(work / f"sanity-{core.version}")]
    if subprocess.run(sanity, cwd=ROOT, env=path, check=False).returncode:
        wrong.append("sanity")
    return ", ".join(wrong)


def main() -> int:
    """0 when every version passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the environments")
    parser.add_argument(
        "--core", action="append", choices=[core.version for core in (*CORES, DEVEL)], help="only this one"
    )
    parser.add_argument("tests", nargs="*", default=["tests/unit", "tests/integration"], help="what pytest runs")
    arguments = parser.parse_args()
    chosen = [core for core in (*CORES, DEVEL) if core.version in arguments.core] if arguments.core else CORES
    came = {core.version: tried(core, arguments.work.resolve(), arguments.tests) for core in chosen}
    print(f"\n{'=' * 20} Matrix {'=' * 20}\n")
    for version, wrong in came.items():
        print(f"ansible-core {version}: {f'FAILED: {wrong}' if wrong else 'passed'}")
    return int(any(came.values()))


if __name__ == "__main__":
    sys.exit(main())
