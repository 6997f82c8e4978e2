"""Pages, module documentation, task names and messages avoid words that readers stumble over."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.windefend.maps.tests.support import words
from ansible_collections.windefend.maps.tests.support.word_counts import COUNTS

COMMAND = "python -m ansible_collections.windefend.maps.tests.support.words"
ACTUAL = words.counted()


def test_no_text_gains_such_a_word() -> None:
    more = {name: count for name, count in ACTUAL.items() if count > COUNTS.get(name, 0)}
    assert more == {}, f"use plain words in place of {', '.join(words.HABITS)}"


def test_what_is_left_is_known_exactly() -> None:
    fewer = {name: count for name, count in COUNTS.items() if count > ACTUAL.get(name, 0)}
    assert fewer == {}, f"some are gone: run {COMMAND}"


def test_the_pages_have_none() -> None:
    assert [name for name in COUNTS if name.endswith(".md") and not name.startswith("roles/")] == []


def test_the_data_file_is_what_the_command_writes() -> None:
    assert words.DATA.read_text(encoding="utf-8") == words.written(COUNTS)


def test_every_kind_of_text_is_read() -> None:
    read = {name for name, _text in words.texts()}
    assert {"README.md", "docs/index.md", "docs/decisions/README.md", "roles/remediate/README.md"} <= read
    assert {"plugins/modules/spynet.yml", "roles/remediate/meta/argument_specs.yml"} <= read
    assert {"plugins/action/spynet.py", "plugins/plugin_utils", "roles/remediate/tasks/main.yml"} <= read


@pytest.mark.parametrize(
    "text",
    [
        "it is foretold",
        "Foretell",
        "a wish",
        "what was wished",
        "it was told",
        "in\nvain",
        "a rule of ours",
        "those that\n wants",
    ],
)
def test_a_habit_is_found(text: str) -> None:
    assert len(words.habits(text)) == 1


@pytest.mark.parametrize("text", ["tolds", "of our own", "that wan", "in vein", "fore told_"])
def test_other_words_are_not(text: str) -> None:
    assert words.habits(text) == []


def test_only_messages_of_a_source_count() -> None:
    source = '"""A wish."""\n\ndef wish(x):\n    """A wish."""\n    return f"a wish {x} was told"  # a wish\n'
    assert words.habits(words.messages(source)) == ["wish", "told"]


def test_quotes_and_generated_tables_do_not_count() -> None:
    page = "told\n```text\ntold\n```\n<!-- generated: codes -->\n\ntold\n\n<!-- end -->\n"
    assert words.habits(words.prose(page)) == ["told"]


def test_a_count_only_falls() -> None:
    assert words.lowered({"a": 3, "b": 1, "c": 1}, {"a": 2, "b": 5, "d": 1}) == {"a": 2, "b": 1}


def test_a_text_with_more_is_an_error(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "DATA", tmp_path / "counts.py")
    monkeypatch.setattr(words, "COUNTS", {"a": 3, "b": 1})
    monkeypatch.setattr(words, "counted", lambda: {"a": 2, "b": 1})
    assert words.main() == 0
    monkeypatch.setattr(words, "counted", lambda: {"a": 2, "b": 1, "c": 1})
    assert words.main() == 1
    assert (tmp_path / "counts.py").read_text() == words.written({"a": 2, "b": 1})
