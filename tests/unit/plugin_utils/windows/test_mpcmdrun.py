"""What ValidateMapsConnection answers, in every published spelling, language and encoding."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.mpcmdrun import (
    binary_beside,
    found_nothing,
    is_excluded,
    newest,
    parse_validation,
    platform_version,
    validate,
)
from hypothesis import given, strategies as st

SUCCESS = "ValidateMapsConnection successfully established a connection to MAPS"
FAILED = "ValidateMapsConnection failed to establish a connection to MAPS"
HEAD = (
    'MpCmdRun: Command Line: "C:\\Program Files\\Windows Defender\\MpCmdRun.exe" -ValidateMapsConnection\r\n'
    "Start Time: mar. jul. 15 2025 10:11:20\r\n\r\n"
    "MpEnsureProcessMitigationPolicy(0x5): hr = 0x1\r\n"
)
NETWORK = (
    "---------------------------- MpCmdRunShowNetworkInfo() ------------------------------\r\n"
    "MpIsConnectedToInternet(): hr = 0, fIsConnectedToInternet: TRUE\r\n"
    "MpIsPaidNetwork(): hr = 0x1 (0 - S_OK, paid; 1 - S_FALSE, not paid; other - failure)\r\n"
    "-------------------------------------------------------------------------------------\r\n"
    "Last Successful MAPS connection: [8/20/2025 6:36:34 PM]\r\n"
)


@pytest.mark.parametrize(
    ("text", "hresult", "http"),
    [
        (f"{FAILED} (hr=0x80070006 httpcore=451)", 0x80070006, 451),
        (f"{FAILED} (hr=0x80072F8F httpcore=451)\nMpCmdRun.exe: hr = 0x80072F8F.", 0x80072F8F, 451),
        (f"{FAILED} (hr=80070006 httpcode=451)", 0x80070006, 451),
        (f"{FAILED} (hr=80004005 httpcode=450)", 0x80004005, 450),
        (f"{FAILED} (hr=0x80508015", 0x80508015, None),
        (f"{FAILED} (hr=800722F0D", 0x80072F0D, None),
        (f"{FAILED} (hr=0x80072efe httpcore=451)", 0x80072EFE, 451),
        (
            "ValidateMapsConnection が MAPS への接続を確立できませんでした (hr=0x80070006 httpcore=451)\n"
            "MpCmdRun.exe: hr = 0x80070006**",
            0x80070006,
            451,
        ),
        ("ValidateMapsConnection は MAPS への接続を確立できませんでした (hr=80070005 httpcode=450)", 0x80070005, 450),
        ("ValidateMapsConnection failed (800106BA)", 0x800106BA, None),
        ("ValidateMapsConnection failed (800106BA) or 0x800106BA", 0x800106BA, None),
        ("ValidateMapsConnection 未能与 MAPS 建立连接 (hr=80072EE7 httpcode=451)", 0x80072EE7, 451),
        ("MpCmdRun.exe: hr = 0x80070667.", 0x80070667, None),
        ("CmdTool: Failed with hr = 0x80070667. Check C:\\x\\MpCmdRun.log for more information", 0x80070667, None),
        ("0x80070667", 0x80070667, None),
        (f"{FAILED} (hr=0x800705B4 httpcore=0)", 0x800705B4, None),
    ],
)
@pytest.mark.parametrize("around", ["{}", HEAD + "ValidateMapsConnection\r\n{}\r\n", HEAD + NETWORK + "{}\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-8-sig", "utf-16"])
def test_failures(text: str, hresult: int, http: int | None, around: str, codec: str) -> None:
    seen = parse_validation(around.format(text).encode(codec), hresult - (1 << 32))
    assert (seen.connected, seen.hresult, seen.http_code) == (False, hresult, http)
    assert seen.failed_line == text.splitlines()[0]
    assert seen.last_success == ("8/20/2025 6:36:34 PM" if NETWORK in around else "")


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("cp932", "が MAPS への接続を確立できませんでした"),
        ("cp932", "表示ソ能"),  # trail bytes that are backslashes
        ("cp936", "未能与 MAPS 建立连接"),
        ("cp949", "연결하지 못했습니다"),
        ("cp850", "échec de la connexion à"),
        ("cp1252", "échec de la connexion à"),
        ("cp866", "не удалось"),
    ],
)
def test_code_pages(codec: str, words: str) -> None:
    text = f"ValidateMapsConnection {words} (hr=0x80072F0D httpcore=451)\r\nMpCmdRun.exe: hr = 0x80072F0D\r\n"
    seen = parse_validation(text.encode(codec), None)
    assert (seen.connected, seen.hresult, seen.http_code, seen.notes) == (False, 0x80072F0D, 451, ())


@pytest.mark.parametrize("head", ["", HEAD, HEAD + NETWORK + "ValidateMapsConnection\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "cp932"])
@pytest.mark.parametrize("exit_code", [0, None])
def test_success(head: str, codec: str, exit_code: int | None) -> None:
    seen = parse_validation(f"{head}{SUCCESS}\r\n".encode(codec), exit_code)
    assert (seen.connected, seen.hresult, seen.failed_line, seen.notes) == (True, None, "", ())


def test_the_network_block_alone_is_no_failure() -> None:
    assert parse_validation(HEAD + NETWORK, None).connected is None
    assert parse_validation(HEAD + "MpCmdRun.exe: hr = 0x00000000", None).connected is None


def test_marks_of_direction_in_the_date_are_taken_out() -> None:
    text = "Last Successful MAPS connection: [\u200e8\u200e/\u200e20\u200e/\u200e2025 6:36:34 PM]"
    assert parse_validation(text.encode()).last_success == "8/20/2025 6:36:34 PM"


def test_nine_digits_are_said() -> None:
    (note,) = parse_validation(f"{FAILED} (hr=800722F0D").notes
    assert note == "the code 800722F0D has nine digits and was read as 0x80072F0D"


def test_nine_digits_that_fit_no_one_code_are_not_guessed() -> None:
    seen = parse_validation(f"{FAILED} (hr=812345678)")
    assert (seen.connected, seen.hresult) == (False, None)
    assert "not understood" in seen.notes[0]


@pytest.mark.parametrize("exit_code", [-2147012889, 2147954407])
def test_the_exit_code_speaks_where_the_output_does_not(exit_code: int) -> None:
    seen = parse_validation(b"", exit_code)
    assert (seen.connected, seen.hresult) == (False, 0x80072EE7)
    assert parse_validation(f"{FAILED}".encode(), exit_code).hresult == 0x80072EE7


@pytest.mark.parametrize("exit_code", [0, 1, 2, 9009, None])
@pytest.mark.parametrize(
    "output",
    [
        "",
        "'MpCmdRun' is not recognized as an internal or external command,\noperable program or batch file.",
        'Launching "C:\\x\\MpCmdRun.exe" -ValidateMapsConnection -Reinvoke...',
        "MpCmdRun.exe \u2013ValidateMapsConnection",
        "hr=80070006",
    ],
)
def test_what_does_not_tell_stays_open(output: str, exit_code: int | None) -> None:
    seen = parse_validation(output, exit_code)
    assert (seen.connected, seen.hresult) == (None, None)


def test_unknown_words_with_exit_code_0_are_success_and_said() -> None:
    text = "ValidateMapsConnection は MAPS への接続を正常に確立しました"
    seen = parse_validation(text, 0)
    assert seen.connected is True
    assert "exit code 0" in seen.notes[0]
    assert parse_validation(text, None).connected is None
    assert parse_validation(text, 2).connected is None


def test_contradictions_are_said() -> None:
    assert parse_validation(f"{SUCCESS}\n{FAILED} (hr=0x80072EE7)").connected is None
    seen = parse_validation(SUCCESS, 1)
    assert (seen.connected, "exit code is 1" in seen.notes[0]) == (None, True)
    seen = parse_validation(f"{FAILED} (hr=0x80072EE7 httpcore=451)\nMpCmdRun.exe: hr = 0x80070006", -2147012894)
    assert seen.hresult == 0x80072EE7
    assert [note.split(":")[0] for note in seen.notes] == [
        "several codes are printed",
        "the exit code is 0x80072EE2, but the output contains 0x80072EE7",
    ]


@given(output=st.binary() | st.text(), exit_code=st.none() | st.integers())
def test_it_never_raises(output: bytes | str, exit_code: int | None) -> None:
    assert parse_validation(output, exit_code).connected in (True, False, None)


@given(code=st.integers(0x80000000, 0xFFFFFFFF), spelling=st.sampled_from(["(hr=0x{:08X} httpcore=451)", "(hr={:08x}"]))
def test_any_code_is_read(code: int, spelling: str) -> None:
    assert parse_validation(f"{FAILED} {spelling.format(code)}").hresult == code


def test_the_command() -> None:
    command = validate("C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.2606.5\\MpCmdRun.exe")
    assert command.text.endswith('4.18.2606.5\\MpCmdRun.exe" -ValidateMapsConnection')


PLATFORM = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25050.5-0"


@pytest.mark.parametrize(
    ("image_path", "binary"),
    [
        (f'"{PLATFORM}\\MsMpEng.exe"', f"{PLATFORM}\\MpCmdRun.exe"),
        (f'"{PLATFORM}\\MsMpEng.exe" -x "y z.exe"', f"{PLATFORM}\\MpCmdRun.exe"),
        (f"{PLATFORM}\\MsMpEng.exe", f"{PLATFORM}\\MpCmdRun.exe"),
        (f"{PLATFORM}\\MsMpEng.exe -service", f"{PLATFORM}\\MpCmdRun.exe"),
        ('"%ProgramFiles%\\Windows Defender\\MsMpEng.exe"', "C:\\Program Files\\Windows Defender\\MpCmdRun.exe"),
        ("%PROGRAMDATA%\\x\\MsMpEng.EXE", "C:\\ProgramData\\x\\MpCmdRun.exe"),
        ("\\??\\D:\\x\\MsMpEng.exe", "D:\\x\\MpCmdRun.exe"),
        ("", ""),
        ("%NoSuch%\\MsMpEng.exe", ""),
        ("system32\\DRIVERS\\wd.sys", ""),
        ("\\\\server\\share\\MsMpEng.exe", ""),
        ("MsMpEng.exe", ""),
    ],
)
def test_the_binary_beside_the_service(image_path: str, binary: str) -> None:
    assert binary_beside(image_path) == binary


def test_another_environment() -> None:
    assert binary_beside("%ProgramFiles%\\M.exe", {"programfiles": "E:\\P"}) == "E:\\P\\MpCmdRun.exe"


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (f"{PLATFORM}\\MpCmdRun.exe", "4.18.25050.5-0"),
        ("c:\\programdata\\microsoft\\windows defender\\platform\\4.18.2606.5\\mpcmdrun.exe", "4.18.2606.5"),
        ("C:\\Program Files\\Windows Defender\\MpCmdRun.exe", None),
        ("", None),
    ],
)
def test_the_platforms_version(path: str, version: str | None) -> None:
    assert platform_version(path) == version


def test_versions_are_no_text() -> None:
    assert newest(["4.18.1906.3-0", "4.18.25050.5-0", "4.18.2606.5"]) == "4.18.25050.5-0"
    assert newest(["4.18.9.1-0", "4.18.10.1-0", "4.18.10.1", "X", "9.old"]) == "4.18.10.1-0"
    assert newest(["Backup"]) is None
    assert newest([]) is None


ESCAPES = "\x1b[2J\x1b[m\x1b[H"
"""What a console of Windows writes before the first word (microsoft/terminal issue 235)."""


@pytest.mark.parametrize(
    ("said", "exit_code", "connected", "code"),
    [
        ("ValidateMapsConnection successfully established a connection to MAPS", 0, True, None),
        (
            "ValidateMapsConnection failed to establish a connection to MAPS (hr=80072F8F httpcore=451)",
            None,
            False,
            0x80072F8F,
        ),
        ("ValidateMapsConnection failed (hr=\x1b[31m80072F8F\x1b[0m)", None, False, 0x80072F8F),
        ("\x1b]0;title\x07ValidateMapsConnection failed (hr=80072F8F)", None, False, 0x80072F8F),
        # B39: blanks around the equals sign, and HTTPcode
        ("ValidateMapsConnection 無法建立與對應 (hr = 80070006 HTTPcode = 451 的連接)", None, False, 0x80070006),
    ],
)
def test_escape_sequences_are_no_part_of_a_word(
    said: str, exit_code: int | None, connected: bool, code: int | None
) -> None:
    """B40."""
    for before in (ESCAPES, ""):
        found = parse_validation(f"{before}{said}\r\n".encode(), exit_code)
        assert (found.connected, found.hresult) == (connected, code)


@pytest.mark.parametrize(
    ("output", "clean"),
    [
        ("Scan starting...\r\nScan finished.\r\nScanning C:\\x found no threats.\r\n", True),
        ("Scan starting...\r\nScan finished.\r\nScanning C:\\x found 1 threats.\r\nCleaning started...\r\n", False),
        ("CmdTool: Failed with hr = 0x800106BA.\r\n", False),
        ("", False),
    ],
)
def test_what_a_scan_says(output: str, clean: bool) -> None:
    """Published captures; a scan that failed is none."""
    assert found_nothing(output.encode()) is clean


@pytest.mark.parametrize(
    ("word", "excluded"), [("is excluded. Exit code is 0.", True), ("is not excluded. Exit code is 1.", False)]
)
def test_whether_a_folder_is_excluded(word: str, excluded: bool) -> None:
    """Microsoft Learn, configure exclusions."""
    said = rf"C:\Data\Test [\Device\HarddiskVolume1\Data\Test] {word}"
    assert is_excluded(said.encode()) is excluded
