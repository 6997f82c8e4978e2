"""Sphinx's settings. Nothing is asked of the network, neither here nor by a page."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ANSIBLE = "https://docs.ansible.com/ansible/latest/"
GUIDES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "filter_plugins": "plugins/filter.html",
    "lookup_plugins": "plugins/lookup.html",
}
"""Labels of Ansible's own documentation. Its inventory of labels would have to be fetched."""
_BUILTIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+?_(?:module|connection|callback|filter|lookup))")
_ROOT = Path(__file__).resolve().parents[2]

project = "windefend.maps"
author = "windefend.maps contributors"
project_copyright = author
release = next(
    line.partition(": ")[2] for line in (_ROOT / "galaxy.yml").read_text().splitlines() if line.startswith("version: ")
)
extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 4
exclude_patterns = ["files/**"]
html_theme = "furo"
html_title = f"windefend.maps {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
antsibull_ext_color_scheme = "none"


def elsewhere(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, inner: nodes.Node) -> nodes.Node | None:
    """Links into Ansible's own documentation, which is not part of this site."""
    target = node.get("reftarget", "")
    found = _BUILTIN.match(target)
    page = f"collections/ansible/builtin/{found[1]}.html" if found else GUIDES.get(target)
    return nodes.reference("", "", inner, internal=False, refuri=ANSIBLE + page) if page else None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
