"""winsim's netsh winhttp: texts, what it stores, who may, and the advanced settings."""

from __future__ import annotations

import json

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, USER, Prompt
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.winhttp_settings import parse
from ansible_collections.windefend.maps.winsim.tools import netsh

DIRECT = "\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Direct access (no proxy server).\r\n\r\n"
JSON = r"{\"Proxy\":\"h:3128\",\"ProxyBypass\":\"*.corp\",\"AutoconfigUrl\":\"\",\"AutoDetect\":false}"


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(netsh.run, build("PC1", os=SYSTEMS["windows_11_23h2"]))


def blob(prompt: Prompt) -> bytes:
    data = prompt.machine.registry.data(proxy_stores.CONNECTIONS_KEY, "WinHttpSettings")
    assert isinstance(data, bytes)
    return data


def shown(text: str) -> dict[str, object]:
    return dict(json.loads(text[text.index("{") : text.rindex("}") + 1]))


def test_show_says_direct_where_nothing_was_set(prompt: Prompt) -> None:
    assert prompt.run("winhttp show proxy") == (0, DIRECT)
    assert not prompt.unknown


def test_set_prints_what_it_stored_and_reset_goes_back(prompt: Prompt) -> None:
    code, text = prompt.run("winhttp set proxy testProxy:8999")
    assert code == 0
    assert text == (
        "\r\nCurrent WinHTTP proxy settings:\r\n\r\n"
        "    Proxy Server(s) :  testProxy:8999\r\n    Bypass List     :  (none)\r\n\r\n"
    )
    assert parse(blob(prompt)).flags == 3
    assert prompt.run("winhttp reset proxy") == (0, DIRECT)
    assert blob(prompt) == bytes.fromhex("2800000000000000010000000000000000000000")


@pytest.mark.parametrize(
    "line",
    [
        'set proxy proxy-server="http=a:80;https=b:443" bypass-list="<local>;*.corp"',
        'set proxy bypass-list="<local>;*.corp" proxy-server="http=a:80;https=b:443"',
        'SET PROXY "http=a:80;https=b:443" "<local>;*.corp"',
        'set pr proxy="http=a:80;https=b:443" by="<local>;*.corp"',
    ],
)
def test_options_by_name_by_place_and_shortened(prompt: Prompt, line: str) -> None:
    assert prompt.run(f"winhttp {line}")[0] == 0
    settings = parse(blob(prompt))
    assert (settings.proxy, settings.bypass) == ("http=a:80;https=b:443", "<local>;*.corp")


@pytest.mark.parametrize("proxy", ["http://192.168.0.117:8080", "user:secret@h:1", "h:99999", "a b"])
def test_nothing_is_checked(prompt: Prompt, proxy: str) -> None:
    assert prompt.run(f'winhttp set proxy proxy-server="{proxy}"')[0] == 0
    assert parse(blob(prompt)).proxy == proxy


@pytest.mark.parametrize(
    "line", ["set proxy", "set proxy bypass-list=x", "set proxy prox=a b=c d=e", "set proxy a b c", "import proxy"]
)
def test_wrong_options_change_nothing(prompt: Prompt, line: str) -> None:
    code, text = prompt.run(f"winhttp {line}")
    assert code == 1
    assert text.strip()
    assert proxy_stores.winhttp_proxy(prompt.machine, "x.y") is None


@pytest.mark.parametrize("line", ["set proxy a:1", "reset proxy", "import proxy source=ie"])
def test_only_elevated_callers_write(prompt: Prompt, line: str) -> None:
    proxy_stores.write_winhttp(prompt.machine, "old:1")
    prompt.token = USER
    assert prompt.run(f"winhttp {line}") == (1, "\r\nError writing proxy settings. (5) Access is denied.\r\n\r\n")
    assert parse(blob(prompt)).proxy == "old:1"
    assert prompt.run("winhttp show proxy")[0] == 0


def test_import_takes_the_callers_proxy_by_name_and_never_a_script(prompt: Prompt) -> None:
    proxy_stores.write_account(prompt.machine, ADMIN.sid, InternetSettings("p:8080", "<local>", True, "http://pac"))
    assert prompt.run("winhttp import proxy source=ie")[0] == 0
    assert (parse(blob(prompt)).proxy, parse(blob(prompt)).bypass) == ("p:8080", "<local>")
    prompt.token = SYSTEM
    assert prompt.run("winhttp import proxy ie") == (0, DIRECT)
    proxy_stores.write_account(prompt.machine, SYSTEM.sid, InternetSettings(autoconfig_url="http://pac"))
    assert prompt.run("winhttp import proxy source=ie") == (0, DIRECT)


def test_japanese_texts() -> None:
    prompt = Prompt(netsh.run, build("PC1", locale=LOCALES["ja"]), code_page=932)
    assert prompt.run("winhttp show proxy")[1] == (
        "\r\n現在の WinHTTP プロキシ設定:\r\n\r\n    直接アクセス (プロキシ サーバーなし)。\r\n\r\n"
    )
    assert prompt.run("winhttp set proxy 192.0.2.1:5678")[1] == (
        "\r\n現在の WinHTTP プロキシ設定:\r\n\r\n"
        "    プロキシ サーバー:  192.0.2.1:5678\r\n    バイパス一覧     : (なし)\r\n\r\n"
    )


def test_dump_makes_the_same_settings_anew(prompt: Prompt) -> None:
    prompt.run('winhttp set proxy a:1 "<local>;b"')
    lines = prompt.run("winhttp dump")[1].splitlines()
    line = next(line for line in lines if line.startswith("set"))
    before = blob(prompt)
    prompt.run("winhttp reset proxy")
    prompt.run(f"winhttp {line}")
    assert blob(prompt) == before


