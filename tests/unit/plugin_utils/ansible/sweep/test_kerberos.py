"""Kerberos principals of one process: who may be read together, and with which cache."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.kerberos import (
    AMBIENT_CREDENTIALS,
    ENVIRONMENT,
    KerberosRounds,
    kerberos_principal,
)


class Connection:
    """The options of a winrm connection, and its way to a ticket."""

    def __init__(self, **options: Any) -> None:
        self._options = {"remote_user": "a", "remote_password": "b", "transport": ["kerberos"], **options}
        self.asked: list[str] = []

    @property
    def transport(self) -> str:
        return "psrp" if "auth" in self._options else str(self._options.get("plugin", "winrm"))

    def get_option(self, name: str) -> Any:
        return self._options.get(name, {} if name == "_extras" else None)

    def _kerb_auth(self, principal: str, _password: str) -> None:
        self.asked.append(principal)
        os.environ[ENVIRONMENT] = f"FILE:{principal}"
        if principal == "nobody":
            raise LookupError("no such principal")


@pytest.mark.parametrize(
    ("options", "principal"),
    [
        ({"transport": ["ntlm"]}, None),
        ({"transport": None}, None),
        ({"transport": [None]}, None),
        ({"transport": None, "remote_user": "a@CORP.EXAMPLE"}, ("a@CORP.EXAMPLE", "b", None, None, (), None)),
        ({"transport": ["ntlm"], "remote_user": "a@CORP.EXAMPLE"}, None),
        ({"transport": ["ntlm", "kerberos"]}, ("a", "b", None, None, (), None)),
        ({"remote_password": None}, AMBIENT_CREDENTIALS),
        ({"kerberos_mode": "manual"}, AMBIENT_CREDENTIALS),
        ({"kerberos_mode": "managed", "remote_password": ""}, ("a", "", None, None, (), None)),
        ({"kinit_args": "-f", "kinit_env_vars": ["X"]}, ("a", "b", None, "-f", ("X",), None)),
        (
            {"_extras": {"ansible_winrm_kerberos_delegation": True}, "kerberos_command": "/opt/kinit"},
            ("a", "b", "/opt/kinit", None, (), True),
        ),
        ({"plugin": "ssh"}, AMBIENT_CREDENTIALS),
        ({"auth": "kerberos"}, None),
        ({"auth": "ntlm", "remote_password": None}, None),
        ({"auth": "kerberos", "remote_password": None}, AMBIENT_CREDENTIALS),
        ({"auth": "negotiate", "remote_password": None}, AMBIENT_CREDENTIALS),
    ],
)
def test_as_whom_a_connection_logs_on(options: dict[str, Any], principal: tuple[Any, ...] | None) -> None:
    assert kerberos_principal(Connection(**options)) == principal


def test_each_principal_has_a_round_and_one_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "FILE:before")
    a, a_too, b, found, ntlm = (
        Connection(),
        Connection(),
        Connection(remote_user="b"),
        Connection(kerberos_mode="manual"),
        Connection(transport=["ntlm"]),
    )
    with KerberosRounds() as tickets:
        assert [tickets.admit(*one) for one in (("1", a), ("2", b), ("3", ntlm), ("4", a_too), ("5", found))] == [
            True,
            False,
            True,
            True,
            False,
        ]
        for connection in (a_too, a):
            connection._kerb_auth("a", "b")
        assert (a.asked, a_too.asked) == ([], ["a"]), "one ticket, by whoever asks first, for only that one is ready"
        assert os.environ[ENVIRONMENT] == "FILE:a"

        assert tickets.next_round() == ["2"]
        assert os.environ[ENVIRONMENT] == "FILE:before"
        assert tickets.admit("2", b)
        b._kerb_auth("b", "b")
        assert os.environ[ENVIRONMENT] == "FILE:b"

        assert tickets.next_round() == ["5"]
        assert tickets.admit("5", found)
        assert os.environ[ENVIRONMENT] == "FILE:before", "the ticket that was found belongs to it"
        assert tickets.next_round() == []
    assert os.environ[ENVIRONMENT] == "FILE:before"


def test_a_ticket_that_cannot_be_had_is_told_to_every_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    pair = [Connection(remote_user="nobody"), Connection(remote_user="nobody")]
    with KerberosRounds() as tickets:
        for connection in pair:
            assert tickets.admit("pc", connection)
            with pytest.raises(LookupError, match="no such principal"):
                connection._kerb_auth("nobody", "b")
    assert [connection.asked for connection in pair] == [["nobody"], []]
    assert ENVIRONMENT not in os.environ
