"""Thousands of generated settings: each is loaded, or refused with a clear message.

The search is derandomized, so that every run uses the same examples.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from constructs_lib.settings.grants import Permission
from constructs_lib.settings.loader import (
    GROUPS,
    SENSITIVE,
    VARIABLES,
    SettingsError,
    load_settings,
    read_context,
)
from constructs_lib.settings.messages import MAX_NAME_LENGTH, MAX_VALUE_LENGTH
from constructs_lib.settings.model import Settings
from tests import invalid_settings
from tests.generated_settings import BOUNDS, SettingsInput, as_text, valid_settings_of_any_profile

DETERMINISTIC = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
UNSET = re.compile(r"(\w+) is not set: must be set, because (dev|staging|prod) has no default")
DEFAULT_REFUSED = re.compile(r"(\w+) is (\S+ by default|not set): must .+")
CONTEXT_REFUSED = re.compile(
    r"CDKTF_CONTEXT_JSON (is not JSON \(line \d+, column \d+\)|cannot be read): must be a JSON object"
    r"|\S+ in CDKTF_CONTEXT_JSON is set twice: must be set once"
    r"|CDKTF_CONTEXT_JSON is (null|an array|a (string|number|boolean)): must be an object"
)


def expected_state(value: object, setting: tuple[str, ...] | None) -> str:
    """Return how a problem must describe the value of a setting: the value itself, its type, or neither."""
    if setting in SENSITIVE:
        return "is not valid: must "
    match value:
        case list() | tuple():
            return "is an array: must "
        case Mapping():
            return "is an object: must "
    text = json.dumps(value)
    return f"is {text if len(text) <= MAX_VALUE_LENGTH else text[:MAX_VALUE_LENGTH] + '…'}: must "


def printable(name: str) -> str:
    """Return the name as a problem contains it: on one line, short, without what follows an equals sign."""
    key, equals, _ = name.partition("=")
    text = (key if key.isprintable() else json.dumps(key)[1:-1]) + ("…" if equals else "")
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[:MAX_NAME_LENGTH]}…"


def possible_problems(source: SettingsInput) -> Iterator[str]:
    """Yield how each problem may begin that is caused by a given name or value."""
    for name, value in source.environment.items():
        yield f"{printable(name)} {expected_state(value, VARIABLES.get(name))}"
        yield f"{printable(name)} is not a setting: did you mean "
    yield f"environment_suffix in cdktf.json {expected_state(source.context.get('environment_suffix'), None)}"
    for key in source.context:
        yield f"{printable(key)} in cdktf.json is not a setting: did you mean "
    groups = source.context.get("payment_api")
    yield f"payment_api in cdktf.json is {type_name(groups)}: must be an object"
    for group, values in groups.items() if isinstance(groups, Mapping) else ():
        yield f"payment_api.{printable(group)} in cdktf.json is not a setting: did you mean "
        if not isinstance(values, Mapping):
            yield f"payment_api.{printable(group)} in cdktf.json is {type_name(values)}: must be an object"
            continue
        for name, value in values.items():
            label = f"payment_api.{group}.{printable(name)} in cdktf.json"
            yield f"{label} {expected_state(value, (group, name))}"
            yield f"{label} is not a setting: did you mean "


def type_name(value: object) -> str:
    """Return the name of the JSON type with its article."""
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", dict: "an object"}
    return {**names, str: "a string", list: "an array"}[type(value)]


def assert_clear(problem: str, source: SettingsInput) -> None:
    """Assert that the problem is one line that names the setting, its value and what would be valid."""
    assert problem.isprintable()
    assert len(problem) < 1500
    if UNSET.fullmatch(problem) or DEFAULT_REFUSED.fullmatch(problem):
        assert problem.split(maxsplit=1)[0] in VARIABLES
        return
    assert problem.startswith(tuple(possible_problems(source))), problem


def assert_can_be_synthesized(loaded: Settings) -> None:
    """Assert that the settings are complete, contain no Terraform expression and can be encoded."""
    assert loaded.model_fields_set >= GROUPS.keys()
    assert len(set(loaded.zones)) == 3
    text = json.dumps(plain(loaded), ensure_ascii=False)
    assert "${" not in text
    assert "%{" not in text
    text.encode("utf-8")


def plain(value: object) -> object:
    """Return the value as cdktf.json contains it."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {name: plain(each) for name, each in value.items()}
        case Permission():
            return {"actions": list(value.actions), "resources": list(value.resources)}
        case (str(block), int(port)):
            return f"{block}:{port}"
        case tuple():
            return [plain(each) for each in value]
    return value


