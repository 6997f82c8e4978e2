"""Runs ansible-test sanity over the files of the checkout, copied to where it wants them.

ansible-test takes the collection's name from the folders above it, and does not follow links, so it gets a copy at
``WORK/ansible_collections/windefend/maps``. It asks git which files there are, and a checkout around the copy ignores
it, so the copy is a repository of its own: without, ansible-test looks at nothing and ends well. It makes virtual
environments for its tests, and would take pip for them from a host of its own; here Python's own ensurepip brings it,
so that a package index is all it needs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..support.checkout import copied

WITHOUT = ("pslint",)
"""Tests that do not apply: there is no PowerShell in this collection, and none is installed."""
BOOTSTRAP = """\
import subprocess, sys
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True)
"""


def pip_from_python(home: Path) -> None:
    """Puts ensurepip where ansible-test looks for the script it would download; the name says the version of pip."""
    found = find_spec("ansible_test")
    if found is None or not found.submodule_search_locations:
        sys.exit("ansible-test is not in this Python; it comes with ansible-core")
    source = Path(found.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in re.findall(r"""pip=['"]([0-9.]+)['"]""", source.read_text(encoding="utf-8")):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP, encoding="utf-8")


NOTHING_LOOKED_AT = "All targets skipped"
"""What ansible-test says before it ends well although it did nothing."""


def ran(command: list[str], place: Path, environment: dict[str, str]) -> int:
    """The status of ansible-test, its output shown; 1 where it looked at no file."""
    with subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        idle = False
        for line in process.stdout or ():
            print(line, end="", flush=True)
            idle = idle or NOTHING_LOOKED_AT in line
    if idle:
        print(f"ansible-test found no file to look at in {place}, so nothing was tested", file=sys.stderr)
    return process.returncode or int(idle)


def main() -> int:
    """The status of ansible-test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the copy and for the environments of the tests")
    parser.add_argument("more", nargs="*", help="what to say to ansible-test beside it, such as --test pylint")
    arguments, more = parser.parse_known_args()
    work = arguments.work.resolve()
    place = work / "ansible_collections" / "windefend" / "maps"
    copied(place)
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=place, check=True)
    home = work / "home"
    pip_from_python(home)
    skip = [word for name in WITHOUT for word in ("--skip-test", name)]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [
        str(Path(sys.executable).parent / "ansible-test"),
        "sanity",
        "--venv",
        "--python",
        python,
        "--color",
        "no",
    ]
    environment = {**os.environ, "HOME": str(home)}
    for name in ("ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME", "PYTHONPATH"):
        environment.pop(name, None)
    return ran([*command, *skip, *arguments.more, *more], place, environment)


if __name__ == "__main__":
    sys.exit(main())
