"""MpCmdRun.exe: where it lies, and what `-ValidateMapsConnection` answers.

Rules that hold in this file
- The answer is read by its shape (`hr=`, `httpcore=`, hexadecimal digits), in any language and encoding around it. The
  tool prints English on every Windows seen (*likely*), so the English words of success are known, others are not.
- `MpEnsureProcessMitigationPolicy: hr = 0x1` and the network block's `MpIs...(): hr = 0x1` are no failures (*likely*).
- The code of a failure is printed in several spellings, one of them a published typo with nine digits; where more than
  a plain reading was needed, `notes` says so.
- The exit code of a failure is the HRESULT as a signed number (*likely*, published scripts); MpCmdRun also ends with 2,
  which is no HRESULT.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .cmdline import NO_SUCH_PROGRAM, Command, Literal
from .credentials import last_words
from .environment import STANDARD, UnknownVariable, expand
from .hresult import TABLE, format_code, normalize
from .text import lines, plain, tool_text, whole_number

_SWITCH = "ValidateMapsConnection"
# With a dash before it, it is the command line that the tool repeats, not its answer.
_ANSWER = re.compile(rf"(?<![\w-]){_SWITCH}(?!\w)", re.IGNORECASE)
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u202f\u3000"), " ")
"""Blanks of French and Japanese typography, which stand before a colon or an equals sign and between words."""
_CODE = re.compile(
    r"(?:\(|\bhr[ \t]*[=:][ \t]*)(?:hr[ \t]*[=:][ \t]*)?(?:0x)?([0-9A-F]{8,9})(?![0-9A-F])", re.IGNORECASE
)
_DECIMAL = re.compile(r"\bhr[ \t]*[=:][ \t]*(-?[0-9]{10})(?![0-9A-F])", re.IGNORECASE)
"""The same number in decimal digits, signed or not; none of eight or nine hexadecimal digits is as long."""
_TOOL = re.compile(r"\b(?:MpCmdRun(?:\.exe)?|CmdTool)[ \t]*:", re.IGNORECASE)
_HR = re.compile(r"\bhr\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[ \t]*(?:0x)?([0-9A-F]{8,9})(?![0-9A-F])", re.IGNORECASE)
_BARE = re.compile(r"[ \t]*(?:0x)([0-9A-F]{8,9})[ \t.]*\Z", re.IGNORECASE)
_HTTP = re.compile(r"\bhttpco(?:re|de)[ \t]*=[ \t]*(\d{3})(?!\d)", re.IGNORECASE)
_SUCCESS = re.compile(r"\bsuccessfully\b", re.IGNORECASE)
_FAILED = re.compile(r"\bfailed\b", re.IGNORECASE)
_MAPS = re.compile(r"\bMAPS\b")


_SHELL_CODES = (1, 3, 5)
"""How cmd.exe ends a line whose program it could not start: the folder is not there (3), access is denied (5), or 1 for
anything (recalled). MpCmdRun may end with these too, but then it names itself."""
_POLICY_CODES = (1260, 4551)
"""winerror.h: ERROR_ACCESS_DISABLED_BY_POLICY (AppLocker, software restriction policies) and
ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION (App Control for Business, Smart App Control)."""
_WIN32 = 0x8007
"""The upper half of an HRESULT that carries a Win32 code."""
_NTSTATUS_ERROR = 0xC
"""The upper bits of an NTSTATUS of severity error (ntstatus.h): with one of those Windows' loader ends a program, for
example 0xC0000022 where one of its libraries is refused; so does a crash."""
_OWN = re.compile(rf"MpCmdRun|CmdTool|{_SWITCH}|Signature update", re.IGNORECASE)
"""What each output of the tool holds, in all captures."""
_PATH = re.compile(r"[A-Z]:\\[^\r\n\"'<>|]{0,400}?MpCmdRun\.exe", re.IGNORECASE)
"""What the shell's messages may hold of it."""


