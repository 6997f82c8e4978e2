"""What `MpCmdRun -SignatureUpdate` answers in published outputs; FILETIME; curl's command line and codes."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import curl, filetime, hresult, mpcmdrun
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry

FAILED = "Signature update started . . .\r\nERROR: Signature Update failed with {}\r\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FAILED.format("hr=80070652"), 0x80070652),
        (FAILED.format("hr=0x800704e8"), 0x800704E8),
        ("Update failed with hr: 0x80070490\r\n", 0x80070490),
        ("CmdTool: Failed with hr = 0x8007007F. Check C:\\x\\MpCmdRun.log\r\n", 0x8007007F),
        ("MpEnsureProcessMitigationPolicy: hr = 0x1\r\nERROR: failed with hr=80070652\r\n", 0x80070652),
        ("MpEnsureProcessMitigationPolicy: hr = 0x1\r\nSignature update finished.\r\n", None),
        ("hr = 0x00000001\r\n", None),
    ],
)
def test_the_code_of_a_failure(text: str, code: int | None) -> None:
    assert mpcmdrun.parse_update(text).hresult == code
    assert mpcmdrun.parse_update(text.encode("utf-16-le")).hresult == code


def test_nothing_new() -> None:
    assert mpcmdrun.parse_update("Signature update finished. No updates needed\r\n").nothing_new
    assert not mpcmdrun.parse_update("Signature update finished.\r\n").nothing_new


def test_commands() -> None:
    path = r"C:\Program Files\Windows Defender\MpCmdRun.exe"
    assert mpcmdrun.signature_update(path).text == f'"{path}" -SignatureUpdate'
    assert mpcmdrun.signature_update(path, from_microsoft=True).text == f'"{path}" -SignatureUpdate -MMPC'


@pytest.mark.parametrize("code", [0x80070652, 0x8007007F, 0x800704E8, 0x80070490, 0x8024402C, 0x8024002E, 0x80072EE7])
def test_codes_of_updates_are_explained(code: int) -> None:
    assert hresult.explain(code).known


def test_filetime() -> None:
    assert filetime.decode(bytes(8)) is None
    assert filetime.decode(b"\xff" * 8) is None
    assert filetime.decode(b"\x01") is None
    assert filetime.decode((10_000_000).to_bytes(8, "little")) == dt.datetime(1601, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
    unix = (11_644_473_600 * 10_000_000).to_bytes(8, "little")  # seconds from 1601 to 1970
    assert filetime.decode(unix) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def test_curl_command() -> None:
    assert curl.download("https://a.example/x?y=1&z=2", r"C:\a b\f.exe", proxy="p:3128", limit=60).text == (
        "curl.exe --silent --show-error --location --fail --max-time 60 --proxy http://p:3128 "
        '--output "C:\\a b\\f.exe" "https://a.example/x?y=1&z=2"'
    )
    assert "--noproxy *" in curl.download("https://a.example/", r"C:\f", proxy="", limit=1).text
    assert curl.unpack(r"C:\a\f.zip", r"C:\a b", "infected & more").text == (
        'tar.exe -xf C:\\a\\f.zip -C "C:\\a b" --passphrase "infected & more"'
    )
    with pytest.raises(CannotCarry):
        curl.download("https://a.example/%41", r"C:\f", proxy="", limit=1)


def test_code_of_schannel() -> None:
    assert curl.schannel_code("curl: (35) schannel: Unknown error (0x80092013) - 失効".encode()) == 0x80092013
    assert curl.schannel_code(b"curl: (6) Could not resolve host: a") is None
