"""The deployment EVERYTHING_ON sets every setting to a value other than its default."""

from typing import Any

import pytest
from pydantic import BaseModel

from constructs_lib.settings.loader import VARIABLES
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.unit.synthesis import settings_of
from tests.variables import EVERYTHING_ON, variables_of


def values(settings: Settings) -> dict[str, Any]:
    """Return settings as nested dictionaries."""
    return {
        name: dict(value) if isinstance(value, BaseModel) else value for name, value in dict(settings).items()
    }


DEFAULTS = values(settings_of("dev"))
SET = values(settings_of(EVERYTHING_ON))


def test_the_region_is_not_the_default() -> None:
    assert SET["region"] != DEFAULTS["region"]


def test_the_suffix_has_the_maximum_length() -> None:
    assert len(SET["suffix"]) == MAX_SUFFIX_LENGTH


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_setting_has_a_value_other_than_its_default(variable: str) -> None:
    group, name = VARIABLES[variable]
    assert variable in variables_of(EVERYTHING_ON)
    assert SET[group][name] != DEFAULTS[group][name]


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, name) for group, values in SET.items() if isinstance(values, dict) for name in values],
)
def test_an_array_or_object_has_two_entries(group: str, name: str) -> None:
    value = SET[group][name]
    if not isinstance(value, str | int | bool | None):
        # There are always three zones.
        assert len(value) == (3 if name == "zones" else 2)
