"""Small files and folders, with cmd.exe's own commands, icacls and certutil.

Why not put_file and fetch_file of the connection: they start PowerShell. Paths must be full ones on a drive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .cmdline import Argument, Assign, CannotCarry, Command, Literal, check, quote_path
from .reading import Reading
from .text import lines, tool_text

ADMINISTRATORS = "S-1-5-32-544"
SYSTEM = "S-1-5-18"

LONGEST_LINE = 8190
"""Bytes of a line, its end included, that findstr carries from a pipe (published reports of `Line N is too long`:
*likely*; the number *recalled*: stackoverflow.com/questions/8844868)."""
LONGEST_PROMPT = 1000
"""Characters of a prompt of `set /p` (*recalled*: 1,023)."""


def _full(path: str, parts: int = 1) -> str:
    """The path checked: on a drive, with at least `parts` names below it, none of them `.` or `..`."""
    check(path)
    names = path.rstrip("\\").split("\\")
    if not re.fullmatch(r"[A-Za-z]:", names[0]) or len(names) <= parts or {"", ".", ".."} & set(names[1:]):
        raise CannotCarry(f"{path!a} is not the full path of a file or folder {parts} levels below a drive")
    if re.search(r'[<>:"|]', "\\".join(names[1:])) or "/" in path:
        raise CannotCarry(f"{path!a} holds a character that no path has")
    return path


def _internal(command: str, *switches: str, path: str) -> Command:
    """A command of cmd.exe itself, which takes the rest of the line as it stands."""
    return Command(" ".join([command, *switches, quote_path(path)]))


def write_from_stdin(path: str) -> Command:
    """What comes in on standard input, line by line, into a file. A last line without line end gets one (*likely*).

    Lines of 8,191 bytes and more are not carried (*recalled*, findstr on a pipe).
    """
    return Command.of("findstr", "^").into(_full(path))


def part(path: str, start: str, into: str, *, others: bool = False) -> Command:
    """The lines of a file that begin with `start`, or the `others`, into another file (findstr /b, /v: *sure*, its
    help). Lines end with CR LF; exit code 1 when there is none."""
    switches = [Literal("/l"), Literal("/b"), *([Literal("/v")] if others else [])]
    return Command.of("findstr", *switches, Assign("/c", start, ":"), _full(path)).into(_full(into))


def holds(path: str, *strings: str) -> Command:
    """Exit code 0 where a file holds one of these strings of ASCII, in either case, 1 where not, or where there is no
    such file (findstr: *sure*, its help)."""
    return Command.of(
        "findstr", Literal("/l"), Literal("/i"), *[Assign("/c", one, ":") for one in strings], _full(path)
    )


def wait_while(pattern: str, *, there: bool, seconds: int, looks: int = 0) -> Command:
    """Waits as long as a file that fits is there, or is not there: `looks` times for a moment, then up to `seconds`.

    `ping -n 1` of oneself takes as long as a program needs to start, `-n 2` a second more, since ping waits that long
    between two requests (*sure*, long used by batch writers). `for`, `if` and ping need no script file and no rights.
    Where ping is missing or refused, the loop ends at once: whoever needs to know looks afterwards.
    """
    condition = f"@if {'' if there else 'not '}exist {quote_path(_full(pattern))}"

    def loop(count: int, requests: int) -> Command:
        body = f"{condition} ping -n {requests} 127.0.0.1 >nul"
        return Command(f"for /l %i in (1,1,{count}) do {body}", compound=True)

    slow = loop(seconds, 2)
    return loop(looks, 1).then(slow) if looks else Command(f"({slow.text})", compound=True)


def if_there(path: str, command: Command) -> Command:
    """`command` where a file or folder is there; errorlevel stays 0 where it is not."""
    return Command(f"(if exist {quote_path(_full(path))} ({command.text}))")


ZONE = ":Zone.Identifier:$DATA"
"""How `dir /r` ends the name of the stream that says where a file came from (*sure*, many captures)."""


def mark_of_the_web(pattern: str) -> Command:
    """Marks every file that fits as one from the Internet, as a browser does: ZoneId 3 in the stream Zone.Identifier of
    NTFS ([MS-FSCC] 5.6.1: *sure*). cmd.exe writes a stream by redirection (*likely*, published batch files)."""
    mark = '(echo [ZoneTransfer]&echo ZoneId=3)>"%i:Zone.Identifier"'
    return Command(f"(for %i in ({quote_path(_full(pattern))}) do @({mark}))", compound=True)


def marked(pattern: str) -> Command:
    """Exit code 0 where a file that fits has the mark: `dir /r` lists streams and opens no file (*sure*, its help)."""
    return _internal("dir", "/r", "/a", path=_full(pattern)).with_text(ZONE)


def begins_with(pattern: str, start: str) -> Command:
    """Exit code 0 where a line of a file that fits begins so, which for a signature of ASCII means the file; 1 where
    not, or where no file can be opened."""
    return Command.of("findstr", Literal("/m"), Literal("/b"), Assign("/c", start, ":"), _full(pattern))


def read(path: str) -> Command:
    """`type`: the file's bytes; exit code 1 when it is not there."""
    return _internal("type", path=_full(path))


def list_names(pattern: str) -> Command:
    """`dir /b /a`: the names that fit a pattern such as `C:\\Temp\\x-*`, hidden ones too; exit code 1 for none."""
    return _internal("dir", "/b", "/a", path=_full(pattern))


