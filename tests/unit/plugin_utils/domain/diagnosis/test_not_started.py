"""MpCmdRun.exe that does not start: told as that, by exit codes and in any language, and to whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import signatures
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.explain import diagnosis_result
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.from_results import observe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import HostError, RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import ProxySettings
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import Allowed, plan
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import mpcmdrun
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import programs
from ansible_collections.windefend.maps.winsim.tools.cmd import launch
from ansible_collections.windefend.maps.winsim.tools.process import Process

POLICY = b"This program is blocked by group policy. For more information, contact your system administrator.\r\n"
"""System error 1260 (published; msysgit/git#180)."""
SAID = {
    "en": POLICY,
    "ja": "このプログラムはグループ ポリシーによってブロックされています。\r\n".encode("cp932"),
    "de": "Zugriff verweigert\r\n".encode("cp850"),
    "path": rb"'C:\Program Files\Windows Defender\MpCmdRun.exe' was blocked by your organization." + b"\r\n",
    "utf-16": "Zugriff verweigert\r\n".encode("utf-16-le"),
    "nothing": b"",
}
CERTAIN = (1260, 4551, 0x800704EC, 0x800711C7, 0x800704EC - (1 << 32), 9009)
LIKELY = (1, 3, 5, 0xC0000022, 0xC0000142 - (1 << 32))


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("code", [*CERTAIN, *LIKELY])
def test_by_the_code_in_any_language(code: int, said: str) -> None:
    found = mpcmdrun.not_started(SAID[said], code)
    assert found is not None
    assert (found.exit_code, found.certain) == (code, code in CERTAIN)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (b"ValidateMapsConnection failed (800106BA)", 5),
        (b"CmdTool: Failed with hr = 0x80070005. Check C:\\x\\MpCmdRun.log for more information\r\n", 1),
        (b'MpCmdRun: Command Line: "C:\\x\\MpCmdRun.exe" -ValidateMapsConnection\r\n', 3),
        ("MpCmdRun.exe: hr = 0x80070667".encode("utf-16-le"), 1),
        (b"something else", 2),
        (b"something else", 0x80070005),
        (b"", 0),
        (b"", None),
    ],
)
def test_one_that_started_is_not_told_so(output: bytes, code: int | None) -> None:
    assert mpcmdrun.not_started(output, code) is None


def refused(monkeypatch: pytest.MonkeyPatch, on: Machine, said: bytes, code: int, only: str = "") -> None:
    """Every MpCmdRun.exe of a machine, or those in a folder, is refused."""

    def blocked(process: Process, _arguments: str) -> int:
        process.stderr(said)
        return code

    for node in on.files.nodes.values():
        if node.program == "mpcmdrun" and only.lower() in node.path.lower():
            node.program = "refused"
    monkeypatch.setattr(launch, "tool", lambda name: blocked if name == "refused" else programs.tool(name))


def validated(on: Machine, run_as: str = "current") -> dict[str, Any]:
    how = {"run_as": run_as, "timeout": 60.0, "identity": RunIdentity("maps-1", 1.7e9)}
    return run_operation(SimulatedHost(on), validation(**how))


@pytest.mark.parametrize("code", [1, 5, 1260, 4551])
@pytest.mark.parametrize("run_as", ["current", "system"])
def test_application_control(monkeypatch: pytest.MonkeyPatch, code: int, run_as: str) -> None:
    """B32: was `unknown`, 'the output could not be read', ask the network team."""
    on = machine()
    refused(monkeypatch, on, POLICY, code)
    found = validated(on, run_as)
    assert found["connected"] is None
    assert found["hresult"] == ""
    assert found["cause"] == "mpcmdrun_not_started"
    assert found["confidence"] == ("certain" if code > 5 else "likely")
    assert f"MpCmdRun.exe could not be started: exit code {code}" in found["evidence"][0]
    assert "application control" in found["explanation"]
    assert "blocked by group policy" in found["evidence"][0]
    assert found["solutions"][0]["who"] == "whoever runs application control"
    assert "network team" not in found["diagnosis"]
    (unknown,) = found["unknown"]
    assert unknown["fact"] == "connected"
    assert f"MpCmdRun.exe could not be started (exit code {code})" in unknown["reason"]
    assert found["output"].strip() == POLICY.decode().strip()
    japanese = diagnosis_result(observe(found["host"], found), "ja")
    assert japanese["cause"] == "mpcmdrun_not_started", "and the same from the result"
    assert japanese["solutions"][0]["who"] == "アプリケーション制御の担当者"
    made = plan(observe(found["host"], found), ProxySettings("", "", ()), Allowed())
    assert (made.outcome, made.cause, made.steps) == ("not_repairable", "mpcmdrun_not_started", ())


def test_a_folder_that_is_allowed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppLocker's default rules allow Program Files, and not ProgramData."""
    on = machine()
    refused(monkeypatch, on, POLICY, 1260, only=r"\ProgramData")
    found = validated(on)
    assert found["connected"]
    assert found["binary"].lower().startswith(r"c:\program files")


def test_what_refuses_is_told_before_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machine()
    refused(monkeypatch, on, POLICY, 1260)
    for node in [
        one for one in on.files.nodes.values() if one.path.lower().startswith(r"c:\program files\windows def")
    ]:
        if node.path.lower().endswith("mpcmdrun.exe"):
            on.files.remove(node.path)
    found = validated(on)
    assert found["exit_code"] == 1260
    assert "ProgramData" in found["binary"]


def test_without_defender_another_antivirus_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machine("other_antivirus")
    refused(monkeypatch, on, POLICY, 1260)
    assert validated(on)["cause"] == "other_antivirus"


def test_a_signature_update_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was told as missing, with the advice to install Defender."""
    on = machine()
    refused(monkeypatch, on, POLICY, 5)
    update = signatures.update(source="configured", check_mode=False, timeout=60.0, now=1.7e9)
    with pytest.raises(HostError, match=r"MpCmdRun\.exe could not be started.*application control.*group policy"):
        run_operation(SimulatedHost(on), update)
