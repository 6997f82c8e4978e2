"""curl as a probe: the command line, and what is read from outputs of several versions and languages."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import curl_probe
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry, Format, Literal
from ansible_collections.windefend.maps.tests.unit.plugin_utils.windows.cmd_model import arguments, runs

URL = "https://wdcp.microsoft.com/"
PEM = "-----BEGIN CERTIFICATE-----\r\nQUJD\r\nREVG\r\n-----END CERTIFICATE-----\r\n"
LEAF = f"Subject:CN=wdcp.microsoft.com\r\nIssuer:C=US, O=Contoso, CN=Inner\r\nVersion:2\r\n{PEM}"
INNER = f"Subject:C=US, O=Contoso, CN=Inner\r\nIssuer:CN=Root\r\nVersion:2\r\n{PEM}"
ROOT = f"Subject:CN=Root\r\nIssuer:CN=Root\r\n{PEM}"


def answer(*fields: str, certs: str = "") -> str:
    return f"\r\n#probe {' '.join(fields)}\r\n{certs}"


OK = answer("200", "200", "0.004000", "0.021000", "0.073000", "0.112000", "192.0.2.1", "text/html; charset=utf-8")


def test_the_command_is_one_program_and_carries_its_format() -> None:
    command = curl_probe.probe(URL, proxy="p.example:3128", connect_timeout=5, timeout=15, certs=True, revocation=False)
    words = arguments(runs(command.text)[0].text)
    assert words[:7] == ["curl.exe", "-q", "-sSI", "-o", "nul", "-w", str(curl_probe.FORMAT_WITH_CERTS).strip('"')]
    assert words[7:] == [
        *("--connect-timeout", "5", "-m", "15", "--ssl-no-revoke", "-x", "http://p.example:3128", URL),
    ]


def test_without_a_proxy_it_is_told_to_take_none() -> None:
    text = curl_probe.probe(URL, proxy="", connect_timeout=5, timeout=15).text
    assert "--noproxy * " in text
    assert "certs" not in text
    assert "revoke" not in text


@pytest.mark.parametrize("url", ["https://a.example/%PATH%", 'https://a.example/"', "https://a.example/\n"])
def test_what_cannot_be_carried_is_refused(url: str) -> None:
    with pytest.raises(CannotCarry):
        curl_probe.probe(url, proxy="", connect_timeout=5, timeout=15)


@pytest.mark.parametrize("text", ["%PATH%", "%{a}%", "% {a}", "%{A}", '%{a}"', "%{a}&", "", "%{a}\n", "%{a:~1}"])
def test_a_format_takes_variables_in_braces_only(text: str) -> None:
    with pytest.raises(ValueError, match="not a format"):
        Format(text)


def test_a_literal_still_takes_no_percent_sign() -> None:
    with pytest.raises(ValueError, match="not fit"):
        Literal("%{a}")


@pytest.mark.parametrize(
    ("banner", "number", "schannel", "certs"),
    [
        ("curl 7.55.1 (Windows) libcurl/7.55.1 WinSSL\r\nRelease-Date: [unreleased]\r\n", (7, 55, 1), True, False),
        ("curl 7.83.1 (Windows) libcurl/7.83.1 Schannel\r\n", (7, 83, 1), True, False),
        ("curl 8.7.1 (Windows) libcurl/8.7.1 Schannel zlib/1.3 WinIDN\r\n", (8, 7, 1), True, True),
        ("curl 8.11.0-DEV (Windows) libcurl/8.11.0-DEV Schannel\r\n", (8, 11, 0), True, True),
        ("curl 7.70.0 (x86_64-pc-win32) libcurl/7.70.0 OpenSSL/1.1.1g (Schannel) zlib\r\n", (7, 70, 0), False, False),
    ],
)
def test_versions(banner: str, number: tuple[int, int, int], schannel: bool, certs: bool) -> None:
    version = curl_probe.parse_version(banner.encode())
    assert version is not None
    assert (version.number, version.schannel, version.knows_certs) == (number, schannel, certs)


@pytest.mark.parametrize("said", [b"", b"'curl.exe' is not recognized as an internal or external command,\r\n"])
def test_no_version(said: bytes) -> None:
    assert curl_probe.parse_version(said) is None


def test_a_good_answer() -> None:
    seen = curl_probe.parse(OK.encode(), 0)
    assert (seen.exit_code, seen.error, seen.schannel, seen.status, seen.connect_status) == (0, "", None, 200, 200)
    assert (seen.content_type, seen.address) == ("text/html; charset=utf-8", "192.0.2.1")
    assert (seen.lookup, seen.connect, seen.handshake, seen.total) == (0.004, 0.021, 0.073, 0.112)
    assert seen.chain == ()
    assert seen.leaf is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("schannel: next InitializeSecurityContext failed: Unknown error (0x80092013) - 失効サーバーが", 0x80092013),
        (
            "schannel: next InitializeSecurityContext failed: CRYPT_E_REVOCATION_OFFLINE (0x80092013) \r\n- x",
            0x80092013,
        ),
        ("schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - Цепочка", 0x80090325),
        ("Recv failure: Connection was reset", None),
    ],
)
@pytest.mark.parametrize("exit_code", [35, 60, 77])
def test_trap_23_the_code_in_the_text_counts_and_not_the_exit_code(said: str, code: int | None, exit_code: int) -> None:
    output = f"curl: ({exit_code}) {said}\r\n" + answer(
        "000", "000", "0.004000", "0.021000", "0.000000", "0.073000", "192.0.2.1", ""
    )
    seen = curl_probe.parse(output.encode(), exit_code)
    assert seen.schannel == code
    assert (seen.status, seen.handshake, seen.connect) == (None, None, 0.021)
    assert seen.error.startswith(said[:20])


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_the_encoding_does_not_matter(encoding: str) -> None:
    text = "curl: (35) schannel: x: Unknown error (0x80092013) - 失効サーバーがオフライン\r\n" + OK.replace(
        " 200 200", " 000 000"
    )
    assert curl_probe.parse(text.encode(encoding), 35).schannel == 0x80092013


@pytest.mark.parametrize("certs", [LEAF + INNER + ROOT, ROOT + INNER + LEAF, INNER + LEAF, LEAF])
def test_the_servers_certificate_is_found_in_any_order(certs: str) -> None:
    leaf = curl_probe.parse((OK + certs).encode(), 0).leaf
    assert leaf is not None
    assert (leaf.subject, leaf.issuer) == ("CN=wdcp.microsoft.com", "C=US, O=Contoso, CN=Inner")
    assert leaf.pem == PEM.replace("\r\n", "\n")


def test_two_that_could_be_the_servers_are_none() -> None:
    assert curl_probe.parse((OK + LEAF + LEAF.replace("wdcp", "other")).encode(), 0).leaf is None


@pytest.mark.parametrize("output", [b"", b"\xff\xfe", b"#probe 200", b"x #probe 200 000 a b c d e f"])
def test_nothing_is_made_up(output: bytes) -> None:
    seen = curl_probe.parse(output, None)
    assert (seen.exit_code, seen.status, seen.connect, seen.schannel, seen.chain) == (None, None, None, None, ())
