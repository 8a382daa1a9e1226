"""Hypothesis strategies for valid settings of every profile, in environment variables and in cdktf.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from constructs_lib.settings.grants import looks_secret
from constructs_lib.settings.profiles import Profile
from constructs_lib.settings.quotas import FARGATE_MEMORY, LOG_RETENTION_DAYS, MAX_TASKS
from constructs_lib.settings.regions import ZONE_LETTERS
from tests.variables import HEALTH_COMMAND

BOUNDS: Mapping[str, tuple[int, int]] = {
    "DATABASE__PASSWORD_VERSION": (1, 2**31 - 1),
    "DATABASE__ROTATION_MONTHS": (0, 12),
    "DATABASE__BACKUP_RETENTION_DAYS": (1, 35),
    "SERVICE__PORT": (1024, 65535),
    "SERVICE__CPU_TARGET": (1, 99),
    "SERVICE__MEMORY_TARGET": (1, 99),
    "SERVICE__REQUESTS_PER_TARGET": (1, 1_000_000),
    "FIREWALL__RATE_LIMIT": (10, 2_000_000_000),
    "MONITORING__ERROR_RATE_PERCENT": (1, 100),
    "MONITORING__DATABASE_CPU_PERCENT": (1, 100),
    "MONITORING__LATENCY_P99_MILLISECONDS": (1, 59_999),
    "MONITORING__DATABASE_CONNECTIONS": (1, 5000),
    "MONITORING__DATABASE_FREE_MEMORY_MIB": (1, 1_000_000),
    "MONITORING__REPLICA_LAG_MILLISECONDS": (1, 3_600_000),
    "MONITORING__BLOCKED_REQUESTS": (1, 1_000_000_000),
}
"""The settings that accept every whole number between two bounds, both included."""

_SWITCHES = (
    "ACCESS__PERMISSIONS_BOUNDARY",
    *("DATABASE__DELETION_PROTECTION", "DATABASE__FINAL_SNAPSHOT", "DATABASE__VAULT_BACKUPS"),
    *("LOAD_BALANCER__DELETION_PROTECTION", "SERVICE__TLS"),
)
Value = TypeVar("Value")
_WORD = r"[a-z0-9]{1,6}"


def evenly(*strategies: SearchStrategy[Value]) -> SearchStrategy[Value]:
    """Return a strategy that draws from each of the strategies equally often.

    `st.one_of` flattens nested strategies, which then have a larger share.
    """
    return st.sampled_from(strategies).flatmap(lambda strategy: strategy)


def _matching(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


# Text that Terraform does not interpret, for values that a user chooses freely.
_PLAIN_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0${%"), max_size=30)
_ENVIRONMENT = st.dictionaries(
    _matching(r"PAY_[A-Za-z0-9_]{0,12}").filter(lambda name: not looks_secret(name)),
    _PLAIN_TEXT.filter(bool),
    max_size=4,
)
VALID_VALUES: Mapping[str, SearchStrategy[object]] = {
    **{name: st.integers(*bounds) for name, bounds in BOUNDS.items()},
    **{name: st.booleans() for name in _SWITCHES},
    "STATE__KEY_ALIAS": _matching(r"pay[A-Za-z0-9/_-]{0,30}"),
    "IMAGES__READER_ACCOUNT_IDS": st.lists(_matching(r"[0-9]{12}"), max_size=3, unique=True),
    "ACCESS__GITHUB_REPOSITORY": _matching(r"[A-Za-z0-9]{1,39}/[A-Za-z0-9_-]{1,100}"),
    "ACCESS__GITHUB_ENVIRONMENT": _matching(r"[A-Za-z0-9._-]{1,100}"),
    "ACCESS__OIDC_PROVIDER_ARN": _matching(
        r"arn:aws:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com"
    ),
    "DOMAIN__HOSTED_ZONE_ID": _matching(r"Z[A-Z0-9]{1,31}"),
    "NETWORK__CIDR": st.one_of(
        st.builds("10.{}.0.0/16".format, st.integers(0, 255)),
        st.builds("172.16.{}.0/20".format, st.integers(0, 15).map(lambda n: n * 16)),
        st.sampled_from(["192.168.0.0/17", "100.64.0.0/18"]),
    ),
    "NETWORK__NAT_GATEWAYS": st.sampled_from([1, 3]),
    "NETWORK__ZONES": st.permutations("abcdef").map(lambda letters: letters[:3]),
    "NETWORK__DESTINATIONS": st.dictionaries(
        _matching(rf"to(-{_WORD}){{1,3}}"),
        st.builds("192.0.{}.0/24:{}".format, st.integers(0, 255), st.integers(1, 65535)),
        max_size=4,
    ).filter(lambda destinations: len(set(destinations.values())) == len(destinations)),
    "DATABASE__ENGINE_VERSION": _matching(r"1[4-7](\.[1-9][0-9]?)?"),
    "DATABASE__INSTANCE_CLASS": _matching(r"db\.(t4g\.(medium|large)|r[5-8]g\.(2x|16x|)large)"),
    "DATABASE__DATABASE_NAME": _matching(r"pay_[a-z0-9_]{0,59}"),
    "DATABASE__MASTER_USERNAME": _matching(r"pay_[a-z0-9_]{0,12}"),
    "DATABASE__INSIGHTS_MODE": st.sampled_from(["standard", "advanced"]),
    # Before the default maintenance window, and after the default backup window and the vault's snapshot.
    "DATABASE__BACKUP_WINDOW": st.builds("00:{0:02}-01:{0:02}".format, st.integers(0, 59)),
    "DATABASE__MAINTENANCE_WINDOW": st.builds(
        "{0}:{1:02}:00-{0}:{1:02}:45".format,
        st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        st.integers(7, 23),
    ),
    "DATABASE__SECRET_READER_ARNS": st.lists(
        _matching(r"arn:aws:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]{1,20}"), max_size=3, unique=True
    ),
    "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": st.just(0) | st.integers(7, 30),
    "LOAD_BALANCER__TLS_POLICY": st.sampled_from(
        ["ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04"]
    ),
    "SERVICE__HEALTH_PATH": _matching(r"/[A-Za-z0-9._~/-]{0,40}"),
    "SERVICE__HEALTH_COMMAND": _PLAIN_TEXT.map(lambda text: f"test -n '{text}'"),
    "SERVICE__MIGRATION_COMMAND": st.lists(
        _PLAIN_TEXT.filter(bool).map(lambda text: f"-{text}"), min_size=1, max_size=3
    ),
    "SERVICE__ENVIRONMENT": _ENVIRONMENT,
    "SERVICE__PERMISSIONS": st.lists(
        st.builds(
            lambda actions, resources: {"actions": actions, "resources": resources},
            st.lists(_matching(r"(sqs|s3|sns):[A-Z][A-Za-z]{1,20}"), min_size=1, max_size=3),
            st.lists(
                _matching(r"arn:aws:sqs:[a-z]{2}-[a-z]{4}-1:[0-9]{12}:[A-Za-z0-9_-]{1,20}")
                | _matching(r"arn:aws:s3:::[a-z0-9]{3,20}/([a-z0-9]{1,8}/)?\*"),
                min_size=1,
                max_size=3,
            ),
        ),
        max_size=3,
    ),
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
class SettingsInput:
    """The arguments of `load_settings`."""

    environment: Mapping[str, str]
    context: Mapping[str, object]

    @property
    def groups(self) -> Mapping[str, Mapping[str, object]]:
        """The groups in cdktf.json that are objects; empty if the groups themselves are not an object."""
        groups = self.context.get("payment_api")
        if not isinstance(groups, Mapping):
            return {}
        return {name: values for name, values in groups.items() if isinstance(values, Mapping)}


@st.composite
def valid_settings(draw: DrawFn, profile: Profile) -> SettingsInput:
    """Valid settings of a profile, each in a variable or in cdktf.json."""
    region = draw(st.sampled_from(sorted(ZONE_LETTERS)))
    values = draw(st.fixed_dictionaries({}, optional=VALID_VALUES)) | draw(_related_values())
    values |= draw(_settings_of_variables(region)) if draw(st.booleans()) else {}
    values |= draw(_required_values(region)) if profile != "dev" or draw(st.booleans()) else {}
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
    return SettingsInput(environment, {"payment_api": groups})


@st.composite
def _related_values(draw: DrawFn) -> dict[str, object]:
    """Valid values of settings whose validation depends on each other."""
    min_capacity, max_capacity = sorted(draw(st.tuples(*[st.integers(1, MAX_TASKS)] * 2)))
    cpu = draw(st.sampled_from(sorted(FARGATE_MEMORY)))
    memory = draw(st.sampled_from(list(FARGATE_MEMORY[cpu])))
    return {
        "SERVICE__MIN_CAPACITY": min_capacity,
        "SERVICE__MAX_CAPACITY": max_capacity,
        "SERVICE__CPU": cpu,
        "SERVICE__MEMORY": memory,
    }


@st.composite
def _settings_of_variables(draw: DrawFn, region: str) -> dict[str, object]:
    """Valid secrets, and names of secrets that are harmless with the variables that have them."""
    harmless = draw(st.lists(_matching(r"OPEN_(KEY|TOKEN|SECRETS)[0-9]?"), max_size=2, unique=True))
    secrets = st.builds(
        f"arn:aws:secretsmanager:{region}:123456789012:secret:{{}}-{{}}{{}}".format,
        _matching(r"own/[A-Za-z0-9/_+=.@-]{1,20}"),
        _matching(r"[A-Za-z0-9]{6}"),
        st.sampled_from(["", ":::", ":key::", "::AWSCURRENT:", f":a.key::{'0' * 32}"]),
    )
    return {
        "SERVICE__HARMLESS_NAMES": harmless,
        "SERVICE__ENVIRONMENT": dict.fromkeys(harmless, "x") | draw(_ENVIRONMENT),
        "SERVICE__SECRETS": draw(st.dictionaries(_matching(r"PROVIDER_[A-Z_]{1,9}"), secrets, max_size=3)),
    }


@st.composite
def _required_values(draw: DrawFn, region: str) -> dict[str, object]:
    """Valid values of the settings that staging and prod require."""
    zone = draw(_matching(rf"{_WORD}(-{_WORD})?\.test"))
    return {
        "DOMAIN__HOSTED_ZONE": zone,
        "DOMAIN__NAME": draw(st.just(zone) | _matching(_WORD).map(lambda label: f"{label}.{zone}")),
        "STATE__BUCKET": draw(_matching(r"pay[a-z0-9-]{0,52}[0-2]")),
        "SERVICE__IMAGE": f"123456789012.dkr.ecr.{region}.amazonaws.com/pay:{draw(_matching('v[0-9]{1,9}'))}",
    }


def as_text(value: object) -> str:
    """Return the value as the text of an environment variable."""
    return value if isinstance(value, str) else json.dumps(value)


@st.composite
def valid_settings_of_any_profile(draw: DrawFn) -> SettingsInput:
    """Valid settings of a profile that is drawn as well."""
    return draw(valid_settings(draw(st.sampled_from(get_args(Profile)))))
