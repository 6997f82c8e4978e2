"""Every text of a report is there in each language, and a Japanese report has no English sentence."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from ansible_collections.windefend.maps.docs.site.pages import ROOT
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language import LANGUAGES, Text
from ansible_collections.windefend.maps.plugins.plugin_utils._report import (
    charts,
    closing_words,
    formats,
    labels,
    page,
    page_words,
    request_texts,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.english import english

TEXTS = {
    **{f"{section}.{name}": text for section, texts in page_words.SECTIONS.items() for name, text in texts.items()},
    **{f"closing.{name}": value for name, value in vars(closing_words).items() if isinstance(value, Text)},
}
SAME = {"WinHTTP", "Windows Update", "MAPS (Defender)", "SSLOptions", "TelemetryProxyServer"}
"""Names that are the same in every language."""


def fields(text: str) -> list[str]:
    return sorted(name for _text, name, *_rest in Formatter().parse(text) if name)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_is_there_in_both_languages_with_the_same_values(name: str) -> None:
    text = TEXTS[name]
    assert text.en.strip()
    assert text.ja.strip()
    assert fields(text.en) == fields(text.ja)
    words = re.sub(r"\{\w+\}|[\W\d_]", "", text.ja)
    assert labels.JAPANESE.search(text.ja) or text.en in SAME or not words or words in ("KB", "module", "reason")
    assert not labels.JAPANESE.search(text.en)


class Visible(HTMLParser):
    """The texts of a page without those of its program and its style."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("script", "style")
        self.found += [value or "" for name, value in attrs if name in ("aria-label", "title")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


@pytest.fixture(scope="module")
def spoken_in_english() -> dict[str, Any]:
    """A report of a run that spoke English."""
    run = {
        "name": "monday", "kind": "remediate", "version": "1.0.0", "undo": "ansible-playbook windefend.maps.rollback",
        "stopped": "", "finished": "2026-10-05T09:59:00Z",
    }  # fmt: skip
    document = report_fleet.generated(300)
    return fleet(merge([parse({**document, "runs": [run], "excluded": ["nb-1"]}, "it")]))


def test_a_japanese_page_has_no_english_sentence(spoken_in_english: dict[str, Any]) -> None:
    reader = Visible()
    reader.feed(page.page(spoken_in_english, formats.Presentation("", "ja")))
    whole = "\n".join(reader.found)
    assert "2026年10月5日" in whole
    assert english(whole) == []
    # The same check finds what it looks for.
    reader.feed(page.page(spoken_in_english, formats.Presentation("", "en")))
    assert len(english("\n".join(reader.found))) > 10


@pytest.mark.parametrize("form", ["csv", "markdown", "junit"])
def test_japanese_tables_have_no_english_sentence(form: str, spoken_in_english: dict[str, Any]) -> None:
    assert english(formats.FORMATS[form](spoken_in_english, formats.Presentation("", "ja"))) == []
    assert english(formats.FORMATS[form](spoken_in_english, formats.Presentation("", "en")))


def test_japanese_requests_have_no_english_sentence_but_what_the_evidence_quotes(
    spoken_in_english: dict[str, Any],
) -> None:
    for name, text in request_texts.files(spoken_in_english, "ja").items():
        assert english(text) == [], name


def test_dates_and_numbers_are_written_as_their_readers_do() -> None:
    moment = charts.moment("2026-01-05T09:00:00Z")
    assert moment is not None
    assert [charts.day(moment, language) for language in LANGUAGES] == ["5 January 2026", "2026年1月5日"]
    assert [page_words.hosts(10_000, language) for language in LANGUAGES] == ["10,000 hosts", "10,000 台"]


@pytest.mark.parametrize("cause", sorted(labels.CAUSES))
def test_a_cause_leads_to_where_it_is_described(cause: str) -> None:
    assert labels.documentation(cause, "") == labels.ARTICLE
    anchor = labels.documentation(cause, "https://docs.example/errors.html").partition("#")[2]
    heads = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    assert anchor in slugs or cause == "none"


def test_the_japanese_readme_has_the_commands_of_the_english_one() -> None:
    original, japanese = (Path(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md"))
    commands = re.findall(r"^\$ (.+)$", japanese, re.MULTILINE)
    assert len(commands) >= 5
    assert [one for one in commands if f"$ {one}" not in original] == [], "those of the original are executed"
    assert 40 <= len(japanese.splitlines()) <= 80
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<!--.*?-->", "", japanese, flags=re.DOTALL)
    assert english(prose) == []
    links = re.findall(r"\]\(([^)#:]+)[#)]", japanese)
    assert [link for link in links if not (ROOT / link).exists()] == []
