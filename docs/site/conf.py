"""Sphinx's settings. Nothing is asked of the network, neither here nor by a page."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ANSIBLE = "https://docs.ansible.com/ansible/latest/collections/ansible/builtin/{}.html"
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
html_theme = "furo"
html_title = f"windefend.maps {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
antsibull_ext_color_scheme = "none"


def elsewhere(_app: Sphinx, _env: BuildEnvironment, node: pending_xref, inner: nodes.Node) -> nodes.Node | None:
    """Links to Ansible's own plugins. Their inventory of labels would have to be fetched; their addresses are known."""
    found = _BUILTIN.match(node.get("reftarget", ""))
    if not found:
        return None
    return nodes.reference("", "", inner, internal=False, refuri=ANSIBLE.format(found[1]))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
