# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup windefend.maps.endpoints. Ansible takes a lookup's options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoints
short_description: Return the endpoints that Microsoft Defender Antivirus needs
version_added: 1.0.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - Returns the rows of Microsoft's article about the network connections of Microsoft Defender Antivirus, those of
    Microsoft's pages about Defender for Endpoint and the Defender Core service, and then the rows of your own file.
  - Runs on the controller without network access.
  - There must be no allow rule for the row C(*.blob.core.windows.net). It has RV(_raw[].allow=false) and no probes.
options:
  _terms:
    description:
      - Services. By default, all services.
      - The catalog has V(maps), V(update), V(adl), V(storage), V(crl), V(gdpr), V(streamlined), V(core), V(edr),
        V(smartscreen), V(live-response), V(management), V(scanner) and V(ocsp).
    type: list
    elements: str
  regions:
    description:
      - Regions, such as V(us), V(eu), V(uk) and V(au). Rows of the region V(global) belong to every region.
    type: list
    elements: str
    default: []
  ports:
    description:
      - TCP ports. For rows with several ports, only the selected ports are returned.
    type: list
    elements: int
    default: []
  schemes:
    description:
      - Schemes. For rows with several schemes, only the selected schemes are returned.
    type: list
    elements: str
    choices:
      - https
      - http
    default: []
  editions:
    description:
      - Editions. V(2023-06), V(2024-10), V(2025-10) and V(2026-07) are those of the article; V(2026-09) also has the
        rows of Microsoft's other pages. V(today) stands for the newest.
      - Your own rows without an edition do not belong to any edition.
    type: list
    elements: str
    default: []
    aliases:
      - edition
  onboarding:
    description:
      - Kinds of hosts. V(none) are hosts that are not onboarded to Defender for Endpoint, V(standard) and
        V(streamlined) are the ways in which others connect. By default, all of them.
      - Hosts with Windows 10 1607 to 1803 need the rows of V(standard) even if they are on streamlined connectivity.
    type: list
    elements: str
    choices:
      - none
      - standard
      - streamlined
    default: []
  cloud:
    description:
      - The cloud of the tenant. Microsoft publishes the addresses of the clouds of the US government for onboarded
        hosts only.
    type: str
    choices:
      - commercial
      - gcc
      - gcc-high
      - dod
    default: commercial
  changed_since:
    description:
      - An edition. Required with O(result=changes).
    type: str
  site_catalogue:
    description:
      - A YAML or JSON file on the controller with your own rows, in the schema that C(docs/perimeter.md) of the
        collection describes.
      - A row is rejected if it would allow an endpoint that must not have an allow rule.
    type: path
  result:
    description:
      - V(rows) returns the rows, V(probes) the URLs that can be used to test whether the rows are reachable.
      - V(changes) returns what the editions, by default the newest, have and O(changed_since) has not, and the reverse.
    type: str
    choices:
      - rows
      - probes
      - changes
    default: rows
seealso:
  - module: windefend.maps.endpoint_export
"""

EXAMPLES = r"""
- name: Show the storage hosts of Europe
  ansible.builtin.debug:
    msg: "{{ query('windefend.maps.endpoints', 'storage', regions=['eu']) | map(attribute='pattern') }}"

- name: Show what to ask to find out whether the revocation lists are reachable
  ansible.builtin.debug:
    msg: "{{ query('windefend.maps.endpoints', 'crl', result='probes') | map(attribute='url') }}"
