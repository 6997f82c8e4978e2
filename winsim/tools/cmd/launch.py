"""From a command's name to a program, a batch file, or nothing."""

from __future__ import annotations

import functools

from ...machine.files import FileSystem, Node
from ..programs import tool
from .paths import words
from .state import Shell

BATCH_EXTENSIONS = (".cmd", ".bat")
NOT_FOUND = 9009
"""The errorlevel after an unknown name; the command itself counts as 1, which is what `cmd /c` exits with
(Wine's tests state the first, likely; the second is recalled from Python's os.system on Windows)."""
NOWHERE = "windefend-maps-nowhere"
"""A name that clients ask for because no host has it, so it does not count as something that winsim lacks."""


def resolve(shell: Shell, name: str) -> Node | None:
    """The file that `name` starts: as given or with an extension of PATHEXT, here or in a directory of PATH."""
    of = shell.environment
    nodes = shell.files.nodes
    for path in _candidates(name, shell.directory, of.get("PATH", ""), of.get("PATHEXT", ".COM;.EXE;.BAT;.CMD")):
        found = nodes.get(path)
        if found is not None and not found.is_directory:
            return found
    return None


@functools.lru_cache(maxsize=1024)
def _candidates(name: str, here: str, path: str, extensions: str) -> tuple[str, ...]:
    """The paths, in lower case, at which a file is looked for, in order. Many machines look in the same places."""
    name = name.replace('"', "").replace("/", "\\")
    if not name:
        return ()
    endings = [ending for ending in extensions.lower().split(";") if ending]
    if "." in name.rpartition("\\")[2]:
        endings.insert(0, "")
    qualified = "\\" in name or ":" in name
    directories = [here, *(() if qualified else _directories(path))]
    bases = [FileSystem.normal(name, FileSystem.normal(one.replace('"', ""), here)).lower() for one in directories]
    return tuple(base + ending for base in bases for ending in endings)


def _directories(path: str) -> tuple[str, ...]:
    """Those of PATH; a semicolon between quotes belongs to a name."""
    return tuple(directory.replace('"', "") for directory in words(path, ";"))


def is_batch(node: Node) -> bool:
    return node.path.lower().endswith(BATCH_EXTENSIONS)


def unrecognized(shell: Shell, name: str, errorlevel: int = NOT_FOUND) -> int:
    """What happens to a name that nothing answers to."""
    if name != NOWHERE:
        shell.process.unknown(name)
    shell.errorlevel = errorlevel
    return shell.fail("not_recognized", name=name)


def is_refused(shell: Shell, node: Node) -> bool:
    """Whether application control keeps a program or a batch file from starting; then it is told so, in words of the
    system (1260: a published capture, likely; that errorlevel is 1: guess)."""
    process = shell.process
    if not process.machine.application_control.refuses(node.path, process.token.sid):
        return False
    process.write_error(process.message("cmd.refused_by_policy"))
    shell.errorlevel = 1
    return True


def run_program(shell: Shell, node: Node, arguments: str) -> int:
    """Runs a program to its end; its exit code becomes the errorlevel."""
    if is_refused(shell, node):
        return 1
    if not node.program:
        shell.process.unknown(f"{node.path}: not a program that winsim knows")
        # In winsim's own words: what Windows might say would send the reader after rights and passwords.
        shell.process.write_error(shell.process.message("winsim.no_program", program=node.path.rpartition("\\")[2]))
        shell.errorlevel = 1
        return 1
    shell.process.start_due(shell.machine)
    shell.errorlevel = tool(node.program)(shell.program_process(), arguments)
    return shell.errorlevel
