"""Each host is as it was made, with nothing of ours on it: before the repair, and again after the rollback."""

from __future__ import annotations

from typing import Any

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_no_repair_is_on_a_host(windows: Any) -> None:
    assert windows("no-proxy").winhttp_proxy() == ()
    assert windows("dead-ja").winhttp_proxy()[0] == "old-proxy.corp.example:8080"
    assert windows("outbound-block").rules() == []
    assert windows("crl-blocked").value(SPYNET, "SSLOptions") is None


def test_every_host_is_broken(windows: Any, winsim_running: Any) -> None:
    assert 0 not in [windows(name).maps() for name in winsim_running.names]


def test_no_journal_is_on_a_host(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        assert windows(name).run(r"reg query HKLM\SOFTWARE\windefend.maps").rc == 1
