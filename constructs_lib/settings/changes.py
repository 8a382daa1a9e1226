"""What a later change of a setting does to a live deployment, as a mark on the setting's type."""

import json
from collections.abc import Iterator
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


@dataclass(frozen=True)
class Change:
    """Marks the type of a setting with the effect of a later change, and with what to know before it.

    If `compared`, the value is recorded by each apply, and a plan with another value fails.
    """

    effect: Effect
    note: str = ""
    compared: bool = False


def in_place(note: str = "") -> Change:
    """AWS changes the resources while they are in use."""
    return Change(Effect.IN_PLACE, note)


def rolling(note: str = "") -> Change:
    """ECS replaces the tasks one after the other."""
    return Change(Effect.ROLLING, note)


def interruption(note: str) -> Change:
    """Requests or connections fail; the note says which, for how long, and how to avoid it."""
    return Change(Effect.INTERRUPTION, note)


def replaced(note: str) -> Change:
    """A resource that holds no data is deleted, and another one takes its place; the note says which."""
    return Change(Effect.REPLACED, note)


def fixed(way_out: str) -> Change:
    """A plan with another value fails, and its message contains the way out."""
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
            change, value = change_of(field), getattr(values, name)
            if change.compared:
                text = value if isinstance(value, str) else json.dumps(value)
                yield FixedSetting(f"{group}.{name}", text, change.note)
