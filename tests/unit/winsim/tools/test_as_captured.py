"""Lines of published captures, restated: what winsim prints must have them, blanks and order included.

Each source is a row of docs/evidence.md, "winsim: ..." """

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.command_line import CommandLine
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER
from ansible_collections.windefend.maps.winsim.machine import builder
from ansible_collections.windefend.maps.winsim.machine.accounts import Token
from ansible_collections.windefend.maps.winsim.machine.model import Machine

MPCMDRUN = r'"C:\Program Files\Windows Defender\MpCmdRun.exe" -ValidateMapsConnection'
PROXY = "netsh winhttp set proxy 192.0.2.1:5678"
ADD_RULE = "netsh advfirewall firewall add rule name=w profile=any dir=in"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU"


def console(language: str = "en", token: Token = ADMIN) -> CommandLine:
    machine = builder.build("HOST", locale=builder.LOCALES[language])
    machine.files.make_directory("C:\\work")
    return CommandLine(machine, token, code_page=machine.locale.oem_code_page)


@pytest.fixture
def english() -> CommandLine:
    return console()


@pytest.fixture
def japanese() -> CommandLine:
    return console("ja")


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ("", ["    プロキシ サーバー:  192.0.2.1:5678", "    バイパス一覧     : (なし)"]),
        (" <local>", ["    プロキシ サーバー:  192.0.2.1:5678", "    バイパス一覧     :  <local>"]),
    ],
)
def test_the_japanese_bypass_list_has_two_blanks_and_none_has_one(
    japanese: CommandLine, options: str, lines: list[str]
) -> None:
    shown = japanese.known(f'{PROXY} "{options.strip()}"' if options else PROXY)
    assert shown.splitlines() == ["", "現在の WinHTTP プロキシ設定:", "", *lines, ""]


@pytest.mark.parametrize("bypass", ["(none)", "<local>"])
def test_the_english_bypass_list(english: CommandLine, bypass: str) -> None:
    shown = english.known(f'{PROXY} "<local>"' if bypass == "<local>" else PROXY)
    assert f"    Bypass List     :  {bypass}\r\n" in shown


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("protocol=TCP localport=333221 action=block", "A specified port value is not valid."),
        ("protocol=TCPP localport=33322 action=block", "A specified protocol value is not valid."),
        ("protocol=TCP localport=33322 action=block1", "A specified value is not valid."),
    ],
)
def test_a_refused_rule_has_81_lines(english: CommandLine, options: str, line: str) -> None:
    lines = english.run(f"{ADD_RULE} {options}").splitlines()
    assert (len(lines), lines[1]) == (81, line)


def test_the_headings_of_profiles_end_with_a_blank(english: CommandLine) -> None:
    shown = english.known("netsh advfirewall show allprofiles state").splitlines()
    assert [line for line in shown if "Settings" in line] == [
        "Domain Profile Settings: ",
        "Private Profile Settings: ",
        "Public Profile Settings: ",
    ]


def test_a_japanese_profile_is_translated_but_for_half_of_its_rows(japanese: CommandLine) -> None:
    """Which rows: a Chinese capture; the values stand in one column by display width."""
    shown = japanese.known("netsh advfirewall show domainprofile").splitlines()
    assert shown == [
        "",
        "ドメイン プロファイル 設定: ",
        "-" * 70,
        "状態                                  オン",
        "ファイアウォール ポリシー             BlockInbound,AllowOutbound",
        "LocalFirewallRules                    N/A (GPO ストアのみ)",
        "LocalConSecRules                      N/A (GPO ストアのみ)",
        "InboundUserNotification               有効",
        "RemoteManagement                      無効",
        "UnicastResponseToMulticast            有効",
        "",
        "ログ:",
        "LogAllowedConnections                 無効",
        "LogDroppedConnections                 無効",
        r"FileName                              %systemroot%\system32\LogFiles\Firewall\pfirewall.log",
        "MaxFileSize                           4096",
        "",
        "OK",
        "",
    ]


@pytest.mark.parametrize(("key", "blank"), [(POLICY, "\r\n\r\n"), (POLICY + "zzz", "")])
def test_two_blank_lines_come_before_a_missing_value_and_none_before_a_missing_key(
    japanese: CommandLine, key: str, blank: str
) -> None:
    japanese.machine.registry.set_dword(POLICY, "DetectionFrequency", 16)
    assert japanese.known(f'reg query "{key}" /v Nothing') == blank
    assert japanese.err == "エラー: 指定されたレジストリ キーまたは値が見つかりませんでした\r\n"


