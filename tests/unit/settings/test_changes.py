"""The marks that say what a later change of a setting does."""

from typing import Annotated

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from constructs_lib.settings.changes import MEANINGS, Effect, change_of, fixed, fixed_settings, in_place
from constructs_lib.settings.loader import GROUPS, SENSITIVE
from constructs_lib.settings.model import Settings

FIELDS: dict[str, FieldInfo] = {
    **{name: field for name, field in Settings.model_fields.items() if name not in GROUPS},
    **{
        f"{group}.{name}": field
        for group, model in GROUPS.items()
        for name, field in model.model_fields.items()
    },
}


@pytest.mark.parametrize("setting", FIELDS)
def test_every_setting_says_what_a_later_change_does(setting: str) -> None:
    assert change_of(FIELDS[setting])


@pytest.mark.parametrize("setting", FIELDS)
def test_an_effect_that_somebody_notices_is_explained(setting: str) -> None:
    change = change_of(FIELDS[setting])
    assert change.effect in (Effect.IN_PLACE, Effect.ROLLING) or change.note


@pytest.mark.parametrize("setting", FIELDS)
def test_the_explanation_consists_of_sentences(setting: str) -> None:
    note = change_of(FIELDS[setting]).note
    assert note == "" or (note[0].isupper() and note.endswith(".") and "  " not in note)


def test_every_effect_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Effect)


def test_only_the_suffix_and_the_region_make_another_deployment() -> None:
    found = {name for name, field in FIELDS.items() if change_of(field).effect == Effect.ANOTHER_DEPLOYMENT}
    assert found == {"suffix", "region"}


def test_a_fixed_setting_is_compared_unless_the_state_stack_refuses_its_change() -> None:
    fixed_ones = {name: change_of(field) for name, field in FIELDS.items()}
    not_compared = {
        name for name, change in fixed_ones.items() if change.effect == Effect.FIXED and not change.compared
    }
    assert not_compared == {"state.bucket"}


def test_no_compared_setting_is_sensitive() -> None:
    """The values are in the state, and in the message of the plan."""
    compared = {tuple(name.split(".")) for name, field in FIELDS.items() if change_of(field).compared}
    assert compared
    assert not compared & SENSITIVE


@pytest.mark.parametrize("marks", [(), (in_place(), in_place()), (in_place(), fixed("Do not."))])
def test_a_setting_without_exactly_one_mark_is_an_error(marks: tuple[object, ...]) -> None:
    annotation: object = int
    for mark in marks:
        annotation = Annotated[annotation, mark]
    with pytest.raises(ValueError, match="unpack"):
        change_of(FieldInfo.from_annotation(annotation))  # type: ignore[arg-type]


def test_the_values_in_use_of_marked_settings_are_yielded_as_text() -> None:
    class Group(BaseModel):
        name: Annotated[str, fixed("Rename it.")] = "pay"
        zones: Annotated[tuple[str, ...], fixed("Move it.")] = ("a", "b")
        other: Annotated[int, in_place()] = 1
        port: Annotated[int | None, fixed("Keep it.")] = None

    class All(BaseModel):
        suffix: Annotated[str, in_place()] = "dev"
        group: Group = Group()

        @property
        def port(self) -> int:
            return 8080

    assert [(each.name, each.text, each.way_out) for each in fixed_settings(All())] == [
        ("group.name", "pay", "Rename it."),
        ("group.zones", '["a", "b"]', "Move it."),
        ("group.port", "8080", "Keep it."),
    ]
