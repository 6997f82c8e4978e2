"""HRESULTs in every spelling, and what they mean."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import hresult
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
