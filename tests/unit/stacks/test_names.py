"""AWS accepts every name, description and tag, for the shortest and longest suffixes of each profile."""

import json
import re
from collections.abc import Iterator

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from constructs_lib.settings.regions import ZONE_LETTERS
from tests.unit.stacks.name_rules import GENERATED, RULES, TAG, WITHOUT_RULE, Rule
from tests.unit.synthesis import Block, Synthesized, synthesize, synthesize_images, synthesize_state
from tests.variables import EVERYTHING_ON

LONGEST = [*(start.ljust(MAX_SUFFIX_LENGTH, "x") for start in ("pr-", "staging-", "prod-")), EVERYTHING_ON]
SUFFIXES = ["a", "dev", "staging", "prod", *LONGEST]
LONGEST_REGION = max(ZONE_LETTERS, key=len)

LOOKS_LIKE_A_NAME = re.compile(r"(\w+_)?(name|name_prefix|identifier|family|bucket|description)")


def in_region(suffix: str, region: str) -> Synthesized:
    """The stack of a suffix in a region, with an image from the region's registry."""
    image = f"123456789012.dkr.ecr.{region}.amazonaws.com/payment-api:1.0.0"
    zones = json.dumps(ZONE_LETTERS[region])
    return synthesize(
        suffix,
        AWS_REGION=region,
        PAYMENT_API_SERVICE__IMAGE=image,
        PAYMENT_API_SERVICE__SECRETS="{}",
        PAYMENT_API_NETWORK__ZONES=zones,
    )


def stacks() -> Iterator[Synthesized]:
    """The payment API's stack of each suffix, also in the longest region, and the other two stacks."""
    yield from map(synthesize, SUFFIXES)
    yield from (in_region(suffix, LONGEST_REGION) for suffix in LONGEST)
    yield from map(synthesize_state, ("dev", EVERYTHING_ON))
    yield from map(synthesize_images, ("dev", EVERYTHING_ON))


def resolved(stack: Synthesized, value: str) -> str:
    """The value with random suffixes replaced by hexadecimal digits of the same length."""

    def random_suffix(match: re.Match[str]) -> str:
        return "f" * 2 * int(stack.document["resource"]["random_id"][match[1]]["byte_length"])

    return re.sub(r"\$\{random_id\.([\w-]+)\.hex\}", random_suffix, value)


def found(block: object, path: list[str]) -> Iterator[str]:
    """The strings at a path in a block, in all items of the lists on the path; references are left out."""
    if isinstance(block, list):
        for each in block:
            yield from found(each, path)
    elif isinstance(block, dict) and path:
        yield from found(block.get(path[0]), path[1:])
    elif isinstance(block, str) and not is_reference(block):
        yield block


def is_reference(value: str) -> bool:
    """Whether a value is only a reference to an attribute of another resource."""
    return re.fullmatch(r"\$\{[^}]*\}", value) is not None


def values(stack: Synthesized, rule: Rule) -> Iterator[str]:
    """The values that a rule applies to."""
    for resource in stack.all(rule.type).values():
        for value in found(resource, rule.argument.split(".")):
            yield resolved(stack, value)


def tags(stack: Synthesized) -> Iterator[tuple[str, str]]:
    """The tags of every resource, and the provider's default tags."""
    for provider in stack.document["provider"]["aws"]:
        for default in provider["default_tags"]:
            yield from default["tags"].items()
    for type_ in stack.document["resource"]:
        for resource in stack.all(type_).values():
            yield from resource.get("tags", {}).items()


def named(stack: Synthesized) -> Iterator[tuple[str, str]]:
    """Types and arguments that look like names, except references to other resources."""
    for type_ in stack.document["resource"]:
        for resource in stack.all(type_).values():
            for argument, value in resource.items():
                looks_like_a_name = LOOKS_LIKE_A_NAME.fullmatch(argument) and isinstance(value, str)
                if looks_like_a_name and not is_reference(value):
                    yield type_, argument


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_aws_accepts_the_values_of(rule: Rule) -> None:
    all_values = {value for stack in stacks() for value in values(stack, rule)}

    assert all_values, "no stack has this argument; remove the rule"
    assert [value for value in all_values if not rule.allows(value)] == [], rule.source


