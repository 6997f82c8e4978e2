"""Every host was changed in its own way, and has the journal's copy."""

from __future__ import annotations

from typing import Any

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_every_host_is_repaired(windows: Any, winsim_running: Any) -> None:
    assert [windows(name).maps() for name in winsim_running.names] == [0, 0, 0, 0]
    assert windows("no-proxy").winhttp_proxy()[0] == "proxy.corp.example:3128"
    assert windows("dead-ja").winhttp_proxy()[0] == "proxy.corp.example:3128"
    assert windows("outbound-block").rules() == ["windefend.maps MAPS", "windefend.maps CRL"]
    assert windows("crl-blocked").value(SPYNET, "SSLOptions") == "0x2"


def test_the_host_has_its_copy_of_the_journal(windows: Any, winsim_running: Any) -> None:
    for name in winsim_running.names:
        assert windows(name).run(r"reg query HKLM\SOFTWARE\windefend.maps").rc == 0
