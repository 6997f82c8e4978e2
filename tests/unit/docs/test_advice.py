"""Advice that was wrong once: what the pages must say now, and what they must not say (expert E8 to E10, M4 to M13)."""

from __future__ import annotations

import re

import pytest
from ansible_collections.windefend.maps.tests.support.checkout import ROOT

REAL_HOSTS, FAQ, ARTICLE = "docs/real-hosts.md", "docs/faq.md", "docs/article.md"
SAID = (
    (REAL_HOSTS, "winrm create winrm/config/Listener?Address=*+Transport=HTTPS"),
    (REAL_HOSTS, "may set `LocalAccountTokenFilterPolicy`"),
    (REAL_HOSTS, "Policies\\System /v LocalAccountTokenFilterPolicy"),
    (REAL_HOSTS, "`S-1-5-114`"),
    (REAL_HOSTS, "LAPS"),
    (REAL_HOSTS, "NTLM works for now"),
    (REAL_HOSTS, "CredSSP sends the account's password to the host"),
    (REAL_HOSTS, "(JEA)"),
    (REAL_HOSTS, "what monitoring sees"),
    (FAQ, "what monitoring sees"),
    (FAQ, "CredSSP sends the password to the host"),
    ("docs/commands.md", "`\\windefend-maps-*`"),
    (ARTICLE, "can make downloads fail"),
    (ARTICLE, "`ProxySettingsPerUser` = 0"),
    (ARTICLE, "`TelemetryProxyServer`"),
    (ARTICLE, '`bypass-list=""` exempts names without a dot'),
    (ARTICLE, "reset autoproxy"),
    (ARTICLE, "scans: the machine-wide WinHTTP proxy, then the user's"),
    ("roles/firewall/README.md", "`MdCoreSvc`"),
    ("roles/firewall/README.md", "windows-itpro-docs#8093"),
    ("plugins/modules/firewall_rule.yml", "windows-itpro-docs#8093"),
)
NEVER = (
    (REAL_HOSTS, r"(?m)^winrm quickconfig"),
    (REAL_HOSTS, r"Repairing raises none"),
    (FAQ, r"Only the test file does"),
)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "words"), SAID)
def test_the_advice(page: str, words: str) -> None:
    assert words in " ".join(text(page).split())


@pytest.mark.parametrize(("page", "pattern"), NEVER)
def test_what_was_wrong(page: str, pattern: str) -> None:
    assert re.search(pattern, text(page)) is None
