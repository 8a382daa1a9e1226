"""The AWS WAF web ACL of the load balancer."""

import json
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAcl,
    Wafv2WebAclCustomResponseBody,
    Wafv2WebAclDataProtectionConfig,
    Wafv2WebAclDataProtectionConfigDataProtection,
    Wafv2WebAclDataProtectionConfigDataProtectionField,
    Wafv2WebAclDefaultAction,
    Wafv2WebAclDefaultActionAllow,
    Wafv2WebAclRule,
    Wafv2WebAclRuleAction,
    Wafv2WebAclRuleActionBlock,
    Wafv2WebAclRuleActionBlockCustomResponse,
    Wafv2WebAclRuleActionBlockCustomResponseResponseHeader,
    Wafv2WebAclRuleOverrideAction,
    Wafv2WebAclRuleOverrideActionCount,
    Wafv2WebAclRuleOverrideActionNone,
    Wafv2WebAclRuleVisibilityConfig,
    Wafv2WebAclVisibilityConfig,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
    Wafv2WebAclLoggingConfigurationRedactedFields,
    Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader,
)
from constructs import Construct

from constructs_lib.edge.load_balancer import LoadBalancer
from constructs_lib.foundation.iam import Deployment
from constructs_lib.foundation.logs import LogGroupDefaults
from constructs_lib.settings.model import FirewallSettings

# Rule statements are recursive, so the bindings have no classes for them. The keys are Terraform's argument
# names, which `terraform validate` checks.
StatementBlock = Mapping[str, object]

TOO_MANY_REQUESTS = 429
TOO_MANY_REQUESTS_BODY = "too-many-requests"
# The evaluation window of the rate limit, and therefore when a blocked client can retry.
RATE_LIMIT_WINDOW_SECONDS = 300

# AWS managed rule groups, in the order of evaluation.
MANAGED_RULE_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesAnonymousIpList",
)
# Customers also pay through VPNs, so these rules only count requests.
COUNTED_RULE_GROUPS = ("AWSManagedRulesAnonymousIpList",)

# Headers that must not be logged, because anybody who knows their value can act as the client.
CREDENTIAL_HEADERS = ("authorization", "cookie")


