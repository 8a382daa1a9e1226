"""The web firewall: its rules in order, what they block, what they cost, what it logs."""

import json

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize

MAXIMUM_CAPACITY = 1500
"""https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html: beyond, AWS charges."""

CAPACITY = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
}
"""https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""


def rules(stack: Synthesized) -> dict[str, Block]:
    """The rules by name, in the order in which they are asked."""
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
    raise AssertionError(f"nothing is known of the cost of {kind}")


def sql_injection(stack: Synthesized) -> dict[str, Block]:
    """The statements of the SQL injection rule by what they look at."""
    alternatives = rules(stack)["SQLInjectionRule"]["statement"]["or_statement"]["statement"]
    looks = [each["sqli_match_statement"] for each in alternatives]
    return {"+".join(look["field_to_match"]): look for look in looks}


def test_what_no_rule_blocks_is_let_in(every: Synthesized) -> None:
    """Parity 22."""
    assert every.one("aws_wafv2_web_acl")["default_action"] == {"allow": {}}


def test_it_stands_in_front_of_the_load_balancer(every: Synthesized) -> None:
    """Parity 22."""
    assert every.one("aws_wafv2_web_acl")["scope"] == "REGIONAL"
    assert every.has(
        "aws_wafv2_web_acl_association",
        {
            "resource_arn": every.ref("aws_lb", "arn"),
            "web_acl_arn": every.ref("aws_wafv2_web_acl", "arn"),
        },
    )


def test_custom_rules_come_first_then_awss_own(every: Synthesized) -> None:
    """Parity 22."""
    assert {name: rule["priority"] for name, rule in rules(every).items()} == {
        "RateLimitRule": 1,
        "SQLInjectionRule": 2,
        "AWSManagedRulesAmazonIpReputationList": 10,
        "AWSManagedRulesKnownBadInputsRuleSet": 20,
        "AWSManagedRulesCommonRuleSet": 30,
        "AWSManagedRulesSQLiRuleSet": 40,
        "AWSManagedRulesAnonymousIpList": 50,
    }


def test_an_address_that_asks_too_often_is_blocked(every: Synthesized) -> None:
    """Parity 22."""
    rule = rules(every)["RateLimitRule"]

    assert "block" in rule["action"]
    assert rule["statement"] == {
        "rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP", "evaluation_window_sec": 300}
    }


def test_the_setting_chooses_the_rate_limit() -> None:
    system = synthesize("dev", PAYMENT_API_FIREWALL__RATE_LIMIT="123")

    assert rules(system)["RateLimitRule"]["statement"]["rate_based_statement"]["limit"] == 123


def test_a_limited_client_is_answered_429_in_json(every: Synthesized) -> None:
    response = rules(every)["RateLimitRule"]["action"]["block"]["custom_response"]
    (body,) = every.one("aws_wafv2_web_acl")["custom_response_body"]

    assert response["response_code"] == 429
    assert response["response_header"] == [{"name": "Retry-After", "value": "300"}]
    assert response["custom_response_body_key"] == body["key"]
    assert body["content_type"] == "APPLICATION_JSON"
    assert json.loads(body["content"]) == {"error": "too_many_requests"}


def test_sql_injection_is_blocked(every: Synthesized) -> None:
    """Parity 22."""
    assert rules(every)["SQLInjectionRule"]["action"] == {"block": {}}


def test_sql_is_looked_for_wherever_a_client_can_put_it(every: Synthesized) -> None:
    """Parity 22."""
    assert set(sql_injection(every)) == {"body", "query_string", "uri_path", "cookies"}


def test_sql_is_found_behind_url_encoding(every: Synthesized) -> None:
    """Parity 22."""
    for look in sql_injection(every).values():
        assert look["text_transformation"] == [{"priority": 0, "type": "URL_DECODE"}]


def test_cookies_too_long_to_be_seen_whole_are_blocked(every: Synthesized) -> None:
    assert sql_injection(every)["cookies"]["field_to_match"]["cookies"] == {
        "match_pattern": {"all": {}},
        "match_scope": "ALL",
        "oversize_handling": "MATCH",
    }


def test_a_body_too_large_to_inspect_is_blocked(every: Synthesized) -> None:
    """Parity 22. The common rule set's SizeRestrictions_BODY blocks by itself."""
    common = rules(every)["AWSManagedRulesCommonRuleSet"]["statement"]["managed_rule_group_statement"]

    assert sql_injection(every)["body"]["field_to_match"]["body"] == {"oversize_handling": "MATCH"}
    assert "rule_action_override" not in common


def test_the_setting_lets_a_large_body_pass_both_rules() -> None:
    """Parity 22."""
    system = synthesize("dev", PAYMENT_API_FIREWALL__OVERSIZE_BODY="allow")
    common = rules(system)["AWSManagedRulesCommonRuleSet"]["statement"]["managed_rule_group_statement"]

    assert sql_injection(system)["body"]["field_to_match"]["body"] == {"oversize_handling": "CONTINUE"}
    assert common["rule_action_override"] == [
        {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
    ]


@pytest.mark.parametrize("name", set(CAPACITY) - {"AWSManagedRulesAnonymousIpList"})
def test_awss_rule_groups_block(dev: Synthesized, name: str) -> None:
    rule = rules(dev)[name]
    group = rule["statement"]["managed_rule_group_statement"]

    assert rule["override_action"] == {"none": {}}
    assert (group["vendor_name"], group["name"]) == ("AWS", name)


def test_anonymous_addresses_are_counted_and_let_in(every: Synthesized) -> None:
    rule = rules(every)["AWSManagedRulesAnonymousIpList"]

    assert rule["override_action"] == {"count": {}}


def test_every_rule_has_a_metric_of_its_own(every: Synthesized) -> None:
    for name, rule in rules(every).items():
        assert rule["visibility_config"] == {
            "metric_name": name,
            "cloudwatch_metrics_enabled": True,
            "sampled_requests_enabled": True,
        }


@pytest.mark.parametrize("oversize_body", ["block", "allow"])
def test_the_capacity_is_within_what_the_price_includes(oversize_body: str) -> None:
    system = synthesize("dev", PAYMENT_API_FIREWALL__OVERSIZE_BODY=oversize_body)
    total = sum(capacity(rule["statement"]) for rule in rules(system).values())

    assert total == 2 + 4 * 30 + 1175
    assert total < MAXIMUM_CAPACITY


def test_verdicts_are_logged_to_a_group_of_the_prefix_that_aws_asks_for(every: Synthesized) -> None:
    name = f"aws-waf-logs-{every.one('aws_wafv2_web_acl')['name']}"
    logging = every.one("aws_wafv2_web_acl_logging_configuration")

    assert logging["resource_arn"] == every.ref("aws_wafv2_web_acl", "arn")
    assert logging["log_destination_configs"] == [every.ref("aws_cloudwatch_log_group", "arn", name=name)]
    assert "logging_filter" not in logging


def test_what_a_client_proves_itself_with_is_not_logged(every: Synthesized) -> None:
    logging = every.one("aws_wafv2_web_acl_logging_configuration")

    assert logging["redacted_fields"] == [
        {"single_header": {"name": "authorization"}},
        {"single_header": {"name": "cookie"}},
    ]


def test_nor_does_it_show_in_samples_of_requests(every: Synthesized) -> None:
    assert every.one("aws_wafv2_web_acl")["data_protection_config"] == {
        "data_protection": [
            {
                "action": "SUBSTITUTION",
                "field": {"field_type": "SINGLE_HEADER", "field_keys": ["authorization", "cookie"]},
            }
        ]
    }
