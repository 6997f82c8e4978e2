"""winsim's whoami."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM, Account, Role
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import whoami


def test_the_bare_name_is_in_small_letters() -> None:
    assert Prompt(whoami.run).run("") == (0, "host\\admin\r\n")
    assert Prompt(whoami.run, token=SYSTEM).run("") == (0, "nt authority\\system\r\n")


def test_user_table() -> None:
    assert Prompt(whoami.run).run("/user") == (
        0,
        "\r\nUSER INFORMATION\r\n----------------\r\n\r\n"
        "User Name  SID               \r\n"
        "========== ==================\r\n"
        "host\\admin S-1-5-21-1-2-3-500\r\n",
    )


def rows(text: str) -> dict[str, str]:
    """SID -> attributes, by the columns of the ruler."""
    lines = text.split("\r\n")
    ruler = next(line for line in lines if line.startswith("==="))
    sizes = [len(part) for part in ruler.split(" ")]
    starts = [sum(sizes[:place]) + place for place in range(4)]
    result = {}
    for line in lines[lines.index(ruler) + 1 :]:
        if line:
            result[line[starts[2] : starts[2] + sizes[2]].strip()] = line[starts[3] :].strip()
    return result


def test_groups_of_an_elevated_administrator() -> None:
    found = rows(Prompt(whoami.run).run("/groups")[1])
    assert list(found)[-1] == "S-1-16-12288"
    assert found["S-1-5-32-544"] == "Mandatory group, Enabled by default, Enabled group, Group owner"
    assert found["S-1-16-12288"] == ""


def test_groups_of_a_filtered_administrator_trap_20() -> None:
    account = Account("lisa", "x", Role.FILTERED_ADMINISTRATOR, "S-1-5-21-1-2-3-1002")
    machine = Machine("HOST", accounts=[account])
    found = rows(Prompt(whoami.run, machine, account.token("HOST")).run("/groups")[1])
    assert found["S-1-5-32-544"] == "Group used for deny only"
    assert found["S-1-5-114"] == "Group used for deny only"
    assert "S-1-16-8192" in found
    assert "S-1-16-12288" not in found


def test_groups_of_a_remote_management_user() -> None:
    found = rows(Prompt(whoami.run, token=USER).run("/groups")[1])
    assert "S-1-5-32-580" in found
    assert "S-1-5-32-544" not in found
    assert list(found)[-1] == "S-1-16-8192"


def test_csv_with_and_without_header() -> None:
    prompt = Prompt(whoami.run)
    text = prompt.run("/groups /fo csv")[1]
    assert text.startswith('"Group Name","Type","SID","Attributes"\r\n"Everyone","Well-known group","S-1-1-0","')
    assert prompt.run("/GROUPS /FO CSV /NH")[1] == text.partition("\r\n")[2]
    assert prompt.run("/user /fo csv /nh")[1] == f'"host\\admin","{ADMIN.sid}"\r\n'


def test_list() -> None:
    assert Prompt(whoami.run).run("/user /fo list")[1] == (
        "\r\nUSER INFORMATION\r\n----------------\r\n\r\nUser Name: host\\admin\r\nSID:       S-1-5-21-1-2-3-500\r\n"
    )


def test_all_has_three_sections_with_two_blank_lines_between() -> None:
    text = Prompt(whoami.run).run("/all")[1]
    assert "\r\n\r\n\r\nGROUP INFORMATION\r\n-----------------\r\n" in text
    assert "\r\n\r\n\r\nPRIVILEGES INFORMATION\r\n----------------------\r\n" in text


def test_privileges_tell_the_elevated_from_the_rest() -> None:
    assert "\r\nSeDebugPrivilege " in Prompt(whoami.run).run("/priv")[1]
    text = Prompt(whoami.run, token=USER).run("/priv")[1]
    assert "SeDebugPrivilege" not in text
    assert "\r\nSeChangeNotifyPrivilege       Bypass traverse checking       Enabled\r\n" in text


def test_japanese_columns_are_aligned_by_display_width() -> None:
    machine = Machine("HOST", locale=Locale("ja", 932, 932))
    text = Prompt(whoami.run, machine, code_page=932).run("/user")[1]
    assert "\r\nユーザー名 SID               \r\n========== ==================\r\n" in text


@pytest.mark.parametrize("arguments", ["/x", "/fo csv", "/user /user", "/user /fo xml", "/user /fo list /nh", "user"])
def test_wrong_command_lines(arguments: str) -> None:
    prompt = Prompt(whoami.run)
    assert prompt.run(arguments) == (1, "")
    assert prompt.error.startswith("ERROR: ")
    assert prompt.unknown == []


def test_what_is_not_simulated_is_noted() -> None:
    prompt = Prompt(whoami.run)
    assert prompt.run("/upn")[0] == 1
    assert prompt.unknown == ["whoami /upn"]
