"""Fleets, as the integration tests have them."""

from __future__ import annotations

from ansible_collections.windefend.maps.tests.integration.conftest import start_fleet

__all__ = ["start_fleet"]
