"""The envelopes that are filled in are those that pywinrm writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import envelopes
from winrm.protocol import Protocol

SHELL, COMMAND = "11111111-2222-3333-4444-555555555555", "AAAAAAAA-2222-3333-4444-555555555555"
LINE = "echo <a> & \"b\" 'c' @SHELL@ @MESSAGE@ ]]> \u30d7\u30ed\u30ad\u30b7"
TIMEOUT = 17


class Heard(Exception):
    """What pywinrm would have sent."""


class Pywinrm(Protocol):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(
            "http://pc/wsman", username="a", password="b", operation_timeout_sec=TIMEOUT, read_timeout_sec=30
        )

    def send_message(self, message: str) -> bytes:
        raise Heard(message)


def of_pywinrm(call: Callable[[Any], object]) -> str:
    with pytest.raises(Heard) as heard:
        call(Pywinrm())
    return str(heard.value)


def comparable(envelope: str) -> str:
    """As XML, so that the spelling of an escape does not count, and without the random id."""
    text, ids = re.subn(r"uuid:[0-9a-f-]{36}", "uuid:", envelope)
    assert ids == 1
    return ElementTree.canonicalize(text)


@pytest.mark.parametrize(
    ("ours", "call"),
    [
        (lambda: envelopes.create(TIMEOUT), lambda p: p.open_shell(codepage=65001)),
        (lambda: envelopes.command(TIMEOUT, SHELL, LINE, True), lambda p: p.run_command(SHELL, LINE)),
        (
            lambda: envelopes.command(TIMEOUT, SHELL, LINE, False),
            lambda p: p.run_command(SHELL, LINE, console_mode_stdin=False),
        ),
        (
            lambda: envelopes.receive(SHELL, COMMAND, 17.0).replace("PT17.000S", "PT17S"),
            lambda p: p.get_command_output_raw(SHELL, COMMAND),
        ),
        (
            lambda: envelopes.send(TIMEOUT, SHELL, COMMAND, b"\0\xff text\r\n"),
            lambda p: p.send_command_input(SHELL, COMMAND, b"\0\xff text\r\n", end=True),
        ),
        (lambda: envelopes.terminate(TIMEOUT, SHELL, COMMAND), lambda p: p.cleanup_command(SHELL, COMMAND)),
        (lambda: envelopes.delete(TIMEOUT, SHELL), lambda p: p.close_shell(SHELL)),
    ],
    ids=["create", "command", "command-with-input", "receive", "send", "terminate", "delete"],
)
def test_an_envelope_is_pywinrms(ours: Callable[[], str], call: Callable[[Any], object]) -> None:
    assert comparable(ours()) == comparable(of_pywinrm(call))
    assert ours() != ours(), "each message has an id of its own"