@dataclass(frozen=True)
class NotStarted:
    """That MpCmdRun.exe did not start."""

    exit_code: int
    said: str
    """What the shell said instead, in the host's language."""
    certain: bool
    """The exit code alone tells; else the tool may have ended without a word of its own."""
    missing: bool = False
    """There is no such program."""


def not_started(output: bytes, exit_code: int | None) -> NotStarted | None:
    """Why the tool did not start; None where it did, as far as is known. The shell's words are shown and never looked
    at: they come in every language."""
    if exit_code is None or exit_code == 0:
        return None
    text = tool_text(output)
    said, code = last_words(text), exit_code & 0xFFFFFFFF
    if code == NO_SUCH_PROGRAM:
        return NotStarted(exit_code, said, certain=True, missing=True)
    if (code & 0xFFFF if code >> 16 == _WIN32 else code) in _POLICY_CODES:
        return NotStarted(exit_code, said, certain=True)
    if _OWN.search(_PATH.sub("", text)) or not (code in _SHELL_CODES or code >> 28 == _NTSTATUS_ERROR):
        return None
    return NotStarted(exit_code, said, certain=False, missing=code == 3)


@dataclass(frozen=True)
class Validation:
    """What ValidateMapsConnection answered."""

    connected: bool | None
    """None: the output does not tell."""
    hresult: int | None
    """The failure's code as an unsigned number; None on success or where no code could be read."""
    http_code: int | None
    """The number after `httpcore=` or `httpcode=`: 450 or 451 in what Microsoft published."""
    notes: tuple[str, ...]
    """What was unusual in the reading, for people."""
    failed_line: str
    """The line that tells the failure, as printed."""
    last_success: str
    """Time of the last connection in the host's own date format; empty where it is not printed."""
    not_started: NotStarted | None = None
    """Why the tool did not start, so that nothing was answered; None where it did."""


def not_answered(why: NotStarted) -> Validation:
    """The validation by a tool that did not start."""
    return Validation(None, None, None, (), "", "", why)


def validate(path: str) -> Command:
    """The command; `path` is the full path of MpCmdRun.exe. Needs elevation, and build 15063 or an
    updated platform (*sure*; *likely*)."""
    return Command.of(path, Literal(f"-{_SWITCH}"))


@functools.lru_cache(maxsize=16)
def parse_validation(output: bytes | str, exit_code: int | None = None) -> Validation:
    """Reads the output, both streams together, with the exit code where it is known. Never raises. Many hosts of a
    sweep answer alike."""
    text = plain(output) if isinstance(output, str) else tool_text(output)
    answered = [line.strip(" \t") for line in lines(text.translate(_DASHES | _BLANKS))]
    notes: list[str] = []
    read = [_read(line, notes) for line in answered]
    failed_line = next((line for line, one in zip(answered, read, strict=True) if one.failed), "")
    hresult = _hresult([one.code for one in read if one.code is not None], exit_code, notes)
    failed = bool(failed_line) or hresult is not None
    success, named = any(one.success for one in read), any(one.named for one in read)
    connected = _connected(success, failed, named, exit_code, notes)
    http = next((int(found[1]) for found in map(_HTTP.search, answered) if found), None)
    last = next(filter(None, map(_last_success, answered)), "")
    return Validation(connected, None if connected else hresult, http, tuple(notes), failed_line, last)


@dataclass(frozen=True)
class _Line:
    """What a line of the output says."""

    named: bool = False
    """It names the switch, so it is the answer to it."""
    success: bool = False
    failed: bool = False
    code: int | None = None


def _read(line: str, notes: list[str]) -> _Line:
    answer = _ANSWER.search(line)
    if answer is None:
        return _read_tool(line, notes)
    rest = line[answer.end() :]
    code = _CODE.search(rest)
    if code:
        return _Line(named=True, failed=True, code=_number(code[1], notes))
    decimal = _DECIMAL.search(rest)
    if decimal and _is_failure(int(decimal[1])):
        return _Line(named=True, failed=True, code=normalize(int(decimal[1])))
    success = bool(_SUCCESS.search(rest))
    return _Line(named=True, success=success, failed=not success and bool(_FAILED.search(rest)))


