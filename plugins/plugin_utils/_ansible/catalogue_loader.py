"""Reads the endpoint catalogue and a site's own rows from their files on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from ansible.errors import AnsibleError

from .._domain.catalogue import document as catalogue_document, rows as catalogue_rows
from .._domain.operation import Refused


class Loader(Protocol):
    """Ansible's reader of YAML and JSON files, vaulted ones included."""

    def load_from_file(self, file_name: str, cache: str) -> Any:
        """The data of a file."""


def load(loader: Loader, site: str | None) -> catalogue_rows.Catalogue:
    """The catalogue that comes with the collection, and after it the rows of a site's file. Raises Refused."""
    catalogue = catalogue_document.EMPTY
    for own in (Path(catalogue_document.__file__).with_name(name) for name in catalogue_document.FILES):
        catalogue = catalogue_document.parse(loader.load_from_file(str(own), cache="none"), own.name, catalogue)
    if site is None:
        return catalogue
    try:
        document = loader.load_from_file(site, cache="none")
    except AnsibleError as error:
        raise Refused(f"site_catalogue: {site} cannot be read: {error}") from None
    return catalogue_document.parse(document, f"site_catalogue {site}", catalogue)
