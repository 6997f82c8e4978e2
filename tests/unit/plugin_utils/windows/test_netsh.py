"""netsh's command lines, and the JSON of `show advproxy`."""

from __future__ import annotations

import json

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import netsh
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Command
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.netsh import AdvancedProxy, AdvproxyError
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs


def split(command: Command) -> list[str]:
    (run,) = runs(command.text, {"local": "hit"})
    return arguments(run.text)


def test_the_proxy_of_winhttp() -> None:
    command = netsh.set_proxy("http=a:80;https=b:443", ["*.corp.example", "<local>"])
    assert command.text == (
        'netsh winhttp set proxy proxy-server="http=a:80;https=b:443" bypass-list="*.corp.example;<local>"'
    )
    assert netsh.set_proxy("a:80").text == 'netsh winhttp set proxy proxy-server="a:80"'
    assert netsh.reset_proxy().text == "netsh winhttp reset proxy"
    assert netsh.import_proxy_ie().text == "netsh winhttp import proxy source=ie"


@pytest.mark.parametrize("entry", ["", "a;b", 'a"', "%x%"])
def test_a_bypass_entry_is_one_entry(entry: str) -> None:
    with pytest.raises(CannotCarry):
        netsh.set_proxy("a:80", ["ok", entry])


def test_the_advanced_proxy_has_all_four_keys_and_survives_cmd() -> None:
    settings = AdvancedProxy("http=a:80;https=b:443", "<local>;*.x&y|z", "http://wpad/p.dat?a=1&b=(2)^", True)
    words = split(netsh.set_advproxy(settings))
    assert words[:-1] == ["netsh", "winhttp", "set", "advproxy", "setting-scope=machine"]
    assert json.loads(words[-1].removeprefix("settings=")) == {
        "Proxy": "http=a:80;https=b:443",
        "ProxyBypass": "<local>;*.x&y|z",
        "AutoconfigUrl": "http://wpad/p.dat?a=1&b=(2)^",
        "AutoDetect": True,
    }


SHOWN = """
{
  "ProxyIsEnabled": true,
  "Proxy": "http=a:8080;https=b:8081",
  "AutoConfigIsEnabled": false,
  "AutoDetect": true,
  "PerUserProxySettings": true
}

"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHOWN, AdvancedProxy("http=a:8080;https=b:8081", "", "", True, True, True, False)),
        ("現在の WinHTTP 設定:\r\n\r\n{}\r\n", AdvancedProxy()),
        (
            'x {"proxy":" ","ProxyBypass":"<local>","AutoConfigUrl":"http://p"} y',
            AdvancedProxy("", "<local>", "http://p"),
        ),
        ('{"AUTOCONFIGURL": "http://q", "AutoDetect": null}', AdvancedProxy(autoconfig_url="http://q")),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "cp932"])
def test_json_is_read_in_any_language_and_encoding(text: str, expected: AdvancedProxy, codec: str) -> None:
    assert netsh.parse_advproxy(text.encode(codec)) == expected


@pytest.mark.parametrize("text", ["", "The following command was not found: winhttp show advproxy."])
def test_a_build_without_the_command_prints_no_json(text: str) -> None:
    assert netsh.parse_advproxy(text.encode()) is None


@pytest.mark.parametrize(
    ("text", "position"), [("ab {", 3), ("} {", 2), ("ab {]}", 4), ('{"Proxy": 1}', 0), ('{"AutoDetect": "yes"}', 0)]
)
def test_json_that_is_not_understood_is_refused(text: str, position: int) -> None:
    with pytest.raises(AdvproxyError) as caught:
        netsh.parse_advproxy(text.encode())
    assert caught.value.position == position


def test_a_rule_is_added_with_what_is_given() -> None:
    assert split(netsh.add_rule(name="MAPS (ours) & more", direction="out", action="allow")) == [
        *("netsh", "advfirewall", "firewall", "add", "rule", "name=MAPS (ours) & more", "dir=out", "action=allow"),
        *("enable=yes", "profile=any", "protocol=any"),
    ]
    whole = netsh.add_rule(
        name="MAPS",
        direction="out",
        action="block",
        program="C:\\Program Files\\x.exe",
        service="WinDefend",
        description="a, b",
        enabled=False,
        profiles=["Domain", "private"],
        protocol="tcp",
        remote_ports=["443", "8000-8100"],
        remote_addresses=["10.0.0.0/8", "LocalSubnet"],
    )
    assert split(whole)[5:] == [
        *("name=MAPS", "dir=out", "action=block", "program=C:\\Program Files\\x.exe", "service=WinDefend"),
        *("description=a, b", "enable=no", "profile=domain,private", "protocol=tcp"),
        *("remoteport=443,8000-8100", "remoteip=10.0.0.0/8,LocalSubnet"),
    ]


@pytest.mark.parametrize("name", ["all", "ALL", "All", " all ", "", "  ", " x", 'a"b', "a%b"])
def test_a_name_that_hits_other_rules_is_refused(name: str) -> None:
    with pytest.raises(CannotCarry):
        netsh.delete_rule(name, "out")
    with pytest.raises(CannotCarry):
        netsh.add_rule(name=name, direction="out", action="allow")


def test_rules_are_deleted_by_name_and_direction() -> None:
    assert split(netsh.delete_rule("all of ours", "out"))[3:] == ["delete", "rule", "name=all of ours", "dir=out"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "both"},
        {"action": "bypass"},
        {"profiles": ["standard"]},
        {"remote_ports": ["443"]},
        {"remote_ports": ["443"], "protocol": "any"},
        {"remote_ports": ["1,2"], "protocol": "tcp"},
        {"remote_addresses": [""]},
    ],
)
def test_what_netsh_would_refuse_is_not_sent(wrong: dict[str, object]) -> None:
    options: dict[str, object] = {"name": "x", "direction": "out", "action": "allow", **wrong}
    with pytest.raises(ValueError, match=r"."):
        netsh.add_rule(**options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="direction"):
        netsh.delete_rule("x", "any")