def outcome(source: SettingsInput) -> str:
    """Load the settings, check the result or the problems, and return which of the two there was."""
    problems: tuple[str, ...] = ()
    try:
        assert_can_be_synthesized(load_settings(source.environment, source.context))
    except SettingsError as error:
        problems = error.problems
        if not problems:
            raise
    for problem in problems:
        assert_clear(problem, source)
    return "refused" if problems else "loaded"


def test_any_settings_are_loaded_or_refused_with_a_clear_message() -> None:
    seen: Counter[str] = Counter()

    @settings(DETERMINISTIC, max_examples=1000)
    @given(
        valid_settings_of_any_profile()
        | invalid_settings.mostly_valid_settings()
        | invalid_settings.arbitrary_settings()
    )
    def load(drawn: SettingsInput) -> None:
        seen[outcome(drawn)] += 1

    load()
    assert seen.total() >= 1000
    # Both outcomes are frequent, so that a loader that accepts or refuses everything fails the test.
    assert min(seen["loaded"], seen["refused"]) >= 200, seen


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_setting_loads_or_refuses_every_odd_string(variable: str) -> None:
    for text in invalid_settings.ODD_STRINGS:
        assert outcome(SettingsInput({variable: text}, {})) in ("loaded", "refused")


@settings(DETERMINISTIC, max_examples=300)
@given(valid_settings_of_any_profile())
def test_valid_settings_are_loaded_unchanged(drawn: SettingsInput) -> None:
    loaded = load_settings(drawn.environment, drawn.context)

    assert_can_be_synthesized(loaded)
    values = plain(loaded)
    assert isinstance(values, dict)
    # The letters of zones become their names.
    values["network"]["zones"] = [zone.removeprefix(loaded.region) for zone in loaded.zones]
    for variable, value in drawn.environment.items():
        if variable in VARIABLES:
            group, field = VARIABLES[variable]
            assert as_text(values[group][field]) == value
    for group, fields in drawn.groups.items():
        assert {field: values[group][field] for field in fields} == fields


@settings(DETERMINISTIC, max_examples=500)
@given(invalid_settings.numbers_near_bounds(), st.booleans())
def test_a_number_is_accepted_exactly_between_its_bounds(drawn: tuple[str, int], in_context: bool) -> None:
    name, number = drawn
    lowest, highest = BOUNDS[name]
    variable = f"PAYMENT_API_{name}"
    group, field = VARIABLES[variable]
    in_file, in_variable = {"payment_api": {group: {field: number}}}, {variable: str(number)}

    source = SettingsInput({}, in_file) if in_context else SettingsInput(in_variable, {})
    assert outcome(source) == ("loaded" if lowest <= number <= highest else "refused")


@settings(DETERMINISTIC, max_examples=300)
@given(invalid_settings.STRINGS)
def test_the_context_of_the_cli_is_loaded_or_refused_with_a_clear_message(text: str) -> None:
    problems: list[str] = []
    try:
        context = read_context({"CDKTF_CONTEXT_JSON": text}, Path("cdktf.json"))
    except SettingsError as error:
        problems += error.problems
    else:
        assert plain(context) == plain(json.loads(text))
        assert outcome(SettingsInput({}, context)) in ("loaded", "refused")
    for problem in problems:
        assert problem.isprintable()
        assert CONTEXT_REFUSED.fullmatch(problem)