def look_for(pattern: str) -> Command:
    """:func:`list_names` for a fact: where no name fits, the folders above are listed until one can be, so that the
    answer proves what it says (see `reading`).

    `dir` without `/b` succeeds for a folder that holds nothing, because it lists `.` and `..` (*recalled*).
    """
    folder, *above = _folders_above(_full(pattern))
    controls = [_internal("dir", "/a", path=folder).quiet(), *(_internal("dir", "/b", "/a", path=one) for one in above)]
    return list_names(pattern).reading(Reading("dir", f"what is at {pattern}", (pattern, folder, *above)), *controls)


def _folders_above(path: str) -> list[str]:
    """The folder of a path and those above it, up to the drive."""
    names = path.rstrip("\\").split("\\")
    return ["\\".join(names[:end]) for end in range(len(names) - 1, 0, -1)]


def make_directory(path: str) -> Command:
    """`mkdir`: the folder and those above it; exit code 1 when it exists."""
    return _internal("mkdir", path=_full(path))


def remove_tree(path: str) -> Command:
    """`rd /s /q`: a folder and all below it; refuses one less than two levels below a drive.

    rd leaves errorlevel at 0 after some failures (*recalled*), so look afterwards.
    """
    return _internal("rd", "/s", "/q", path=_full(path, 2))


def remove_empty(path: str) -> Command:
    """`rd`: a folder that holds nothing; look afterwards."""
    return _internal("rd", path=_full(path))


def administrators_only(path: str) -> Command:
    """icacls: nothing inherited, full control for Administrators and SYSTEM, also for what is made below (*sure*)."""
    return readable_only(_full(path, 2), ())


def readable_only(path: str, readers: Sequence[str]) -> Command:
    """The same, and SIDs that may read and list besides. Entries of others that were there stay, but for inherited."""
    rights = [f"*{sid}:(OI)(CI)F" for sid in (ADMINISTRATORS, SYSTEM)] + [f"*{sid}:(OI)(CI)RX" for sid in readers]
    arguments: list[Argument] = [_full(path), Literal("/inheritance:r"), Literal("/grant:r"), *rights]
    return Command.of("icacls", *arguments)


def sha256(path: str) -> Command:
    """`certutil -hashfile`; read it with :func:`parse_hash`."""
    return Command.of("certutil", Literal("-hashfile"), _full(path), Literal("SHA256"))


def sha256_anywhere(path: str) -> Command:
    r"""The same for a file that may lie on a share, `\\server\share\name`, where only SYSTEM gets to."""
    names = path.removeprefix("\\\\").split("\\")
    if not path.startswith("\\\\"):
        return sha256(path)
    check(path)
    if len(names) < 3 or {"", ".", ".."} & set(names) or re.search(r'[<>:"|*?/]', path):
        raise CannotCarry(f"{path!a} is not the full path of a file on a share")
    return Command.of("certutil", Literal("-hashfile"), path, Literal("SHA256"))


def parse_hash(output: bytes) -> str | None:
    """64 lower-case hexadecimal digits, or None. Older builds print a blank between the bytes (*recalled*)."""
    for line in lines(tool_text(output)):
        digits = line.strip(" \t").replace(" ", "").lower()
        if re.fullmatch(r"[0-9a-f]{64}", digits):
            return digits
    return None


def append_without_line_end(text: str, path: str) -> Command:
    """`set /p`: text behind what a file holds, without the line end that findstr and echo would add.

    set prints its prompt and reads nothing from NUL; so it ends with 1 (*likely*, Wine's set with 0). Blanks and an
    equals sign at the text's beginning, and quotes anywhere, are not carried (*recalled*): CannotCarry.
    """
    check(text)
    if not text or not text.isascii() or text[0] in " \t=," or len(text) > LONGEST_PROMPT:
        raise CannotCarry(f"{text[:80]!a} cannot be written as the last line without a line end")
    return Command(f'set /p "={text}" <nul >>{quote_path(_full(path))}')


def copy(source: str, target: str) -> Command:
    """`copy /y /b`: a file with its bytes as they are; exit code 1 when it failed."""
    return Command(f"copy /y /b {quote_path(_full(source, 2))} {quote_path(_full(target, 2))}")


def replace(source: str, target: str) -> Command:
    """`move /y`: `target` becomes `source` in one step, since both lie in one folder; exit code 1 when it failed."""
    if source.rpartition("\\")[0].lower() != target.rpartition("\\")[0].lower():
        raise CannotCarry(f"{source!a} and {target!a} lie in two folders, so one cannot replace the other in one step")
    return Command(f"move /y {quote_path(_full(source, 2))} {quote_path(_full(target, 2))}")


def copy_all(pattern: str, folder: str) -> Command:
    """`copy /y /b`: every file that fits into a folder; exit code 1 when none fits or one failed."""
    return Command(f"copy /y /b {quote_path(_full(pattern, 2))} {quote_path(_full(folder))}")


def rename(path: str, name: str) -> Command:
    """`ren`: a file or folder gets another name in the same folder; fails where that name is taken."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise CannotCarry(f"{name!a} is not a plain name")
    return Command(f"ren {quote_path(_full(path, 2))} {name}")


def compare(first: str, second: str) -> Command:
    """`fc /b`: exit code 0 when both files are alike, 1 when not, 2 when one is missing (*likely*, ss64.com)."""
    return Command.of("fc", Literal("/b"), _full(first), _full(second))


def remove_file(path: str) -> Command:
    """`del /f /q`; cmd.exe tells no failure by its exit code (*recalled*), so look afterwards."""
    full = _full(path, 2)
    if "*" in full or "?" in full:
        raise CannotCarry(f"{path!a} is a pattern, not a file")
    return _internal("del", "/f", "/q", path=full)
