"""Real modules run on a server with its own limits, beside the same neighbour."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def limits():
    return {}
