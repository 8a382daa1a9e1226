"""Hypothesis strategies for invalid settings: odd strings, numbers and JSON, and unknown names."""

import json

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from constructs_lib.settings.loader import VARIABLES
from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.generated_settings import (
    BOUNDS,
    VALID_VALUES,
    SettingsInput,
    as_text,
    evenly,
    valid_settings_of_any_profile,
)

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["${x}", "%{x}", "\ud800", "\n  - no problems", "\x1b[2J"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_NEAR_A_BOUND = st.builds(
    int.__add__, st.sampled_from(sorted({n for pair in BOUNDS.values() for n in pair})), st.integers(-2, 2)
)
ODD_STRINGS = (
    *("", " ", "\0", "\n", "null", "None", "[]", "{}", '""', "NaN", "1e400", "-0", "+1", "1.0", "0x10"),
    *("${aws_kms_key.x}", "%{ if true }", "$${x}", "\udcff", "\u202e", "\uff11\uff12", "\xb2", "1_000"),
    "true\n",
    *("example.com\n", "10.0.0.0/16\n", "10.0.0.0/0", "0.0.0.0/0", "::/0", "dev\n", '["x", 1]'),
    *('{"a": "\\ud800"}', '{"x": "10.0.0.0/24:443", "y": "10.0.0.0/24:443"}'),
    *('{"A": 1}', '{"": ""}', '{"DB_HOST": "x"}', '{"a": "${x}"}', '{"x": "10.0.0.0/24:0"}', "a" * 57),
    *(
        '{"A": ""}',
        '{"A": "1", "A": "2"}',
        '{"x": "192.0.2.7:443", "x": "192.0.2.8:443"}',
        "80",
        "production",
    ),
    *("123456789012.dkr-ecr.us-east-1.on.aws/app:1", "registry.test:5000/app:1", "localhost/app:1"),
    *('{"API_KEY": "x"}', '["API_KEY"]', '{"A": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}'),
    *('[{"actions": ["s3:*"], "resources": ["*"]}]', '[{"actions": [], "resources": []}]', "[{}]"),
    *('{"internet": "192.0.2.0/24:443"}', f"{'a.' * 40}test", f"pr-{'1' * MAX_SUFFIX_LENGTH}"),
)
_LONG_STRINGS = st.builds(
    str.__mul__, st.sampled_from(["a", "9", "[", '{"a":', "\0"]), st.sampled_from([57, 900, 5000, 100_000])
)
STRINGS = evenly(
    st.sampled_from(ODD_STRINGS),
    _LONG_STRINGS,
    st.integers(1, 900).map(lambda depth: "[" * depth + "]" * depth),
    st.text(),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Nd"]), max_size=12),
    _NEAR_A_BOUND.map(str),
    _JSON.map(lambda value: json.dumps(value)[:40]),
    evenly(*VALID_VALUES.values()).map(as_text),
    evenly(*VALID_VALUES.values()).map(lambda value: as_text(value)[:-1]),
)


def _nested(depth: int) -> object:
    value: object = "bottom"
    for _ in range(depth):
        value = [value]
    return value


_VALUES: SearchStrategy[object] = evenly(STRINGS, _JSON, _NEAR_A_BOUND, st.integers(1, 900).map(_nested))
_NAMES = evenly(
    st.sampled_from([*VARIABLES, "ENVIRONMENT_SUFFIX", "AWS_REGION"]),
    st.sampled_from([*VARIABLES]).map(str.lower),
    st.sampled_from([*VARIABLES]).map(lambda name: name.replace("__", "_")),
    st.text(max_size=12).map(lambda text: f"PAYMENT_API_{text}"),
    st.just(10_000).map(lambda length: "PAYMENT_API_" + "X" * length),
)
_GROUPS = sorted({group for group, _ in VARIABLES.values()})
_SETTINGS = evenly(
    st.sampled_from([*VARIABLES.values()]),
    st.tuples(st.sampled_from(_GROUPS), st.text(max_size=8)),
    st.tuples(st.text(max_size=8), st.text(max_size=8)),
)


@st.composite
def mostly_valid_settings(draw: DrawFn) -> SettingsInput:
    """Valid settings in which up to four values or names are replaced by arbitrary ones."""
    valid = draw(valid_settings_of_any_profile())
    environment = {**valid.environment, **draw(st.dictionaries(_NAMES, STRINGS, min_size=1, max_size=2))}
    groups = {**valid.groups}
    for (group, field), value in draw(st.dictionaries(_SETTINGS, _VALUES, max_size=2)).items():
        groups[group] = {**groups.get(group, {}), field: value}
    return SettingsInput(environment, {"payment_api": groups})


@st.composite
def arbitrary_settings(draw: DrawFn) -> SettingsInput:
    """Settings with arbitrary names and values."""
    groups = st.dictionaries(st.sampled_from(_GROUPS), _VALUES, max_size=3) | _VALUES
    context = {
        name: draw(values)
        for name, values in (
            ("environment_suffix", _VALUES),
            ("payment_api", groups),
            ("paymentApi", _VALUES),
        )
    }
    dropped = draw(st.sets(st.sampled_from(sorted(context))))
    return SettingsInput(
        draw(st.dictionaries(_NAMES, STRINGS, max_size=5)),
        {name: value for name, value in context.items() if name not in dropped},
    )


@st.composite
def numbers_near_bounds(draw: DrawFn) -> tuple[str, int]:
    """A setting with bounds, and a number near one of the bounds or an arbitrary one."""
    name = draw(st.sampled_from(sorted(BOUNDS)))
    near = draw(st.sampled_from(BOUNDS[name])) + draw(st.integers(-2, 2))
    return name, draw(st.just(near) | st.integers())
