"""winsim's netsh advfirewall: rules as Windows writes them, what it refuses, and its texts."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine import firewall
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import netsh

LOCAL = firewall.LOCAL_KEY + r"\FirewallRules"
POLICY = firewall.POLICY_KEY + r"\FirewallRules"
OK = (0, "Ok.\r\n\r\n")
NO_MATCH = (1, "\r\nNo rules match the specified criteria.\r\n\r\n")
ELEVATION = (1, "The requested operation requires elevation (Run as administrator).\r\n\r\n")


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(netsh.run, Machine("PC1"))


def rule(prompt: Prompt, line: str) -> tuple[int, str]:
    return prompt.run(f"advfirewall firewall {line}")


def stored(prompt: Prompt) -> list[str]:
    return [str(value.data) for value in prompt.machine.registry.create(LOCAL).values.values()]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("dir=out action=allow", "Action=Allow|Active=TRUE|Dir=Out|Name=T|"),
        ("DIR=Out Action=BLOCK enable=no profile=any", "Action=Block|Active=FALSE|Dir=Out|Name=T|"),
        (
            "dir=out action=allow service=WinDefend protocol=tcp remoteport=443 description=\"a b\" profile=domain",
            "Action=Allow|Active=TRUE|Dir=Out|Protocol=6|Profile=Domain|RPort=443|Svc=WinDefend|Name=T|Desc=a b|",
        ),
        (
            "remoteport=80,443,8000-8100 protocol=UDP dir=out action=allow profile=public,private",
            "Action=Allow|Active=TRUE|Dir=Out|Protocol=17|Profile=Private|Profile=Public|RPort=80|RPort=443|"
            "RPort2_10=8000-8100|Name=T|",
        ),
        (
            r'dir=in action=allow program="%ProgramFiles%\A B\c.exe" edge=deferuser protocol=tcp localport=rpc',
            r"Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|App=%ProgramFiles%\A B\c.exe|Name=T|Edge=TRUE|"
            "Defer=User|",
        ),
        (
            "dir=out action=block remoteip=192.0.2.1,10.0.0.0/8,10.0.0.1-10.0.0.9,localsubnet,fe80::/64",
            "Action=Block|Active=TRUE|Dir=Out|RA4=192.0.2.1|RA4=10.0.0.0/255.0.0.0|RA4=10.0.0.1-10.0.0.9|"
            "RA4=LocalSubnet|RA6=LocalSubnet|RA6=fe80::/64|Name=T|",
        ),
        (
            "dir=in action=allow protocol=icmpv4:8,any interfacetype=lan",
            "Action=Allow|Active=TRUE|Dir=In|Protocol=1|ICMP4=8:*|IFType=Lan|Name=T|",
        ),
    ],
)  # fmt: skip
def test_rules_are_written_as_windows_writes_them(prompt: Prompt, options: str, text: str) -> None:
    assert rule(prompt, f"add rule name=T {options}") == OK
    assert stored(prompt) == [f"v2.31|{text}"]
    assert not prompt.unknown


def test_a_newer_build_writes_empty_description_and_group() -> None:
    prompt = Prompt(netsh.run, Machine("PC1", SYSTEMS["windows_server_2025"]))
    assert rule(prompt, "add rule name=T dir=out action=allow protocol=17") == OK
    assert stored(prompt) == ["v2.33|Action=Allow|Active=TRUE|Dir=Out|Protocol=17|Name=T|Desc=|EmbedCtxt=|"]


@pytest.mark.parametrize(
    ("options", "first_line"),
    [
        ("name=T dir=out action=allow remoteport=443", "A port can be specified only if the protocol is TCP or UDP."),
        ("name=T dir=out action=allow remoteport=any protocol=any",
         "A port can be specified only if the protocol is TCP or UDP."),
        ("name=T dir=in protocol=TCP localport=333221 action=block", "A specified port value is not valid."),
        ("name=T dir=in protocol=TCP localport=9-3 action=block", "A specified port value is not valid."),
        ("name=T dir=in protocol=TCP localport=33322 action=block1", "A specified value is not valid."),
        ("name=ALL dir=out action=allow", "A specified value is not valid."),
        ("name=T dir=out action=allow edge=yes", "A specified value is not valid."),
        ("name=T dir=out action=allow remoteip=1.2.3.4/40", "A specified value is not valid."),
        ("name=T dir=out action=allow protocol=300", "A specified protocol value is not valid."),
        ("name=a|Action=Allow dir=out action=allow", "A specified value is not valid."),
        ("dir=out action=allow", "One or more essential parameters were not entered."),
        ("name=T action=allow", "One or more essential parameters were not entered."),
        ("name=T dir=out action=allow colour=red", "colour=red is not a valid argument for this command."),
        ("name=T dir=out action=allow dir=in", "dir=in is not a valid argument for this command."),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(prompt: Prompt, options: str, first_line: str) -> None:
    code, text = rule(prompt, f"add rule {options}")
    assert code == 1
    assert text.strip().splitlines()[0] == first_line
    assert "Usage: add rule name=<string>" in text
    assert stored(prompt) == []


def test_delete_ignores_case_and_takes_every_rule_of_the_name(prompt: Prompt) -> None:
    for name in ("Test", "TEST", "other"):
        rule(prompt, f"add rule name={name} dir=out action=allow")
    assert rule(prompt, "delete rule name=test") == (0, "\r\nDeleted 2 rule(s).\r\nOk.\r\n\r\n")
    assert rule(prompt, "delete rule name=test") == NO_MATCH
    assert len(stored(prompt)) == 1


def test_the_name_all_deletes_every_local_rule_and_no_policy_rule() -> None:
    prompt = Prompt(netsh.run, build("PC1"))
    before = len(stored(prompt))
    assert before > 10
    for key in (POLICY, firewall.MDM_KEY + r"\FirewallRules"):
        prompt.machine.registry.set_text(key, "{1}", "v2.31|Action=Block|Active=TRUE|Dir=Out|Name=Theirs|")
    assert rule(prompt, "delete rule name=Theirs") == NO_MATCH
    assert rule(prompt, "delete rule name=ALL")[1].startswith(f"\r\nDeleted {before} rule(s).")
    assert stored(prompt) == []
    assert len(prompt.machine.registry.key(POLICY).values) == 1


@pytest.mark.parametrize(
    ("selector", "deleted"),
    [
        ("dir=out", 2), ("dir=in", 1), ("profile=private,domain", 1), ("profile=any", 2), ("protocol=TCP", 1),
        ("remoteport=443 protocol=tcp", 1), ("service=windefend", 1), ("remoteip=10.0.0.0/8", 1), ("program=any", 3),
        ("remoteport=80", 0),
    ],
)  # fmt: skip
def test_delete_narrowed_down(prompt: Prompt, selector: str, deleted: int) -> None:
    rule(prompt, "add rule name=T dir=out action=allow protocol=tcp remoteport=443")
    rule(prompt, "add rule name=T dir=out action=allow service=WinDefend remoteip=10.0.0.0/255.0.0.0")
    rule(prompt, "add rule name=T dir=in action=allow profile=domain,private")
    answer = rule(prompt, f"delete rule name=T {selector}")
    assert answer[1].startswith(f"\r\nDeleted {deleted} rule(s).") if deleted else answer == NO_MATCH
    assert len(stored(prompt)) == 3 - deleted


def test_a_rule_made_again_gets_a_new_guid(prompt: Prompt) -> None:
    names = set()
    for _unused in range(3):
        rule(prompt, "add rule name=T dir=out action=allow")
        names |= set(prompt.machine.registry.key(LOCAL).values)
        rule(prompt, "delete rule name=T")
    assert len(names) == 3


def test_set_changes_the_rule_in_place(prompt: Prompt) -> None:
    key = prompt.machine.registry.create(LOCAL)
    text = "v2.10|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=80|Name=WeChat|EmbedCtxt=G|Platform=2:6:2|0"
    prompt.machine.registry.set_text(LOCAL, "{1}", text)
    answer = (0, "\r\nUpdated 1 rule(s).\r\nOk.\r\n\r\n")
    assert rule(prompt, "set rule name=wechat new enable=no remoteport=443,8080") == answer
    assert str(key.values["{1}"].data) == (
        "v2.10|Action=Allow|Active=FALSE|Dir=Out|Protocol=6|RPort=443|RPort=8080|Name=WeChat|EmbedCtxt=G|"
        "Platform=2:6:2|0|"
    )
    assert rule(prompt, "set rule group=g dir=out new protocol=any")[0] == 0
    assert rule(prompt, "set rule name=nobody new enable=no") == NO_MATCH
    assert rule(prompt, "set rule name=wechat enable=no")[0] == 1
    assert rule(prompt, "set rule new enable=no")[0] == 1


@pytest.mark.parametrize(
    "line",
    [
        "firewall add rule name=T dir=out action=allow",
        "firewall delete rule name=T",
        "firewall set rule name=T new enable=no",
        "set allprofiles state off",
    ],
)
def test_elevation_is_asked_for_on_standard_output(prompt: Prompt, line: str) -> None:
    prompt.token = USER
    assert prompt.run(f"advfirewall {line}") == ELEVATION
    assert prompt.error == ""


def test_the_elevation_text_comes_in_the_oem_code_page() -> None:
    machine = Machine("PC1", locale=LOCALES["ja"])
    prompt = Prompt(netsh.run, machine, USER, code_page=932)
    expected = rule(prompt, "delete rule name=T")
    prompt.code_page = 65001
    with pytest.raises(UnicodeDecodeError):
        rule(prompt, "delete rule name=T")
    assert expected[0] == 1
    assert "管理者として実行" in expected[1]


def test_show_rule(prompt: Prompt) -> None:
    rule(prompt, 'add rule name="Test" profile=domain,private protocol=any enable=yes DIR=In program="C:\\x.exe" '
         "Action=Allow")  # fmt: skip
    prompt.token = USER
    code, text = rule(prompt, "show rule name=test")
    assert code == 0
    assert text.replace("\r\n", "\n") == (
        "\nRule Name:                            Test\n"
        "----------------------------------------------------------------------\n"
        "Enabled:                              Yes\n"
        "Direction:                            In\n"
        "Profiles:                             Domain,Private\n"
        "Grouping:                             \n"
        "LocalIP:                              Any\n"
        "RemoteIP:                             Any\n"
        "Protocol:                             Any\n"
        "Edge traversal:                       No\n"
        "Action:                               Allow\n"
        "Ok.\n\n"
    )
    rows = rule(prompt, "show rule name=test verbose")[1].splitlines()
    assert rows[11:15] == [
        "Program:                              C:\\x.exe",
        "InterfaceTypes:                       Any",
        "Security:                             NotRequired",
        "Rule source:                          Local Setting",
    ]
    assert rule(prompt, "show rule name=wwwww") == NO_MATCH


def test_show_rule_in_japanese() -> None:
    prompt = Prompt(netsh.run, Machine("PC1", locale=LOCALES["ja"]), code_page=932)
    rule(prompt, 'add rule name="WSL SSH 2222" dir=in action=allow protocol=TCP localport=2222')
    assert rule(prompt, 'show rule name="WSL SSH 2222"')[1].replace("\r\n", "\n") == (
        "\n規則名:                               WSL SSH 2222\n"
        "----------------------------------------------------------------------\n"
        "有効:                                 はい\n"
        "方向:                                 入力\n"
        "プロファイル:                         ドメイン,プライベート,パブリック\n"
        "グループ:                             \n"
        "ローカル IP:                          任意\n"
        "リモート IP:                          任意\n"
        "プロトコル:                           TCP\n"
        "ローカル ポート:                      2222\n"
        "リモート ポート:                      任意\n"
        "エッジ トラバーサル:                  いいえ\n"
        "操作:                                 許可\n"
        "OK\n\n"
    )
    assert rule(prompt, "show rule name=x")[1] == "\r\n指定された条件に一致する規則はありません。\r\n\r\n"


def test_profiles_are_switched_and_shown(prompt: Prompt) -> None:
    assert prompt.run("advfirewall set allprofiles state off") == OK
    code, text = prompt.run("advfirewall show currentprofile")
    assert code == 0
    assert text.replace("\r\n", "\n") == (
        "\nDomain Profile Settings: \n"
        "----------------------------------------------------------------------\n"
        "State                                 OFF\n"
        "Firewall Policy                       BlockInbound,AllowOutbound\n"
        "LocalFirewallRules                    N/A (GPO-store only)\n"
        "LocalConSecRules                      N/A (GPO-store only)\n"
        "InboundUserNotification               Enable\n"
        "RemoteManagement                      Disable\n"
        "UnicastResponseToMulticast            Enable\n\n"
        "Logging:\n"
        "LogAllowedConnections                 Disable\n"
        "LogDroppedConnections                 Disable\n"
        "FileName                              %systemroot%\\system32\\LogFiles\\Firewall\\pfirewall.log\n"
        "MaxFileSize                           4096\n\n"
        "Ok.\n\n"
    )
    assert prompt.run("advfirewall show allprofiles state")[1].count("OFF") == 3
    assert prompt.run("advfirewall set privateprofile state on") == OK
    assert prompt.machine.registry.number(firewall.LOCAL_KEY + r"\StandardProfile", "EnableFirewall") == 1


def test_the_default_of_a_profile_decides_until_our_rule_allows(prompt: Prompt) -> None:
    machine = prompt.machine

    def allowed() -> bool:
        return firewall.verdict(machine, "C:\\x.exe", "WinDefend", 6, 443).allowed

    assert prompt.run("advfirewall set allprofiles firewallpolicy blockinbound,blockoutbound") == OK
    assert "BlockInbound,BlockOutbound" in prompt.run("advfirewall show domainprofile firewallpolicy")[1]
    assert not allowed()
    rule(prompt, "add rule name=T dir=out action=allow service=WinDefend protocol=tcp remoteport=443")
    assert allowed()
    rule(prompt, "set rule name=T new enable=no")
    assert not allowed()
    assert prompt.run("advfirewall set domainprofile firewallpolicy notconfigured,notconfigured") == OK
    assert allowed()
    for line in ("set allprofiles firewallpolicy blockinbound", "set allprofiles state maybe", "show fourthprofile"):
        assert prompt.run(f"advfirewall {line}")[0] == 1


def test_what_is_not_simulated_is_noted(prompt: Prompt) -> None:
    for line in ("reset", "firewall dump", "firewall show rule name=all type=dynamic", "consec show rule name=all",
                 "firewall add rule name=T dir=in action=allow security=authenticate"):  # fmt: skip
        prompt.run(f"advfirewall {line}")
        assert prompt.unknown, line


def test_a_store_of_twenty_thousand_rules_stays_whole(prompt: Prompt) -> None:
    registry = prompt.machine.registry
    for number in range(20_000):
        registry.set_text(LOCAL, f"r{number}", f"v2.31|Action=Allow|Active=TRUE|Dir=In|Name=n{number}|")
    rule(prompt, "add rule name=T dir=out action=block")
    assert firewall.verdict(prompt.machine, "C:\\x.exe", "", 6, 443).value.startswith("{")
    assert rule(prompt, "delete rule name=t")[1].startswith("\r\nDeleted 1 rule(s).")
    assert len(stored(prompt)) == 20_000
    assert prompt.token is ADMIN
