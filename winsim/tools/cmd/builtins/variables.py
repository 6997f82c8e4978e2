"""set, setlocal, endlocal, path, prompt."""

from __future__ import annotations

from ....machine.locale import codec
from ...environment import Environment
from ..state import Shell
from . import arithmetic
from .input import read_line


def set_(shell: Shell, rest: str) -> int:
    """Shows or sets variables. Blanks around `=` belong to name and value; quotes around all of it do not."""
    text = rest.lstrip(" \t,;=")
    if text[:2].lower() == "/a":
        return arithmetic.set_arithmetic(shell, text[2:])
    if text[:2].lower() == "/p":
        return _ask(shell, text[2:].lstrip())
    if not text:
        return _show(shell, "")
    text = _unwrapped(text)
    name, equals, value = text.partition("=")
    if not equals:
        return _show(shell, text.rstrip())
    if not name:
        shell.errorlevel = 1
        return shell.fail("syntax")
    known = name.upper() in shell.environment
    shell.environment.put(name, value)
    return 0 if value or known else 1


def _unwrapped(text: str) -> str:
    """Without the quotes around `"NAME=value"`; what follows the last one is dropped."""
    if not text.startswith('"'):
        return text
    text = text[1:]
    return text.rpartition('"')[0] if '"' in text else text


def _show(shell: Shell, prefix: str) -> int:
    found = [name for name in shell.environment if name.startswith(prefix.upper())]
    for name in found:
        shell.process.write(f"{shell.environment.spelling(name)}={shell.environment[name]}\r\n")
    return 0 if found else shell.fail("not_defined", name=prefix)


def _ask(shell: Shell, text: str) -> int:
    name, _unused, prompt = _unwrapped(text).partition("=")
    shell.process.write(prompt.strip('"'))
    answer = read_line(shell.process.stdin).decode(codec(shell.process.console.code_page), "replace")
    if not answer:
        return 1
    shell.environment.put(name, answer)
    return 0


def setlocal(shell: Shell, rest: str) -> int:
    """Puts environment and directory aside until `endlocal` or the batch file's end; no effect on a command line."""
    if shell.batch is None:
        return 0
    shell.batch.saved.append((shell.environment, shell.directory, shell.delayed))
    shell.environment = Environment.of(shell.environment)
    for word in rest.lower().split():
        if word in ("enabledelayedexpansion", "disabledelayedexpansion"):
            shell.delayed = word.startswith("enable")
        elif word != "enableextensions":
            shell.process.unknown(f"setlocal {word}")
            return 1
    return 0


def endlocal(shell: Shell, _unused: str) -> int:
    if shell.batch is not None and shell.batch.saved:
        shell.environment, shell.directory, shell.delayed = shell.batch.saved.pop()
    return 0


def path(shell: Shell, rest: str) -> int:
    value = rest.lstrip(" \t=")
    if value == ";":
        shell.environment.put("Path", "")
    elif value:
        shell.environment.put("Path", value)
    else:
        shell.process.write(f"PATH={shell.environment.get('PATH', '')}\r\n")
    return 0


def prompt(shell: Shell, rest: str) -> int:
    shell.environment.put("PROMPT", rest.strip() or "$P$G")
    return 0
