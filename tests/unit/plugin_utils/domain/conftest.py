"""A simulated host that can be cut off, and its journal; a test file may have others by these names."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.windefend.maps.tests.support.remediation import Journal, MortalHost
from ansible_collections.windefend.maps.tests.support.simulated_host import machine


@pytest.fixture
def host() -> MortalHost:
    return MortalHost(machine())


@pytest.fixture
def journal_of(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path / "journal")
