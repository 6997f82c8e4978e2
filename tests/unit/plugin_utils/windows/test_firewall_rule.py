"""Rule strings: every published oddity read, every character back again."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.firewall_rule import FirewallRule, RuleError
from hypothesis import given, strategies as st

PUBLISHED = [
    "v2.33|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|App=%SystemRoot%\\system32\\svchost.exe|Svc=DiagTrack|"
    "Name=@%windir%\\system32\\diagtrack.dll,-3001|Desc=@%windir%\\system32\\diagtrack.dll,-3003|EmbedCtxt=DiagTrack|",
    # addresses and profiles after EmbedCtxt
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=System|Name=@FirewallAPI.dll,-32762|EmbedCtxt=@FirewallAPI.dll,"
    "-32752|TTK2_27=UPnP|RA4=LocalSubnet|RA6=LocalSubnet|Profile=Private|Profile=Domain|",
    # keywords where ranges stand
    "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=IPTLSIn|LPort2_10=IPHTTPSIn|App=System|Name=x|",
    # empty values
    "v2.33|Action=Allow|Active=TRUE|Dir=In|Protocol=17|App={OUR_EXE}|Name=Roomler UDP-In (roomlerd)|Desc=|EmbedCtxt=|",
    # a token without an equals sign after the last bar
    "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Public|App=L:\\l4d\\left4dead.exe|Name=l4d|Defer=User|0",
    # several ranges, brackets and commas in the description
    "v2.32|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort2_10=1-66|LPort2_10=69-55554|Name=2|Desc=Block, (if so)|",
    # equals signs and semicolons inside a value
    "v2.33|Action=Block|Active=TRUE|Dir=Out|Name=Block all|LUAuth=O:LSD:(D;;CC;;;S-1-5-80-859482183)(D;;CC;;;AC)|",
    "v2.30|Action=Block|Active=TRUE|Dir=Out|RA42=IntErnet|RA62=IntErnet|Name=Block Search Package|"
    "AppPkgId=S-1-15-2-536077884|Platform=2:6:2|Platform2=GTEQ|",
    "v2.24|Action=Block|Active=TRUE|Dir=Out|App=C:\\windows\\system32\\svchost.exe|Svc=DiagTrack|Name=Two  blanks|",
    "v2.10|Action=Block|Active=FALSE|Dir=Out|Name=a=b: c|",
]


@pytest.mark.parametrize("text", PUBLISHED)
def test_published_rules_come_back_character_by_character(text: str) -> None:
    assert str(FirewallRule.parse(text)) == text


TOKENS = st.text(st.characters(exclude_characters="|")).filter(lambda token: not token.startswith("Protocol="))


@given(version=st.integers(0, 999), tokens=st.lists(TOKENS, min_size=1))
def test_any_rule_comes_back(version: int, tokens: list[str]) -> None:
    text = "|".join([f"v2.{version}", *tokens])
    rule = FirewallRule.parse(text)
    assert str(rule) == text
    assert (rule.version, rule.tokens) == (f"2.{version}", tuple(tokens))


def test_what_a_rule_says() -> None:
    rule = FirewallRule.parse(
        "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|Profile=Public|Profile=Domain|RPort=443|RPort2_10=8000-8100|"
        "LPort=1|RA4=10.0.0.0/255.0.0.0|RA4=192.0.2.7|RA6=LocalSubnet|RA4=LocalSubnet|RA42=IntErnet|"
        "App=%SystemRoot%\\x.exe|Svc=WinDefend|Name=n = m|Desc=d|EmbedCtxt=c|Edge=FALSE|"
    )
    assert (rule.action, rule.direction, rule.active, rule.protocol) == ("Block", "Out", True, 6)
    assert (rule.name, rule.description) == ("n = m", "d")
    assert (rule.program, rule.service) == ("%SystemRoot%\\x.exe", "WinDefend")
    assert rule.profiles == ("Public", "Domain")
    assert rule.remote_ports == ("443", "8000-8100")
    assert rule.local_ports == ("1",)
    assert rule.remote_addresses == ("10.0.0.0/8", "192.0.2.7", "LocalSubnet", "IntErnet")
    assert rule.get("EmbedCtxt") == "c"
    assert rule.keys[:3] == ("Action", "Active", "Dir")


def test_what_is_absent_means_any_and_not_active() -> None:
    rule = FirewallRule.parse("v2.10|Name=x|")
    assert (rule.protocol, rule.program, rule.service) == (None, "", "")
    assert (rule.profiles, rule.remote_ports, rule.remote_addresses) == ((), (), ())
    assert rule.active is False


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("192.0.2.7/255.255.255.255", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.7-192.0.2.7", "192.0.2.7"),
        ("192.0.2.7-192.0.2.9", "192.0.2.7-192.0.2.9"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1"),
        ("LocalSubnet", "LocalSubnet"),
        ("192.0.2.0/255.0.255.0", "192.0.2.0/255.0.255.0"),
    ],
)
def test_addresses_are_shown_as_users_write_them(stored: str, shown: str) -> None:
    assert FirewallRule.parse(f"v2.10|RA4={stored}|").remote_addresses == (shown,)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("BlockCortana|Action=Block|Active=TRUE|Dir=Out|", 0),
        ("v1.0|Action=Block|", 0),
        ("v2.|Action=Block|", 0),
        ("v2.10", 0),
        ("v2.10 |Action=Block|", 0),
        ("V2.10|Action=Block|", 0),
        ("", 0),
        ("v2.10|Dir=Out|Protocol=tcp|", 23),
        ("v2.10|Protocol=|", 15),
        ("v2.10|Protocol=1234|", 15),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(text: str, position: int) -> None:
    with pytest.raises(RuleError) as caught:
        FirewallRule.parse(text)
    assert caught.value.position == position
