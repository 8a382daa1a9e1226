"""WAF refuses malformed rules and logs, and to delete what is in use."""

from typing import Any

import pytest

from tests.emulator.account import Account
from tests.emulator.refusals.wafv2 import capacity
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.networks import Client, Network, Parameter

VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "api"}
RATE_LIMIT = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}}


def _rule(name: str, priority: int, statement: Parameter = None, **action: Parameter) -> dict[str, Any]:
    return {
        "Name": name,
        "Priority": priority,
        "Statement": statement or RATE_LIMIT,
        "VisibilityConfig": VISIBILITY,
        **(action or {"Action": {"Block": {}}}),
    }


def _managed(name: str) -> dict[str, Any]:
    return {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name}}


def _acl(*rules: dict[str, Any], name: str = "api") -> dict[str, Any]:
    return {
        "Name": name,
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": VISIBILITY,
        "Rules": [*rules],
    }


@pytest.fixture
def wafv2(account: Account) -> Client:
    return account.client("wafv2")


REFUSED_RULES = {
    "priority": ("malformed", [_rule("a", 1), _rule("b", 1)]),
    "group with action": ("malformed", [_rule("a", 1, _managed("AWSManagedRulesCommonRuleSet"))]),
    "rule with override action": ("malformed", [_rule("a", 1, OverrideAction={"None": {}})]),
    "capacity": (
        "too many",
        [
            _rule(str(index), index, _managed("AWSManagedRulesCommonRuleSet"), OverrideAction={"None": {}})
            for index in range(8)
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED_RULES)
def test_rules_are_refused_in_a_new_and_in_a_changed_web_acl(
    wafv2: Client, refused: Refuses, case: str
) -> None:
    kind, rules = REFUSED_RULES[case]
    with refused(kind, "WAFInvalidParameterException"):  # type: ignore[arg-type]
        wafv2.create_web_acl(**_acl(*rules))
    created = wafv2.create_web_acl(**_acl())["Summary"]
    with refused(kind, "WAFInvalidParameterException"):  # type: ignore[arg-type]
        wafv2.update_web_acl(Id=created["Id"], LockToken=created["LockToken"], **_acl(*rules))


def test_the_capacity_of_a_rule_is_that_of_its_statements() -> None:
    sqli = {
        "SqliMatchStatement": {
            "FieldToMatch": {"QueryString": {}},
            "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
        }
    }
    assert capacity(RATE_LIMIT) == 2
    assert capacity({"OrStatement": {"Statements": [sqli, sqli]}}) == 60
    assert capacity({"NotStatement": {"Statement": sqli}}) == 30
    assert capacity(_managed("AWSManagedRulesKnownBadInputsRuleSet")) == 200


def test_the_name_of_a_web_acl_is_unique(wafv2: Client, refused: Refuses) -> None:
    wafv2.create_web_acl(**_acl())
    with refused("taken", "WAFDuplicateItemException"):
        wafv2.create_web_acl(**_acl())


def test_a_region_has_100_web_acls(wafv2: Client, refused: Refuses) -> None:
    for index in range(100):
        wafv2.create_web_acl(**_acl(name=f"api-{index}"))
    with refused("too many", "WAFLimitsExceededException"):
        wafv2.create_web_acl(**_acl())


def test_an_associated_web_acl_cannot_be_deleted(account: Account, wafv2: Client, refused: Refuses) -> None:
    acl = wafv2.create_web_acl(**_acl())["Summary"]
    balancer = Network(account).load_balancer()
    wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=balancer)
    deletion = {"Name": "api", "Scope": "REGIONAL", "Id": acl["Id"], "LockToken": acl["LockToken"]}
    with refused("in use", "WAFAssociatedItemException"):
        wafv2.delete_web_acl(**deletion)
    account.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)
    with refused("not there yet", "WAFNonexistentItemException"):
        wafv2.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=balancer)
    wafv2.delete_web_acl(**deletion)


def test_logs_need_a_web_acl_a_reserved_name_and_fields_that_can_be_redacted(
    wafv2: Client, refused: Refuses
) -> None:
    arn = wafv2.create_web_acl(**_acl())["Summary"]["ARN"]
    destination = "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-api"
    logs = {"ResourceArn": arn, "LogDestinationConfigs": [destination]}
    with refused("not there yet", "WAFNonexistentItemException"):
        wafv2.put_logging_configuration(LoggingConfiguration=logs | {"ResourceArn": f"{arn}0"})
    with refused("malformed", "WAFInvalidParameterException"):
        other = [destination.replace("aws-waf-logs-", "")]
        wafv2.put_logging_configuration(LoggingConfiguration=logs | {"LogDestinationConfigs": other})
    with refused("malformed", "WAFInvalidParameterException"):
        wafv2.put_logging_configuration(LoggingConfiguration=logs | {"RedactedFields": [{"Body": {}}]})
    wafv2.put_logging_configuration(LoggingConfiguration=logs)
