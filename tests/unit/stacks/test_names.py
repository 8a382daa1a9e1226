"""Every name and text fits what AWS allows, for the longest suffix as for the shortest, in each profile."""

import re
from collections.abc import Iterator

import pytest

from constructs_lib.settings.names import MAX_SUFFIX_LENGTH
from tests.unit.stacks.name_rules import GENERATED, RULES, TAG, WITHOUT_RULE, Rule
from tests.unit.synthesis import Block, Synthesized, synthesize, synthesize_state

LONGEST = [start.ljust(MAX_SUFFIX_LENGTH, "x") for start in ("pr-", "staging-", "prod-")]
SUFFIXES = ["a", "dev", "staging", "prod", *LONGEST]

LOOKS_LIKE_A_NAME = re.compile(r"(\w+_)?(name|name_prefix|identifier|family|bucket|description)")


def systems() -> Iterator[Synthesized]:
    """The system of each suffix, and the state stack."""
    yield from map(synthesize, SUFFIXES)
    yield synthesize_state()


def resolved(stack: Synthesized, value: str) -> str:
    """The value with as many characters as AWS sees: random suffixes are known by their length."""

    def drawn(match: re.Match[str]) -> str:
        return "f" * 2 * int(stack.document["resource"]["random_id"][match[1]]["byte_length"])

    return re.sub(r"\$\{random_id\.([\w-]+)\.hex\}", drawn, value)


def found(block: object, path: list[str]) -> Iterator[str]:
    """What a block holds at the end of a path, once for each item of the lists on the way."""
    if isinstance(block, list):
        for each in block:
            yield from found(each, path)
    elif isinstance(block, dict) and path:
        yield from found(block.get(path[0]), path[1:])
    elif isinstance(block, str) and not is_reference(block):
        yield block


def is_reference(value: str) -> bool:
    """Whether a value is another resource's attribute, and nothing around it."""
    return re.fullmatch(r"\$\{[^}]*\}", value) is not None


def values(stack: Synthesized, rule: Rule) -> Iterator[str]:
    """The values that a rule is about."""
    for resource in stack.all(rule.type).values():
        for value in found(resource, rule.argument.split(".")):
            yield resolved(stack, value)


def tags(stack: Synthesized) -> Iterator[tuple[str, str]]:
    """The tags of every resource and those of the provider that all of them get."""
    for provider in stack.document["provider"]["aws"]:
        for default in provider["default_tags"]:
            yield from default["tags"].items()
    for type_ in stack.document["resource"]:
        for resource in stack.all(type_).values():
            yield from resource.get("tags", {}).items()


def named(stack: Synthesized) -> Iterator[tuple[str, str]]:
    """Types and arguments that look like names and are not another resource's."""
    for type_ in stack.document["resource"]:
        for resource in stack.all(type_).values():
            for argument, value in resource.items():
                looks_like_a_name = LOOKS_LIKE_A_NAME.fullmatch(argument) and isinstance(value, str)
                if looks_like_a_name and not is_reference(value):
                    yield type_, argument


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_aws_accepts(rule: Rule) -> None:
    all_values = {value for stack in systems() for value in values(stack, rule)}

    assert all_values, "the stack has none of these: the rule is of no use"
    assert [value for value in all_values if not rule.allows(value)] == [], rule.source


def test_every_name_has_a_rule() -> None:
    ruled = {(rule.type, rule.argument) for rule in RULES}
    names = {name for stack in systems() for name in named(stack)}

    assert names - ruled - WITHOUT_RULE.keys() == set()


def test_every_argument_without_a_rule_is_there() -> None:
    assert {name for stack in systems() for name in named(stack)} >= WITHOUT_RULE.keys()


def test_aws_accepts_tags() -> None:
    all_values = {value for stack in systems() for _, value in tags(stack)}

    assert {"payment-api", *SUFFIXES} <= all_values
    assert [value for value in all_values if not TAG.allows(value)] == []


def test_no_tag_has_a_reserved_or_overlong_key() -> None:
    """AWS's General Reference, Tag naming limits and requirements."""
    keys = {key for stack in systems() for key, _ in tags(stack)}

    assert keys
    assert [key for key in keys if key.startswith("aws:") or len(key) > 128] == []


def test_the_longest_suffix_makes_the_longest_load_balancer_name() -> None:
    for suffix in LONGEST:
        assert len(synthesize(suffix).one("aws_lb")["name"]) == 32


def test_the_firewalls_log_group_has_the_prefix_that_aws_asks_for(every: Synthesized) -> None:
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
def test_a_rule_refuses(type_: str, argument: str, value: str) -> None:
    (rule,) = (rule for rule in RULES if (rule.type, rule.argument) == (type_, argument))

    assert not rule.allows(value)


def test_a_prefix_is_measured_with_what_terraform_adds() -> None:
    prefix = Rule("aws_security_group", "name_prefix", len(GENERATED) + 3, ".*", "made up")

    assert prefix.allows("abc")
    assert not prefix.allows("abcd")
