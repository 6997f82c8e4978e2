"""windefend.maps.endpoint_export and the lookup windefend.maps.endpoints through real ansible-playbook runs."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.lookup import endpoints as lookup
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue.firewall_formats import FORMATS
from ansible_collections.windefend.maps.tests.support import catalogue
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

PROXY = "PROXY proxy.corp.example:3128"
LOOKUP = "windefend.maps.endpoints"


def look_up(fleet: SimulatedFleet, expression: str) -> Any:
    """What a template with the lookup gives."""
    run = fleet.play([{"name": "it", "ansible.builtin.debug": {"msg": f"{{{{ {expression} }}}}"}}])
    assert run.kind("it") == "ok", run.output
    return run.of("it")["msg"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's own file."""
    path = tmp_path / "site.yml"
    path.write_text(yaml.safe_dump(catalogue.SITE), encoding="utf-8")
    return path


def test_every_format_is_written_once_and_asks_no_host(host: SimulatedFleet, tmp_path: Path) -> None:
    tasks = []
    for form in ("pac", *FORMATS):
        arguments = {
            "dest": str(tmp_path / f"out.{form}"),
            "format": form,
            **({"proxy": PROXY} if form == "pac" else {}),
        }
        tasks.append({"name": form, "windefend.maps.endpoint_export": arguments})
    first, second = host.play(tasks), host.play(tasks)
    for form in ("pac", *FORMATS):
        result = first.of(form)
        assert (result["changed"], second.of(form)["changed"]) == (True, False), form
        assert result["entries"] > 1
        assert result["never_allowed"] == ["*.blob.core.windows.net"]
        assert "maps-wdcp" in result["rows"]
        assert (tmp_path / f"out.{form}").read_text(encoding="utf-8").endswith("\n")
    assert host.machines["pc"].log == []


def test_check_mode_and_diff_foretell_and_write_nothing(host: SimulatedFleet, tmp_path: Path) -> None:
    dest = tmp_path / "list.txt"
    task = {"dest": str(dest), "format": "text", "services": ["gdpr"]}
    foretold = host.module("endpoint_export", "--check", "--diff", **task).of("it")
    assert foretold["changed"]
    assert foretold["diff"]["before"] == ""
    assert "vortex-win.data.microsoft.com" in foretold["diff"]["after"]
    assert not dest.exists()
    assert host.module("endpoint_export", **task).of("it")["changed"]
    assert dest.read_text(encoding="utf-8") == foretold["diff"]["after"]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o644

    dest.chmod(0o640)
    dest.write_text("by hand\n", encoding="utf-8")
    again = host.module("endpoint_export", "--diff", **task).of("it")
    assert (again["changed"], again["diff"]["before"]) == (True, "by hand\n")
    assert stat.S_IMODE(dest.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".list")] == []


