"""What a set of rules means for MsMpEng.exe, service WinDefend, TCP 443."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.environment import UnknownVariable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_rule import FirewallRule
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_verdict import (
    PROFILES,
    ProfileState,
    StoredRule,
    Verdict,
    ignores_local,
    verdict,
)

PROGRAM = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25050.5-0\\MsMpEng.exe"
States = Mapping[str, Mapping[str, ProfileState]]
NOTHING: States = MappingProxyType({})


def everywhere(state: ProfileState) -> Mapping[str, ProfileState]:
    return dict.fromkeys(PROFILES, state)


BLOCKING: States = {"local": everywhere(ProfileState(1, 1))}


def rule(text: str, store: str = "local", action: str = "Block") -> StoredRule:
    head = f"v2.31|Action={action}|Active=TRUE|Dir=Out|"
    return StoredRule(store, "{GUID}", FirewallRule.parse(f"{head}{text}Name=n|"))


def ask(
    *rules: StoredRule, states: States = NOTHING, service: str = "WinDefend", protocol: int = 6
) -> dict[str, Verdict]:
    return verdict(rules, states, program=PROGRAM, service=service, protocol=protocol, port=443)


def private(*rules: StoredRule, states: States = NOTHING) -> tuple[bool | None, str, str]:
    found = ask(*rules, states=states)["private"]
    return found.allowed, found.decided_by, found.store


def test_without_anything_outbound_is_allowed() -> None:
    assert {profile: found.allowed for profile, found in ask().items()} == dict.fromkeys(PROFILES, True)
    assert private() == (True, "default", "")


def test_a_default_that_blocks() -> None:
    assert private(states=BLOCKING) == (False, "default", "local")
    assert "default outbound is block in the local store" in ask(states=BLOCKING)["public"].reason


def test_profiles_are_judged_one_by_one() -> None:
    states = {"local": {"public": ProfileState(1, 1), "domain": ProfileState(1, 0), "private": ProfileState(0, 1)}}
    found = ask(rule("Profile=Domain|"), states=states)
    assert {profile: one.allowed for profile, one in found.items()} == {
        "domain": False,
        "private": True,
        "public": False,
    }
    assert {profile: one.decided_by for profile, one in found.items()} == {
        "domain": "rule",
        "private": "firewall_off",
        "public": "default",
    }


def test_block_beats_allow_whatever_the_store_and_order() -> None:
    block, allow = rule("RPort=443|Protocol=6|"), rule("", "policy", "Allow")
    assert private(block, allow) == private(allow, block) == (False, "rule", "local")
    found = ask(block)["domain"]
    assert (found.rule_name, "says Block" in found.reason) == ("n", True)


def test_allow_beats_a_default_that_blocks() -> None:
    assert private(rule("Svc=windefend|", action="Allow"), states=BLOCKING) == (True, "rule", "local")


def test_the_first_store_names_the_rule() -> None:
    assert private(rule("", "local"), rule("", "mdm"), rule("", "policy")) == (False, "rule", "policy")


@pytest.mark.parametrize(
    ("states", "answer"),
    [
        (
            {"policy": everywhere(ProfileState(0)), "local": everywhere(ProfileState(1, 1))},
            (True, "firewall_off", "policy"),
        ),
        ({"policy": everywhere(ProfileState(1)), "local": everywhere(ProfileState(0))}, (False, "rule", "local")),
        ({"policy": everywhere(ProfileState(1, 0, 0))}, (True, "default", "policy")),
        ({"mdm": everywhere(ProfileState(1, 1, 0))}, (False, "default", "mdm")),
        ({"local": everywhere(ProfileState(1, 0, 0))}, (False, "rule", "local")),
        ({"policy": everywhere(ProfileState(1, 0, 1))}, (False, "rule", "local")),
    ],
)
def test_settings_of_a_policy_beat_local_ones(states: States, answer: tuple[bool, str, str]) -> None:
    assert private(rule(""), states=states) == answer


def test_merging_switched_off_keeps_the_policys_own_rules() -> None:
    states = {"policy": everywhere(ProfileState(1, 0, 0))}
    assert private(rule("", "policy"), rule(""), states=states) == (False, "rule", "policy")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Svc=WINDEFEND|",
        "Svc=*|",
        "Protocol=6|",
        "Protocol=256|",
        "Protocol=6|RPort=80|RPort=443|",
        "Protocol=6|RPort2_10=400-500|",
        "App=%ProgramData%\\microsoft\\windows defender\\platform\\4.18.25050.5-0\\MSMPENG.EXE|",
        "App=%ALLUSERSPROFILE%\\Microsoft\\Windows Defender\\Platform\\4.18.25050.5-0\\MsMpEng.exe|",
        "App=%SystemDrive%\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25050.5-0\\MsMpEng.exe|",
        "Profile=Private|Profile=Public|",
        "Platform=2:6:2|Platform2=GTEQ|",
        "Platform=2:10:0|Platform2=GTEQ|",
        "Desc=|EmbedCtxt=|Edge=FALSE|",
    ],
)
def test_rules_that_are_for_this_traffic(text: str) -> None:
    assert private(rule(text)) == (False, "rule", "local")


@pytest.mark.parametrize(
    "text",
    [
        "Svc=CryptSvc|",
        "Protocol=17|",
        "Protocol=6|RPort=80|",
        "Protocol=6|RPort2_10=444-500|",
        "App=%ProgramFiles%\\Windows Defender\\MsMpEng.exe|",
        "App=C:\\Windows\\System32\\svchost.exe|",
        "App=System|",
        "Profile=Domain|Profile=Public|",
        "AppPkgId=S-1-15-2-1|",
        "PFN=Microsoft.WindowsCalculator_8wekyb3d8bbwe|LUOwn=S-1-5-21-1|",
        "App=C:\\Users\\Public\\other.exe|LUAuth=O:LSD:(A;;CC;;;S-1-2-1)|",
    ],
)
def test_rules_that_are_not(text: str) -> None:
    assert private(rule(text)) == (True, "default", "")


@pytest.mark.parametrize(
    "text",
    [
        "v2.31|Action=Block|Active=FALSE|Dir=Out|",
        "v2.31|Action=Block|Dir=Out|",
        "v2.31|Action=Block|Active=TRUE|Dir=In|",
    ],
)
def test_rules_that_are_off_or_inbound(text: str) -> None:
    assert private(StoredRule("local", "x", FirewallRule.parse(text))) == (True, "default", "")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("RA4=10.0.0.0/255.0.0.0|", "RA4"),
        ("RA42=IntErnet|", "RA42"),
        ("LA4=192.0.2.1|", "LA4"),
        ("LUAuth=O:LSD:(A;;CC;;;S-1-2-1)|", "LUAuth"),
        ("LUAuth2_24=x|", "LUAuth2_24"),
        ("IFType=Wireless|", "IFType"),
        ("IF={guid}|", "IF"),
        ("Security=Authenticate|", "Security"),
        ("RMAuth=x|", "RMAuth"),
        ("Protocol=6|LPort2_10=49152-65535|", "LPort2_10"),
        ("Protocol=6|RPort2_10=IPHTTPSOut|", "RPort IPHTTPSOut"),
        ("Platform=2:6:1|", "Platform"),
        ("Platform=2:11:0|Platform2=GTEQ|", "Platform"),
        ("TTK2_27=WFDKmDriver|", "TTK2_27"),
        ("NewIn2030=x|", "NewIn2030"),
        ("App=%AppDir%\\MsMpEng.exe|", "unknown variable"),
        (f"App={PROGRAM.replace(chr(92), chr(92) * 2)}|", "path spelled"),
        ("App=\\Device\\HarddiskVolume3\\MsMpEng.exe|", "path spelled"),
        ("0|", "0"),
    ],
)
def test_a_limited_block_rule_leaves_the_answer_open_and_says_why(text: str, condition: str) -> None:
    found = ask(rule(text))["private"]
    assert (found.allowed, found.decided_by, found.rule_name) == (None, "rule", "n")
    assert condition in found.reason


def test_a_limited_allow_rule_matters_only_where_the_default_blocks() -> None:
    limited = rule("RA4=192.0.2.1|", action="Allow")
    assert private(limited) == (True, "default", "")
    assert private(limited, states=BLOCKING) == (None, "rule", "local")
    assert private(limited, rule("", action="Allow"), states=BLOCKING) == (True, "rule", "local")


def test_a_sure_block_is_not_softened_by_a_limited_one() -> None:
    assert private(rule("RA4=192.0.2.1|"), rule("")) == (False, "rule", "local")


def test_a_limited_block_is_not_outdone_by_a_sure_allow() -> None:
    assert private(rule("RA4=192.0.2.1|"), rule("", action="Allow"))[0] is None


def test_a_bypass_rule_asks_for_authentication() -> None:
    bypass = rule("Security=Authenticate|", "policy", "ByPass")
    assert private(bypass) == (True, "default", "")
    assert private(bypass, states=BLOCKING) == (None, "rule", "policy")
    assert private(bypass, rule("")) == (None, "rule", "policy")
    assert private(bypass, rule("", action="Allow"), states=BLOCKING) == (True, "rule", "local")


def test_an_unknown_action_may_allow_or_block() -> None:
    for states in (NOTHING, BLOCKING):
        found = ask(rule("", action="Ponder"), states=states)["private"]
        assert (found.allowed, "action Ponder" in found.reason) == (None, True)


def test_a_program_that_is_no_service_is_not_met_by_service_rules() -> None:
    for text in ("Svc=*|", "Svc=WinDefend|"):
        assert ask(rule(text), service="")["private"].allowed is True


def test_udp_is_another_protocol() -> None:
    assert ask(rule("Protocol=6|"), protocol=17)["private"].allowed is True
    assert ask(rule("Protocol=17|"), protocol=17)["private"].allowed is False


def test_the_program_asked_for_may_hold_variables_that_are_known() -> None:
    found = verdict([rule("App=C:\\Windows\\x.exe|")], {}, program="%windir%\\X.exe", port=443)
    assert found["public"].allowed is False
    with pytest.raises(UnknownVariable):
        verdict([], {}, program="%NoSuch%\\x.exe", port=443)
    other = verdict(
        [rule("App=D:\\Win\\x.exe|")], {}, program="%windir%\\x.exe", port=443, environment={"windir": "D:\\Win"}
    )
    assert other["public"].allowed is False


def test_a_rule_without_a_name_is_called_by_its_value() -> None:
    nameless = StoredRule("policy", "{4E9C}", FirewallRule.parse("v2.10|Action=Block|Active=TRUE|Dir=Out|"))
    assert ask(nameless)["domain"].rule_name == "{4E9C}"


MERGING, IGNORING = ProfileState(1, 1, 1), ProfileState(1, 1, 0)


@pytest.mark.parametrize(
    ("states", "ignored"),
    [
        ({}, False),
        ({"policy": everywhere(ProfileState(local_merge=0))}, True),
        ({"mdm": everywhere(ProfileState(local_merge=0))}, True),
        ({"policy": everywhere(MERGING), "mdm": everywhere(IGNORING)}, False),
        # A machine cannot drop its own rules.
        ({"local": everywhere(IGNORING)}, False),
        ({"policy": {"domain": IGNORING, "private": MERGING, "public": IGNORING}}, None),
        # Where the default allows, or the firewall is off, nothing needs a rule.
        ({"policy": {"domain": IGNORING, "private": ProfileState(1, 0, 1), "public": ProfileState(0, 1, 1)}}, True),
        ({"policy": {"domain": MERGING, "private": ProfileState(1, 0, 0), "public": ProfileState(0, 1, 0)}}, False),
        ({"policy": {"domain": ProfileState(local_merge=0)}}, None),
    ],
)
def test_whether_local_rules_are_ignored_where_they_would_matter(states: States, ignored: bool | None) -> None:
    assert ignores_local(states) is ignored


def test_an_ignored_rule_changes_no_verdict() -> None:
    allow = rule("", action="Allow")
    assert private(allow, states={"policy": everywhere(MERGING)})[0] is True
    assert private(allow, states={"policy": everywhere(IGNORING)}) == (False, "default", "policy")
