"""Thousands of generated settings: each makes a value that can be synthesized, or is refused clearly.

The search is derandomized, so that every run of the same tests throws the same ones.
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

from constructs_lib.settings.loader import GROUPS, VARIABLES, SettingsError, load_settings, read_context
from constructs_lib.settings.model import Settings
from tests import generated_settings as generated
from tests import spoilt_settings as spoilt
from tests.generated_settings import BOUNDS, Given, as_text

STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
UNSET = re.compile(r"(\w+) is not set: must be, since (dev|staging|prod) has no default for it")
BY_DEFAULT = re.compile(r"(\w+) is \S+ by default: must .+")
CONTEXT_REFUSED = re.compile(
    r"(cdktf\.json is not read|context in cdktf\.json is .+): (it )?must be an object"
)
RIGHT = re.compile(r": must .+|, but no such setting exists: did you mean [\w.]+\?")


def labelled(thrown: Given) -> Iterator[tuple[str, object]]:
    """What a refusal may name and the value that it must then show."""
    for name, value in thrown.environment.items():
        yield name, value
    yield "environment_suffix in cdktf.json", thrown.context.get("environment_suffix")
    groups = thrown.context.get("payment_api")
    yield "payment_api in cdktf.json", groups
    for group, values in groups.items() if isinstance(groups, Mapping) else ():
        yield f"payment_api.{group} in cdktf.json", values
        for name, value in values.items() if isinstance(values, Mapping) else ():
            yield f"payment_api.{group}.{name} in cdktf.json", value


def printable(label: str) -> str:
    """The label as it is shown: a name, which is anybody's text, must not break the line."""
    return label if label.isprintable() else json.dumps(label)[1:-1]


def assert_clear(problem: str, thrown: Given) -> None:
    """It is one line that names the setting as given, shows its value and says what would be right."""
    assert problem.isprintable()
    if UNSET.fullmatch(problem) or BY_DEFAULT.fullmatch(problem):
        assert problem.split(maxsplit=1)[0] in VARIABLES
        return
    heads = [f"{printable(label)} is {json.dumps(value)}" for label, value in labelled(thrown)]
    rests = [problem.removeprefix(head) for head in heads if problem.startswith(head)]
    assert any(RIGHT.fullmatch(rest) for rest in rests), problem


def assert_ready(made: Settings) -> None:
    """Every group is there, and nothing in it means more to Terraform than it says, or is no text at all."""
    assert made.model_fields_set >= GROUPS.keys()
    assert len(set(made.zones)) == 3
    text = json.dumps(plain(made), ensure_ascii=False)
    assert "${" not in text
    assert "%{" not in text
    text.encode("utf-8")


def plain(value: object) -> object:
    """The value as cdktf.json would say it."""
    match value:
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {name: plain(each) for name, each in value.items()}
        case (str(block), int(port)):
            return f"{block}:{port}"
        case tuple():
            return [plain(each) for each in value]
    return value


def outcome(thrown: Given) -> str:
    """Load the settings and judge what comes of them; any error but a refusal is the test's failure."""
    problems: tuple[str, ...] = ()
    try:
        assert_ready(load_settings(thrown.environment, thrown.context))
    except SettingsError as refusal:
        problems = refusal.problems
        if not problems:
            raise
    for problem in problems:
        assert_clear(problem, thrown)
    return "refused" if problems else "made"


def test_whatever_is_thrown_at_them_makes_a_ready_value_or_is_refused_clearly() -> None:
    seen: Counter[str] = Counter()

    @settings(STEADY, max_examples=2000)
    @given(generated.right_somewhere() | spoilt.spoilt() | spoilt.anything())
    def throw(thrown: Given) -> None:
        seen[outcome(thrown)] += 1

    throw()
    assert seen.total() >= 2000
    # Neither outcome is a rare one: a loader that takes or refuses everything is found out.
    assert min(seen["made"], seen["refused"]) >= 400, seen


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_odd_text_is_missed_by_any_setting(variable: str) -> None:
    """Each at each, which chance might not bring together."""
    for text in spoilt.ODD_TEXTS:
        assert outcome(Given({variable: text}, {})) in ("made", "refused")


@settings(STEADY, max_examples=300)
@given(generated.right_somewhere())
def test_what_is_right_is_taken_as_it_was_given(thrown: Given) -> None:
    made = load_settings(thrown.environment, thrown.context)

    assert_ready(made)
    held = plain(made)
    assert isinstance(held, dict)
    for variable, value in thrown.environment.items():
        if variable in VARIABLES:
            group, field = VARIABLES[variable]
            assert as_text(held[group][field]) == value
    for group, values in thrown.groups.items():
        assert {field: held[group][field] for field in values} == values


@settings(STEADY, max_examples=500)
@given(spoilt.numbers_near_bounds(), st.booleans())
def test_a_number_is_taken_exactly_between_its_bounds(named: tuple[str, int], in_context: bool) -> None:
    name, number = named
    lowest, highest = BOUNDS[name]
    variable = f"PAYMENT_API_{name}"
    group, field = VARIABLES[variable]
    in_file, in_variable = {"payment_api": {group: {field: number}}}, {variable: str(number)}

    thrown = Given({}, in_file) if in_context else Given(in_variable, {})
    assert outcome(thrown) == ("made" if lowest <= number <= highest else "refused")


@settings(STEADY, max_examples=300)
@given(spoilt.TEXTS)
def test_whatever_the_cli_hands_on_as_context_is_an_object_or_refused_clearly(text: str) -> None:
    refusals: list[str] = []
    try:
        context = read_context({"CDKTF_CONTEXT_JSON": text}, Path("cdktf.json"))
    except SettingsError as refusal:
        refusals += refusal.problems
    else:
        assert plain(context) == plain(json.loads(text))
        assert outcome(Given({}, context)) in ("made", "refused")
    for problem in refusals:
        assert problem.isprintable()
        assert CONTEXT_REFUSED.match(problem)
