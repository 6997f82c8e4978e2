"""One command line run in a session, without the wire."""

from __future__ import annotations

from ..machine.accounts import Token
from ..machine.locale import UTF8
from ..machine.model import Machine
from . import cmd, session
from .process import Console, Input
from .scheduler import run_due_tasks


def run_line(
    machine: Machine,
    token: Token,
    line: str,
    code_page: int = UTF8,
    stdin: bytes = b"",
    unknown: list[str] | None = None,
) -> tuple[int, bytes, bytes]:
    """Runs a command line as `cmd /c LINE` in a session of `token`: exit code, standard output, standard error.

    What winsim did not know is appended to `unknown`.
    """
    out, err = bytearray(), bytearray()
    console = Console(code_page)
    started = session.process(machine, token, console, Input(stdin), out.extend, err.extend, run_due_tasks)
    code = cmd.execute(started, line)
    if unknown is not None:
        unknown += console.unknown
    return code, bytes(out), bytes(err)