"""

RETURN = r"""
_raw:
  description: The rows. With O(result=probes), the elements of RV(_raw[].probes) without duplicates. With
    O(result=changes), dictionaries with C(change) (V(added) or V(removed)), C(id), C(pattern), C(ports) and C(allow).
  type: list
  elements: dict
  contains:
    id:
      description: Name of the row.
      type: str
      sample: adl-go
    service:
      description: Service of the row.
      type: str
      sample: adl
    pattern:
      description: Host, wildcard or URL as written in the article.
      type: str
      sample: go.microsoft.com
    host:
      description: The host. For a wildcard, the part after C(*.).
      type: str
      sample: go.microsoft.com
    wildcard:
      description: Whether the row includes all subdomains of the host.
      type: bool
      sample: false
    path:
      description: The path of a URL. Empty for hosts and wildcards.
      type: str
      sample: ""
    ports:
      description: TCP ports.
      type: list
      elements: int
      sample:
        - 443
        - 80
    schemes:
      description: The schemes for the ports.
      type: list
      elements: str
      sample:
        - https
        - http
    regions:
      description: Regions of the row.
      type: list
      elements: str
      sample:
        - global
    purpose:
      description: What Defender uses the endpoint for.
      type: str
      sample: Alternate download of security intelligence that is seven or more days old
    editions:
      description: Editions that contain the row.
      type: list
      elements: str
      sample:
        - "2023-06"
        - "2024-10"
        - "2025-10"
        - "2026-07"
        - "2026-09"
    allow:
      description: Whether an allow rule is needed. V(false) means that there must be none.
      type: bool
      sample: true
    keep_inspection:
      description: Whether the endpoint must never be exempt from network inspection.
      type: bool
      sample: false
    probes:
      description:
        - What can be probed, as dictionaries with C(url), C(host), C(port) and C(scheme). For wildcards, with known
          names.
        - Empty if RV(_raw[].allow=false).
      type: list
      elements: dict
      sample:
        - url: https://go.microsoft.com/
          host: go.microsoft.com
          port: 443
          scheme: https
        - url: http://go.microsoft.com/
          host: go.microsoft.com
          port: 80
          scheme: http
    note:
      description: A note about the row. Empty if there is none.
      type: str
      sample: optional where updates come from a source of your own
    no_inspection:
      description: Whether TLS inspection must leave the endpoint alone.
      type: bool
      sample: false
    onboarding:
      description: The kinds of hosts that use the endpoint.
      type: list
      elements: str
      sample:
        - none
        - standard
        - streamlined
    clouds:
      description: The clouds to which the row belongs.
      type: list
      elements: str
      sample:
        - commercial
    systems:
      description: The operating systems for which the pages list the endpoint.
      type: list
      elements: str
      sample:
        - windows
        - windows-legacy
        - macos
        - linux
    need:
      description: V(required), V(optional), or V(unspecified) where the pages do not say.
      type: str
      sample: required
    sources:
      description: The pages that have the row, with their dates.
      type: list
      elements: str
      sample:
        - "https://learn.microsoft.com/defender-endpoint/configure-network-connections-microsoft-defender-antivirus\
          \ (2026-07-02)"
        - "https://learn.microsoft.com/defender-endpoint/standard-device-connectivity-urls-commercial (2026-07-03)"
        - "https://learn.microsoft.com/defender-endpoint/streamlined-device-connectivity-urls-commercial (2026-09-03)"
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._ansible import catalogue_loader
from ..plugin_utils._domain.catalogue import firewall_formats, rows as catalogue_rows
from ..plugin_utils._domain.operation import Refused

NAME = "windefend.maps.endpoints"


class LookupModule(LookupBase):  # type: ignore[misc]
    """Ansible's entry point."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """The rows, or their probes."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            filters = ("regions", "ports", "schemes", "editions", "onboarding")
            wanted = catalogue_rows.Wanted(
                services=_services(terms),
                **{name: tuple(self.get_option(name)) for name in filters},
                cloud=self.get_option("cloud"),
            )
            catalogue = catalogue_loader.load(self._loader, self.get_option("site_catalogue"))
            result, since = self.get_option("result"), self.get_option("changed_since")
            if (result == "changes") != (since is not None):
                raise Refused("result=changes and changed_since require each other")
            if since is not None:
                return [firewall_formats.shown_change(one) for one in catalogue_rows.changes(catalogue, wanted, since)]
            rows = catalogue_rows.select(catalogue, wanted)
        except Refused as error:
            raise AnsibleLookupError(f"{NAME}: {error}") from None
        if result == "probes":
            return list({probe["url"]: probe for row in rows for probe in row.probes()}.values())
        return [catalogue_rows.described(row) for row in rows]


def _services(terms: list[Any]) -> tuple[str, ...]:
    for position, term in enumerate(terms):
        if not isinstance(term, str):
            raise Refused(f"position {position}: {term!r} is not the name of a service")
    return tuple(str(term) for term in terms)
