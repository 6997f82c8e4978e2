"""CSV, Markdown, JUnit XML and the data of the page: whole, readable by others, nothing injected by hosts."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.csv_cell import (
    DELIMITERS,
    FORMULA,
    cell,
    escape_formula,
    writer,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.language.display import visible
from ansible_collections.windefend.maps.plugins.plugin_utils._report import (
    charts as report_charts,
    junit as report_junit,
    labels as report_labels,
    packed_json,
    tables as report_tables,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._report.documents import fleet, merge, parse
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import Presentation
from ansible_collections.windefend.maps.plugins.plugin_utils._report.page import page
from ansible_collections.windefend.maps.tests.support import report_fleet
from hypothesis import HealthCheck, example, given, settings, strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped


def of(document: dict[str, Any]) -> dict[str, Any]:
    return fleet(merge([parse(document, "it")]))


PLAIN_LOOK = Presentation("A title")
GENERATED = of(report_fleet.generated(400))
HOSTILE = of(report_fleet.hostile())


@pytest.mark.parametrize("given_fleet", [GENERATED, HOSTILE], ids=["generated", "hostile"])
def test_csv_has_every_host_and_no_formula(given_fleet: dict[str, Any]) -> None:
    text = report_tables.table_csv(given_fleet, PLAIN_LOOK)
    rows = list(csv.reader(io.StringIO(text.removeprefix(report_tables.BYTE_ORDER_MARK), newline="")))
    assert rows[0][:4] == ["host", "site", "outcome", "cause"]
    assert len(rows) == len(given_fleet["hosts"]) + 1
    assert {len(row) for row in rows} == {len(report_tables.COLUMNS)}
    for delimiter in ",;\t|":  # whatever the region of the computer makes of it
        read = csv.reader(
            io.StringIO(text.removeprefix(report_tables.BYTE_ORDER_MARK), newline=""), delimiter=delimiter
        )
        assert [one for row in read for one in row if one.lstrip(' "').startswith(FORMULA)] == []
    assert [row[0].removeprefix("'") for row in rows[1:]] == [visible(name) for name in given_fleet["hosts"]]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
@example("\x1f=")
@example(" \ttab")
@example("\N{ZERO WIDTH NO-BREAK SPACE}\t @")
def test_a_cell_is_no_formula_and_keeps_its_text(text: str) -> None:
    cell = escape_formula(text)
    assert cell in (text, f"'{text}")
    assert not cell.strip().startswith(FORMULA)
    assert not cell.lstrip(" ").startswith(FORMULA)


CELLS = st.lists(
    st.text() | st.lists(st.sampled_from([*",;|\t\"' \r\n", *FORMULA, "x", "\u202e"]), max_size=9).map("".join),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CELLS)
@example(["a", "b;=cmd|' /C calc'!A0"])
@example(["x;", ';"=1', "|'=1"])
def test_no_reader_finds_a_formula_whatever_it_takes_for_the_delimiter(texts: list[str]) -> None:
    out = io.StringIO(newline="")
    writer(out).writerows([[cell(text) for text in texts]] * 2)
    written = out.getvalue()
    for delimiter in DELIMITERS:
        for quote, quoting in (('"', csv.QUOTE_MINIMAL), ("'", csv.QUOTE_MINIMAL), ('"', csv.QUOTE_NONE)):
            for skip in (False, True):
                rows = list(
                    csv.reader(
                        io.StringIO(written, newline=""),
                        delimiter=delimiter,
                        quotechar=quote,
                        quoting=quoting,
                        skipinitialspace=skip,
                    )
                )
                assert len(rows) <= 2, "a text begins no line of its own"
                assert [one for row in rows for one in row if one.lstrip(' "\r\n').startswith(FORMULA)] == []
    assert [one.removeprefix("'") for one in next(csv.reader(io.StringIO(written, newline="")))] == [
        cell(text).removeprefix("'") for text in texts
    ]


def test_every_cell_is_in_quotes_and_numbers_stay_numbers() -> None:
    lines = report_tables.table_csv(GENERATED, PLAIN_LOOK).removeprefix(report_tables.BYTE_ORDER_MARK).splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    first = next(iter(GENERATED["hosts"].values()))
    assert f'"{first["changes"]}"' in lines[1].split(",")


def test_the_summary_says_the_numbers() -> None:
    text = report_tables.markdown(GENERATED, PLAIN_LOOK)
    numbers, goal = GENERATED["numbers"], GENERATED["numbers"]["goal"]
    assert text.startswith(
        f"# A title\n\nMAPS is reachable from {numbers['after']['connected']} of {goal['in_scope']} hosts in scope ("
    )
    assert f"| unknown | {numbers['before']['not_known']} | {numbers['after']['not_known']} |" in text
    assert "the proxy team" in text


def test_hosts_write_no_markdown() -> None:
    text = report_tables.markdown(HOSTILE, Presentation("<b>title</b>"))
    assert re.findall(r"(?<!\\)<", text) == []
    columns = {
        len(re.findall(r"(?<!\\)\|", line))
        for line in text.split("## Hosts that cannot reach")[1].splitlines()
        if "|" in line
    }
    assert columns <= {6, 4, 3}
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


@pytest.mark.parametrize("given_fleet", [GENERATED, HOSTILE], ids=["generated", "hostile"])
def test_others_read_the_test_results(given_fleet: dict[str, Any]) -> None:
    text = report_junit.junit(given_fleet, PLAIN_LOOK)
    suites = list(JUnitXml.fromstring(text.encode()))
    cases = {case.name: case for suite in suites for case in suite}
    assert len(cases) == len(given_fleet["hosts"])
    kinds = {"not_repairable": Failure, "failed": Error, "unreachable": Error, "not_applicable": Skipped}
    for case, (name, host) in zip(
        sorted(cases.values(), key=lambda case: str(case.name)),
        sorted(given_fleet["hosts"].items(), key=lambda item: report_junit._text(item[0])),
        strict=True,
    ):
        assert case.name == report_junit._text(name)
        wanted = kinds.get(host["outcome"])
        assert [type(result) for result in case.result] == ([wanted] if wanted else [])
    assert {suite.name for suite in suites} == {
        report_junit._text(host.get("site", "A title")) for host in given_fleet["hosts"].values()
    }


def test_the_test_results_have_the_usual_shape() -> None:
    root = ElementTree.fromstring(report_junit.junit(GENERATED, PLAIN_LOOK).encode())  # noqa: S314 - written above
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == set(suite.attrib)
        inside = {
            "tests": len(suite),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        for name, count in inside.items():
            assert int(suite.attrib[name]) == count
            totals[name] += count
        for case in suite:
            assert case.tag == "testcase"
            assert {"classname", "name", "time"} == set(case.attrib)
            assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
    assert {name: int(root.attrib[name]) for name in totals} == totals
    assert min(totals.values()) > 0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_xml(text: str) -> None:
    document = ElementTree.Element("a", {"b": report_junit._text(text)})
    ElementTree.fromstring(ElementTree.tostring(document))  # noqa: S314 - written above


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def unpacked(document: dict[str, Any], index: int | None = None) -> Any:
    """What the page's own program does, written again."""
    value = document["values"][document["root"] if index is None else index]
    if not isinstance(value, list):
        return value
    if value and value[0] < 0:
        keys = document["shapes"][-1 - value[0]]
        return {key: unpacked(document, item) for key, item in zip(keys, value[1:], strict=True)}
    return [unpacked(document, item) for item in value]


