"""Loads the settings: the environment takes precedence over cdktf.json, and cdktf.json over the profile."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from constructs_lib.settings.messages import Sensitive, json_type, shown_name, shown_value
from constructs_lib.settings.model import Settings
from constructs_lib.settings.profiles import PROFILES, profile_of
from constructs_lib.settings.rules import ValidationContext

PREFIX = "PAYMENT_API_"
CONTEXT = "payment_api"

Setting = tuple[str, ...]
"""The path of a setting in `Settings`, such as ("service", "cpu")."""


class SettingsError(ValueError):
    """At least one setting is missing, unknown or not valid; `problems` has one line for each."""

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
"""Every PAYMENT_API_ variable → the setting that it sets."""

SENSITIVE: frozenset[Setting] = frozenset(
    setting
    for setting in VARIABLES.values()
    if any(isinstance(each, Sensitive) for each in GROUPS[setting[0]].model_fields[setting[1]].metadata)
)
"""The settings whose values no message shows."""


def read_context(environment: Mapping[str, str], file: Path) -> Mapping[str, object]:
    """Return the context: from CDKTF_CONTEXT_JSON, which the cdktf CLI sets, otherwise from cdktf.json.

    CDKTF's App reads only the former. Without the file, the context is empty. Raises SettingsError if the
    source is not JSON or the context is not an object.
    """
    if "CDKTF_CONTEXT_JSON" in environment:
        return _json_object("CDKTF_CONTEXT_JSON", environment["CDKTF_CONTEXT_JSON"])
    if not file.exists():
        return {}
    return _object("context in cdktf.json", _json_object("cdktf.json", file.read_bytes()).get("context", {}))


def _json_object(label: str, text: str | bytes) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise SettingsError((f"{label} is not JSON ({place}): must be a JSON object",)) from error
    except (ValueError, RecursionError) as error:
        # The text is not Unicode, contains a number that is too long for Python, or is nested too deep.
        raise SettingsError((f"{label} cannot be read: must be a JSON object",)) from error
    return _object(label, document)


def _object(label: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise SettingsError((f"{label} is {json_type(value)}: must be an object",))
    return value


def load_settings(environment: Mapping[str, str], context: Mapping[str, object]) -> Settings:
    """Return the settings from the environment, from the context of cdktf.json and from the profile.

    The context keys that are read are `environment_suffix` and `payment_api`; None counts as not set.
    Raises SettingsError with all problems, not only the first one.
    """
    return _Sources(environment, context).settings()


class _Sources:
    """The values as they were given, the name of each in its source, and the problems found so far."""

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
        """Yield the entries of an object of the context whose names are known; others are problems."""
        label = ".".join((CONTEXT, *place))
        if not isinstance(values, Mapping):
            self._problems.append(f"{label} in cdktf.json is {json_type(values)}: must be an object")
            return
        for name, value in values.items():
            if name in known:
                yield name, value
            else:
                self._unknown(f"{label}.{shown_name(name)} in cdktf.json", f"{label}.{_nearest(name, known)}")

    def _read_environment(self, environment: Mapping[str, str]) -> None:
        for variable, value in environment.items():
            if variable in VARIABLES:
                self._set(VARIABLES[variable], value, variable)
            elif variable.upper().startswith(PREFIX):
                self._unknown(shown_name(variable), _nearest(variable.upper(), VARIABLES))

    def _unknown(self, label: str, nearest: str) -> None:
        # The value of an unknown name may be a credential, as in PAYMENT_API_KEY=….
        self._problems.append(f"{label} is not a setting: did you mean {nearest}?")

    def _set(self, setting: Setting, value: object, label: str) -> None:
        group, name = setting
        self._groups[group][name] = value
        self._labels[setting] = label

    def _problem(self, error: ErrorDetails) -> str:
        """Return pydantic's error as a line: where the value came from, the value, what would be valid."""
        setting = tuple(map(str, error["loc"][:2]))
        match error["type"]:
            case "value_error":
                expectation = str(error["ctx"]["error"])
            case "literal_error":
                expectation = f"must be {error['ctx']['expected']}".replace("'", '"')
            case "missing":
                return f"{_variable(setting)} is not set: must be set, because {self._profile} has no default"
            case "string_unicode":
                expectation = "must be valid Unicode"
            case _:
                expectation = "must be a string"
        if setting not in self._labels:
            value = error["input"]
            state = "not set" if value is None else f"{shown_value(value)} by default"
            return f"{_variable(setting)} is {state}: {expectation}"
        state = "not valid" if setting in SENSITIVE else shown_value(error["input"])
        return f"{self._labels[setting]} is {state}: {expectation}"


def _nearest(name: str, known: Iterable[str]) -> str:
    return get_close_matches(name, known, n=1, cutoff=0)[0]
