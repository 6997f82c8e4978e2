"""winsim's net share, cacls and fc."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, build
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.tools import cacls, fc, icacls, net, programs
from ansible_collections.windefend.maps.winsim.tools.process import Tool

FOLDER = r"C:\ctl dir"


@pytest.fixture
def prompt() -> Prompt:
    prompt = Prompt(net.run, build("SRV", seed=1))
    prompt.machine.files.make_directory(FOLDER)
    return prompt


@pytest.mark.parametrize(("name", "tool"), [("net", net.run), ("cacls", cacls.run), ("fc", fc.run)])
def test_they_are_programs_of_system32(prompt: Prompt, name: str, tool: Tool) -> None:
    node = prompt.machine.files.find(rf"C:\Windows\System32\{name}.exe")
    assert node is not None
    assert programs.tool(node.program) is tool


def test_a_share_stands_in_the_registry(prompt: Prompt) -> None:
    assert prompt.run(f'share "ctl={FOLDER}" /remark:"a b"') == (0, "ctl was shared successfully.\r\n\r\n")
    assert prompt.machine.registry.data(neighbours.SHARES_KEY, "CTL") == (
        "CATimeout=0", "CSCFlags=0", "MaxUses=4294967295", f"Path={FOLDER}", "Permissions=0", "Remark=a b",
        "ShareName=ctl", "Type=0",
    )  # fmt: skip
    security = prompt.machine.registry.data(neighbours.SHARES_KEY + r"\Security", "ctl")
    assert isinstance(security, bytes)
    assert security.hex() == (
        "010004800000000000000000000000001400000002001c000100000000001400a9001200010100000000000100000000"
    )
    assert neighbours.share(prompt.machine, "ctl") == neighbours.Share("ctl", FOLDER, (("S-1-1-0", "R"),))
    assert prompt.run("share CTL /delete /y")[0] == 0
    assert neighbours.share(prompt.machine, "ctl") is None
    assert prompt.unknown == []


def test_rights_of_a_share(prompt: Prompt) -> None:
    line = f'share "ctl={FOLDER}" "/grant:BUILTIN\\Administrators,FULL" /grant:Everyone,change /grant:Users,READ'
    assert prompt.run(line)[0] == 0
    found = neighbours.share(prompt.machine, "ctl")
    assert found is not None
    assert dict(found.rights) == {"S-1-5-32-544": "F", "S-1-1-0": "M", "S-1-5-32-545": "R"}


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (r"share x=C:\none", "does not exist"),
        (f'share "ctl={FOLDER}"', "already been shared"),
        ("share none /delete", "does not exist"),
    ],
)
def test_failures_end_with_2(prompt: Prompt, line: str, text: str) -> None:
    neighbours.add_share(prompt.machine, neighbours.Share("ctl", "C:\\", (("S-1-1-0", "R"),)))
    assert prompt.run(line)[0] == 2
    assert text in prompt.error
    assert prompt.unknown == []


def test_who_may_share(prompt: Prompt) -> None:
    prompt.token = USER
    assert prompt.run(f'share "ctl={FOLDER}"')[0] == 2
    assert "System error 5" in prompt.error


def test_without_the_server_service(prompt: Prompt) -> None:
    service = prompt.machine.services.find("LanmanServer")
    assert service is not None
    service.state = State.STOPPED
    assert prompt.run(f'share "ctl={FOLDER}"')[0] == 2
    assert "not started" in prompt.error


@pytest.mark.parametrize("line", ["", "view", "share", "share x=C:\\ /unlimited", "share x", "share x /delete /z"])
def test_everything_else_is_unknown(prompt: Prompt, line: str) -> None:
    assert prompt.run(line)[0] == 2
    assert len(prompt.unknown) == 1


def test_japanese() -> None:
    prompt = Prompt(net.run, build("SRV", locale=LOCALES["ja"]))
    prompt.machine.files.make_directory(FOLDER)
    assert prompt.run(f'share "ctl={FOLDER}"')[1] == "ctl は共有されました。\r\n\r\n"


def test_cacls_shows_sddl() -> None:
    prompt = Prompt(cacls.run, build("SRV"))
    files = prompt.machine.files
    files.make_directory(FOLDER)
    files.write(rf"{FOLDER}\a", b"x")
    inherited = "(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)"
    assert prompt.run(f'"{FOLDER}" /s') == (0, f'{FOLDER} "D:AI{inherited}"\r\n\r\n')
    icacls_prompt = Prompt(icacls.run, prompt.machine)
    icacls_prompt.run(f'"{FOLDER}" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-11:(OI)(CI)RX')
    assert prompt.run(f'"{FOLDER}" /S')[1].startswith(f'{FOLDER} "D:PAI(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AU)"')
    assert prompt.run(f'"{FOLDER}\\a" /s')[1].startswith(f'{FOLDER}\\a "D:AI(A;ID;FA;;;BA)(A;ID;0x1200a9;;;AU)"')
    assert prompt.run(r"C:\none /s")[0] == 2
    assert prompt.unknown == []
    for line in ("", FOLDER, r"C:\x /e /g a:f", r"C:\x /s:D:"):
        assert prompt.run(line)[0] != 0
        assert len(prompt.unknown) == 1


def test_inheritance_taken_away_leaves_what_was_set_here() -> None:
    prompt = Prompt(icacls.run, build("SRV"))
    prompt.machine.files.make_directory(FOLDER)
    prompt.run(f'"{FOLDER}" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)M')
    prompt.run(f'"{FOLDER}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F')
    node = prompt.machine.files.find(FOLDER)
    assert node is not None
    assert node.access == {"S-1-5-32-544": "F", "S-1-5-32-545": "M", "S-1-5-18": "F"}


def test_fc() -> None:
    prompt = Prompt(fc.run, build("SRV"))
    files = prompt.machine.files
    files.make_directory(FOLDER)
    for name, content in (("a", b"same"), ("b", b"same"), ("c", b"sAme"), ("d", b"same+")):
        files.write(rf"{FOLDER}\{name}", content)

    def compare(first: str, second: str) -> tuple[int, str]:
        return prompt.run(rf'/b "{FOLDER}\{first}" "{FOLDER}\{second}"')

    assert compare("a", "b")[0] == 0
    code, text = compare("a", "c")
    assert code == 1
    assert "00000001: 61 41\r\n" in text
    code, text = compare("a", "d")
    assert code == 1
    assert "longer than" in text
    assert compare("a", "none")[0] == 2
    files.find(rf"{FOLDER}\b").access = {"S-1-5-18": "F"}  # type: ignore[union-attr]
    prompt.token = USER
    assert compare("a", "b")[0] == 2
    assert prompt.unknown == []
    assert prompt.run("a b")[0] == -1
    assert len(prompt.unknown) == 1
