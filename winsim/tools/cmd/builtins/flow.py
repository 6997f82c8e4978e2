"""call, goto, exit, shift."""

from __future__ import annotations

from .. import batch, builtins, launch
from ..conditions import number
from ..nodes import Command, Incomplete, SyntaxFault
from ..parser import SEPARATORS, Parser
from ..redirection import applied
from ..state import Jump, Leave, LeaveBatch, Shell


def call(shell: Shell, rest: str) -> int:
    """Runs a batch file, a label, a program or a builtin, its text expanded once more.

    Carets are doubled before the second parse, which takes one of each pair away again outside quotes; `if`, `for` and
    parentheses do not work after it, and an unknown name sets errorlevel 1 (Wine's tests; likely). A builtin that does
    not touch the errorlevel clears it here (stackoverflow.com/questions/34968009; likely).
    """
    text = rest.lstrip(SEPARATORS)
    if not text:
        shell.errorlevel = 0 if rest else 1
        return shell.errorlevel
    text = shell.percent(text.replace("^", "^^"))
    if text.startswith(":"):
        label, tail = _first_word(text)
        return batch.call_label(shell, label, tail)
    try:
        node = Parser(text).parse()
    except (SyntaxFault, Incomplete):
        node = None
    if not isinstance(node, Command):
        return launch.unrecognized(shell, _first_word(text)[0], errorlevel=1)
    with applied(shell, node.redirections) as opened:
        return _run(shell, node.text) if opened else 1


def _first_word(text: str) -> tuple[str, str]:
    end = next((i for i, c in enumerate(text) if c in SEPARATORS), len(text))
    return text[:end], text[end:]


def _run(shell: Shell, text: str) -> int:
    name, rest = builtins.split(shell, text)
    found = launch.resolve(shell, name)
    if found is None and builtins.is_builtin(name):
        code = builtins.run(shell, name.lower(), rest)
        if builtins.keeps_errorlevel(name.lower()):
            shell.errorlevel = code
        return code
    if found is None:
        return launch.unrecognized(shell, name.replace('"', ""), errorlevel=1)
    if launch.is_batch(found):
        return batch.run_file(shell, found, name, rest)
    return launch.run_program(shell, found, rest.lstrip(" \t"))


def goto(shell: Shell, rest: str) -> int:
    """Without effect on a command line (Wine's tests; likely)."""
    label = rest.strip(SEPARATORS)
    if shell.batch is None:
        return 0
    if label.lower().startswith(":eof"):
        raise LeaveBatch(shell.errorlevel)
    position = batch.find_label(shell.batch, label)
    if position is None:
        shell.errorlevel = shell.fail("no_label", label=label.lstrip(":"))
        raise LeaveBatch(1)
    shell.batch.position = position
    raise Jump


def exit_(shell: Shell, rest: str) -> int:
    """Ends the batch file (`/b`) or cmd.exe, with the number given or the current errorlevel."""
    words = rest.split()
    only_batch = bool(words) and words[0].lower() == "/b"
    digits = words[1:] if only_batch else words
    code = number(digits[0]) if digits else shell.errorlevel
    shell.errorlevel = ((code or 0) + 2**31) % 2**32 - 2**31
    if only_batch and shell.batch is not None:
        raise LeaveBatch(shell.errorlevel)
    raise Leave(shell.errorlevel)


def shift(shell: Shell, rest: str) -> int:
    """Moves the arguments one down, from argument n on with `/n`."""
    if shell.batch is None:
        return 0
    arguments = shell.batch.arguments
    option = rest.strip().removeprefix("/")
    if option and (not option.isdigit() or int(option) > 8):
        return shell.fail("shift")
    first = int(option or 0)
    if first == 0:
        arguments.zero = arguments.get(1)
    del arguments.values[max(first - 1, 0) : max(first - 1, 0) + 1]
    return 0