def test_a_link_stays_a_link(host: SimulatedFleet, tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    link.symlink_to(real)
    assert host.module("endpoint_export", dest=str(link), format="text").of("it")["changed"]
    assert link.is_symlink()
    assert "go.microsoft.com" in real.read_text(encoding="utf-8")


def test_a_sites_rows_are_exported_and_looked_up(host: SimulatedFleet, tmp_path: Path, site: Path) -> None:
    dest = tmp_path / "hosts.txt"
    task = {"dest": str(dest), "format": "host_list", "services": ["relay"], "site_catalogue": str(site)}
    assert host.module("endpoint_export", **task).of("it")["entries"] == 3
    found = look_up(host, f"query('{LOOKUP}', 'relay', site_catalogue='{site}')")
    assert [row["id"] for row in found] == ["relay", "relay-all"]
    assert [row["ports"] for row in found] == [[8443, 80], [443]]


def test_the_lookup_filters_and_gives_probes(host: SimulatedFleet) -> None:
    everything = look_up(host, f"query('{LOOKUP}', edition='2023-06')")
    assert len(everything) == 40
    assert [row["pattern"] for row in everything if not row["allow"]] == ["*.blob.core.windows.net"]
    patterns = "| map(attribute='pattern') | list"
    assert look_up(host, f"query('{LOOKUP}', 'adl', ports=[80]) {patterns}") == [
        "*.download.windowsupdate.com",
        "go.microsoft.com",
    ]
    assert len(look_up(host, f"query('{LOOKUP}', 'storage', regions=['uk'], editions=['2026-07'])")) == 4
    probes = look_up(host, f"query('{LOOKUP}', schemes=['http'], result='probes')")
    assert {"url": "http://go.microsoft.com/", "host": "go.microsoft.com", "port": 80, "scheme": "http"} in probes
    assert {probe["scheme"] for probe in probes} == {"http"}


def test_the_lookup_gives_what_a_kind_of_host_needs_and_what_changed(host: SimulatedFleet) -> None:
    hosts = "| map(attribute='host') | list"
    found = look_up(host, f"query('{LOOKUP}', 'maps', 'streamlined', onboarding=['streamlined']) {hosts}")
    assert found == ["endpoint.security.microsoft.com"]
    found = look_up(host, f"query('{LOOKUP}', 'maps', onboarding=['standard'], cloud='gcc') {hosts}")
    assert found == ["unitedstates4.cp.wd.microsoft.us", "unitedstates4.x.cp.wd.microsoft.us"]
    found = look_up(host, f"query('{LOOKUP}', 'crl', result='changes', changed_since='2023-06')")
    assert {
        "change": "added",
        "id": "crl-ctldl",
        "pattern": "ctldl.windowsupdate.com",
        "ports": [80],
        "allow": True,
    } in found


def test_the_documented_examples_run(host: SimulatedFleet, tmp_path: Path) -> None:
    modules = yaml.safe_load((ROOT / "plugins/modules/endpoint_export.yml").read_text(encoding="utf-8"))
    run = host.play([*yaml.safe_load(modules["EXAMPLES"]), *yaml.safe_load(lookup.EXAMPLES)])
    assert run.status == 0, run.output
    assert {"windefend-maps-squid.conf", "proxy.pac", "change-request.md"} <= {path.name for path in tmp_path.iterdir()}
    assert "usseu1northprod.blob.core.windows.net" in run.output
    sample = {name: part["sample"] for name, part in yaml.safe_load(lookup.RETURN)["_raw"]["contains"].items()}
    assert look_up(host, f"query('{LOOKUP}', 'adl') | selectattr('id', 'eq', 'adl-go') | first") == sample


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"format": "text", "dest": "relative.txt"}, "dest: "),
        ({"format": "text", "dest": "{tmp}"}, "is a directory"),
        ({"format": "text", "dest": "{tmp}/no/such"}, "does not exist on the controller"),
        ({"format": "xml"}, "format"),
        ({"format": "text", "services": ["map"]}, "services: 'map' is unknown"),
        ({"format": "text", "regions": ["mars"]}, "regions: 'mars'"),
        ({"format": "text", "editions": ["1999"]}, "editions: '1999'"),
        ({"format": "text", "schemes": ["ftp"]}, "schemes"),
        ({"format": "text", "ports": [99999]}, "ports: 99999"),
        ({"format": "text", "services": ["gdpr"], "ports": [80]}, "no row of the catalog matches"),
        ({"format": "pac"}, "format=pac requires proxy"),
        ({"format": "squid", "changed_since": "2023-06"}, "changed_since requires format=csv"),
        ({"format": "csv", "changed_since": "1999"}, "editions: '1999'"),
        ({"format": "csv", "cloud": "dod", "onboarding": ["none"]}, "not published"),
        ({"format": "pac", "proxy": "proxy.example:3128"}, "proxy: "),
        ({"format": "squid", "proxy": PROXY}, "require format=pac"),
        ({"format": "text", "site_catalogue": "{tmp}/missing.yml"}, "site_catalogue: "),
        ({"format": "text", "site_catalogue": "{tmp}/broken.yml"}, "site_catalogue"),
        ({"format": "text", "site_catalogue": "{tmp}/wildcard.yml"}, "must not have an allow rule"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    host: SimulatedFleet, tmp_path: Path, arguments: dict[str, Any], named: str
) -> None:
    (tmp_path / "broken.yml").write_text("rows: [", encoding="utf-8")
    row = {"id": "x", "service": "storage", "pattern": "*.blob.core.windows.net", "purpose": "x"}
    (tmp_path / "wildcard.yml").write_text(yaml.safe_dump({"schema": 1, "rows": [row]}), encoding="utf-8")
    dest = tmp_path / "out.txt"
    given = {"dest": str(dest), **arguments}
    filled = {
        key: value.replace("{tmp}", str(tmp_path)) if isinstance(value, str) else value for key, value in given.items()
    }
    run = host.module("endpoint_export", **filled)
    assert run.kind("it") == "failed"
    assert named in run.of("it")["msg"]
    assert not dest.exists()
    assert not (tmp_path / "relative.txt").exists()


def test_become_is_refused(host: SimulatedFleet, tmp_path: Path) -> None:
    run = host.play(
        [
            {
                "name": "it",
                "become": True,
                "become_method": "ansible.builtin.runas",
                "become_user": "SYSTEM",
                "windefend.maps.endpoint_export": {"dest": str(tmp_path / "x"), "format": "text"},
            }
        ]
    )
    assert run.kind("it") == "failed"
    assert "does not support become" in run.of("it")["msg"]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (f"query('{LOOKUP}', 'map')", "services: 'map' is unknown"),
        (f"query('{LOOKUP}', 7)", "position 0"),
        (f"query('{LOOKUP}', ports=[0])", "ports: 0"),
        (f"query('{LOOKUP}', result='changes')", "require each other"),
        (f"query('{LOOKUP}', changed_since='2023-06')", "require each other"),
        (f"query('{LOOKUP}', regions=['mars'])", "regions: 'mars'"),
        (f"query('{LOOKUP}', site_catalogue='/no/such.yml')", "site_catalogue: /no/such.yml"),
    ],
)
def test_the_lookup_refuses_by_name(host: SimulatedFleet, expression: str, named: str) -> None:
    run = host.play([{"name": "it", "ansible.builtin.debug": {"msg": f"{{{{ {expression} }}}}"}}])
    assert run.kind("it") == "failed"
    assert named in run.of("it")["msg"]
