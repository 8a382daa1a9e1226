"""The table of changes that tests/deployed/test_changed_settings.py plans."""

import json
import re
from fnmatch import fnmatchcase

import pytest

from constructs_lib.settings.changes import change_of
from constructs_lib.settings.loader import GROUPS, PREFIX, VARIABLES
from tests.setting_changes import (
    ACCESS_STACK,
    FIXED,
    IDENTIFIERS,
    IMAGES_STACK,
    OTHER_DIRECTION,
    PLANS,
    STATE_STACK,
)
from tests.unit.synthesis import Synthesized, settings_of, synthesize

SETTINGS = [(plan, name) for plan, changes in PLANS.items() for name in changes]


def resources(stack: Synthesized) -> dict[str, str]:
    """The JSON of each resource, by its address without the hash."""
    return {
        f"{type_}.{re.sub(r'_[0-9A-F]{8}$', '', name)}": json.dumps(resource)
        for type_, named in stack.document["resource"].items()
        for name, resource in named.items()
    }


def test_a_change_of_every_setting_is_planned_once() -> None:
    planned = [
        *(name for _, name in SETTINGS),
        *FIXED,
        *IDENTIFIERS,
        *STATE_STACK,
        *IMAGES_STACK,
        *ACCESS_STACK,
    ]
    assert sorted(planned) == sorted(variable.removeprefix(PREFIX) for variable in VARIABLES)


def test_the_compared_settings_are_refused_in_one_plan() -> None:
    compared = {
        variable.removeprefix(PREFIX)
        for variable, (group, name) in VARIABLES.items()
        if change_of(GROUPS[group].model_fields[name]).compared
    }
    assert FIXED.keys() == compared


@pytest.mark.parametrize(("plan", "setting"), SETTINGS)
def test_the_change_reaches_a_resource_whose_actions_are_expected(plan: str, setting: str) -> None:
    """Of the settings that change the same resource in one plan, each changes it by itself."""
    change = PLANS[plan][setting]
    values = {f"{PREFIX}{setting}": change.value}
    values |= {f"{PREFIX}{name}": value for name, value in change.together_with.items()}
    before, after = resources(synthesize("staging")), resources(synthesize("staging", **values))
    changed = {address for address in before | after if before.get(address) != after.get(address)}
    assert any(fnmatchcase(address, pattern) for address in changed for pattern in change.actions)


@pytest.mark.parametrize("suffix", ["dev", "everything"])
def test_the_changes_in_the_other_direction_are_accepted(suffix: str) -> None:
    values = {f"{PREFIX}{name}": value for name, value in OTHER_DIRECTION[suffix].items()}
    assert settings_of("dev", **values)
