"""What a refused shell means: from the texts that pywinrm and Ansible pass on."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.faults import explain_refusal, fault_code
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.hints import connection_hint

DENIED = (
    "ntlm: Access is denied. (extended fault data: {'transport_message': 'Bad HTTP response returned from server. "
    "Code 500', 'http_status_code': 500, 'wsmanfault_code': 5, 'fault_code': 's:Sender', 'fault_subcode': "
    "'w:AccessDenied'})"
)


def test_code() -> None:
    assert fault_code(DENIED) == 5
    assert fault_code("ntlm: the specified credentials were rejected by the server") is None


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (DENIED.replace("': 5,", "': 2150859180,"), "AllowRemoteShellAccess"),
        (DENIED.replace("': 5,", "': 2150859173,"), "MaxShellsPerUser"),
        ("ntlm: Access is denied.", "LocalAccountTokenFilterPolicy"),
        (DENIED, "LocalAccountTokenFilterPolicy"),
        (DENIED.replace("Access is denied", "アクセスが拒否されました"), "LocalAccountTokenFilterPolicy"),
        (
            "ntlm: The WS-Management service cannot process the request. This user is allowed a maximum number of "
            "5 concurrent shells, which has been exceeded.",
            "MaxShellsPerUser",
        ),
    ],
)
def test_refusal_is_explained(message: str, names: str) -> None:
    meaning = explain_refusal(message)
    assert meaning is not None
    assert names in meaning


@pytest.mark.parametrize(
    "message",
    [
        "ntlm: the specified credentials were rejected by the server",
        "ntlm: HTTPConnectionPool(host='127.0.1.1', port=5985): Max retries exceeded (Connection refused)",
        "ntlm:",
    ],
)
def test_other_failures_are_not_taken_for_refusals(message: str) -> None:
    assert explain_refusal(message) is None


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ntlm: the specified credentials were rejected by the server", "ansible_password"),
        ("ntlm: HTTPConnectionPool(host='192.0.2.1', port=5985): [Errno 111] Connection refused", "ansible_port"),
        ("HTTPSConnectionPool: Failed to resolve 'pc.example' ([Errno -2] Name or service not known)", "ansible_port"),
        ("ntlm: no answer in time", "ansible_port"),
        ("SSLError(SSLCertVerificationError: certificate verify failed: unable to get local issuer)", "ca_trust_path"),
    ],
)
def test_a_connection_that_failed_is_told_with_what_to_look_at(message: str, told: str) -> None:
    assert told in connection_hint(message)


def test_no_hint_is_made_up() -> None:
    assert connection_hint("Bad HTTP response returned from server. Code 418") == ""
