"""Every rule is provoked by a test, with at least one of the calls that it refuses."""

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
    not_provoked = {
        (kind, *sorted(calls))
        for kind, calls in registered()
        if not any((kind, call) in provoked for call in calls)
    }
    assert not_provoked == set()
