"""WAF: web ACLs, their rules, associations and logs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.refusals.rules import RefusedError, refuses

_INVALID = "WAFInvalidParameterException"

MAX_CAPACITY = 5000
"""A web ACL can use as many web ACL capacity units; requests cost more from 1,500 units."""

# The base price of a statement, that of a transformation of text, and that of an aggregation key.
_BASE = {
    "GeoMatchStatement": 1,
    "IPSetReferenceStatement": 1,
    "LabelMatchStatement": 1,
    "RateBasedStatement": 2,
    "RegexMatchStatement": 3,
    "RegexPatternSetReferenceStatement": 25,
    "SizeConstraintStatement": 1,
    "SqliMatchStatement": 20,
    "XssMatchStatement": 40,
}
_BYTE_MATCH = {"CONTAINS": 10, "CONTAINS_WORD": 10}
_OTHER_BYTE_MATCH = 2
_TRANSFORMATION = 10
_CUSTOM_KEY = 30
_HIGH_SENSITIVITY = 10

# AWS's own rule groups.
_MANAGED = {
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesWordPressRuleSet": 100,
}


def capacity(statement: Mapping[str, Any]) -> int:
    """Return the web ACL capacity units of a statement. WAF can charge less for a rule, because it counts
    a transformation once if several statements use it on the same component.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html
    https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
    """
    total = 0
    for name, content in statement.items():
        nested = [*content.get("Statements", ()), content.get("Statement"), content.get("ScopeDownStatement")]
        total += sum(capacity(each) for each in nested if each)
        base = _BASE.get(name, 0)
        if name == "ByteMatchStatement":
            base = _BYTE_MATCH.get(content["PositionalConstraint"], _OTHER_BYTE_MATCH)
        elif name == "ManagedRuleGroupStatement":
            base = _MANAGED.get(content["Name"], 0)
        elif name == "SqliMatchStatement" and content.get("SensitivityLevel") == "HIGH":
            base += _HIGH_SENSITIVITY
        if "JsonBody" in content.get("FieldToMatch", {}):
            base *= 2
        total += base
        total += _TRANSFORMATION * len(content.get("TextTransformations", ()))
        total += _CUSTOM_KEY * len(content.get("CustomKeys", ()))
    return total


def _rules(call: Call) -> list[Any]:
    return call.parameters.get("Rules") or []


@refuses("wafv2", "CreateWebACL", "UpdateWebACL", kind="malformed")
def priority_twice(call: Call) -> None:
    """Each rule of a web ACL has a priority of its own.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html
    """
    priorities = Counter(rule["Priority"] for rule in _rules(call))
    if twice := [priority for priority, count in priorities.items() if count > 1]:
        raise RefusedError(
            _INVALID,
            f"Error reason: The priority of each rule must be unique., field: RULE, parameter: {twice[0]}",
        )


@refuses("wafv2", "CreateWebACL", "UpdateWebACL", kind="malformed")
def action_of_rule(call: Call) -> None:
    """A rule has either an action or, if it refers to a rule group, an override action.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html
    """
    for rule in _rules(call):
        groups = {"ManagedRuleGroupStatement", "RuleGroupReferenceStatement"} & rule["Statement"].keys()
        if (("OverrideAction" in rule), ("Action" in rule)) != (bool(groups), not groups):
            raise RefusedError(
                _INVALID,
                "Error reason: You must specify an override action for a rule group and an action for other "
                f"rules., field: RULE_ACTION, parameter: {rule['Name']}",
            )


@refuses("wafv2", "CreateWebACL", "UpdateWebACL", kind="too many")
def capacity_exceeded(call: Call) -> None:
    """A web ACL has at most 5,000 capacity units; 1,500 units are included in its price.

    https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
    https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
    """
    used = sum(capacity(rule["Statement"]) for rule in _rules(call))
    if used > MAX_CAPACITY:
        raise RefusedError(
            _INVALID,
            "Error reason: You exceeded the capacity limit for a rule group or web ACL., field: WEB_ACL, "
            f"parameter: {used}",
        )


@refuses("wafv2", "CreateWebACL", kind="too many")
def too_many_web_acls(call: Call) -> None:
    """100 web ACLs per Region.

    https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
    """
    if len(call.backend("wafv2").wacls) >= 100:
        raise RefusedError("WAFLimitsExceededException", "The limit of 100 web ACLs has been reached")


@refuses("wafv2", "CreateWebACL", kind="taken")
def name_taken(call: Call) -> None:
    """The name of a web ACL is unique in the account and the Region.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
    """
    if any(web_acl.name == call.parameters["Name"] for web_acl in list(call.backend("wafv2").wacls.values())):
        raise RefusedError("WAFDuplicateItemException", "A web ACL with this name exists")


def _exists(call: Call, resource_arn: str) -> bool:
    """Whether a load balancer exists. Its deletion ends its association; other resources are not known."""
    return ":loadbalancer/" not in resource_arn or resource_arn in call.backend("elbv2").load_balancers


@refuses("wafv2", "DeleteWebACL", kind="in use")
def web_acl_associated(call: Call) -> None:
    """DeleteWebACL refuses a web ACL that is associated with a resource.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html
    """
    for web_acl in list(call.backend("wafv2").wacls.values()):
        associated = (arn for arn in web_acl.associated_resources if _exists(call, arn))
        if web_acl.id == call.parameters["Id"] and (resource := next(associated, None)):
            raise RefusedError(
                "WAFAssociatedItemException", f"The web ACL is associated with a resource: {resource}"
            )


@refuses("wafv2", "AssociateWebACL", kind="not there yet")
def resource_missing(call: Call) -> None:
    """AssociateWebACL refuses a resource that does not exist.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
    """
    if not _exists(call, call.parameters["ResourceArn"]):
        raise RefusedError("WAFNonexistentItemException", "The resource does not exist")


@refuses("wafv2", "PutLoggingConfiguration", kind="not there yet")
def web_acl_missing(call: Call) -> None:
    """PutLoggingConfiguration refuses a web ACL that does not exist.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_PutLoggingConfiguration.html
    """
    if call.parameters["LoggingConfiguration"]["ResourceArn"] not in call.backend("wafv2").wacls:
        raise RefusedError("WAFNonexistentItemException", "The web ACL does not exist")


@refuses("wafv2", "PutLoggingConfiguration", kind="malformed")
def log_destination_malformed(call: Call) -> None:
    """The name of the log group, bucket or delivery stream of a web ACL's logs starts with `aws-waf-logs-`.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
    """
    for arn in call.parameters["LoggingConfiguration"]["LogDestinationConfigs"]:
        if not arn.partition(":log-group:")[2].startswith("aws-waf-logs-") and ":logs:" in arn:
            raise RefusedError(
                _INVALID, f"Error reason: The ARN isn't valid., field: LOG_DESTINATION, parameter: {arn}"
            )


@refuses("wafv2", "PutLoggingConfiguration", kind="malformed")
def redacted_field_malformed(call: Call) -> None:
    """Only headers, the path, the query string and the method can be redacted from the logs.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_LoggingConfiguration.html
    """
    for field in call.parameters["LoggingConfiguration"].get("RedactedFields") or ():
        if other := field.keys() - {"SingleHeader", "UriPath", "QueryString", "Method"}:
            raise RefusedError(
                _INVALID,
                "Error reason: The field cannot be redacted., field: REDACTED_FIELDS, parameter: "
                f"{min(other)}",
            )