# An account has one of each name in all regions together.
GLOBAL_NAMES = (
    ("aws_iam_role", "name"),
    ("aws_iam_policy", "name"),
    ("aws_cloudwatch_dashboard", "dashboard_name"),
)


@pytest.mark.parametrize(("type_", "argument"), GLOBAL_NAMES)
def test_no_two_deployments_of_an_account_have_the_same_global_name(type_: str, argument: str) -> None:
    """Neither in two regions, nor with the region in the suffix."""
    deployments = [
        synthesize("dev"),
        synthesize("dev-eu-west-1"),
        in_region("dev", "eu-west-1"),
        in_region("dev", "eu-west-2"),
        in_region("dev-eu-west-1", "eu-west-1"),
    ]
    found = [each[argument] for stack in deployments for each in stack.all(type_).values()]

    assert len(found) == len(set(found)) >= len(deployments)


@pytest.mark.parametrize(("type_", "argument"), GLOBAL_NAMES)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_global_names_contain_every_region_but_us_east_1(type_: str, argument: str, region: str) -> None:
    names = [each[argument] for each in in_region("prod", region).all(type_).values()]

    assert all((region in name) == (region != "us-east-1") for name in names), names


def test_every_bucket_name_has_a_random_part_or_is_a_setting() -> None:
    """Bucket names are unique in all accounts and regions."""
    for bucket in synthesize("prod").all("aws_s3_bucket").values():
        assert "${random_id." in bucket["bucket"]


def test_every_name_has_a_rule() -> None:
    ruled = {(rule.type, rule.argument) for rule in RULES}
    names = {name for stack in stacks() for name in named(stack)}

    assert names - ruled - WITHOUT_RULE.keys() == set()


def test_every_argument_listed_without_a_rule_exists() -> None:
    assert {name for stack in stacks() for name in named(stack)} >= WITHOUT_RULE.keys()


def test_aws_accepts_all_tag_values() -> None:
    all_values = {value for stack in stacks() for _, value in tags(stack)}

    assert {"payment-api", *SUFFIXES} <= all_values
    assert [value for value in all_values if not TAG.allows(value)] == []


def test_no_tag_key_is_reserved_or_too_long() -> None:
    """See "Tag naming limits and requirements" in the AWS General Reference."""
    keys = {key for stack in stacks() for key, _ in tags(stack)}

    assert keys
    assert [key for key in keys if key.startswith("aws:") or len(key) > 128] == []


def test_the_load_balancer_name_has_32_characters_with_the_longest_suffix() -> None:
    for suffix in LONGEST:
        assert len(synthesize(suffix).one("aws_lb")["name"]) == 32


def test_the_web_acl_log_group_has_the_prefix_that_aws_requires(every: Synthesized) -> None:
    """https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html"""
    (destination,) = every.one("aws_wafv2_web_acl_logging_configuration")["log_destination_configs"]
    groups: dict[str, Block] = {
        f"${{aws_cloudwatch_log_group.{name}.arn}}": group
        for name, group in every.all("aws_cloudwatch_log_group").items()
    }

    assert groups[destination]["name"].startswith("aws-waf-logs-")


@pytest.mark.parametrize(
    ("type_", "argument", "value"),
    [
        ("aws_lb", "name", "x" * 33),
        ("aws_lb", "name", "internal-api"),
        ("aws_lb_target_group", "name_prefix", "payment"),
        ("aws_rds_cluster", "cluster_identifier", "payment--api"),
        ("aws_rds_cluster_instance", "identifier", "api-"),
        ("aws_secretsmanager_secret", "name", "payment-api-dev-master"),
        ("aws_s3_bucket", "bucket", "Payment-api"),
        ("aws_backup_vault", "name", "x" * 51),
        ("aws_security_group", "description", "tasks' rules"),
        ("aws_kms_alias", "name", "alias/aws/payment"),
        ("aws_wafv2_web_acl", "description", "ends in a space "),
    ],
)
def test_a_rule_rejects(type_: str, argument: str, value: str) -> None:
    (rule,) = (rule for rule in RULES if (rule.type, rule.argument) == (type_, argument))

    assert not rule.allows(value)


def test_the_length_of_a_name_prefix_includes_what_terraform_appends() -> None:
    prefix = Rule("aws_security_group", "name_prefix", len(GENERATED) + 3, ".*", "no source")

    assert prefix.allows("abc")
    assert not prefix.allows("abcd")
