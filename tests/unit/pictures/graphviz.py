"""Graphviz, which not every machine has."""

import os
import shutil

import pytest


def require_graphviz() -> None:
    """Skip the test without Graphviz, or fail it with REQUIRE_GRAPHVIZ=1."""
    if shutil.which("neato"):
        return
    if os.environ.get("REQUIRE_GRAPHVIZ") == "1":
        pytest.fail("REQUIRE_GRAPHVIZ=1, but Graphviz is not installed", pytrace=False)
    pytest.skip("Graphviz is not installed")
