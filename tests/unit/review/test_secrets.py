"""No text of a plan is in a review, wherever it stands in the plan."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from constructs_lib.review.markdown import markdown
from constructs_lib.review.plan import PlanError, read_plan
from constructs_lib.review.report import review
from constructs_lib.review.screen import screen
from tests.unit.review.plans import (
    Document,
    change,
    destruction,
    difference,
    everything_changed,
    first_apply,
    plan,
)
from tests.unit.synthesis import Synthesized, synthesize

MARKER = "Planted7Marker"

Plant = Callable[[str], str]


def appended(text: str) -> str:
    """The text with the marker at its end."""
    return f"{text}{MARKER}"


def prepended(text: str) -> str:
    """The text with the marker at its beginning."""
    return f"{MARKER}{text}"


def replaced(_text: str) -> str:
    """The marker instead of the text."""
    return MARKER


def inside(text: str) -> str:
    """The marker in the texts and keys of a JSON document, or at the end of other text."""
    try:
        document = json.loads(text)
    except ValueError:
        return appended(text)
    return json.dumps(in_document(document)) if isinstance(document, dict | list) else appended(text)


def in_document(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The document with the marker wherever a policy remains one that can be compared.

    The names of actions may be printed.
    """
    if isinstance(value, list):
        return [in_document(each) for each in value]
    if isinstance(value, dict):
        kept = {
            key: each if key in ("Effect", "Action") else in_document(each) for key, each in value.items()
        }
        return kept if {"Effect", "Statement"} & value.keys() else {**kept, MARKER: MARKER}
    return appended(value) if isinstance(value, str) else value


def planted(value: Any, plant: Plant) -> Any:  # noqa: ANN401 - JSON
    """The value with the marker in each text, and with a key that is the marker in each object."""
    if isinstance(value, str):
        return plant(value)
    if isinstance(value, list):
        return [planted(each, plant) for each in value]
    if isinstance(value, dict):
        return {**{key: planted(each, plant) for key, each in value.items()}, MARKER: MARKER}
    return value


def poisoned(document: Document, plant: Plant) -> Document:
    """The plan with the marker in all values; its addresses, types and actions stay."""
    result = json.loads(json.dumps(document))
    for resource in result["resource_changes"]:
        for side in ("before", "after"):
            if resource["change"][side] is not None:
                resource["change"][side] = planted(resource["change"][side], plant)
        resource["change"]["after_unknown"][MARKER] = True
        resource["index"] = MARKER
    for resource in result.get("configuration", {}).get("root_module", {}).get("resources", []):
        for expression in resource["expressions"].values():
            if "constant_value" in expression:
                expression["constant_value"] = planted(expression["constant_value"], plant)
        resource["expressions"][MARKER] = {"constant_value": MARKER}
    for resource in (
        result.get("prior_state", {}).get("values", {}).get("root_module", {}).get("resources", [])
    ):
        resource["values"] = planted(resource["values"], plant)
    result["variables"] = {MARKER: {"value": MARKER}}
    result["output_changes"] = {
        MARKER: {"actions": ["update"], "before": MARKER, "after": MARKER, "after_unknown": False}
    }
    result["checks"] = [
        {
            "address": {"kind": "check", "to_display": "check.rules"},
            "status": "fail",
            "instances": [{"address": {"to_display": MARKER}, "problems": [{"message": MARKER}]}],
        },
        {"address": {"kind": "resource", "to_display": f'aws_a.b["{MARKER}"]'}, "status": "fail"},
    ]
    result["relevant_attributes"] = [{"resource": MARKER, "attribute": [MARKER]}]
    return result  # type: ignore[no-any-return]


def outputs(document: Document) -> str:
    """Everything that the review of a plan prints."""
    found = review(read_plan(document))
    return screen("the plan", found) + markdown("the plan", found)


@pytest.mark.parametrize("plant", [appended, prepended, replaced, inside], ids=lambda plant: plant.__name__)
class TestNothingIsPrinted:
    def test_of_the_first_apply(self, every: Synthesized, plant: Plant) -> None:
        assert MARKER not in outputs(poisoned(first_apply(every), plant))

    def test_of_a_destruction(self, every: Synthesized, plant: Plant) -> None:
        assert MARKER not in outputs(poisoned(destruction(every), plant))

    def test_of_a_change_of_everything(self, every: Synthesized, plant: Plant) -> None:
        assert MARKER not in outputs(everything_changed(every, plant))
        assert MARKER not in outputs(poisoned(everything_changed(every, plant), plant))

    def test_of_a_change_of_settings(self, plant: Plant) -> None:
        before = synthesize("staging")
        after = synthesize("staging", PAYMENT_API_NETWORK__DESTINATIONS='{"partner": "203.0.113.0/24:443"}')
        assert MARKER not in outputs(poisoned(difference(before, after), plant))


@pytest.mark.parametrize(
    "address",
    [
        f'aws_lb.main["{MARKER}"]',
        f'module.a["{MARKER}"].aws_lb.main',
        f"aws_lb.main[{MARKER}]",
        f"<b>{MARKER}</b>",
        f"aws_lb.main\n{MARKER}",
    ],
)
def test_an_index_key_or_an_odd_address_is_not_printed(address: str) -> None:
    document = plan({**change("aws_lb", {}, None), "address": address})
    assert MARKER not in outputs(document)
    unknown = plan({**change("aws_unknown", {}, None), "address": address})
    assert MARKER not in outputs(unknown)


def test_an_odd_type_is_not_printed() -> None:
    assert MARKER not in outputs(plan(change(f"aws_{MARKER} x", None, {}, name="x")))


@pytest.mark.parametrize(
    "broken",
    [
        MARKER,
        [MARKER],
        {"values": {"outputs": MARKER}},
        {"format_version": MARKER, "planned_values": {}},
        plan({"address": MARKER}),
        plan(change("aws_lb", {}, {}, actions=[MARKER])),
        plan({**change("aws_lb", {}, {}), "address": [MARKER]}),
        plan(errored=MARKER),
        plan(checks=[{MARKER: MARKER}]),
        plan(configuration=MARKER),
        plan(output_changes={MARKER: MARKER}),
    ],
    ids=range(11),
)
def test_an_error_has_no_value_of_the_plan(broken: object) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(broken)
    assert MARKER not in str(error.value)
    assert "\n" not in str(error.value)


def test_the_marker_is_found_where_values_are_printed() -> None:
    """Otherwise the tests above could not fail."""
    leaking = change("aws_lb", {}, {}, name=MARKER, actions=["delete"])
    assert MARKER in outputs(plan(leaking))
