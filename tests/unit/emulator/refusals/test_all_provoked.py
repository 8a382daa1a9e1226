"""Every rule is provoked by a test."""

from pathlib import Path

import pytest

from tests.emulator.refusals.rules import Kind, registered


def test_each_registered_rule_is_provoked(
    request: pytest.FixtureRequest, provoked: set[tuple[Kind, str]]
) -> None:
    folder = Path(__file__).parent
    selected = {item.path for item in request.session.items}
    if set(folder.glob("test_*.py")) - selected or request.config.option.keyword:
        pytest.skip("only part of the folder's tests is selected")
    rules = {(kind, call) for kind, calls in registered().items() for call in calls}
    assert rules - provoked == set()
