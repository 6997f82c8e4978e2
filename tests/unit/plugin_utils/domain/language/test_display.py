"""What is shown of a host's texts: nothing unseen, the same when shown twice, and what people read unchanged."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import (
    UNSEEN,
    shown,
    shown_all,
    visible,
)
from hypothesis import example, given, strategies as st

PIECES = (
    *"ab1:/@;=?&#%.-*[]\"'|{}<>, \t\r\n\\+\x00\x07\x1b\x7f\x85\x9b\xa0\xad\u200b\u2028\u202e\u2066\u3000\ufeff\ud800",
    *("http://", "https=", "svc:", "@", "***@", "proxy:80", "%40", "%2F%2F", "?token=", "Authorization: ", "Basic "),
    *("687474703a2f2f613a624063", "@x.dll,-1", "C:\\", "[::1]", "日本", "e\u0301", "\U000e0041", "\ufdd0", "\ue000"),
)
TEXTS = st.text() | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(TEXTS, st.booleans())
@example("?token=\r", True)
@example("Authorization: \ra", False)
@example(":\x1b@", False)
@example("proxy:80@?token=@x.dll,-1", False)
@example("0:: @@0:0", False)
def test_nothing_unseen_is_left_and_twice_is_once(text: str, lines: bool) -> None:
    found = shown(text, lines)
    assert [one for one in found if unicodedata.category(one) in UNSEEN and not (lines and one in "\n\t")] == []
    assert shown(found, lines) == found
    assert visible(visible(text, lines), lines) == visible(text, lines)


@given(PLAIN)
def test_every_text_of_a_result_is_shown_keys_too(value: Any) -> None:
    found = shown_all(value)
    assert shown_all(found) == found

    def texts(one: Any) -> list[str]:
        if isinstance(one, dict):
            return [text for key, item in one.items() for text in (key, *texts(item))]
        if isinstance(one, list):
            return [text for item in one for text in texts(item)]
        return [one] if isinstance(one, str) else []

    assert [text for text in texts(found) if shown(text) != text] == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b]0;owned\x07\x1b[2J", "⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+001B⟩[2J"),
        ("\x9b31m\x7f", "⟨U+009B⟩31m⟨U+007F⟩"),
        ("exe\u202etxt\u2066\u200b\ufeff\xad", "exe⟨U+202E⟩txt⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+00AD⟩"),
        ("\U000e0041\u2028\u2029\ud800\ufdd0\U0010ffff", "⟨U+E0041⟩⟨U+2028⟩⟨U+2029⟩⟨U+D800⟩⟨U+FDD0⟩⟨U+10FFFF⟩"),
        ("ok: [pc]\r\n\tfailed=0\rx", "ok: [pc] failed=0 x"),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "Windows Defender の MAPS\u3000接続",
        "caf\u00e9 cafe\u0301",
        "\U0001f600\ufe0f",
        "עברית العربية",
        "a\xa0b",
        "⟨U+202E⟩",
    ],
)
def test_what_people_read_stays(text: str) -> None:
    assert shown(text) == text


def test_lines_stay_where_they_are_the_texts_nature() -> None:
    assert visible("a\r\nb\tc\rd\x1b", lines=True) == "a\nb\tc\nd⟨U+001B⟩"
    value = {"msg": "a\nb", "diff": [{"before": "a\r\nb\x1b", "after": {"text": "a\nb"}}], "n": 1, "x": (None, True)}
    assert shown_all(value) == {
        "msg": "a b",
        "diff": [{"before": "a\nb⟨U+001B⟩", "after": {"text": "a\nb"}}],
        "n": 1,
        "x": [None, True],
    }