def _read_tool(line: str, notes: list[str]) -> _Line:
    """A line that does not name the switch: only a code with the failure bit, or one not understood, says something."""
    digits = _of_tool(line)
    number = _number(digits, notes) if digits else 0
    return _Line(failed=True, code=number) if number is None or number & 0x80000000 else _Line()


def _of_tool(line: str) -> str:
    """The digits of `CmdTool: ... hr = DIGITS`, where the first equals sign counts, or of a line that is a code."""
    for before, after in pairwise(line.split("=")):
        name, code = _TOOL.search(before), _NUMBER.match(after)
        if name and code and _HR.search(before[name.end() :].rstrip(" \t")):
            return code[1]
    bare = _BARE.fullmatch(line)
    return bare[1] if bare else ""


def _last_success(line: str) -> str:
    """The time in `... MAPS ...: [TIME]`."""
    for before, after in pairwise(line.split("[")):
        label, bracket = before.rstrip(" \t"), after.find("]")
        if bracket >= 0 and label.endswith(":") and _MAPS.search(label):
            return after[:bracket].strip()
    return ""


def _connected(success: bool, failure: bool, named: bool, exit_code: int | None, notes: list[str]) -> bool | None:
    if success and failure:
        notes.append("the output reports both success and failure")
        return None
    if success and exit_code not in (None, 0):
        notes.append(f"the output reports success, but the exit code is {exit_code}")
        return None
    if success:
        return True
    if failure:
        return False
    if named and exit_code == 0:
        notes.append("no known success message; decided by exit code 0 without a failure")
        return True
    return None


def _hresult(codes: list[int], exit_code: int | None, notes: list[str]) -> int | None:
    """The code of the failure: the first that is printed, else the exit code where that is one."""
    numbers = list(dict.fromkeys(codes))
    exit_hresult = normalize(exit_code) if exit_code is not None and _is_failure(exit_code) else None
    if len(numbers) > 1:
        notes.append(f"several codes are printed: {', '.join(map(format_code, numbers))}; the first counts")
    if exit_hresult is not None and numbers and exit_hresult not in numbers:
        exit_told, output_told = format_code(exit_hresult), format_code(numbers[0])
        notes.append(f"the exit code is {exit_told}, but the output contains {output_told}")
    return numbers[0] if numbers else exit_hresult


def _is_failure(exit_code: int) -> bool:
    """An HRESULT with the failure bit, signed or unsigned, that fits into 32 bits."""
    return -(1 << 31) <= exit_code < 0 or 1 << 31 <= exit_code < 1 << 32


def _number(digits: str, notes: list[str]) -> int | None:
    """A printed code. With nine digits: the one known code that leaving a digit out gives, or None."""
    if len(digits) == 8:
        return int(digits, 16)
    candidates = {int(digits[:i] + digits[i + 1 :], 16) for i in range(len(digits))} & TABLE.keys()
    if len(candidates) != 1:
        notes.append(f"the code {digits} has nine digits and was not understood")
        return None
    number = candidates.pop()
    notes.append(f"the code {digits} has nine digits and was read as {format_code(number)}")
    return number


@dataclass(frozen=True)
class Update:
    """What -SignatureUpdate answered; which versions there are now, the registry says."""

    hresult: int | None
    """The failure's code as an unsigned number; None where none is printed."""
    failed_line: str
    """The line that tells the failure, as printed."""
    nothing_new: bool
    """`No updates needed` is printed (the tool speaks English everywhere: likely)."""


_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){1,7}(?:-[0-9]{1,9})?")
_UPDATE_CODE = re.compile(r"\bhr[ \t]*[=:][ \t]*(?:0x)?([0-9A-F]{8})(?![0-9A-F])", re.IGNORECASE)


