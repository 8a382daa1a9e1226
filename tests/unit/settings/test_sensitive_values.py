"""No message contains a credential: a planted value never appears in it, wherever it was given.

Values of settings that are not marked as `Sensitive` may be shown, unless they are arrays or objects.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from constructs_lib.settings.loader import (
    GROUPS,
    SENSITIVE,
    VARIABLES,
    SettingsError,
    load_settings,
    read_context,
)
from tests.generated_settings import SettingsInput, evenly
from tests.unit.settings.refusals import only_problem
from tests.unit.settings.test_properties import DETERMINISTIC
from tests.unit.synthesis import settings_of
from tests.variables import EVERYTHING_ON

PLANTED = "PlantedCredential"

_NAMES = st.text(max_size=10)  # too short to contain the planted value
_STRINGS = st.builds("{}{}{}".format, _NAMES, st.just(PLANTED), _NAMES)
_ARRAYS_AND_OBJECTS = st.recursive(
    st.lists(_STRINGS, min_size=1, max_size=2)
    | st.dictionaries(
        _NAMES | _NAMES.map(lambda name: f"{name}={PLANTED}"), _STRINGS, min_size=1, max_size=2
    ),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2) | st.dictionaries(_NAMES, inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)
_VALUES = evenly(_STRINGS, _ARRAYS_AND_OBJECTS, _ARRAYS_AND_OBJECTS.map(json.dumps))
_TEXTS = evenly(_STRINGS, _ARRAYS_AND_OBJECTS.map(json.dumps))
_SHOWN = sorted(set(VARIABLES.values()) - SENSITIVE)
_SENSITIVE_VARIABLES = sorted(name for name, setting in VARIABLES.items() if setting in SENSITIVE)


@st.composite
def planted_in_environment(draw: DrawFn) -> SettingsInput:
    """A planted value in a sensitive setting's variable or in an unknown variable."""
    names = evenly(
        st.sampled_from(_SENSITIVE_VARIABLES),
        st.sampled_from(sorted(VARIABLES)).map(str.lower),
        _NAMES.map(lambda name: f"PAYMENT_API_{name}"),
        st.sampled_from(["PAYMENT_API_KEY", "PAYMENT_API_SERVICE__ENVIRONMENT__TOKEN"]),
    )
    return SettingsInput({draw(names): draw(_TEXTS)}, {})


@st.composite
def planted_in_context(draw: DrawFn) -> SettingsInput:
    """A planted value in a sensitive setting, under an unknown name, or where another type is expected."""
    unknown = _NAMES | _NAMES.map(lambda name: f"{name}={PLANTED}")
    shown = draw(st.sampled_from(_SHOWN))
    sensitive = draw(st.sampled_from(sorted(SENSITIVE)))
    group = draw(st.sampled_from(sorted(GROUPS)))
    nested = draw(_ARRAYS_AND_OBJECTS)
    value = draw(_VALUES)
    contexts: list[dict[str, object]] = [
        {"environment_suffix": nested},
        {"payment_api": value},
        {"payment_api": {draw(unknown): value}},
        {"payment_api": {group: value}},
        {"payment_api": {group: {draw(unknown): value}}},
        {"payment_api": {shown[0]: {shown[1]: nested}}},
        {"payment_api": {sensitive[0]: {sensitive[1]: value}}},
    ]
    return SettingsInput({}, draw(st.sampled_from(contexts)))


def test_no_message_contains_a_planted_value() -> None:
    messages: list[str] = []

    @settings(DETERMINISTIC, max_examples=600)
    @given(evenly(planted_in_environment(), planted_in_context()))
    def load(source: SettingsInput) -> None:
        try:
            load_settings(source.environment, source.context)
        except SettingsError as error:
            messages.append(str(error))
            if PLANTED in messages[-1]:
                raise

    load()
    assert len(messages) >= 400


