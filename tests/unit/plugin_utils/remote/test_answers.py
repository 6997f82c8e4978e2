"""Reading of ReceiveResponse answers: what real servers send that a simple reader gets wrong."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.soap import read_answer

HEAD = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Body><rsp:ReceiveResponse>'
)
TAIL = "</rsp:ReceiveResponse></s:Body></s:Envelope>"
STATE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/"


def stream(name: str, data: bytes) -> str:
    return f'<rsp:Stream Name="{name}" CommandId="X">{base64.b64encode(data).decode()}</rsp:Stream>'


def state(name: str, code: str | None = None) -> str:
    inner = f"<rsp:ExitCode>{code}</rsp:ExitCode>" if code is not None else ""
    return f'<rsp:CommandState CommandId="X" State="{STATE}{name}">{inner}</rsp:CommandState>'


def answer(*parts: str) -> bytes:
    return (HEAD + "".join(parts) + TAIL).encode()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([state("Running")], None),
        ([state("Pending")], None),
        ([state("Done", "0")], 0),
        ([state("Done", "-2147012721")], -2147012721),
        ([state("Done")], 0),
        # Several states in one answer, the first saying 0: the one that is done counts.
        ([state("Running", "0"), state("Done", "5")], 5),
        ([state("Pending", "0"), state("Running", "0"), state("Done", "1")], 1),
        ([state("Running", "0"), state("Running", "0")], None),
    ],
)
def test_exit_code(parts: list[str], code: int | None) -> None:
    assert read_answer(answer(*parts))[0] == code


def test_chunks_may_split_inside_a_character() -> None:
    data = "直接アクセス".encode()
    cut = 4
    _code, chunks = read_answer(
        answer(stream("stdout", data[:cut]), stream("stderr", b"e"), stream("stdout", data[cut:]))
    )
    assert b"".join(chunk for name, chunk in chunks if name == "stdout").decode() == "直接アクセス"


def test_empty_end_elements_are_no_output() -> None:
    _code, chunks = read_answer(answer('<rsp:Stream Name="stdout" CommandId="X" End="true"></rsp:Stream>'))
    assert chunks == []
