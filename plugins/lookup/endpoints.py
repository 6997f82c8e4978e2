# Copyright: windefend.maps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup windefend.maps.endpoints. Ansible takes a lookup's options from here, not from a file beside it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoints
short_description: Return the endpoints that Microsoft Defender Antivirus needs
version_added: 0.1.0
extends_documentation_fragment:
  - windefend.maps.common
description:
  - Returns the rows of Microsoft's article about the network connections of Microsoft Defender Antivirus, followed by
    the rows of your own file.
  - Runs on the controller without network access.
  - There must be no allow rule for the row C(*.blob.core.windows.net). It has RV(_raw[].allow=false) and no probes.
options:
  _terms:
    description:
      - Services. By default, all services.
      - The catalog has V(maps), V(update), V(adl), V(storage), V(crl) and V(gdpr).
    type: list
    elements: str
  regions:
    description:
      - Regions, such as V(us), V(eu) and V(uk). Rows of the region V(global) belong to every region.
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
      - Editions of the article. V(2023-06), V(2025-10) and V(2026-07) are in the catalog.
      - Your own rows without an edition do not belong to any edition.
    type: list
    elements: str
    default: []
  site_catalogue:
    description:
      - A YAML or JSON file on the controller with your own rows, in the schema that C(docs/perimeter.md) of the
        collection describes.
      - A row is rejected if it would allow an endpoint that must not have an allow rule.
    type: path
  result:
    description:
      - V(rows) returns the rows, V(probes) the URLs that can be used to test whether the rows are reachable.
    type: str
    choices:
      - rows
      - probes
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
  description: The rows. With O(result=probes), the elements of RV(_raw[].probes) without duplicates.
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
      description: Editions of the article that contain the row.
      type: list
      elements: str
      sample:
        - "2023-06"
        - "2025-10"
        - "2026-07"
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
      sample: ""
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils._ansible import catalogue_loader
from ..plugin_utils._domain.catalogue import rows as catalogue_rows
from ..plugin_utils._domain.operation import Refused

NAME = "windefend.maps.endpoints"


class LookupModule(LookupBase):  # type: ignore[misc]
    """Ansible's entry point."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """The rows, or their probes."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            wanted = catalogue_rows.Wanted(
                services=_services(terms),
                **{name: tuple(self.get_option(name)) for name in ("regions", "ports", "schemes", "editions")},
            )
            rows = catalogue_rows.select(catalogue_loader.load(self._loader, self.get_option("site_catalogue")), wanted)
        except Refused as error:
            raise AnsibleLookupError(f"{NAME}: {error}") from None
        if self.get_option("result") == "probes":
            return list({probe["url"]: probe for row in rows for probe in row.probes()}.values())
        return [catalogue_rows.described(row) for row in rows]


def _services(terms: list[Any]) -> tuple[str, ...]:
    for position, term in enumerate(terms):
        if not isinstance(term, str):
            raise Refused(f"position {position}: {term!r} is not the name of a service")
    return tuple(str(term) for term in terms)