def test_what_is_not_simulated_is_noted(prompt: Prompt) -> None:
    for line in ("interface show interface", "winhttp set tracing x", "winhttp", "", "winhttp frob"):
        assert prompt.run(line)[0] == 1
        assert prompt.unknown


def test_the_advanced_settings_are_a_store_of_their_own(prompt: Prompt) -> None:
    code, text = prompt.run(f"winhttp set advproxy setting-scope=machine settings={JSON}")
    assert code == 0
    assert text.startswith("\r\nCurrent WinHTTP advanced proxy settings:\r\n\r\n{\r\n")
    assert shown(text) == {
        "ProxyIsEnabled": True, "Proxy": "h:3128", "ProxyBypass": "*.corp", "AutoConfigIsEnabled": False,
        "AutoDetect": False, "PerUserProxySettings": True,
    }  # fmt: skip
    assert prompt.run("winhttp show advproxy") == (0, text)
    assert prompt.run("winhttp show proxy") == (0, DIRECT)
    assert prompt.run("winhttp reset proxy") == (0, DIRECT)
    assert proxy_stores.read_advanced(prompt.machine).proxy == "h:3128"
    assert proxy_stores.read_account(prompt.machine, ADMIN.sid).is_empty


def test_the_user_scope_needs_no_elevation_and_blanks_in_a_proxy_go(prompt: Prompt) -> None:
    prompt.token = USER
    text = r"{\"Proxy\":\"http=a:80;socks=b: 8083\",\"AutoDetect\":true}"
    code, answer = prompt.run(f'winhttp set advproxy setting-scope=user "settings={text}"')
    assert code == 0
    assert answer.splitlines()[3:] == [
        "{",
        '  "ProxyIsEnabled": true,',
        '  "Proxy": "http=a:80;socks=b:8083",',
        '  "AutoConfigIsEnabled": false,',
        '  "AutoDetect": true,',
        '  "PerUserProxySettings": true',
        "}",
        "",
    ]
    assert prompt.run("winhttp show advproxy")[1] == answer
    assert prompt.run(f"winhttp set advproxy machine {JSON}")[0] == 1
    assert proxy_stores.read_advanced(prompt.machine).is_empty


def test_server_2022_says_only_what_is_set() -> None:
    prompt = Prompt(netsh.run, build("PC1"))
    _unused, text = prompt.run(f"winhttp set advproxy setting-scope=machine settings={JSON}")
    assert text.splitlines()[3:] == ["{", '\t"Proxy":\t"h:3128",', '\t"ProxyBypass":\t"*.corp"', "}", ""]
    empty = r"{\"Proxy\":\"\",\"ProxyBypass\":\"\",\"AutoconfigUrl\":\"\",\"AutoDetect\":false}"
    _unused, text = prompt.run(f"winhttp set advproxy setting-scope=machine settings={empty}")
    assert text == "\r\nCurrent WinHTTP advanced proxy settings:\r\n\r\n{\r\n}\r\n\r\n"


def test_settings_from_a_file_and_a_script_that_was_taken_away(prompt: Prompt) -> None:
    files = prompt.machine.files
    files.make_directory("C:\\")
    files.write("C:\\on.json", '{"AutoconfigUrl": "http://pac/x"}'.encode("utf-16"))
    files.write("C:\\off.json", b'\xef\xbb\xbf{"AutoconfigUrl": ""}')
    code, text = prompt.run(r"winhttp set advproxy setting-scope=machine settings-file=C:\on.json")
    assert code == 0
    assert shown(text)["AutoconfigUrl"] == "http://pac/x"
    assert shown(text)["AutoConfigIsEnabled"] is True
    text = prompt.run("winhttp set advproxy setting-scope=machine settings-file=off.json")[1]
    assert shown(text)["AutoconfigUrl"] == " "
    assert shown(text)["AutoConfigIsEnabled"] is False
    assert "(2)" in prompt.run("winhttp set advproxy machine settings-file=no.json")[1]


@pytest.mark.parametrize(
    "line",
    [
        "setting-scope=machine settings={}x",
        "setting-scope=machine settings=[]",
        r"setting-scope=machine settings={\"AutoDetect\":\"no\"}",
        r"setting-scope=machine settings={\"Proxy\":1}",
        "setting-scope=world settings={}",
        "setting-scope=machine",
        "setting-scope=machine settings={} settings-file=x",
        "settings={}",
    ],
)
def test_wrong_advanced_settings_change_nothing(prompt: Prompt, line: str) -> None:
    proxy_stores.write_advanced(prompt.machine, InternetSettings("old:1", "", True))
    assert prompt.run(f"winhttp set advproxy {line}")[0] == 1
    assert proxy_stores.read_advanced(prompt.machine).proxy == "old:1"


def test_an_older_build_has_no_advanced_settings() -> None:
    prompt = Prompt(netsh.run, build("PC1", os=SYSTEMS["windows_server_2019"]))
    code, text = prompt.run("winhttp show advproxy")
    assert (code, text) == (1, "The following command was not found: winhttp show advproxy.\r\n")
    assert not prompt.unknown


def test_policy_makes_the_machines_settings_everyones(prompt: Prompt) -> None:
    prompt.machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_account(prompt.machine, ADMIN.sid, InternetSettings("own:1", "", True))
    assert shown(prompt.run("winhttp show advproxy")[1])["PerUserProxySettings"] is False
    assert "Proxy" not in shown(prompt.run("winhttp show advproxy")[1])
