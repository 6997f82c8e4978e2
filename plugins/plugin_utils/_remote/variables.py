"""What messages call the variables of a connection: they are written for winrm, and psrp has other names."""

from __future__ import annotations

import re

_PSRP = {
    "set ansible_winrm_proxy to '' for it": "set ansible_psrp_ignore_proxy: true for it",
    "so that Ansible gets it (ansible_winrm_kinit_mode: managed)": "so that one is acquired with it",
    "or name it in ansible_winrm_kinit_cmd": "which psrp does not start itself",
    "ansible_winrm_transport": "ansible_psrp_auth",
    "ansible_winrm_scheme": "ansible_psrp_protocol",
    "ansible_winrm_path": "ansible_psrp_path",
    "ansible_winrm_proxy": "ansible_psrp_proxy",
    "ansible_winrm_message_encryption": "ansible_psrp_message_encryption",
    "ansible_winrm_ca_trust_path": "ansible_psrp_ca_cert",
    "ansible_winrm_cert_pem": "ansible_psrp_certificate_pem",
    "ansible_winrm_cert_key_pem": "ansible_psrp_certificate_key_pem",
    "ansible_winrm_kerberos_hostname_override": "ansible_psrp_negotiate_hostname_override",
    "ansible_winrm_read_timeout_sec": "ansible_psrp_read_timeout",
    "'pywinrm[kerberos]'": "'pypsrp[kerberos]'",
    "'pywinrm[credssp]' requests_ntlm": "'pypsrp[credssp]'",
    "known to pywinrm": "known to pypsrp",
}
_WINRMS = re.compile("|".join(map(re.escape, _PSRP)))


def in_words_of_psrp(message: str) -> str:
    """A message about a winrm connection as it has to be for one of psrp."""
    return _WINRMS.sub(lambda found: _PSRP[found[0]], message)
