"""winsim's curl as a probe: what it meets, in which version's words."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import Prompt
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy
from ansible_collections.windefend.maps.winsim.tools import curl, programs

URL = "https://wdcp.microsoft.com/"
LIST = "http://crl.microsoft.com/a.crl"
PROXY = "p.example:3128"
FORMAT = r'-w "%{http_code} %{http_connect} %{time_connect} %{time_appconnect} %{content_type}\n"'
OLD, MIDDLE, NEW, NEWEST = "windows_server_2019", "windows_10_22h2", "windows_server_2022", "windows_server_2025"


def machine(os: str = NEW, locale: str = "en") -> Machine:
    return build("PC", os=SYSTEMS[os], locale=LOCALES[locale], seed=3)


def ask(on: Machine, url: str = URL, options: str = "", prompt: Prompt | None = None) -> tuple[int, str, str]:
    prompt = prompt or Prompt(curl.run, on)
    code, out = prompt.run(f"-q -sSI -o nul {FORMAT} --connect-timeout 5 -m 15 {options} {url}")
    assert prompt.unknown == []
    return code, out.strip(), prompt.error.strip()


def test_it_is_the_program_of_system32() -> None:
    node = machine().files.find(r"C:\Windows\System32\curl.exe")
    assert node is not None
    assert programs.tool(node.program) is curl.run


@pytest.mark.parametrize(
    ("os", "first"),
    [
        (OLD, "curl 7.55.1 (Windows) libcurl/7.55.1 WinSSL"),
        (MIDDLE, "curl 7.83.1 (Windows) libcurl/7.83.1 Schannel"),
        (NEW, "curl 8.7.1 (Windows) libcurl/8.7.1 Schannel zlib/1.3 WinIDN"),
        (NEWEST, "curl 8.21.0 (Windows) libcurl/8.21.0 Schannel zlib/1.3.2 WinIDN WinLDAP"),
    ],
)
def test_versions(os: str, first: str) -> None:
    assert Prompt(curl.run, machine(os)).run("-V")[1].splitlines()[0] == first


def test_an_open_network() -> None:
    assert ask(machine()) == (0, "200 000 0.021000 0.073000 text/html", "")
    assert ask(machine(), LIST) == (0, "200 000 0.021000 0.000000 application/pkix-crl", "")


@pytest.mark.parametrize(
    ("barrier", "url", "proxied", "code", "out", "said"),
    [
        (Barrier.DROP, URL, False, 28, "000 000 0.000000", "Connection timed out after 5000 milliseconds"),
        (Barrier.REFUSE, URL, False, 7, "000 000 0.000000", "Failed to connect to wdcp.microsoft.com port 443 after"),
        (Barrier.CUT, URL, False, 35, "000 000 0.021000", "Recv failure: Connection was reset"),
        (Barrier.CUT, LIST, False, 56, "000 000 0.021000", "Recv failure: Connection was reset"),
        (Barrier.DROP, URL, True, 56, "000 504 0.021000", "CONNECT tunnel failed, response 504"),
        (Barrier.REFUSE, URL, True, 56, "000 403 0.021000", "CONNECT tunnel failed, response 403"),
        (Barrier.REFUSE, LIST, True, 0, "403 000 0.021000", ""),
        (Barrier.CUT, URL, True, 35, "000 200 0.021000", "Recv failure: Connection was reset"),
    ],
)
def test_barriers(barrier: Barrier, url: str, proxied: bool, code: int, out: str, said: str) -> None:
    on = machine()
    path = on.network.proxies.setdefault(PROXY, Proxy()) if proxied else on.network.direct
    path.blocked["*:*"] = barrier
    ended, shown, error = ask(on, url, f"-x http://{PROXY}" if proxied else "--noproxy *")
    assert ended == code
    assert shown.startswith(out)
    assert error.startswith(f"curl: ({code}) {said}" if said else "")


def test_a_proxy_that_wants_a_password() -> None:
    on = machine()
    on.network.proxies[PROXY] = Proxy(requires_password=True)
    assert ask(on, URL, f"-x {PROXY}")[1].startswith("000 407")
    assert ask(on, LIST, f"-x {PROXY}")[:2] == (0, "407 000 0.021000 0.000000 text/html")
    assert ask(on, URL, f"-x {PROXY} --noproxy *")[0] == 0
    assert "Received HTTP code 407 from proxy after CONNECT" in ask(_with(on, MIDDLE), URL, f"-x {PROXY}")[2]


def _with(on: Machine, os: str) -> Machine:
    other = machine(os)
    other.network = on.network
    return other


def test_names_that_only_a_proxy_resolves() -> None:
    on = machine()
    on.network.resolves_external_names = False
    on.network.proxies[PROXY] = Proxy()
    assert ask(on) == (6, "000 000 0.000000 0.000000", "curl: (6) Could not resolve host: wdcp.microsoft.com")
    assert ask(on, URL, f"-x {PROXY} --ssl-no-revoke")[0] == 0


def test_it_knows_none_of_windows_proxies() -> None:
    on = machine()
    on.network.direct.blocked["*:*"] = Barrier.DROP
    on.network.proxies[PROXY] = Proxy()
    proxy_stores.write_winhttp(on, PROXY)
    assert ask(on)[0] == 28
    assert ask(on, URL, f"-x {PROXY}")[0] == 0


@pytest.mark.parametrize(
    ("os", "name"), [(MIDDLE, "Unknown error"), (OLD, "Unknown error"), (NEW, "CRYPT_E_REVOCATION_OFFLINE")]
)
def test_revocation_offline(os: str, name: str) -> None:
    on = machine(os)
    on.network.direct.blocked["*:80"] = Barrier.DROP
    code, out, error = ask(on)
    assert (code, out.split()[3]) == (35, "0.000000")
    assert error == (
        f"curl: (35) schannel: next InitializeSecurityContext failed: {name} (0x80092013) - The revocation function "
        "was unable to check revocation because the revocation server was offline."
    )
    assert ask(on, URL, "--ssl-no-revoke")[0] == 0


def test_the_revocation_list_goes_its_own_way() -> None:
    """curl/curl#4078: the proxy that curl was given is not the CryptoAPI's."""
    on = machine()
    on.network.direct.blocked["*:*"] = Barrier.DROP
    on.network.proxies[PROXY] = Proxy()
    assert "0x80092013" in ask(on, URL, f"-x {PROXY}")[2]
    proxy_stores.write_account(on, on.accounts[0].sid, InternetSettings(PROXY, "", proxy_enabled=True))
    own = Prompt(curl.run, on, on.accounts[0].token(on.name))
    assert ask(on, URL, f"-x {PROXY}", own)[0] == 0
    assert "0x80092013" in ask(on, URL, f"-x {PROXY}", Prompt(curl.run, on, SYSTEM))[2]