def typed(value: Any) -> str:
    """True and 1 are equal to Python and not to a reader."""
    return json.dumps(value, sort_keys=True)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLAIN)
def test_packed_data_is_the_same_and_cannot_leave_its_element(value: Any) -> None:
    text = packed_json.script_json(packed_json.pack(value))
    assert typed(unpacked(json.loads(text))) == typed(value)
    assert not set(text) & set("<>&'\u2028\u2029")


def test_ten_thousand_hosts_that_say_the_same_take_little_room() -> None:
    document = report_fleet.generated(2000)
    packed = packed_json.script_json(packed_json.pack(document))
    assert len(packed) * 10 < len(json.dumps(document))


def test_a_page_is_ascii_where_its_hosts_are() -> None:
    """One other character doubles the memory of the page in a browser, and what it costs to read it."""
    assert page(GENERATED, PLAIN_LOOK).isascii()
    assert packed_json.script_json(packed_json.pack({"端末": "プロキシ"})).isascii()


def test_bars_fill_their_width_and_no_more() -> None:
    parts = report_charts.bars({"a": 1, "b": 0, "c": 2}, 3, ("a", "b", "c"))
    assert [part["state"] for part in parts] == ["a", "c"]
    assert abs(float(parts[-1]["x"]) + float(parts[-1]["width"]) - 100) < 0.01
    assert report_charts.bars({"a": 0}, 0, ("a",)) == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (None, None, "2 hosts; the data has no dates"),
        ("x", "y", "2 hosts; the data has no dates"),
        ("2026-10-05T09:00:10Z", "2026-10-05T09:00:50Z", "2 hosts, checked on 5 October 2026 at 09:00 UTC"),
        (
            "2026-10-05T09:00:10Z",
            "2026-10-05T09:04:50Z",
            "2 hosts, checked on 5 October 2026 between 09:00 and 09:04 UTC",
        ),
        ("2026-10-05T09:00:10Z", "2026-10-06T09:04:50Z", "2 hosts, checked from 5 October 2026 to 6 October 2026"),
    ],
)
def test_when_hosts_were_looked_at(first: str | None, last: str | None, said: str) -> None:
    assert report_charts.span({"hosts": 2, "finished_first": first, "finished_last": last}, "en") == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({}, "TLS inspection"),
        ({"cause": "tls_inspection", "title": "検査"}, "TLS inspection"),
    ],
)
def test_a_cause_has_our_words_in_the_language_of_the_report(before: dict[str, Any], said: str) -> None:
    assert report_labels.cause({"cause": "tls_inspection", "before": before}, "en") == said
    assert report_labels.cause({"cause": "tls_inspection", "before": before}, "ja") == "TLS 検査"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({}, "a new one"),
        ({"cause": "perimeter", "title": "another cause"}, "a new one"),
        ({"cause": "a_new_one", "title": "its title"}, "its title"),
        ({"cause": "perimeter", "title": "x", "causes": [{"id": "a_new_one", "title": "its own"}]}, "its own"),
    ],
)
def test_a_cause_that_we_do_not_know_has_the_words_of_the_data(before: dict[str, Any], said: str) -> None:
    assert report_labels.cause({"cause": "a_new_one", "before": before}, "en") == said


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ({}, ""),
        ({"debt": []}, ""),
        ({"debt": None}, "unknown"),
        ({"debt": [{"what": "ssl_options", "before": None, "lost": ["a", "b"]}]}, "what: ssl_options, lost: a, b"),
        ({"debt": ["one", "two"]}, "one; two"),
    ],
)
def test_a_debt_in_one_line(host: dict[str, Any], said: str) -> None:
    assert report_tables.debt(host, "en") == said
