"""Tests that need what not every machine has."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest


def needs(missing: Sequence[str], install: str) -> pytest.MarkDecorator:
    """Skips a test where something is missing, and says how to install it; not in CI, which installs it."""
    return pytest.mark.skipif(
        bool(missing) and not os.environ.get("CI"), reason=f"needs {', '.join(missing)}: {install}"
    )
