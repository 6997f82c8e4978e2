"""Lets Python's own loader load what lies below plugin_utils, so that it is not compiled in every run.

Ansible's loader for collections compiles each module from its source every time (ansible-core 2.19 to 2.21:
`_AnsibleCollectionPkgLoaderBase.get_code`). Python's keeps bytecode in `__pycache__` where it may write there, and
compares the source's size and time of change before it uses it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_PACKAGE = __name__.rpartition("._ansible.")[0]


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See MetaPathFinder.find_spec."""
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        found = (_in_folder(folder).find_spec(fullname) for folder in path or ())
        return next((spec for spec in found if spec is not None and spec.loader is not None), None)


@functools.cache
def _in_folder(folder: str) -> FileFinder:
    return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))


@functools.cache
def keep_bytecode() -> None:
    """For all that is imported from now on; does nothing where Python's own loader loads the package anyway.

    To be called when a plugin runs: importing one must not change how others are imported (ansible-test says so).
    """
    if not isinstance(vars(sys.modules[_PACKAGE]).get("__loader__"), SourceFileLoader):
        sys.meta_path.insert(0, _Finder())
