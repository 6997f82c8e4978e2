"""The catalogue as tests read it: without Ansible, straight from its files."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.catalogue import document, rows as catalogue_rows
from ansible_collections.windefend.maps.tests.support.fleet import ROOT

FOLDER = ROOT / "plugins" / "plugin_utils" / "_domain" / "catalogue"
SITE: dict[str, Any] = {
    "schema": 1,
    "services": {"relay": "Our own relay"},
    "rows": [
        {"id": "relay", "service": "relay", "pattern": "relay.corp.example", "purpose": "Ours", "ports": [8443, 80]},
        {
            "id": "relay-all",
            "service": "relay",
            "pattern": "*.relay.corp.example",
            "purpose": "=1+1 | `x` <b>",
            "regions": ["eu"],
            "probe_hosts": ["a.relay.corp.example"],
        },
        {"id": "mirror", "service": "adl", "pattern": "http://mirror.corp.example/av.d/", "purpose": "Ours"},
    ],
}
"""A site's own document, with a port of its own and texts that a careless format would break on."""


def own() -> catalogue_rows.Catalogue:
    """The catalogue that comes with the collection."""
    found = document.EMPTY
    for name in document.FILES:
        found = document.parse(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")), name, found)
    return found


def with_site() -> catalogue_rows.Catalogue:
    """The same with a site's rows."""
    return document.parse(SITE, "site", own())
