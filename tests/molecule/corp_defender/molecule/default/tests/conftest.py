"""Finds the collection where Ansible finds it, and takes winsim's fixtures from it."""

import sys

from ansible import constants

sys.path += constants.COLLECTIONS_PATHS
pytest_plugins = ["ansible_collections.windefend.maps.winsim.pytest_plugin"]