class WebFirewall(Construct):
    """Limits the request rate of each IP address and blocks SQL injection and other known attacks.

    The priorities of the rules are fixed, so that a plan shows only the rules that changed.

    Outputs: `arn`, `name`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        load_balancer: LoadBalancer,
        logs: LogGroupDefaults,
        settings: FirewallSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        web_acl = Wafv2WebAcl(
            self,
            "web-acl",
            name=deployment.name_prefix,
            description="Payment API",
            scope="REGIONAL",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            custom_response_body=[
                Wafv2WebAclCustomResponseBody(
                    key=TOO_MANY_REQUESTS_BODY,
                    content_type="APPLICATION_JSON",
                    content=json.dumps({"error": "too_many_requests"}),
                )
            ],
            rule=[
                self._rate_limit(priority=1),
                self._sql_injection(priority=2),
                *(
                    self._managed_rule_group(name, priority=10 * position)
                    for position, name in enumerate(MANAGED_RULE_GROUPS, start=1)
                ),
            ],
            data_protection_config=Wafv2WebAclDataProtectionConfig(
                data_protection=[
                    Wafv2WebAclDataProtectionConfigDataProtection(
                        action="SUBSTITUTION",
                        field=Wafv2WebAclDataProtectionConfigDataProtectionField(
                            field_type="SINGLE_HEADER", field_keys=list(CREDENTIAL_HEADERS)
                        ),
                    )
                ]
            ),
            visibility_config=Wafv2WebAclVisibilityConfig(
                metric_name=deployment.name_prefix,
                cloudwatch_metrics_enabled=True,
                sampled_requests_enabled=True,
            ),
        )
        Wafv2WebAclAssociation(self, "association", resource_arn=load_balancer.arn, web_acl_arn=web_acl.arn)
        self._log(web_acl, deployment.name_prefix, logs)
        self.arn = web_acl.arn
        self.name = web_acl.name

    def _log(self, web_acl: Wafv2WebAcl, name_prefix: str, logs: LogGroupDefaults) -> None:
        """Log the action on every request, with the credential headers redacted.

        AWS WAF requires the prefix `aws-waf-logs-` and grants itself write access when logging is configured
        (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
        """
        group = logs.group(self, name=f"aws-waf-logs-{name_prefix}")
        Wafv2WebAclLoggingConfiguration(
            self,
            "logging",
            resource_arn=web_acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                Wafv2WebAclLoggingConfigurationRedactedFields(
                    single_header=Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(name=name)
                )
                for name in CREDENTIAL_HEADERS
            ],
        )

    def _rate_limit(self, *, priority: int) -> Wafv2WebAclRule:
        block = Wafv2WebAclRuleActionBlock(
            custom_response=Wafv2WebAclRuleActionBlockCustomResponse(
                response_code=TOO_MANY_REQUESTS,
                custom_response_body_key=TOO_MANY_REQUESTS_BODY,
                response_header=[
                    Wafv2WebAclRuleActionBlockCustomResponseResponseHeader(
                        name="Retry-After", value=str(RATE_LIMIT_WINDOW_SECONDS)
                    )
                ],
            )
        )
        statement = {
            "rate_based_statement": {
                "limit": self._settings.rate_limit,
                "aggregate_key_type": "IP",
                "evaluation_window_sec": RATE_LIMIT_WINDOW_SECONDS,
            }
        }
        return _rule("RateLimitRule", priority, statement, action=Wafv2WebAclRuleAction(block=block))

    def _sql_injection(self, *, priority: int) -> Wafv2WebAclRule:
        """Return the rule that blocks SQL injection in the body, query string, URI path and cookies.

        AWS WAF inspects only the beginning of a large body; the setting `oversize_body` decides whether it
        blocks such a request.
        """
        oversize_handling = "MATCH" if self._settings.oversize_body == "block" else "CONTINUE"
        fields: list[StatementBlock] = [
            {"body": {"oversize_handling": oversize_handling}},
            {"query_string": {}},
            {"uri_path": {}},
            {"cookies": {"match_pattern": {"all": {}}, "match_scope": "ALL", "oversize_handling": "MATCH"}},
        ]
        statement = {
            "or_statement": {
                "statement": [
                    {
                        "sqli_match_statement": {
                            "field_to_match": field,
                            "text_transformation": [{"priority": 0, "type": "URL_DECODE"}],
                        }
                    }
                    for field in fields
                ]
            }
        }
        block = Wafv2WebAclRuleAction(block=Wafv2WebAclRuleActionBlock())
        return _rule("SQLInjectionRule", priority, statement, action=block)

    def _managed_rule_group(self, name: str, *, priority: int) -> Wafv2WebAclRule:
        group: dict[str, object] = {"vendor_name": "AWS", "name": name}
        if name == "AWSManagedRulesCommonRuleSet" and self._settings.oversize_body == "allow":
            group["rule_action_override"] = [
                {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}
            ]
        override = (
            Wafv2WebAclRuleOverrideAction(count=Wafv2WebAclRuleOverrideActionCount())
            if name in COUNTED_RULE_GROUPS
            else Wafv2WebAclRuleOverrideAction(none=Wafv2WebAclRuleOverrideActionNone())
        )
        return _rule(name, priority, {"managed_rule_group_statement": group}, override_action=override)


def _rule(
    name: str,
    priority: int,
    statement: StatementBlock,
    *,
    action: Wafv2WebAclRuleAction | None = None,
    override_action: Wafv2WebAclRuleOverrideAction | None = None,
) -> Wafv2WebAclRule:
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        statement=statement,
        action=action,
        override_action=override_action,
        visibility_config=Wafv2WebAclRuleVisibilityConfig(
            metric_name=name, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
        ),
    )