@settings(DETERMINISTIC, max_examples=200)
@given(_TEXTS | _TEXTS.map(lambda text: text[:-1]))
def test_a_refused_context_is_not_shown(text: str) -> None:
    message = ""
    try:
        read_context({"CDKTF_CONTEXT_JSON": text}, Path("cdktf.json"))
    except SettingsError as error:
        message = str(error)
    assert PLANTED not in message


@pytest.mark.parametrize("text", [f'{{"a": "{PLANTED}', f'["{PLANTED}"]', f'{{"context": ["{PLANTED}"]}}'])
def test_a_refused_cdktf_json_is_not_shown(text: str, tmp_path: Path) -> None:
    file = tmp_path / "cdktf.json"
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        read_context({}, file)
    assert PLANTED not in str(error.value)


@pytest.mark.parametrize("variable", _SENSITIVE_VARIABLES)
@pytest.mark.parametrize("value", [f"${{{PLANTED}}}", f"\0{PLANTED}"])
def test_a_refused_sensitive_value_is_not_shown(variable: str, value: str) -> None:
    assert PLANTED not in only_problem({variable: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE__ENVIRONMENT", {"TOKEN": f"${{{PLANTED}}}"}),
        ("SERVICE__ENVIRONMENT", {f"TOKEN={PLANTED}": ""}),
        ("SERVICE__ENVIRONMENT", {"TOKEN": PLANTED, "DB_HOST": PLANTED}),
        ("SERVICE__ENVIRONMENT", {"TOKEN": PLANTED * 2000}),
        ("SERVICE__ENVIRONMENT", {"TOKEN": PLANTED}),
        ("SERVICE__HARMLESS_NAMES", [f"TOKEN={PLANTED}"]),
        ("SERVICE__HARMLESS_NAMES", {"TOKEN": PLANTED}),
        ("SERVICE__SECRETS", {"TOKEN": PLANTED}),
        ("SERVICE__SECRETS", {f"TOKEN={PLANTED}": ""}),
        ("SERVICE__SECRETS", {"DB_PASSWORD": PLANTED}),
        ("SERVICE__SECRETS", {"TOKEN": f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{PLANTED}"}),
        ("SERVICE__PERMISSIONS", [PLANTED]),
        ("SERVICE__PERMISSIONS", [{"actions": [PLANTED], "resources": [PLANTED]}]),
        ("SERVICE__PERMISSIONS", [{"actions": ["sqs:SendMessage"], "resources": [PLANTED]}]),
        ("SERVICE__PERMISSIONS", [{PLANTED: []}]),
        ("NETWORK__DESTINATIONS", {"bank": f"https://user:{PLANTED}@bank.test"}),
        ("NETWORK__DESTINATIONS", {f"bank={PLANTED}": "192.0.2.7:443"}),
        ("DATABASE__SECRET_READER_ARNS", [PLANTED]),
    ],
)
def test_a_refused_entry_of_an_array_or_object_is_not_shown(name: str, value: object) -> None:
    assert PLANTED not in only_problem({f"PAYMENT_API_{name}": json.dumps(value)})


def test_the_sensitive_settings_are_those_that_may_contain_a_credential() -> None:
    assert {".".join(setting) for setting in SENSITIVE} == {
        "network.destinations",
        "database.secret_reader_arns",
        "service.health_path",
        "service.health_command",
        "service.migration_command",
        "service.environment",
        "service.harmless_names",
        "service.permissions",
        "service.secrets",
        "images.reader_account_ids",
        "monitoring.alarm_email",
    }


def test_every_setting_that_is_an_array_or_object_of_free_text_is_sensitive() -> None:
    everything = settings_of(EVERYTHING_ON)
    # The names of zones are compared with a list, and the plan that refuses others shows them.
    shown = [
        getattr(getattr(everything, group), name)
        for group, name in _SHOWN
        if (group, name) != ("network", "zones")
    ]
    assert all(isinstance(value, str | int | bool) for value in shown)
