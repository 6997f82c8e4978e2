"""The endpoints as Windows' own commands see them."""

import pytest

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
MPCMDRUN = r'"C:\Program Files\Windows Defender\MpCmdRun.exe"'


@pytest.mark.parametrize("name", ["office-en", "office-ja"])
def test_the_office_goes_through_the_proxy(winsim_running, name):
    shown = winsim_running.host(name).run("netsh winhttp show proxy").stdout
    assert "proxy.corp.example:3128" in shown


def test_the_branch_goes_directly(winsim_running):
    shown = winsim_running.host("branch").run("netsh winhttp show proxy").stdout
    assert "Direct access" in shown


def test_every_endpoint_reaches_the_cloud_and_sends_what_it_may(winsim_running):
    for name in winsim_running.names:
        host = winsim_running.host(name)
        assert host.run(f"{MPCMDRUN} -ValidateMapsConnection").rc == 0
        assert "0x1" in host.run(f'reg query "{SPYNET}" /v SubmitSamplesConsent').stdout


def test_winsim_knew_every_command(winsim_running):
    assert winsim_running.unknown() == []
    assert winsim_running.open_shells() == []
