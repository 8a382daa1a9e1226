"""The web ACL: its rules and their order, their capacity, and its logs."""

import json

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import DEPLOYMENTS

MAXIMUM_CAPACITY = 1500
"""AWS charges for web ACLs above it:
https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
"""

CAPACITY = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
}
"""https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""


def rules(stack: Synthesized) -> dict[str, Block]:
    """The rules by name, in the order of evaluation."""
    found = stack.one("aws_wafv2_web_acl")["rule"]
    return {rule["name"]: rule for rule in sorted(found, key=lambda rule: int(rule["priority"]))}


def capacity(statement: Block) -> int:
    """The web ACL capacity units of a statement, as AWS documents them."""
    ((kind, body),) = statement.items()
    match kind:
        case "managed_rule_group_statement":
            return CAPACITY[body["name"]]
        case "rate_based_statement":
            # /waf/latest/developerguide/waf-rule-statement-type-rate-based.html
            assert not {"custom_key", "scope_down_statement"} & body.keys()
            return 2
        case "sqli_match_statement":
            # /waf/latest/developerguide/waf-rule-statement-type-sqli-match.html
            assert "json_body" not in body["field_to_match"]
            base = {"LOW": 20, "HIGH": 30}[body.get("sensitivity_level", "LOW")]
            all_parameters = 10 if "all_query_arguments" in body["field_to_match"] else 0
            return base + all_parameters + 10 * len(body["text_transformation"])
        case "or_statement" | "and_statement":
            return sum(map(capacity, body["statement"]))
    raise AssertionError(f"the capacity of {kind} is unknown; add it from the AWS WAF developer guide")


def sql_injection(stack: Synthesized) -> dict[str, Block]:
    """The statements of the SQL injection rule, by the part of the request that they inspect."""
    alternatives = rules(stack)["SQLInjectionRule"]["statement"]["or_statement"]["statement"]
    matches = [each["sqli_match_statement"] for each in alternatives]
    return {"+".join(match["field_to_match"]): match for match in matches}


def common_rule_set(stack: Synthesized) -> Block:
    """The statement of the AWS managed common rule set."""
    statement = rules(stack)["AWSManagedRulesCommonRuleSet"]["statement"]
    group: Block = statement["managed_rule_group_statement"]
    return group


def test_the_default_action_of_the_web_acl_is_allow(every: Synthesized) -> None:
    assert every.one("aws_wafv2_web_acl")["default_action"] == {"allow": {}}


def test_the_web_acl_is_associated_with_the_load_balancer(every: Synthesized) -> None:
    assert every.one("aws_wafv2_web_acl")["scope"] == "REGIONAL"
    assert every.has(
        "aws_wafv2_web_acl_association",
        {
            "resource_arn": every.ref("aws_lb", "arn"),
            "web_acl_arn": every.ref("aws_wafv2_web_acl", "arn"),
        },
    )


def test_custom_rules_are_evaluated_before_aws_managed_rules(every: Synthesized) -> None:
    assert {name: rule["priority"] for name, rule in rules(every).items()} == {
        "RateLimitRule": 1,
        "SQLInjectionRule": 2,
        "AWSManagedRulesAmazonIpReputationList": 10,
        "AWSManagedRulesKnownBadInputsRuleSet": 20,
        "AWSManagedRulesCommonRuleSet": 30,
        "AWSManagedRulesSQLiRuleSet": 40,
        "AWSManagedRulesAnonymousIpList": 50,
    }


def test_ip_addresses_above_the_rate_limit_are_blocked(every: Synthesized) -> None:
    rule = rules(every)["RateLimitRule"]

    assert "block" in rule["action"]
    assert rule["statement"] == {
        "rate_based_statement": {
            "limit": every.settings.firewall.rate_limit,
            "aggregate_key_type": "IP",
            "evaluation_window_sec": 300,
        }
    }


def test_the_default_rate_limit_is_2000_requests(each_profile: Synthesized) -> None:
    assert rules(each_profile)["RateLimitRule"]["statement"]["rate_based_statement"]["limit"] == 2000


def test_a_rate_limited_client_receives_429_and_retry_after_in_json(every: Synthesized) -> None:
    response = rules(every)["RateLimitRule"]["action"]["block"]["custom_response"]
    (body,) = every.one("aws_wafv2_web_acl")["custom_response_body"]

    assert response["response_code"] == 429
    assert response["response_header"] == [{"name": "Retry-After", "value": "300"}]
    assert response["custom_response_body_key"] == body["key"]
    assert body["content_type"] == "APPLICATION_JSON"
    assert json.loads(body["content"]) == {"error": "too_many_requests"}


def test_sql_injection_is_blocked(every: Synthesized) -> None:
    assert rules(every)["SQLInjectionRule"]["action"] == {"block": {}}


def test_body_query_string_uri_path_and_cookies_are_inspected_for_sql(every: Synthesized) -> None:
    assert set(sql_injection(every)) == {"body", "query_string", "uri_path", "cookies"}


def test_requests_are_url_decoded_before_they_are_inspected_for_sql(every: Synthesized) -> None:
    for match in sql_injection(every).values():
        assert match["text_transformation"] == [{"priority": 0, "type": "URL_DECODE"}]


def test_cookies_too_large_to_inspect_are_blocked(every: Synthesized) -> None:
    assert sql_injection(every)["cookies"]["field_to_match"]["cookies"] == {
        "match_pattern": {"all": {}},
        "match_scope": "ALL",
        "oversize_handling": "MATCH",
    }


def test_by_default_a_body_too_large_to_inspect_is_blocked(each_profile: Synthesized) -> None:
    """SizeRestrictions_BODY of the common rule set blocks unless it is overridden."""
    body = sql_injection(each_profile)["body"]["field_to_match"]["body"]

    assert body == {"oversize_handling": "MATCH"}
    assert "rule_action_override" not in common_rule_set(each_profile)


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_the_setting_allows_a_body_too_large_to_inspect_in_both_rules(deployment: str) -> None:
    stack = synthesize(deployment, PAYMENT_API_FIREWALL__OVERSIZE_BODY="allow")

    assert sql_injection(stack)["body"]["field_to_match"]["body"] == {"oversize_handling": "CONTINUE"}
    assert common_rule_set(stack)["rule_action_override"] == [
        {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
    ]


@pytest.mark.parametrize("name", sorted(CAPACITY.keys() - {"AWSManagedRulesAnonymousIpList"}))
def test_aws_managed_rule_groups_block(every: Synthesized, name: str) -> None:
    rule = rules(every)[name]
    group = rule["statement"]["managed_rule_group_statement"]

    assert rule["override_action"] == {"none": {}}
    assert (group["vendor_name"], group["name"]) == ("AWS", name)


def test_requests_from_anonymous_ip_addresses_are_only_counted(every: Synthesized) -> None:
    rule = rules(every)["AWSManagedRulesAnonymousIpList"]

    assert rule["override_action"] == {"count": {}}


def test_every_rule_has_its_own_metric(every: Synthesized) -> None:
    for name, rule in rules(every).items():
        assert rule["visibility_config"] == {
            "metric_name": name,
            "cloudwatch_metrics_enabled": True,
            "sampled_requests_enabled": True,
        }


@pytest.mark.parametrize("oversize_body", ["block", "allow"])
def test_the_capacity_of_the_web_acl_is_included_in_its_price(oversize_body: str) -> None:
    stack = synthesize("dev", PAYMENT_API_FIREWALL__OVERSIZE_BODY=oversize_body)
    total = sum(capacity(rule["statement"]) for rule in rules(stack).values())

    assert total == 2 + 4 * 30 + 1175
    assert total < MAXIMUM_CAPACITY


def test_all_requests_are_logged_to_a_log_group_with_the_required_prefix(every: Synthesized) -> None:
    name = f"aws-waf-logs-{every.one('aws_wafv2_web_acl')['name']}"
    logging = every.one("aws_wafv2_web_acl_logging_configuration")

    assert logging["resource_arn"] == every.ref("aws_wafv2_web_acl", "arn")
    assert logging["log_destination_configs"] == [every.ref("aws_cloudwatch_log_group", "arn", name=name)]
    assert "logging_filter" not in logging


def test_credential_headers_are_redacted_from_logs(every: Synthesized) -> None:
    logging = every.one("aws_wafv2_web_acl_logging_configuration")

    assert logging["redacted_fields"] == [
        {"single_header": {"name": "authorization"}},
        {"single_header": {"name": "cookie"}},
    ]


def test_credential_headers_are_masked_in_sampled_requests(every: Synthesized) -> None:
    assert every.one("aws_wafv2_web_acl")["data_protection_config"] == {
        "data_protection": [
            {
                "action": "SUBSTITUTION",
                "field": {"field_type": "SINGLE_HEADER", "field_keys": ["authorization", "cookie"]},
            }
        ]
    }
