"""Credentials in texts: none is left, whatever the password is made of, and what is no credential stays."""

from __future__ import annotations

import base64
import random

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.credentials import (
    last_words,
    masked,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.winhttp_settings import WinHttpSettings
from hypothesis import example, given, strategies as st

HOST = "proxy.old:8080"
FORMS = (
    "http://{user}:{word}@proxy.old:8080",
    "{user}:{word}@proxy.old:8080",
    "//{user}:{word}@proxy.old:8080",
    "HTTP={user}:{word}@proxy.old:8080",
    "http=http://{user}:{word}@proxy.old:8080;https=http://{user}:{word}@proxy.old:8080",
    "http=proxy.old:8080;https=http://{user}:{word}@proxy.new:8081",
    "http={user}:{word}@proxy.old:8080;https=proxy.new:8081",
    "socks5://{user}:{word}@[fd00::1]:1080/",
    "the machine has the proxy http://{user}:{word}@proxy.old:8080, which does not answer",
    'netsh said: {{"Proxy":"http://{user}:{word}@proxy.old:8080","ProxyBypass":""}}',
    "(http://{user}:{word}@proxy.old/proxy.pac)",
    "<ProxyServer>{user}:{word}@proxy.old:8080</ProxyServer>",
)
WORDS = st.text(st.sampled_from("abcXYZ019!#$%&'()*+,-./:;<=>?@[]^_`{|}~\\éß語\u200b\x07"), min_size=1, max_size=12)


@given(st.sampled_from(FORMS), WORDS)
@example(FORMS[0], "p@ss:w/o;rd")
@example(FORMS[4], ";https=x")
@example(FORMS[1], "12345")
@example(FORMS[0], "8080/x")
def test_no_password_is_left(form: str, word: str) -> None:
    secret = f"Qz{word}Zq"
    text = form.format(user="svc", word=secret)
    clean = masked(text)
    assert secret not in clean
    assert "Qz" not in clean
    assert "Zq" not in clean
    assert "***@" in clean
    assert masked(clean) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"http://svc:S3cretPw@{HOST}", f"http://***@{HOST}"),
        (f"svc@{HOST}", f"***@{HOST}"),
        (f"http://svc@{HOST}", f"http://***@{HOST}"),
        ("http=svc:a@one:1;https=svc:b@two:2", "http=***@one:1;https=***@two:2"),
        ("http=one:1;https=svc:b@two:2", "http=one:1;https=***@two:2"),
        ("http://svc:a@[::1]:80/", "http://***@[::1]:80/"),
        ("http://svc%3AS3cret%40Pw@proxy", "http://***@proxy"),
        ("to=http%3A%2F%2Fsvc%3Apw%40proxy", "to=http%3A%2F%2F***%40proxy"),
        ("http://svc%3AS3cretPw%40proxy.old:8080", "http://***%40proxy.old:8080"),
        ("svc%3aS3cretPw%40proxy.old", "***%40proxy.old"),
        ("http://pac.old/p.pac?u=svc&pass=S3cretPw", "http://pac.old/p.pac?u=svc&pass=***"),
        ("http://pac.old/p.pac?pw=S3cretPw", "http://pac.old/p.pac?pw=***"),
        (r"CORP\svc:pw@proxy:80", "***@proxy:80"),
        ("http://svc:two words@proxy:80 is set", "http://***@proxy:80 is set"),
        ("it is http=svc:two more words@proxy:80", "it is http=***@proxy:80"),
        ("http://pac.example/p.pac?site=a&token=abc#x", "http://pac.example/p.pac?site=a&token=***#x"),
        ("> Proxy-Authorization: Basic c3ZjOlMzY3JldFB3", "> Proxy-Authorization: ***"),
        ("Set-Cookie: session=abc; path=/", "Set-Cookie: ***"),
        ("authorization:Bearer abc\nHost: x", "authorization:***\nHost: x"),
        ("it sent Basic c3ZjOlMzY3JldFB3 twice", "it sent Basic *** twice"),
        ("http://svc:S3cre", "http://***"),
        (f"cretPw@{HOST}", f"***@{HOST}"),
    ],
)
def test_what_is_left_of_a_text(text: str, clean: str) -> None:
    assert masked(text) == clean
    assert masked(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "proxy.old:8080",
        "http=proxy.old:8080;https=proxy.new:8081",
        "http://[fd00::1]:8080/",
        "https://wdcp.microsoft.com/: no answer",
        "http://proxy.old: refused; http://proxy.old:8080: refused",
        "write to admin@corp.example or E=admin@corp.example, CN=x",
        "svc@CORP.EXAMPLE: no ticket",
        "HTTP/pc.corp.example@CORP.EXAMPLE",
        "v2.31|Action=Allow|App=C:\\a\\svchost.exe|Name=@FirewallAPI.dll,-25000|Desc=@FirewallAPI.dll,-25006|",
        r"C:\Users\admin@corp\a.exe",
        r"file://C:\ctl",
        r"file://\\server\ctl",
        "https://packages.example/tool@1.2",
        "https://go.microsoft.com/fwlink/?linkid=862339",
        "Basic authentication is off",
        "at 10:30 it said: write to admin@corp.example",
        "28000000010000000100000000000000" + "00" * 8,
        "a3d8f0" * 8,
        "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTES",
        "",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("cut", range(8))
def test_bytes_as_text_are_looked_into(cut: int) -> None:
    blob = WinHttpSettings(flags=3, proxy=f"http://svc:S3cretPw@{HOST}").encode()
    wide = f"svc:S3cretPw@{HOST}".encode("utf-16-le")
    for content in (blob, wide):
        digits = content.hex()[cut:]
        assert masked(f"    WinHttpSettings    REG_BINARY    {digits.upper()}") == (
            "    WinHttpSettings    REG_BINARY    ***"
        )
        assert masked(" ".join(digits[at : at + 2] for at in range(0, len(digits), 2))) == "***"
    encoded = base64.b64encode(blob).decode()
    assert masked(f"value {encoded} end") == "value *** end"


def test_digests_and_certificates_are_hardly_ever_taken_for_credentials() -> None:
    chance = random.Random(16)  # noqa: S311 - the same every time
    digests = [chance.randbytes(32).hex() for _unused in range(3000)]
    assert [one for one in digests if masked(one) != one] == []
    lines = [base64.b64encode(chance.randbytes(48)).decode() for _unused in range(3000)]
    assert [one for one in lines if masked(one) != one] == []


@given(st.integers(1, 40), WORDS)
def test_a_cut_output_shows_no_half_of_a_password(length: int, word: str) -> None:
    secret = f"Qz{word}Zq"
    text = f"x http://svc:{secret}@{HOST} was refused"
    shown = last_words(text, length)
    assert len(shown) <= max(length, len("none"))
    assert "Zq" not in shown
    assert last_words(" \r\n") == "none"
