"""Unpacks some collections of the package ansible: unpack_collections.py WHEEL FOLDER NAMESPACE[/COLLECTION]..."""

from __future__ import annotations

import sys
import zipfile


def unpack(wheel: str, folder: str, collections: list[str]) -> None:
    """The files of these collections, and of no other."""
    chosen = tuple(f"ansible_collections/{name}/" for name in collections)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith(chosen)])


if __name__ == "__main__":
    unpack(sys.argv[1], sys.argv[2], sys.argv[3:])
