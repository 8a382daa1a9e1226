"""Loads the settings: the environment takes precedence over cdktf.json, and cdktf.json over the profile."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from constructs_lib.settings import json_text
from constructs_lib.settings.messages import Sensitive, json_type, shown_name, shown_value
from constructs_lib.settings.model import Settings
from constructs_lib.settings.profiles import PROFILES, profile_of
from constructs_lib.settings.rules import ValidationContext

PREFIX = "PAYMENT_API_"
CONTEXT = "payment_api"
SUFFIX_KEY = "environment_suffix"

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
    document = _json_object("cdktf.json", file.read_bytes())
    misplaced = [key for key in (SUFFIX_KEY, CONTEXT) if key in document]
    if misplaced:
        raise SettingsError(
            tuple(
                f"{key} in cdktf.json is outside of its context: must be in the object context"
                for key in misplaced
            )
        )
    return _object("context in cdktf.json", document.get("context", {}))


def _json_object(label: str, text: str | bytes) -> Mapping[str, object]:
    try:
        document = json_text.parse(text)
    except json_text.DuplicateNamesError as error:
        raise SettingsError(
            tuple(
                f"{'.'.join(map(shown_name, path))} in {label} is set twice: must be set once"
                for path in error.paths
            )
        ) from error
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

    The context keys that are read are `environment_suffix` and `payment_api`; None counts as not set. Other
    keys are ignored, because CDKTF and users have keys of their own there, unless they resemble these two.
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
        self._check_keys(context)
        self._profile = profile_of(str(self._top["suffix"]))
        self._groups = {group: dict(PROFILES[self._profile].get(group, {})) for group in GROUPS}
        self._read_context(context.get(CONTEXT))
        self._read_environment(environment)

    def settings(self) -> Settings:
        try:
            settings = Settings.model_validate(
                {**self._top, **self._groups},
                context=ValidationContext(
                    self._profile,
                    str(self._top["region"]),
                    str(self._top["suffix"]),
                    harmless_names=self._groups["service"].get("harmless_names"),
                ),
            )
        except ValidationError as error:
            self._problems += map(self._problem, error.errors(include_url=False))
        if self._problems:
            raise SettingsError(tuple(self._problems))
        return settings

    def _suffix(self, environment: Mapping[str, str], context: Mapping[str, object]) -> object:
        if "ENVIRONMENT_SUFFIX" in environment:
            return environment["ENVIRONMENT_SUFFIX"]
        if context.get(SUFFIX_KEY) is None:
            return "dev"
        self._labels["suffix",] = f"{SUFFIX_KEY} in cdktf.json"
        return context[SUFFIX_KEY]

    def _check_keys(self, context: Mapping[str, object]) -> None:
        """Report the keys of the context that resemble one of the two that are read."""
        for key in context:
            meant = _meant_key(key)
            if meant not in (None, key):
                self._unknown(f"{shown_name(key)} in cdktf.json", str(meant))

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
            elif variable.upper().startswith(PREFIX) and not _set_by_kubernetes(variable, environment):
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


# The least similarity of a key of the context to one of the two that are read: `paymentapis` has 0.95, and
# `payment` has 0.82.
_RESEMBLING = 0.85


def _meant_key(key: str) -> str | None:
    """Return the key of the context that was meant, whatever its case and separators, or None."""
    if key in VARIABLES:
        return ".".join((CONTEXT, *VARIABLES[key]))
    known = {_letters(each): each for each in (SUFFIX_KEY, CONTEXT)}
    nearest = get_close_matches(_letters(key), known, n=1, cutoff=_RESEMBLING)
    return known[nearest[0]] if nearest else None


def _letters(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


# What Kubernetes sets in a pod for each Service of its namespace, and Docker for each link to a container.
# The name of the Service, such as payment-api or payment-api-dev, comes first.
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_HOST = "_SERVICE_HOST"
_SERVICE = rf"{PREFIX.rstrip('_')}(?:_[A-Z0-9]+)*"
_UNMISTAKABLE = re.compile(rf"{_SERVICE}(?:{_HOST}|_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?)")
_LIKE_A_SETTING = re.compile("_SERVICE_PORT(?:_[A-Z0-9_]+)?|_PORT")


def _set_by_kubernetes(variable: str, environment: Mapping[str, str]) -> bool:
    """Return whether the variable describes a Service of Kubernetes, so that it is no misspelt setting.

    PAYMENT_API_SERVICE_PORT may also be meant to be PAYMENT_API_SERVICE__PORT. It describes a Service only
    beside the Service's PAYMENT_API_SERVICE_HOST, without which Kubernetes never sets it.
    """
    if _UNMISTAKABLE.fullmatch(variable):
        return True
    services = [
        name.removesuffix(_HOST)
        for name in environment
        if name.endswith(_HOST) and _UNMISTAKABLE.fullmatch(name)
    ]
    return any(
        variable.startswith(service) and _LIKE_A_SETTING.fullmatch(variable.removeprefix(service))
        for service in services
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    return get_close_matches(name, known, n=1, cutoff=0)[0]