def test_trap_12_an_inspecting_proxy_names_no_list() -> None:
    on = machine()
    on.network.direct.inspects_tls = True
    assert "CRYPT_E_NO_REVOCATION_CHECK (0x80092012)" in ask(on)[2]
    assert ask(on, URL, "--ssl-no-revoke")[0] == 0


@pytest.mark.parametrize(
    ("os", "code", "text"),
    [
        (OLD, 77, "schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT (0x80090325) - The"),
        (NEWEST, 60, "schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - The certificate chain was issued by an authority"),
    ],
)
def test_trap_23_the_exit_code_of_an_untrusted_root_changes(os: str, code: int, text: str) -> None:
    on = machine(os)
    on.network.direct.inspects_tls = True
    on.network.direct.inspection_root_trusted = False
    ended, _unused, error = ask(on, URL, "--ssl-no-revoke")
    assert (ended, error.startswith(f"curl: ({code}) {text}")) == (code, True)
    assert ("More details here" in error) is (code == 60)


def test_a_clock_that_is_far_off() -> None:
    on = machine()
    on.clock_offset = dt.timedelta(days=-3000)
    assert "SEC_E_CERT_EXPIRED (0x80090328)" in ask(on)[2]


def test_schannels_sentence_is_the_languages_and_curls_is_not() -> None:
    on = machine(MIDDLE, "ja")
    on.network.direct.blocked["*:80"] = Barrier.DROP
    assert ask(on)[2].endswith(
        "(0x80092013) - 失効サーバーがオフラインのため、失効の関数は失効を確認できませんでした。"
    )
    on.network.direct.blocked["*:*"] = Barrier.DROP
    assert ask(on)[2].startswith("curl: (28) Connection timed out")


@pytest.mark.parametrize(
    ("os", "subjects"),
    [
        (NEW, ["CN=wdcp.microsoft.com", "CN=Microsoft Secure Server CA 2011"]),
        (NEWEST, ["CN=Microsoft Secure Server CA 2011", "CN=wdcp.microsoft.com"]),
    ],
)
def test_the_chain_comes_in_either_order(os: str, subjects: list[str]) -> None:
    """curl/curl#9706."""
    prompt = Prompt(curl.run, machine(os))
    _unused, out = prompt.run(f'-sSI -o nul -w "%{{certs}}" {URL}')
    shown = [line.rpartition(", ")[2] for line in out.splitlines() if line.startswith("Subject:")]
    assert shown == subjects
    assert out.count("-----BEGIN CERTIFICATE-----") == 2


def test_an_older_curl_knows_no_certs() -> None:
    prompt = Prompt(curl.run, machine(MIDDLE))
    assert prompt.run(f'-sSI -o nul -w "x%{{certs}}" {URL}')[1] == "x"
    assert "unknown --write-out variable: 'certs'" in prompt.error
    assert prompt.unknown == []


@pytest.mark.parametrize(
    "arguments",
    ["", "--version x", f"-I {URL}", f"-o nul {URL}", f"-I -o C:\\x {URL}", f"-I -o nul --http2 {URL}",
     f"-I -o nul -v {URL}", "-I -o nul ftp://x/", f"-I -o nul {URL} {URL}", f"-I -o nul -q {URL}"],
)  # fmt: skip
def test_everything_else_is_unknown(arguments: str) -> None:
    prompt = Prompt(curl.run, machine())
    assert prompt.run(arguments)[0] == 2
    assert prompt.unknown


def test_a_server_of_the_company_answers_directly_and_not_through_the_proxy() -> None:
    on = machine()
    on.network.internal_servers = {"wsus.corp.example:8530": 403, "wsus.corp.example:8531": 200}
    on.network.direct.blocked["*:*"] = Barrier.DROP
    proxy = on.network.proxies.setdefault(PROXY, Proxy())
    through = f"-x http://{PROXY}"
    url, secure = "http://wsus.corp.example:8530/", "https://wsus.corp.example:8531/ --ssl-no-revoke"
    assert ask(on, url, "--noproxy *") == (0, "403 000 0.021000 0.000000 text/html", "")
    assert ask(on, url, through) == (0, "503 000 0.021000 0.000000 text/html", "")
    assert ask(on, secure, "--noproxy *")[:2] == (0, "200 000 0.021000 0.073000 text/html")
    code, out, said = ask(on, secure, through)
    assert (code, out.startswith("000 503"), said) == (56, True, "curl: (56) CONNECT tunnel failed, response 503")
    proxy.reaches_internal_servers = True
    assert ask(on, url, through)[1].startswith("403")
    assert ask(on, "http://wsus.corp.example:81/", "--noproxy *")[0] == 7
