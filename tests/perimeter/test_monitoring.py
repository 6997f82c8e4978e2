"""The metrics, the example rules and the dashboard, read by Prometheus' own programs."""

from __future__ import annotations

import json
import pathlib
import re
import tempfile
import urllib.request
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import atomic_file
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import Presentation
from ansible_collections.windefend.maps.plugins.plugin_utils._report.prometheus import prometheus
from ansible_collections.windefend.maps.tests.perimeter import judges
from ansible_collections.windefend.maps.tests.support import report_fleet

pytestmark = pytest.mark.perimeter
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "extensions" / "monitoring"
NAME = re.compile(r"\bwindefend_maps_\w+")


def generated() -> dict[str, Any]:
    """A fleet that has something of everything."""
    document = report_fleet.generated(120)
    for number, host in enumerate(document["hosts"].values()):
        host["after"]["latent"] = [{"id": "roots_frozen"}] if number % 9 == 0 else []
    return report_fleet.read(document)


def hostile() -> dict[str, Any]:
    """Names that want to end a label, besides those that want to be something else."""
    document = report_fleet.hostile()
    for name in ('a"} 1 2', "a\\", 'a\\"b', "a\nwindefend_maps_hosts 1"):
        document["hosts"][name] = {"outcome": name, "cause": name, "site": name}
    return report_fleet.read(document)


def written(fleet: dict[str, Any], hosts: bool = True) -> str:
    return prometheus(fleet, Presentation("", metrics_of_hosts=hosts))


TEXTS = {
    "of a fleet": written(generated(), hosts=False),
    "with hosts": written(generated()),
    "hostile": written(hostile()),
    "of nothing": written(report_fleet.read(report_fleet.document({}))),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_promtool_has_nothing_to_say_against_the_metrics(text: str) -> None:
    checked = judges.metrics(text)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_promtool_would_complain() -> None:
    text = TEXTS["with hosts"]
    assert judges.metrics(text.replace(" gauge", " counter")).returncode != 0
    assert judges.metrics(text.replace("# HELP", "# HELPS")).returncode != 0
    assert judges.metrics(text + 'windefend_maps_hosts{outcome="a"b"} 1\n').returncode != 0


@pytest.mark.parametrize("name", ["with hosts", "hostile"])
def test_node_exporter_shows_the_file_of_another_user(name: str) -> None:
    """Every sample, with its exact labels; it drops a file with a repeated one, and a label that it cannot read."""
    with tempfile.TemporaryDirectory() as folder:  # the folder of a test is for its user alone
        pathlib.Path(folder).chmod(0o755)
        atomic_file.write(f"{folder}/maps.prom", TEXTS[name].encode(), 0o644)
        with judges.node_exporter(folder) as address, urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
            shown = answer.read().decode()
    assert "node_textfile_scrape_error 0" in shown
    assert samples(shown) == samples(TEXTS[name])


def samples(text: str) -> set[tuple[str, frozenset[str], float]]:
    """Name, labels and value of each sample that was written; an exporter orders and writes them in its own way."""
    found = set()
    for line in re.findall(r"^windefend_maps_.+$", text, re.MULTILINE):
        name, _unused, rest = line.partition("{") if "{" in line else line.partition(" ")
        labels, _unused, value = rest.rpartition("} ") if "{" in line else ("", "", rest)
        found.add((name, frozenset(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels)), float(value)))
    return found


def test_the_example_rules_are_rules_and_do_what_they_say() -> None:
    for how, name in (("check", "rules.yml"), ("test", "rules_test.yml")):
        checked = judges.rules(EXAMPLES / name, how)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_is_tested() -> None:
    rules, tests = (yaml.safe_load((EXAMPLES / name).read_text()) for name in ("rules.yml", "rules_test.yml"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    raised = {
        case["alertname"] for test in tests["tests"] for case in test.get("alert_rule_test", ()) if case["exp_alerts"]
    }
    assert raised == alerts


def exported() -> set[str]:
    return {name for name, _labels, _value in samples(TEXTS["with hosts"])}


def test_rules_name_only_metrics_that_are_exported() -> None:
    for name in ("rules.yml", "rules_test.yml"):
        assert set(NAME.findall((EXAMPLES / name).read_text())) <= exported(), name


def expressions(dashboard: dict[str, Any]) -> dict[str, str]:
    """The queries of a dashboard by panel, with all controllers chosen."""
    return {
        f"{panel['title']}.{target['refId']}": target["expr"].replace("$instance", ".*")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


def test_the_dashboard_finds_something_for_every_panel(tmp_path: pathlib.Path) -> None:
    """Prometheus evaluates each query over what the format writes."""
    text = (EXAMPLES / "grafana_dashboard.json").read_text(encoding="utf-8")
    asked = expressions(json.loads(text))
    assert len(asked) > 5
    assert set(NAME.findall(text.replace("windefend_maps_report", ""))) <= exported()
    found = evaluated(tmp_path, asked)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "wrong", ["windefend_maps_no_such_metric", "sum(windefend_maps_hosts", 'windefend_maps_hosts{outcome="fine"}']
)
def test_a_query_that_finds_nothing_would_be_found(wrong: str, tmp_path: pathlib.Path) -> None:
    assert evaluated(tmp_path, {"wrong": wrong}).returncode != 0


def evaluated(folder: pathlib.Path, asked: dict[str, str]) -> Any:
    """Lets promtool evaluate queries; it fails where one has no result."""
    added = {'instance="controller"', 'job="node"'}
    series = [
        {"series": f"{name}{{{','.join(sorted(labels | added))}}}", "values": str(value)}
        for name, labels, value in samples(TEXTS["with hosts"])
    ]
    cases = [
        {"expr": f"count({query}) > bool 0", "eval_time": "0s", "exp_samples": [{"labels": "{}", "value": 1}]}
        for query in asked.values()
    ]
    path = folder / "queries.yml"
    test = {"name": "queries", "interval": "1m", "input_series": series, "promql_expr_test": cases}
    path.write_text(yaml.safe_dump({"tests": [test]}, allow_unicode=True))
    return judges.rules(path, "test")
