"""Settings as people and their tools might hand them over: right by construction, and wrong in every way.

The same values come in every run where the search is derandomized.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from constructs_lib.settings.profiles import Profile
from constructs_lib.settings.quotas import FARGATE_MEMORY, LOG_RETENTION_DAYS, MAX_TASKS
from constructs_lib.settings.regions import ZONE_LETTERS
from tests.variables import HEALTH_COMMAND

BOUNDS: Mapping[str, tuple[int, int]] = {
    "DATABASE__PASSWORD_VERSION": (1, 2**31 - 1),
    "DATABASE__ROTATION_MONTHS": (0, 12),
    "DATABASE__BACKUP_RETENTION_DAYS": (1, 35),
    "SERVICE__PORT": (1, 65535),
    "SERVICE__CPU_TARGET": (1, 100),
    "SERVICE__MEMORY_TARGET": (1, 100),
    "SERVICE__REQUESTS_PER_TARGET": (1, 1_000_000),
    "FIREWALL__RATE_LIMIT": (10, 2_000_000_000),
    "MONITORING__ERROR_RATE_PERCENT": (1, 100),
    "MONITORING__DATABASE_CPU_PERCENT": (1, 100),
    "MONITORING__LATENCY_P99_MILLISECONDS": (1, 60_000),
    "MONITORING__DATABASE_CONNECTIONS": (1, 16_000),
    "MONITORING__DATABASE_FREE_MEMORY_MIB": (1, 1_000_000),
    "MONITORING__REPLICA_LAG_MILLISECONDS": (1, 3_600_000),
    "MONITORING__BLOCKED_REQUESTS": (1, 1_000_000_000),
}
"""The settings that are any whole number between two bounds, both included."""

_SWITCHES = (
    *("DATABASE__DELETION_PROTECTION", "DATABASE__FINAL_SNAPSHOT", "DATABASE__VAULT_BACKUPS"),
    *("LOAD_BALANCER__DELETION_PROTECTION", "SERVICE__TLS"),
)
Value = TypeVar("Value")
_WORD = r"[a-z0-9]{1,6}"


def evenly(*kinds: SearchStrategy[Value]) -> SearchStrategy[Value]:
    """Each kind as often as any other; `one_of` would count the kinds within a kind."""
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


def _matching(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


# Characters that a person can put into a text and Terraform takes for what they are.
_PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0${%"), max_size=30)
RIGHT: Mapping[str, SearchStrategy[object]] = {
    **{name: st.integers(*bounds) for name, bounds in BOUNDS.items()},
    **{name: st.booleans() for name in _SWITCHES},
    "STATE__KEY_ALIAS": _matching(r"pay[A-Za-z0-9/_-]{0,30}"),
    "NETWORK__CIDR": st.one_of(
        st.builds("10.{}.0.0/16".format, st.integers(0, 255)),
        st.builds("172.16.{}.0/20".format, st.integers(0, 15).map(lambda n: n * 16)),
        st.sampled_from(["192.168.0.0/17", "100.64.0.0/18"]),
    ),
    "NETWORK__NAT_GATEWAYS": st.sampled_from([1, 3]),
    "NETWORK__DESTINATIONS": st.dictionaries(
        _matching(rf"to(-{_WORD}){{1,3}}"),
        st.builds("192.0.{}.0/24:{}".format, st.integers(0, 255), st.integers(1, 65535)),
        max_size=4,
    ).filter(lambda places: len(set(places.values())) == len(places)),
    "DATABASE__ENGINE_VERSION": _matching(r"1[4-7](\.[1-9][0-9]?)?"),
    "DATABASE__INSTANCE_CLASS": _matching(r"db\.(t4g\.(medium|large)|r[5-8]g\.(2x|16x|)large)"),
    "DATABASE__DATABASE_NAME": _matching(r"pay_[a-z0-9_]{0,59}"),
    "DATABASE__MASTER_USERNAME": _matching(r"pay_[a-z0-9_]{0,12}"),
    "DATABASE__INSIGHTS_MODE": st.sampled_from(["standard", "advanced"]),
    "DATABASE__SECRET_READER_ARNS": st.lists(
        _matching(r"arn:aws:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]{1,20}"), max_size=3
    ),
    "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": st.just(0) | st.integers(7, 30),
    "LOAD_BALANCER__TLS_POLICY": st.sampled_from(
        ["ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04"]
    ),
    "SERVICE__HEALTH_PATH": _matching(r"/[A-Za-z0-9._~/-]{0,40}"),
    "SERVICE__HEALTH_COMMAND": _PLAIN.map(lambda text: f"test -n '{text}'"),
    "SERVICE__ENVIRONMENT": st.dictionaries(_matching(r"PAY_[A-Za-z0-9_]{0,12}"), _PLAIN, max_size=4),
    "FIREWALL__OVERSIZE_BODY": st.sampled_from(["block", "allow"]),
    "MONITORING__ALARM_EMAIL": _matching(rf"[a-z0-9!#&'*+/=?^_`|~-]{{1,20}}@{_WORD}\.test"),
    "MONITORING__LOG_RETENTION_DAYS": st.sampled_from(LOG_RETENTION_DAYS),
}
_SUFFIXES: Mapping[Profile, SearchStrategy[str]] = {
    "dev": st.just("dev") | _matching(r"pr-[0-9]{1,17}"),
    "staging": st.just("staging") | _matching(rf"staging-{_WORD}"),
    "prod": st.just("prod") | _matching(rf"prod-{_WORD}-{_WORD}"),
}


@dataclass(frozen=True)
class Given:
    """What `load_settings` is given."""

    environment: Mapping[str, str]
    context: Mapping[str, object]

    @property
    def groups(self) -> Mapping[str, Mapping[str, object]]:
        """What cdktf.json says of each group; nothing where it is no object of objects."""
        groups = self.context.get("payment_api")
        if not isinstance(groups, Mapping):
            return {}
        return {name: values for name, values in groups.items() if isinstance(values, Mapping)}


@st.composite
def right(draw: DrawFn, profile: Profile) -> Given:
    """Settings of a profile that must be accepted: any of them set, in a variable or in cdktf.json."""
    region = draw(st.sampled_from(sorted(ZONE_LETTERS)))
    values = draw(st.fixed_dictionaries({}, optional=RIGHT)) | draw(_right_together())
    values |= draw(_own(region)) if profile != "dev" or draw(st.booleans()) else {}
    if profile == "prod":
        values.setdefault("SERVICE__HEALTH_COMMAND", HEALTH_COMMAND)
    environment = {"ENVIRONMENT_SUFFIX": draw(_SUFFIXES[profile]), "AWS_REGION": region}
    groups: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        if draw(st.booleans()):
            environment[f"PAYMENT_API_{name}"] = as_text(value)
        else:
            group, _, field = name.lower().partition("__")
            groups.setdefault(group, {})[field] = value
    return Given(environment, {"payment_api": groups})


@st.composite
def _right_together(draw: DrawFn) -> dict[str, object]:
    """Settings that are right or wrong by what stands beside them."""
    fewest, most = sorted(draw(st.tuples(*[st.integers(1, MAX_TASKS)] * 2)))
    cpu = draw(st.sampled_from(sorted(FARGATE_MEMORY)))
    memory = draw(st.sampled_from(list(FARGATE_MEMORY[cpu])))
    return {
        "SERVICE__MIN_CAPACITY": fewest,
        "SERVICE__MAX_CAPACITY": most,
        "SERVICE__CPU": cpu,
        "SERVICE__MEMORY": memory,
    }


@st.composite
def _own(draw: DrawFn, region: str) -> dict[str, object]:
    """What staging and prod must be told: a domain, a bucket, an image that prod takes."""
    zone = draw(_matching(rf"{_WORD}(-{_WORD})?\.test"))
    return {
        "DOMAIN__HOSTED_ZONE": zone,
        "DOMAIN__NAME": draw(st.just(zone) | _matching(_WORD).map(lambda label: f"{label}.{zone}")),
        "STATE__BUCKET": draw(_matching(r"pay[a-z0-9-]{0,52}[0-2]")),
        "SERVICE__IMAGE": f"123456789012.dkr.ecr.{region}.amazonaws.com/pay:{draw(_matching('v[0-9]{1,9}'))}",
    }


def as_text(value: object) -> str:
    """The value as a variable holds it."""
    return value if isinstance(value, str) else json.dumps(value)


@st.composite
def right_somewhere(draw: DrawFn) -> Given:
    """Settings of any profile that must be accepted."""
    return draw(right(draw(st.sampled_from(get_args(Profile)))))