def signature_update(path: str, *, from_microsoft: bool = False, from_share: bool = False, share: str = "") -> Command:
    """The command. `from_microsoft` goes past the host's order of sources (`-MMPC`; *sure*, command-line page), and so
    does `from_share`: `-UNC -Path PATH`, or `-UNC` for the shares that the host has (*sure*, captures of its own help;
    Microsoft's page of 2026 leaves `-Path` out)."""
    switches: list[str] = [Literal("-MMPC")] if from_microsoft else []
    if from_share:
        switches = [Literal("-UNC"), *([Literal("-Path"), share] if share else [])]
    return Command.of(path, Literal("-SignatureUpdate"), *switches)


def parse_update(output: bytes | str) -> Update:
    """Reads the output, both streams together. Codes come with and without `0x`, in both cases, after `=` and after
    `:` (captures); only those with the failure bit count. Never raises."""
    text = plain(output) if isinstance(output, str) else tool_text(output)
    for line in lines(text):
        code = _UPDATE_CODE.search(line)
        if code and int(code[1], 16) & 0x80000000:
            return Update(int(code[1], 16), line.strip(), False)
    return Update(None, "", "no updates needed" in text.lower())


def scan(path: str, target: str) -> Command:
    """`-Scan -ScanType 3 -File`: one file or folder, with what is set for threats (*sure*, command-line page)."""
    return Command.of(path, Literal("-Scan"), Literal("-ScanType"), Literal("3"), Literal("-File"), target)


def found_nothing(output: bytes) -> bool:
    """Whether a scan took place and found nothing: `Scanning PATH found no threats.`, in English on every Windows seen
    (*likely*, published captures, Korean ones among them). Exit code 2 is a find or a failure, so it does not tell."""
    return "found no threats" in tool_text(output).lower()


def check_exclusion(path: str, target: str) -> Command:
    """`-CheckExclusion`, platform 4.18.2111-5.0 and later (*sure*, Microsoft Learn, configure exclusions)."""
    return Command.of(path, Literal("-CheckExclusion"), Literal("-Path"), target)


def is_excluded(output: bytes) -> bool:
    """Whether the answer says so: `PATH [DEVICE PATH] is excluded. Exit code is 0.` (*sure*, Microsoft Learn,
    configure exclusions)."""
    return "] is excluded" in tool_text(output).lower()


def binary_beside(image_path: str, environment: Mapping[str, str] = STANDARD) -> str:
    """MpCmdRun.exe beside the service's own binary: the platform in use (*sure*, Microsoft's client analyzer).

    `image_path` is the value ImagePath of the service WinDefend: quoted or not, with arguments, with environment
    variables. Empty when it is not the full path of a program.
    """
    text = image_path.strip()
    found = re.match(r'"([^"]+)"', text) or re.match(r"(.+?\.exe)(?=\s|\Z)", text, re.IGNORECASE)
    if found is None:
        return ""
    try:
        path = expand(found[1], environment).removeprefix("\\??\\")
    except UnknownVariable:
        return ""
    if not re.match(r"[A-Za-z]:\\.*\.exe\Z", path, re.IGNORECASE):
        return ""
    return path.rpartition("\\")[0] + "\\MpCmdRun.exe"


def platform_version(path: str) -> str | None:
    """The version in a path below `Platform\\`; None for the copy in Program Files."""
    found = re.search(r"\\Platform\\([0-9][0-9.-]{0,80})\\", path, re.IGNORECASE)
    return found[1] if found else None


def is_platform_at_least(version: str, least: tuple[int, ...]) -> bool | None:
    """Whether a platform, as `platform_version` gives it, is this one or a later one; None: not known."""
    parts = [whole_number(part) for part in version.partition("-")[0].split(".")]
    numbers = tuple(part for part in parts if part is not None)
    return numbers >= least if len(numbers) == len(parts) == len(least) else None


def newest(folder_names: Iterable[str]) -> str | None:
    """The newest of the platform folders, compared by the parts of the version (*sure*); others are passed over."""
    versions = [name for name in folder_names if _VERSION.fullmatch(name)]
    return max(versions, key=lambda name: tuple(map(int, re.split(r"[.-]", name))), default=None)
