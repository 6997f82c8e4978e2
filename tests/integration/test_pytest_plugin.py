"""winsim's pytest fixtures, as somebody's own tests use them: each test here runs pytest on a file that it writes."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.windefend.maps.winsim import background

pytest_plugins = ["pytester"]

CONFTEST = 'pytest_plugins = ["ansible_collections.windefend.maps.winsim.pytest_plugin"]'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python finds the collection, and nothing else that happens to be installed."""
    monkeypatch.setenv("PYTHONPATH", str(pathlib.Path(background.__file__).parents[4]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_a_fleet_of_a_tests_own(pytester: pytest.Pytester) -> None:
    test = r"""
    def test_it(winsim):
        tls = {"name": "c", "tls": "self_signed"}
        fleet = winsim({"hosts": [{"name": "a", "scenario": "proxy_dead"}, {"name": "b", "locale": "ja"}, tls]})
        assert fleet.names == ["a", "b", "c"]
        assert fleet.host("a").run("hostname").stdout.strip() == "A"
        assert fleet.host("c").run("hostname").stdout.strip() == "C"
        assert fleet.variables("a")["winsim_expected_cause"] == "winhttp_proxy_dead"
        before = fleet.state("b")
        fleet.change("b", "no_winhttp_proxy_72efe")
        assert fleet.state("b") != before
        assert "hostname" in fleet.commands("a")[0]
        assert fleet.machines["b"].locale.language == "ja"
        other = winsim({"network": "127.19.0.0/24", "hosts": [{"name": "a"}]})
        assert other.host("a").run("hostname").rc == 0
    """
    run(pytester, test).assert_outcomes(passed=1)


def test_one_host_by_a_marker(pytester: pytest.Pytester) -> None:
    test = r"""
    import pytest
    MPCMDRUN = r'"C:\Program Files\Windows Defender\MpCmdRun.exe" -ValidateMapsConnection'

    @pytest.mark.winsim_host(scenario="no_winhttp_proxy_72efe", locale="ja")
    def test_broken(winsim_host):
        assert winsim_host.host("pc").run(MPCMDRUN).rc == 0x80072EFE

    def test_healthy(winsim_host):
        assert winsim_host.host("pc").run(MPCMDRUN).rc == 0
    """
    run(pytester, test, "--strict-markers").assert_outcomes(passed=2)


def test_the_example_of_the_page(pytester: pytest.Pytester) -> None:
    page = (pathlib.Path(background.__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "winsim_host(" in block]
    run(pytester, example).assert_outcomes(passed=1)


def test_an_unknown_command_fails_the_test(pytester: pytest.Pytester) -> None:
    test = r"""
    def test_careless(winsim_host):
        winsim_host.host("pc").run("frobnicate /x")

    def test_on_purpose(winsim):
        winsim({"hosts": [{"name": "pc"}]}, check=False).host("pc").run("frobnicate /x")
    """
    result = run(pytester, test)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*winsim does not know all of these commands:*", "*pc: *frobnicate*"])


def test_an_open_shell_fails_the_test(pytester: pytest.Pytester) -> None:
    test = r"""
    from winrm.protocol import Protocol

    def test_careless(winsim_host):
        of = winsim_host.variables("pc")
        where = f"http://{of['ansible_host']}:{of['ansible_port']}/wsman"
        Protocol(where, "ntlm", of["ansible_user"], of["ansible_password"], message_encryption="always").open_shell()
    """
    result = run(pytester, test)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*Shells were left open on pc*"])


RUNNING = r"""
def test_it(winsim_running):
    assert winsim_running.names == ["one"]
    assert winsim_running.host("one").run("hostname").stdout.strip() == "ONE"
    winsim_running.change("one", defender={"validation_seconds": 0.5})
    assert winsim_running.unknown() == []
    assert winsim_running.open_shells() == []
"""


def test_one_that_runs_elsewhere(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an option, and as Molecule says it."""
    (pytester.path / "fleet.yml").write_text("network: 127.18.7.0/24\nport: 0\nhosts: [{name: one}]\n")
    molecule = pytester.path / "molecule"
    place, inventory = molecule / "winsim", pathlib.Path(molecule, "inventory", "winsim.yml")
    background.start(background.Start(pytester.path / "fleet.yml", place, inventory=inventory))
    try:
        monkeypatch.setenv("MOLECULE_EPHEMERAL_DIRECTORY", str(molecule))
        run(pytester, RUNNING).assert_outcomes(passed=1)
        (place / "inventory.yml").write_text(inventory.read_text())
        monkeypatch.delenv("MOLECULE_EPHEMERAL_DIRECTORY")
        run(pytester, RUNNING, "--winsim-directory", str(place)).assert_outcomes(passed=1)
    finally:
        background.stop(place)


def test_where_none_runs_it_is_said(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOLECULE_EPHEMERAL_DIRECTORY", raising=False)
    result = run(pytester, RUNNING)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*neither Molecule runs these tests nor is there a --winsim-directory*"])
