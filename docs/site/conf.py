"""Sphinx's settings. Nothing is asked of the network, neither here nor by a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref, toctree
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ANSIBLE = "https://docs.ansible.com/ansible/latest/"
GUIDES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "filter_plugins": "plugins/filter.html",
    "inventory_plugins": "plugins/inventory.html",
    "lookup_plugins": "plugins/lookup.html",
}
"""Labels of Ansible's own documentation. Its inventory of labels would have to be fetched."""
_BUILTIN = re.compile(
    r"ansible_collections\.ansible\.builtin\.(\w+?_(?:module|connection|callback|filter|inventory|lookup))"
)
_PLUGIN = re.compile(r"reference/(\w+)_(?:module|filter|inventory|lookup|callback|role)")
_INTERNAL = "Internal - "
"""With these words the short description of a plugin begins that is meant for the collection alone."""
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
html_favicon = "static/icon.svg"
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


def fit(app: Sphinx, doctree: nodes.document) -> None:
    """Makes generated pages fit the theme: it has a list of sections beside every page, and a menu with little room."""
    if app.env.docname == "reference/index":
        group_internal(doctree)
    for topic in list(doctree.findall(nodes.topic)):
        if "contents" in topic["classes"]:
            topic.parent.remove(topic)
    for tree in doctree.findall(toctree):
        tree["entries"] = [(title or _short(page), page) for title, page in tree["entries"]]


def group_internal(doctree: nodes.document) -> None:
    """Moves internal plugins out of the lists of plugins, each into a list below its own."""
    for listing in list(doctree.findall(nodes.bullet_list)):
        internal = [item for item in listing.children if _INTERNAL in item.astext()]
        for item in internal:
            listing.remove(item)
        if internal:
            head = nodes.paragraph("", "Internal, for the roles and playbooks of this collection only:")
            listing.parent.insert(listing.parent.index(listing) + 1, [head, nodes.bullet_list("", *internal)])


def reachable(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Lets somebody without a mouse scroll what is wider than its place. What antsibull-docs writes on its links is no
    attribute of HTML, and a link is no button."""
    if "body" in context:
        body = context["body"].replace("<pre>", '<pre tabindex="0">').replace(' aria-role="button"', "")
        context["body"] = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')


def _short(page: str) -> str | None:
    """`reference/spynet_module` is `spynet` in the menu; others have their own title."""
    found = _PLUGIN.fullmatch(page)
    return found[1] if found else None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", elsewhere)
    # Before Sphinx collects the menu from the page.
    app.connect("doctree-read", fit, priority=100)
    app.connect("html-page-context", reachable)
