"""The words that a recording may show: the list has what the code asks hosts for, and nothing of a fleet."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import recording
from ansible_collections.windefend.maps.tests.support import vocabulary

FOUND = recording.Vocabulary.parse(vocabulary.FILE.read_text(encoding="utf-8").splitlines())


def test_the_list_is_complete() -> None:
    """A word of a command that is missing would be replaced, and the recording could not be replayed."""
    missing = {one for one in vocabulary.vocabulary() if one not in FOUND.words and one not in FOUND.domains}
    assert missing == set(), f"run python -m {vocabulary.__name__}"


@pytest.mark.parametrize(
    "text", ["HRESULT 0x80072EFD (800106BA) 4.18.24070.5-0 S-1-5-18 v2.31", "-2147012866 12:34:56"]
)
def test_what_says_nothing_of_a_fleet_stays(text: str) -> None:
    assert recording.Placeholders(b"k" * 32, FOUND).text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("NB-KYOTO-0417", "nordwind.example", "10.20.30.40", "S-1-5-21-111-2222222-3333333-1001", "日本橋"),
        *("fe80::1ff:fe23:4567:890a", "00-1A-2B-3C-4D-5E", "+81 3-1234-5678", "0123456789abcdef0123", "Hunter2"),
        "9b2d4c1e-0f6a-4b7d-8c3e-5a6f7b8c9d0e",
    ],
)
def test_what_may_be_a_fleets_own_gives_way_in_the_same_form(text: str) -> None:
    one, other = (recording.Placeholders(secret * 32, FOUND) for secret in (b"a", b"b"))
    hidden = one.text(text)
    assert hidden != text
    assert len(hidden) == len(text)
    assert one.text(text.upper()).lower() == hidden.lower()
    assert other.text(text) != hidden
