"""Facts on cmd.exe and on the small tools that a line is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ..._windows import descriptors, files
from ..._windows.cmdline import Command, Outcome
from .facts import Check, code, prints

_CURL: Final = re.compile(r"^curl [0-9.]+ .*\b(Schannel|WinSSL)\b")
_PROGRAM: Final = r'"%SystemRoot%\System32\cmd.exe"'
_MISSING: Final = "windefend-maps-nowhere"


def _is_hash(outcome: Outcome) -> bool:
    return files.parse_hash(outcome.output) is not None


def _is_schannel(outcome: Outcome) -> bool | None:
    return bool(_CURL.match(outcome.text)) if outcome.exit_code == 0 else None


def _is_bsdtar(outcome: Outcome) -> bool | None:
    return outcome.text.startswith("bsdtar ") if outcome.exit_code == 0 else None


def _has_rights(outcome: Outcome) -> bool:
    return bool(descriptors.parse_shown(outcome.output).entries)


CHECKS: Final[Mapping[str, Check]] = {
    "errorlevel_later": Check(
        "`call echo %^errorlevel%` prints the exit code of the command before it",
        Command("cmd /c exit 5& call echo %^errorlevel%"),
        prints("5"),
    ),
    "errorlevel_reset": Check(
        "`ver>nul` sets errorlevel to 0",
        Command("cmd /c exit 5& ver>nul& call echo %^errorlevel%"),
        prints("0"),
        needs="errorlevel_later",
    ),
    "errorlevel_negative": Check(
        "The exit code of a failure is the HRESULT as a signed number",
        Command("cmd /c exit -2147024891& call echo %^errorlevel%"),
        prints("-2147024891"),
        needs="errorlevel_later",
    ),
    "errorlevel_in_loop": Check(
        "A `%i` of a loop on a command line does not disturb `%^errorlevel%` behind it",
        Command("(for %k in (x) do @(cmd /c exit 3& call echo %^errorlevel%))"),
        prints("3"),
        needs="errorlevel_later",
    ),
    "unknown_program": Check(
        "An unknown program sets errorlevel 9009 within a line",
        Command(f"{_MISSING} 2>nul& call echo %^errorlevel%"),
        prints("9009"),
        needs="errorlevel_later",
    ),
    "unknown_program_behind_pipe": Check(
        r"The exit code of `a \| missing-program` is 1",
        Command(f"echo a| {_MISSING} 2>nul& call echo %^errorlevel%"),
        prints("1"),
        needs="errorlevel_later",
    ),
    "undefined_variable": Check(
        "An undefined `%NAME%` stays as it is on a command line",
        Command("echo %windefend_maps_nowhere%"),
        prints("%windefend_maps_nowhere%"),
    ),
    "variable": Check(
        "`%NAME%` is expanded first, and nothing escapes it inside quotes",
        Command('echo "%OS%"'),
        prints('"Windows_NT"'),
    ),
    "format_of_curl": Check(
        "cmd.exe leaves `%{name}` on a command line as it is",
        Command("echo %{certs}"),
        prints("%{certs}"),
    ),
    "outer_quotes": Check(
        "`cmd /c` may take off the outer quotes of a line that begins with one",
        Command('cmd /c "echo "a b""'),
        prints('"a b"'),
    ),
    "text_without_line_end": Check(
        '`set /p "=TEXT" <nul` writes text without a line end',
        Command('set /p "=ab" <nul& set /p "=cd" <nul'),
        prints("abcd"),
    ),
    "lines_counted": Check(
        '`find /c /v ""` counts the lines of its input',
        Command('(echo a& echo b& echo c) | find /c /v ""'),
        prints("3"),
    ),
    "lines_filtered": Check(
        "findstr carries lines of less than 8,191 bytes from a pipe",
        Command('(echo one& echo two) | findstr /i /c:"TWO"'),
        prints("two"),
    ),
    "last_line_ended": Check(
        "findstr carries lines of less than 8,191 bytes from a pipe and gives a last line without end CR LF",
        Command('(set /p "=ab" <nul) | findstr a& echo c'),
        lambda outcome: outcome.text.split() == ["ab", "c"],
        needs="text_without_line_end",
    ),
    "code_page": Check(
        "Console tools write the shell's code page, UTF-8 under 65001",
        Command("chcp"),
        lambda outcome: "65001" in outcome.text,
    ),
    "file_listed": Check(
        "`dir /b /a` of an empty folder ends with 1, of a pattern that fits the folder with 0",
        Command(f"dir /b /a {_PROGRAM}"),
        lambda outcome: outcome.exit_code == 0 and outcome.text.strip().lower() == "cmd.exe",
    ),
    "root_folder": Check(
        r"`dir /a` of a drive's root shows the hidden folder System Volume Information",
        Command(r'dir /b /a "%SystemDrive%\" | find /c /v ""'),
        lambda outcome: outcome.text.strip().isdecimal() and int(outcome.text.strip()) > 0,
    ),
    "files_alike": Check(
        "`fc /b`: 0 alike, 1 different, 2 a file is missing",
        Command(f"fc /b {_PROGRAM} {_PROGRAM} >nul"),
        code(0),
    ),
    "file_missing": Check(
        "`fc /b`: 0 alike, 1 different, 2 a file is missing",
        Command(rf'fc /b {_PROGRAM} "%SystemRoot%\{_MISSING}" >nul 2>&1'),
        code(2),
    ),
    "rights_shown": Check(
        '`cacls PATH /s` prints `PATH "D:..."`',
        Command('cacls "%SystemRoot%" /s'),
        _has_rights,
    ),
    "hash_of_a_file": Check(
        "`certutil -hashfile FILE SHA256` prints the digest in a line of its own",
        Command(f"certutil -hashfile {_PROGRAM} SHA256"),
        _is_hash,
    ),
    "curl_and_schannel": Check(
        "curl.exe came with Windows 10 1803 and Server 2019, calls its backend WinSSL or Schannel",
        Command("curl --version"),
        _is_schannel,
    ),
    "tar_is_bsdtar": Check(
        "Windows' `tar.exe` is bsdtar",
        Command("tar --version"),
        _is_bsdtar,
    ),
}
