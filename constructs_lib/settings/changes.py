"""What a later change of a setting does to a live deployment, as a mark on the setting's type."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class Effect(StrEnum):
    """The kinds of effects, from the least to the most severe."""

    IN_PLACE = "in place"
    ROLLING = "rolling"
    INTERRUPTION = "interruption"
    REPLACED = "replaced"
    FIXED = "fixed for life"
    ANOTHER_DEPLOYMENT = "another deployment"


MEANINGS: Mapping[Effect, str] = {
    Effect.IN_PLACE: (
        "AWS changes the resources while they are in use. Nobody notices more than what the setting is for."
    ),
    Effect.ROLLING: (
        "ECS starts tasks with the new value and stops the old ones when the new ones are healthy. Nobody "
        "notices."
    ),
    Effect.INTERRUPTION: (
        "Requests or connections fail. The column says which, for how long if AWS says so, and how to avoid "
        "it if that is possible."
    ),
    Effect.REPLACED: "A resource that holds no data is deleted, and another one takes its place.",
    Effect.FIXED: "The plan fails before anything is changed, and the message contains the way out.",
    Effect.ANOTHER_DEPLOYMENT: "Nothing of the existing deployment is changed.",
}


@dataclass(frozen=True)
class Change:
    """Marks the type of a setting with the effect of a later change, and with what to know before it.

    If `compared`, the value is recorded by each apply, and a plan with another value fails.
    """

    effect: Effect
    note: str = ""
    compared: bool = False


def in_place(note: str = "") -> Change:
    return Change(Effect.IN_PLACE, note)


def rolling(note: str = "") -> Change:
    return Change(Effect.ROLLING, note)


def interruption(note: str) -> Change:
    """The note says what fails, for how long, and how to avoid it."""
    return Change(Effect.INTERRUPTION, note)


def replaced(note: str) -> Change:
    """The note says which resource is replaced."""
    return Change(Effect.REPLACED, note)


def fixed(way_out: str) -> Change:
    """Every apply records the value, and a plan with another one fails with the way out."""
    return Change(Effect.FIXED, way_out, compared=True)


def change_of(field: FieldInfo) -> Change:
    """Return the only mark of a setting; raises ValueError if there is none, or more than one."""
    (change,) = (each for each in field.metadata if isinstance(each, Change))
    return change


@dataclass(frozen=True)
class FixedSetting:
    """A setting that a live deployment refuses to change; `text` is its value, as JSON unless it is text."""

    name: str
    text: str
    way_out: str


def fixed_settings(settings: BaseModel) -> Iterator[FixedSetting]:
    """Yield the settings that are compared with those of the last apply."""
    for group, values in settings:
        if not isinstance(values, BaseModel):
            continue
        for name, field in type(values).model_fields.items():
            change = change_of(field)
            if change.compared:
                value = getattr(values, name)
                text = value if isinstance(value, str) else json.dumps(value)
                yield FixedSetting(f"{group}.{name}", text, change.note)
