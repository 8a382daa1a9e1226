"""The deployment that is tested with every setting set leaves none of them at its default."""

from typing import Any

import pytest
from pydantic import BaseModel

from constructs_lib.settings.loader import VARIABLES
from constructs_lib.settings.model import Settings
from tests.unit.synthesis import settings_of
from tests.variables import EVERYTHING_ON, variables_of


def values(settings: Settings) -> dict[str, Any]:
    """Settings as nested dictionaries."""
    return {
        name: dict(value) if isinstance(value, BaseModel) else value for name, value in dict(settings).items()
    }


DEFAULTS = values(settings_of("dev"))
SET = values(settings_of(EVERYTHING_ON))


def test_it_has_a_region_and_a_suffix_of_its_own() -> None:
    assert SET["region"] != DEFAULTS["region"]
    assert len(SET["suffix"]) == 20


@pytest.mark.parametrize("variable", VARIABLES)
def test_it_sets(variable: str) -> None:
    group, name = VARIABLES[variable]
    assert variable in variables_of(EVERYTHING_ON)
    assert SET[group][name] != DEFAULTS[group][name]


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, name) for group, values in SET.items() if isinstance(values, dict) for name in values],
)
def test_a_list_has_two_members(group: str, name: str) -> None:
    value = SET[group][name]
    if not isinstance(value, str | int | bool | None):
        assert len(value) == 2
