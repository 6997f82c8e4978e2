"""MpCmdRun writes what Microsoft's pages and published outputs show, in English on every Windows."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM, Token
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, PLATFORMS, SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.tools import programs
from ansible_collections.windefend.maps.winsim.tools.mpcmdrun import run, signed
from ansible_collections.windefend.maps.winsim.tools.process import Console, Input, Process, Terminated

OLD, MIDDLE, NEW = "4.18.1906.3-0", "4.18.2105.5-0", "4.18.25050.5-0"
USER = Token("PC\\user", "S-1-5-21-1-2-3-1001", (), elevated=False)
WINDEFEND = r"HKLM\SYSTEM\CurrentControlSet\Services\WinDefend"
TRUE_TIME = dt.datetime(2026, 11, 24, 9, 5, 7, tzinfo=dt.UTC)


def machine(platform: str = "", locale: str = "en", os: str = "windows_server_2022") -> Machine:
    made = build("PC-001", os=SYSTEMS[os], locale=LOCALES[locale], platforms=[platform] if platform else [], seed=3)
    made.defender.choice = 0
    made.true_time = lambda: TRUE_TIME
    return made


def call(
    machine: Machine, arguments: str, token: Token = SYSTEM, code_page: int = 65001
) -> tuple[int, list[str], list[str]]:
    """Exit code, lines of standard output, and what was unknown."""
    out: list[bytes] = []
    console = Console(code_page)
    process = Process(machine, token, console, Input(b""), out.append, out.append, {"TEMP": r"C:\Windows\Temp"})
    code = run(process, arguments)
    text = b"".join(out).decode()
    assert text.count("\n") == text.count("\r\n")
    return code, text.split("\r\n")[:-1], console.unknown


@pytest.mark.parametrize(
    ("hresult", "number"),
    [(0x80072EE7, -2147012889), (0x80070006, -2147024890), (0x800106BA, -2147416390), (0, 0), (0x7FFFFFFF, 2**31 - 1)],
)
def test_exit_codes_are_signed(hresult: int, number: int) -> None:
    assert signed(hresult) == number


class TestSuccess:
    def test_old_platform_prints_one_line(self) -> None:
        assert call(machine(OLD), " -ValidateMapsConnection") == (
            0,
            ["ValidateMapsConnection successfully established a connection to MAPS"],
            [],
        )

    def test_new_platform_prints_the_network_first(self) -> None:
        made = machine(NEW)
        made.defender.last_maps_success = "8/20/2025 6:36:34 PM"
        code, lines, _unused = call(made, "-validatemapsconnection")
        assert code == 0
        assert lines == [
            "---------------------------- MpCmdRunShowNetworkInfo() ------------------------------",
            "MpIsConnectedToInternet(): hr = 0, fIsConnectedToInternet: true",
            "MpIsPaidNetwork(): hr = 0x1 (0 - S_OK, paid; 1 - S_FALSE, not paid; other - failure)",
            "-------------------------------------------------------------------------------------",
            "Last Successful MAPS connection: [8/20/2025 6:36:34 PM]",
            "ValidateMapsConnection successfully established a connection to MAPS",
        ]


class TestFailure:
    @pytest.fixture(params=[OLD, MIDDLE, NEW])
    def cut(self, request: pytest.FixtureRequest) -> Machine:
        made = machine(request.param)
        made.network.direct.blocked["*:443"] = Barrier.CUT
        return made

    def test_every_platform_names_the_code(self, cut: Machine) -> None:
        code, lines, unknown = call(cut, "-ValidateMapsConnection")
        assert code == signed(0x80072EFE)
        assert unknown == []
        assert re.search(r"\(hr=(0x)?80072EFE http(core|code)=451\)$", "\n".join(lines), re.MULTILINE)

    def test_old_platform(self) -> None:
        made = machine(OLD)
        made.network.direct.blocked["*:443"] = Barrier.DROP
        assert call(made, "-ValidateMapsConnection")[1] == [
            "ValidateMapsConnection failed to establish a connection to MAPS (hr=80070006 httpcode=451)"
        ]

    def test_middle_platform_is_the_articles_block(self) -> None:
        made = machine(MIDDLE)
        made.network.direct.blocked["*:443"] = Barrier.DROP
        assert call(made, "-ValidateMapsConnection")[1] == [
            "Start Time: Tue Nov 24 2026 09:05:07",
            "MpEnsureProcessMitigationPolicy: hr = 0x1",
            "ValidateMapsConnection",
            "ValidateMapsConnection failed to establish a connection to MAPS (hr=0x80070006 httpcore=451)",
            "MpCmdRun.exe: hr = 0x80070006",
        ]

    def test_new_platform(self) -> None:
        made = machine(NEW)
        made.network.direct.blocked["*:80"] = Barrier.DROP
        lines = call(made, "-ValidateMapsConnection")[1]
        assert lines[1] == "MpIsConnectedToInternet(): hr = 0, fIsConnectedToInternet: false"
        platform = rf"C:\ProgramData\Microsoft\Windows Defender\Platform\{NEW}"
        assert lines[-6:] == [
            f'MpCmdRun: Command Line: "{platform}\\MpCmdRun.exe" -ValidateMapsConnection',
            "Start Time: Tue Nov 24 2026 09:05:07",
            "MpEnsureProcessMitigationPolicy(0x5): hr = 0x1",
            "ValidateMapsConnection",
            "ValidateMapsConnection failed to establish a connection to MAPS (hr=0x80072F8F httpcore=451)",
            "MpCmdRun.exe: hr = 0x80072F8F",
        ]

    def test_one_code_comes_without_a_closing_bracket(self) -> None:
        made = machine(OLD)
        made.network.direct.blocked["*:443"] = Barrier.DROP
        made.defender.choice = 1
        assert call(made, "-ValidateMapsConnection")[1] == [
            "ValidateMapsConnection failed to establish a connection to MAPS (hr=0x80508015"
        ]

    @pytest.mark.parametrize("code_page", [932, 65001])
    def test_a_japanese_windows_differs_in_its_dates_alone(self, code_page: int) -> None:
        made = machine(MIDDLE, "ja")
        made.network.direct.blocked["*:443"] = Barrier.DROP
        out: list[bytes] = []
        run(
            Process(made, SYSTEM, Console(code_page), Input(b""), out.append, out.append, {}), "-ValidateMapsConnection"
        )
        lines = b"".join(out).decode("cp932" if code_page == 932 else "utf-8").split("\r\n")
        assert lines[0] == "Start Time: 火 11 24 2026 09:05:07"
        assert all(line.isascii() for line in lines[1:])

    def test_not_elevated(self) -> None:
        code, lines, _unused = call(machine(OLD), "-ValidateMapsConnection", USER)
        assert code == signed(0x80070005)
        assert lines == ["ValidateMapsConnection failed to establish a connection to MAPS (hr=80070005 httpcode=450)"]

    @pytest.mark.parametrize(("choice", "code"), [(0, 0x800106BA), (1, 0x80070422)])
    def test_service_stopped(self, choice: int, code: int) -> None:
        made = machine(OLD)
        made.defender.choice = choice
        made.services.running["windefend"].state = State.STOPPED
        assert call(made, "-ValidateMapsConnection") == (
            signed(code),
            [f"ValidateMapsConnection failed ({code:08X})"],
            [],
        )

    def test_an_old_windows_with_a_current_platform_knows_the_switch(self) -> None:
        made = machine(os="windows_server_2016")
        assert call(made, "-ValidateMapsConnection")[0] == 0
        made.clock_offset = dt.timedelta(days=-3000)
        assert "httpcore=451" in "\n".join(call(made, "-ValidateMapsConnection")[1])

    def test_too_old_a_windows_does_not_know_the_switch(self) -> None:
        code, lines, unknown = call(machine(os="windows_10_1607"), "-ValidateMapsConnection")
        assert code == signed(0x80070667)
        assert lines == [
            r"CmdTool: Failed with hr = 0x80070667. Check C:\Windows\Temp\MpCmdRun.log for more information"
        ]
        assert unknown == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_has_a_style(platform: str) -> None:
    made = machine(platform)
    made.clock_offset = dt.timedelta(days=-3000)
    assert "80072F8F" in "\n".join(call(made, "-ValidateMapsConnection")[1])


def test_defender_in_its_program_folder_has_a_style_too() -> None:
    made = machine(os="windows_10_1607")
    made.os = SYSTEMS["windows_10_22h2"]
    assert made.registry.text(WINDEFEND, "ImagePath") == r'"C:\Program Files\Windows Defender\MsMpEng.exe"'
    made.clock_offset = dt.timedelta(days=-3000)
    assert "(hr=80072F8F httpcode=451)" in call(made, "-ValidateMapsConnection")[1][-1]


class TestSignatureUpdate:
    def test_nothing_to_do(self) -> None:
        assert call(machine(MIDDLE), "-SignatureUpdate") == (
            0,
            [
                "Signature update started . . .",
                "Service Version: 4.18.2105.5",
                "Engine Version: 1.1.25110.1",
                "AntiSpyware Signature Version: 1.443.173.0",
                "AntiVirus Signature Version: 1.443.173.0",
                "Signature update finished. No updates needed",
            ],
            [],
        )

    def test_no_way_out(self) -> None:
        made = machine()
        made.network.direct.blocked["*:*"] = Barrier.REFUSE
        code, lines, _unused = call(made, "SignatureUpdate")
        assert code == 2
        assert lines == [
            "Signature update started . . .",
            "ERROR: Signature Update failed with hr=80070006",
            r"CmdTool: Failed with hr = 0x80070006. Check C:\Windows\Temp\MpCmdRun.log for more information",
        ]


@pytest.mark.parametrize("arguments", ["-Scan -ScanType 1", "-ValidateMapsConnection -NoSuchThing", "nonsense"])
def test_what_winsim_does_not_know_is_noted(arguments: str) -> None:
    code, _unused, unknown = call(machine(), arguments)
    assert code != 0
    assert unknown == [f"MpCmdRun {arguments}"]


@pytest.mark.parametrize("arguments", ["-?", "-h", ""])
def test_help(arguments: str) -> None:
    code, lines, unknown = call(machine(), arguments)
    assert (code, unknown) == (0, [])
    assert any("ValidateMapsConnection" in line for line in lines)


def test_terminate_ends_a_long_validation_at_once() -> None:
    made = machine()
    made.defender.validation_seconds = 3600
    console = Console(65001)
    ended: list[BaseException] = []

    def validate() -> None:
        try:
            run(Process(made, SYSTEM, console, Input(b""), print, print, {}), "-ValidateMapsConnection")
        except Terminated as error:
            ended.append(error)

    thread = threading.Thread(target=validate, daemon=True)
    thread.start()
    console.terminated.set()
    thread.join(30)
    assert len(ended) == 1


def test_the_program_runs_this_tool() -> None:
    made = machine()
    node = made.files.find(r"C:\Program Files\Windows Defender\MpCmdRun.exe")
    assert node is not None
    assert programs.tool(node.program) is run
