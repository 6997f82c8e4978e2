"""The recordings of the repository: each is described, replays, and raises a fact of the ledger only if it is real."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.windefend.maps.docs.site import unconfirmed
from ansible_collections.windefend.maps.tests.recordings import from_pypsrp, from_winrm4j
from ansible_collections.windefend.maps.tests.support.checkout import ROOT
from ansible_collections.windefend.maps.winsim.machine import builder
from ansible_collections.windefend.maps.winsim.machine.accounts import Account, Role
from ansible_collections.windefend.maps.winsim.recording import Recording, ReplayedHost, ReplayedShell
from ansible_collections.windefend.maps.winsim.wire.backend import ShellOptions

FOLDER = ROOT / "tests" / "recordings"
FILES = sorted(FOLDER.glob("*.jsonl"))
REAL = "real: "


def head(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8").splitlines()[0]))


def wrong_sources(page: str, folder: Path) -> list[str]:
    """The rows of the ledger that name a recording that is not there, or one that is of no real host for `sure`."""
    found = []
    for line in page.splitlines():
        for name in re.findall(r"tests/recordings/([\w.-]+\.jsonl)", line):
            path = folder / name
            cells = [one.strip() for one in line.split("|")]
            if not path.is_file() or ("sure" in cells[3] and not head(path)["source"].startswith(REAL)):
                found.append(line)
    return found


def played(shell: ReplayedShell, command: str) -> tuple[bytes, list[int]]:
    """What a replayed host prints on standard output for a command, and its exit codes."""
    output: list[bytes] = []
    codes: list[int] = []

    def on_output(stream: str, data: bytes) -> None:
        if stream == "stdout":
            output.append(data)

    shell.start(command, False, on_output, codes.append)
    return b"".join(output), codes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_says_what_it_is_of_and_replays(path: Path) -> None:
    assert head(path)["source"] != "not stated"
    assert f"| `{path.name}` |" in (FOLDER / "README.md").read_text(encoding="utf-8")
    machine = builder.build("PC", accounts=[Account("user", "word", Role.ADMINISTRATOR, "S-1-5-21-1-2-3-1001")])
    recording = Recording.load(path)
    shell = ReplayedHost(machine, recording).open_shell(
        "user", ShellOptions(65001, no_profile=False, working_directory=None)
    )
    for command, answers in recording.answers.items():
        for answer in answers:
            output, codes = played(shell, command)
            assert output == answer.output
            assert codes == [1 if answer.code is None else answer.code]
    assert [one.unknown for one in machine.log if one.unknown] == []


def test_there_are_recordings() -> None:
    assert {path.name for path in FILES} >= {"pypsrp.jsonl", "winrm4j.jsonl", "wine.jsonl"}


def test_only_real_hosts_make_a_fact_sure() -> None:
    assert wrong_sources(unconfirmed.PAGE.read_text(encoding="utf-8"), FOLDER) == []
    row = "| a fact | tests/recordings/{} | {} | |"
    assert wrong_sources(row.format("pypsrp.jsonl", "sure"), FOLDER) == []
    assert wrong_sources(row.format("wine.jsonl", "likely"), FOLDER) == []
    for name, confidence in (("wine.jsonl", "sure"), ("nowhere.jsonl", "likely")):
        assert wrong_sources(row.format(name, confidence), FOLDER) != []


def test_what_to_confirm_begins_with_what_decides_a_verdict() -> None:
    page = """
## AWX

| fact | source | confidence | test |
|---|---|---|---|
| elsewhere | x | guess | |

## Windows Firewall

| fact | source | confidence | test |
|---|---|---|---|
| certain | x | sure | |
| in part | x | sure; the rest likely | |
| guessed | x | guess | |
| decides | x | likely | `test_it` |
"""
    facts = [row.fact for row in unconfirmed.unconfirmed(page, {"test_it"})]
    assert facts == ["decides", "guessed", "in part", "elsewhere"]
    real = unconfirmed.unconfirmed(unconfirmed.PAGE.read_text(encoding="utf-8"), unconfirmed.deciding_tests())
    assert len(real) > 100
    shown_command = "python -m ansible_collections.windefend.maps.docs.site.unconfirmed"
    command = [sys.executable, *shown_command.split()[1:]]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert len(shown) == len(real)
    assert real[0].fact in shown[0]
    tested = [line for line in shown if "[selfcheck: " in line]
    assert len(tested) > 20
    assert any("`DisableWpad`" in line and line.endswith("[selfcheck: discovery]") for line in tested)
    assert {*unconfirmed.READ_BY_DIAGNOSIS} <= {row.section for row in unconfirmed.rows(unconfirmed.PAGE.read_text())}


def test_a_conversation_of_winrm4j_becomes_a_line(tmp_path: Path) -> None:
    """In the form of its files: requests with their responses, of one shell."""
    shell = 'xmlns="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"'
    asked = f"<request><CommandLine {shell}><Command>echo a</Command></CommandLine></request>"
    streams = '<Stream Name="stdout">YQ0K</Stream><Stream Name="stderr" End="true"/>'
    answer = f"<response><R {shell}>{streams}<CommandState><ExitCode>3</ExitCode></CommandState></R></response>"
    item = f"<item>{asked}<response/></item><item><request/>{answer}</item>"
    path = tmp_path / "win7.xml"
    path.write_text(f"<recording>{item}</recording>", encoding="utf-8")
    assert list(from_pypsrp.lines(from_winrm4j.messages(path))) == [("echo a", b"a\r\n", b"", 3)]
