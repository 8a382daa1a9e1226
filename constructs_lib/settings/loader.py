"""Reads the settings: the environment wins over cdktf.json, which wins over the profile."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from constructs_lib.settings.model import Settings
from constructs_lib.settings.profiles import PROFILES, profile_of
from constructs_lib.settings.rules import ValidationContext

PREFIX = "PAYMENT_API_"
CONTEXT = "payment_api"

Setting = tuple[str, ...]
"""A setting's place in `Settings`, such as ("service", "cpu")."""


class SettingsError(ValueError):
    """The settings are refused: `problems` has a line for each reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n  - ".join(["The settings are refused:", *problems]))
        self.problems = problems


def _variable(setting: Setting) -> str:
    return PREFIX + "__".join(setting).upper()


GROUPS: Mapping[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
VARIABLES: Mapping[str, Setting] = {
    _variable((group, name)): (group, name) for group, model in GROUPS.items() for name in model.model_fields
}
"""Every PAYMENT_API_ variable → the setting it sets."""


def read_context(environment: Mapping[str, str], file: Path) -> Mapping[str, object]:
    """Return the context of cdktf.json: what the cdktf CLI hands on, or, without it, what stands in the file.

    CDKTF's own App knows the former only. No file means no context; raises SettingsError when it is not JSON
    or its context is no object.
    """
    try:
        if "CDKTF_CONTEXT_JSON" in environment:
            context = json.loads(environment["CDKTF_CONTEXT_JSON"])
        else:
            context = json.loads(file.read_text("utf-8")).get("context", {}) if file.exists() else {}
    except (ValueError, AttributeError, RecursionError) as error:
        raise SettingsError((f"cdktf.json is not read: it must be an object in JSON ({error})",)) from error
    if not isinstance(context, Mapping):
        raise SettingsError((f"context in cdktf.json is {_shown(context)}: must be an object",))
    return context


def load_settings(environment: Mapping[str, str], context: Mapping[str, object]) -> Settings:
    """Return the settings that the environment, cdktf.json's context and the profile make.

    The context keys read are `environment_suffix` and `payment_api`; one that is None counts as absent.
    Raises SettingsError with everything that is wrong, not just the first.
    """
    return _Sources(environment, context).settings()


class _Sources:
    """The raw values, what each is called where it came from, and what is wrong with them."""

    def __init__(self, environment: Mapping[str, str], context: Mapping[str, object]) -> None:
        self._labels: dict[Setting, str] = {("suffix",): "ENVIRONMENT_SUFFIX", ("region",): "AWS_REGION"}
        self._problems: list[str] = []
        self._top = {
            "suffix": self._suffix(environment, context),
            "region": environment.get("AWS_REGION", "us-east-1"),
        }
        self._profile = profile_of(str(self._top["suffix"]))
        self._groups = {group: dict(PROFILES[self._profile].get(group, {})) for group in GROUPS}
        self._read_context(context.get(CONTEXT))
        self._read_environment(environment)

    def settings(self) -> Settings:
        try:
            settings = Settings.model_validate(
                {**self._top, **self._groups},
                context=ValidationContext(self._profile, str(self._top["region"])),
            )
        except ValidationError as error:
            self._problems += map(self._problem, error.errors(include_url=False))
        if self._problems:
            raise SettingsError(tuple(self._problems))
        return settings

    def _suffix(self, environment: Mapping[str, str], context: Mapping[str, object]) -> object:
        if "ENVIRONMENT_SUFFIX" in environment:
            return environment["ENVIRONMENT_SUFFIX"]
        if context.get("environment_suffix") is None:
            return "dev"
        self._labels["suffix",] = "environment_suffix in cdktf.json"
        return context["environment_suffix"]

    def _read_context(self, groups: object) -> None:
        for group, values in self._entries((), {} if groups is None else groups, GROUPS):
            for name, value in self._entries((group,), values, GROUPS[group].model_fields):
                self._set((group, name), value, f"{CONTEXT}.{group}.{name} in cdktf.json")

    def _entries(
        self, place: Setting, values: object, known: Mapping[str, object]
    ) -> Iterator[tuple[str, object]]:
        """Yield what an object of the context says about known names; what it says otherwise is a problem."""
        label = ".".join((CONTEXT, *place))
        if not isinstance(values, Mapping):
            self._problems.append(f"{label} in cdktf.json is {_shown(values)}: must be an object")
            return
        for name, value in values.items():
            if name in known:
                yield name, value
            else:
                self._unknown(f"{label}.{name} in cdktf.json", value, f"{label}.{_nearest(name, known)}")

    def _read_environment(self, environment: Mapping[str, str]) -> None:
        for variable, value in environment.items():
            if variable in VARIABLES:
                self._set(VARIABLES[variable], value, variable)
            elif variable.upper().startswith(PREFIX):
                self._unknown(variable, value, _nearest(variable.upper(), VARIABLES))

    def _unknown(self, label: str, value: object, near: str) -> None:
        # Names are anybody's text here, and must not break their line either.
        name = label if label.isprintable() else _shown(label)[1:-1]
        self._problems.append(f"{name} is {_shown(value)}, but no such setting exists: did you mean {near}?")

    def _set(self, setting: Setting, value: object, label: str) -> None:
        group, name = setting
        self._groups[group][name] = value
        self._labels[setting] = label

    def _problem(self, error: ErrorDetails) -> str:
        """Put pydantic's finding into a line: where the value came from, the value, what would be right."""
        setting = tuple(map(str, error["loc"][:2]))
        match error["type"]:
            case "value_error":
                right = str(error["ctx"]["error"])
            case "literal_error":
                right = f"must be {error['ctx']['expected']}".replace("'", '"')
            case "missing":
                return (
                    f"{_variable(setting)} is not set: must be, since {self._profile} has no default for it"
                )
            case _:
                right = "must be text"
        value = _shown(error["input"])
        if setting in self._labels:
            return f"{self._labels[setting]} is {value}: {right}"
        return f"{_variable(setting)} is {value} by default: {right}"


def _shown(value: object) -> str:
    """The value as JSON: texts in quotes, on one line, and look-alikes of ASCII characters told apart."""
    return json.dumps(value, default=str)


def _nearest(name: str, known: Iterable[str]) -> str:
    return get_close_matches(name, known, n=1, cutoff=0)[0]
