"""HRESULTs in every spelling, and what they mean."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import hresult
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.hresult_families import TEXTS, named
from hypothesis import given, strategies as st


@pytest.mark.parametrize(
    "code",
    ["0x80072F8F", "0X80072f8f", "80072F8F", "-2147012721", "2147954575", -2147012721, 2147954575, " 0x80072F8F "],
)
def test_spellings_of_one_code(code: str | int) -> None:
    assert hresult.normalize(code) == 0x80072F8F
    assert hresult.explain(code).name == "ERROR_INTERNET_DECODING_FAILED"


@pytest.mark.parametrize(
    "code", ["", "0x", "0x123456789", "8007G006", "hr=5", "80070006h", 1 << 32, -(1 << 31) - 1, "4294967296"]
)
def test_what_is_no_code_is_refused(code: str | int) -> None:
    with pytest.raises(ValueError, match=r"."):
        hresult.normalize(code)


@given(number=st.integers(0, (1 << 32) - 1))
def test_every_spelling_gives_the_number_back(number: int) -> None:
    signed = number - (1 << 32) if number >> 31 else number
    for code in (number, signed, hresult.format_code(number), hresult.format_code(signed)):
        assert hresult.normalize(code) == number
    assert hresult.explain(number).code == number


@pytest.mark.parametrize(
    "code",
    [
        *(0x80070005, 0x80070006, 0x80072F8F, 0x80072EFE, 0x80508015, 0x80072F0D, 0x80072EE7, 0x80004005, 0x80070667),
        *(0x800705B4, 0x800106BA, 0x80070422, 0x80072EFD, 0x80072EE2, 0x80072F06, 0x80092012, 0x80092013, 0x80092010),
        *(0x80090325, 0x80090322, 0x80090326, 0x80090328, 0x80090308, 0x80508023, 0x8007051A, 0x80070652, 0x800704E8),
    ],
)
def test_codes_that_microsofts_pages_and_captures_show_are_known(code: int) -> None:
    meaning = hresult.explain(code)
    assert meaning.known
    assert meaning.text
    assert meaning.source


@pytest.mark.parametrize(
    ("code", "base", "number"),
    [
        # The numbers of wininet.h and the Win32 errors that the codes wrap, as their names promise.
        (0x80072EE2, 0x80070000, 12002),
        (0x80072EE7, 0x80070000, 12007),
        (0x80072EFD, 0x80070000, 12029),
        (0x80072EFE, 0x80070000, 12030),
        (0x80072F05, 0x80070000, 12037),
        (0x80072F06, 0x80070000, 12038),
        (0x80072F0C, 0x80070000, 12044),
        (0x80072F0D, 0x80070000, 12045),
        (0x80072F78, 0x80070000, 12152),
        (0x80072F7D, 0x80070000, 12157),
        (0x80072F8F, 0x80070000, 12175),
        (0x800705B4, 0x80070000, 1460),
        (0x80070422, 0x80070000, 1058),
        (0x80070424, 0x80070000, 1060),
        (0x80070426, 0x80070000, 1062),
        (0x80070667, 0x80070000, 1639),
        (0x80070652, 0x80070000, 1618),
        (0x800704E8, 0x80070000, 1256),
        (0x800704C7, 0x80070000, 1223),
        (0x8007051A, 0x80070000, 1306),
        (0x800106BA, 0x80010000, 1722),
    ],
)
def test_numbers_are_those_of_the_headers(code: int, base: int, number: int) -> None:
    assert base + number == code
    assert hresult.explain(code).name


def test_an_unknown_code_is_said_to_be_unknown() -> None:
    assert hresult.explain(0x8ABC0001) == hresult.Meaning(0x8ABC0001, "", "unknown code", "", known=False)
    assert hresult.explain("0x80070020").text == "Win32 error 32, not in the table"


def test_the_usual_spelling() -> None:
    assert hresult.format_code(-2147012721) == "0x80072F8F"
    assert hresult.format_code(0) == "0x00000000"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        # What threads asked for (microsoft-365-docs, windows-itpro-docs, ansible.windows and others).
        (0x80070643, "ERROR_INSTALL_FAILURE"),
        (0x8007274C, "WSAETIMEDOUT"),
        (0x80190197, "HTTP_E_STATUS_PROXY_AUTH_REQ"),
        (0x8009030E, "SEC_E_NO_CREDENTIALS"),
        (0x80244018, "WU_E_PT_HTTP_STATUS_FORBIDDEN"),
        (0x800706BA, "RPC_S_SERVER_UNAVAILABLE"),
        # The ends of each family, as the headers have them.
        (0x80072EE1, "ERROR_INTERNET_OUT_OF_HANDLES"),
        (0x80072F9E, "ERROR_WINHTTP_HTTP_PROTOCOL_MISMATCH"),
        (0x80091001, "CRYPT_E_MSG_ERROR"),
        (0x80093202, "CRYPT_E_ASN1_NOEOD"),
        (0x80096001, "TRUST_E_SYSTEM_ERROR"),
        (0x800B0114, "CERT_E_INVALID_NAME"),
        (0x80090300, "SEC_E_INSUFFICIENT_MEMORY"),
        (0x8009036B, "SEC_E_INSUFFICIENT_BUFFERS"),
        (0x80240001, "WU_E_NO_SERVICE"),
        (0x8024B304, "WU_E_TRUST_PROVIDER_UNKNOWN"),
        (0x8024401B, "WU_E_PT_HTTP_STATUS_PROXY_AUTH_REQ"),
    ],
)
def test_codes_of_the_families_are_known_with_their_source(code: int, name: str) -> None:
    meaning = hresult.explain(code)
    assert (meaning.known, meaning.name) == (True, name)
    assert meaning.text
    assert meaning.source


def test_families_do_not_change_what_a_described_code_means() -> None:
    assert {code: hresult.explain(code) for code in hresult.TABLE} == hresult.TABLE
    assert len(named()) > 700


def test_every_name_is_a_name_and_every_text_belongs_to_one() -> None:
    for code, (name, text, source) in named().items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", name), hex(code)
        assert ": " in text
        assert source.endswith(".h")
    assert all(int(line[:8], 16) in named() for line in TEXTS.split("\n") if line)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("80058015", ["0x80508015"]),  # windows-itpro-docs#3411
        (0x80058015, ["0x80508015"]),
        ("0x80072FF8", ["0x80072F8F"]),
        ("0x80092031", ["0x80092013"]),
        ("0x80072F8", ["0x80072F78", "0x80072F8F"]),
        ("0x80900325", ["0x80090325"]),
        ("0x80244108", ["0x80244018"]),
        ("0x80072F6F", ["0x80072F8F"]),
        (-2147012271, ["0x80072F8F"]),  # -2147012721
    ],
)
def test_a_mistyped_code_is_answered_with_the_likely_one(mistyped: str | int, meant: list[str]) -> None:
    meaning = hresult.explain(mistyped)
    assert not meaning.known
    assert [hresult.format_code(one) for one in meaning.likely] == meant
    assert all(f"{one} (" in meaning.text for one in meant)


@pytest.mark.parametrize("code", [0x80070020, 0x80070015, 0x8ABC0001, 0x80080005, 0x80041010, 0x80090001])
def test_nothing_is_suggested_for_what_may_be_a_code_of_its_own(code: int) -> None:
    meaning = hresult.explain(code)
    assert (meaning.known, meaning.likely) == (False, ())
    assert "did you mean" not in meaning.text


@pytest.mark.parametrize("text", ["0x8O072F8F", "0x0x80072F8F", "0x800772F8F", "8007 2F8F", "8007-2f8f"])
def test_what_is_no_code_is_refused_with_the_likely_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"did you mean 0x80072F8F \("):
        hresult.explain(text)


def test_a_bare_win32_error_is_explained_as_such() -> None:
    assert hresult.explain("12029").name == "ERROR_INTERNET_CANNOT_CONNECT"
    assert hresult.explain(10060).name == "WSAETIMEDOUT"
    assert hresult.explain(12029).code == 12029


@given(number=st.one_of(st.text(max_size=20), st.integers(-(1 << 31), (1 << 32) - 1)))
def test_any_text_is_explained_or_refused(number: str | int) -> None:
    try:
        meaning = hresult.explain(number)
    except ValueError:
        return
    assert meaning.known == (not meaning.text.startswith(("unknown code", "Win32 error")))
    assert len(meaning.likely) <= 3