def test_a_time_that_is_past_is_warned_of_before_access_is_denied() -> None:
    line = console(token=USER)
    line.known('schtasks /create /tn T /sc once /st 00:00 /ru SYSTEM /tr "cmd /c ver" /f')
    assert line.err.splitlines()[-2:] == [
        "WARNING: Task may not run because /ST is earlier than current time.",
        "ERROR: Access is denied.",
    ]


def test_the_same_warning_goes_with_a_task_that_is_made(japanese: CommandLine) -> None:
    japanese.machine.clock_offset = dt.timedelta(days=1)
    japanese.known('schtasks /create /tn StartCALC /sc once /st 00:00 /ru SYSTEM /tr "calc.exe" /f')
    assert japanese.err == "警告: /ST が現時刻よりも早いため、タスクは実行されない可能性があります。\r\n"
    assert japanese.out == '成功: スケジュール タスク "StartCALC" は正しく作成されました。\r\n'


@pytest.mark.parametrize(
    ("account", "shown"), [("SYSTEM", "SYSTEM"), ("S-1-5-19", "LOCAL SERVICE"), ("", "Administrator")]
)
def test_a_task_shows_the_name_of_its_account(english: CommandLine, account: str, shown: str) -> None:
    sid = english.machine.accounts[0].sid
    english.known('schtasks /create /tn T /sc onstart /ru SYSTEM /tr "calc.exe" /f')
    english.machine.tasks["\\t"].account = account or sid
    lines = english.known("schtasks /query /v /fo list /tn T").splitlines()
    assert [line.split(":", 1)[1].strip() for line in lines if line.startswith("Run As User:")] == [shown]


@pytest.mark.parametrize("verb", ["-verify -urlfetch", "-hashfile"])
def test_certutil_puts_the_name_of_an_error_into_brackets(english: CommandLine, verb: str) -> None:
    assert english.known(f"certutil {verb} C:\\nothing.cer").splitlines() == [
        f"CertUtil: {verb.split(maxsplit=1)[0]} command FAILED: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)",
        "CertUtil: The system cannot find the file specified.",
    ]


def newest(machine: Machine) -> Machine:
    machine.defender.prints_network_info = True
    return machine


def test_a_success_tells_the_last_one(english: CommandLine) -> None:
    newest(english.machine).true_time = lambda: dt.datetime(2025, 8, 20, 18, 53, 34, tzinfo=dt.UTC)
    lines = english.known(MPCMDRUN).splitlines()
    assert lines[0] == "---------------------------- MpCmdRunShowNetworkInfo() ------------------------------"
    assert lines[4:] == [
        "Last Successful MAPS connection: [8/20/2025 6:36:34 PM]",
        "ValidateMapsConnection successfully established a connection to MAPS",
    ]


def test_dir_on_a_japanese_host(japanese: CommandLine) -> None:
    japanese.machine.true_time = lambda: dt.datetime(2022, 5, 11, 9, 1, tzinfo=dt.UTC)
    japanese.machine.files.make_directory("C:\\work\\below")
    japanese.write("piyo.txt", "ab")
    assert japanese.known("dir").splitlines() == [
        " ドライブ C のボリューム ラベルがありません。",
        " ボリューム シリアル番号は 5AF3-1C2B です",
        "",
        " C:\\work のディレクトリ",
        "",
        "2022/05/11  09:01    <DIR>          below",
        "2022/05/11  09:01                 4 piyo.txt",
        "               1 個のファイル                   4 バイト",
        "               1 個のディレクトリ  34,359,738,368 バイトの空き領域",
    ]


def test_dir_names_the_directory_that_has_no_match(english: CommandLine) -> None:
    assert english.known("dir *.none").splitlines()[2:] == ["", " Directory of C:\\work", ""]
    assert english.err == "File Not Found\r\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("find x", "FIND: パラメーターが違います\r\n"),
        ('find "x" C:\\nothing', "ファイルが見つかりません - C:\\NOTHING\r\n"),
        ("findstr x C:\\nothing", "FINDSTR: C:\\nothing を開けません\r\n"),
    ],
)
def test_the_text_tools_speak_japanese(japanese: CommandLine, line: str, said: str) -> None:
    japanese.known(line)
    assert japanese.err == said


def test_a_japanese_host_without_tasks(japanese: CommandLine) -> None:
    assert japanese.known("schtasks /query").startswith("情報: ")


def test_a_proxy_that_is_not_ascii_is_not_stored(english: CommandLine) -> None:
    """Wine's winhttp tests, which run on Windows; the words: a capture."""
    before = english.known("netsh winhttp show proxy")
    shown = english.known("netsh winhttp set proxy proxy.example:1 ünïcode.example")
    assert shown == "\r\nError writing proxy settings. (87) The parameter is incorrect.\r\n\r\n"
    assert english.known("netsh winhttp show proxy") == before
