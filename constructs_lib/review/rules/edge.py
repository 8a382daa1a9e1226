"""The load balancer, the domain and the web firewall."""

from collections.abc import Mapping

from constructs_lib.review import network
from constructs_lib.review.findings import (
    Finding,
    Kind,
    TypeRules,
    at_least,
    quiet,
    seen,
    switch,
)
from constructs_lib.review.plan import Change
from constructs_lib.review.web_firewall import custom_responses, default_action, rules

CAPABILITY = "edge"

_RESPONSE_HEADERS = (
    "routing_http_response_server_enabled",
    "routing_http_response_strict_transport_security_header_value",
    "routing_http_response_x_content_type_options_header_value",
)


def _public(change: Change) -> list[Finding]:
    if (
        change.removes
        or change.after.get("internal")
        or (not change.creates and not change.before.get("internal"))
    ):
        return []
    return [Finding(Kind.NETWORK, "the load balancer is reachable from the internet", change.address)]


TYPES: Mapping[str, TypeRules] = {
    "aws_lb": TypeRules(
        CAPABILITY,
        {
            "enable_deletion_protection": switch("deletion protection", safe_value=True),
            "drop_invalid_header_fields": switch(
                "the removal of invalid headers", safe_value=True, created=True
            ),
            "enable_waf_fail_open": switch("requests past a firewall that does not answer", safe_value=False),
            "desync_mitigation_mode": seen(Kind.PROTECTION, "the mitigation of desync attacks changes"),
            "access_logs": seen(Kind.PROTECTION, "access logs change"),
            "connection_logs": seen(Kind.PROTECTION, "connection logs change"),
            "security_groups": seen(Kind.NETWORK, "the load balancer has other security groups"),
            "subnets": seen(Kind.INTERRUPTION, "the load balancer is in other subnets"),
            "subnet_mapping": seen(Kind.INTERRUPTION, "the load balancer is in other subnets"),
            "internal": seen(Kind.NETWORK, "the load balancer is internal", shown=True),
            "idle_timeout": seen(Kind.ROUTINE, "idle timeout (s)", shown=True),
            "preserve_host_header": seen(Kind.ROUTINE, "the host header that tasks receive changes"),
            **quiet("name name_prefix arn_suffix dns_name zone_id vpc_id load_balancer_type ip_address_type"),
        },
        interrupts="the load balancer ends, and its address with it",
        costs="adds a load balancer",
        whole=(_public,),
    ),
    "aws_lb_listener": TypeRules(
        CAPABILITY,
        {
            "ssl_policy": seen(Kind.PROTECTION, "TLS versions and ciphers", shown=True),
            "certificate_arn": seen(Kind.ROUTINE, "the listener has another certificate"),
            "default_action": seen(Kind.INTERRUPTION, "requests go to other targets"),
            "mutual_authentication": seen(Kind.ACCESS, "which client certificates are accepted"),
            **{
                name: seen(Kind.PROTECTION, "a header that protects clients changes")
                for name in _RESPONSE_HEADERS
            },
            **quiet("port protocol load_balancer_arn alpn_policy tcp_idle_timeout_seconds"),
        },
        interrupts="the load balancer stops listening on a port",
        whole=(network.listener,),
    ),
    "aws_lb_target_group": TypeRules(
        CAPABILITY,
        {
            "health_check": seen(
                Kind.INTERRUPTION, "tasks that do not answer the new health check are stopped"
            ),
            "port": seen(Kind.ROUTINE, "port of the targets", shown=True),
            "protocol": seen(Kind.PROTECTION, "protocol to the tasks"),
            "deregistration_delay": at_least("seconds for requests in progress when a task stops"),
            "stickiness": seen(Kind.ROUTINE, "which task gets a client's requests"),
            "target_type": seen(Kind.ROUTINE, "the kind of targets"),
            **quiet(
                "name name_prefix arn_suffix vpc_id load_balancer_arns protocol_version "
                "target_failover target_group_health target_health_state slow_start "
                "ip_address_type load_balancing_algorithm_type"
            ),
        },
        interrupts="requests are answered with 503 until a task of the new target group is healthy",
    ),
    "aws_acm_certificate": TypeRules(
        CAPABILITY,
        {
            "domain_name": seen(Kind.INTERRUPTION, "the certificate is one of another name"),
            "subject_alternative_names": seen(Kind.INTERRUPTION, "the certificate is one of other names"),
            "key_algorithm": seen(Kind.PROTECTION, "the certificate's key is of another kind"),
            "options": seen(Kind.PROTECTION, "options of the certificate change"),
            "validation_method": seen(Kind.ROUTINE, "how the certificate is validated"),
            **quiet(
                "domain_validation_options not_after not_before pending_renewal "
                "renewal_eligibility renewal_summary status type validation_emails"
            ),
        },
        protects="the certificate",
    ),
    "aws_acm_certificate_validation": TypeRules(CAPABILITY, quiet("certificate_arn validation_record_fqdns")),
    "aws_route53_record": TypeRules(
        CAPABILITY,
        {
            "alias": seen(Kind.INTERRUPTION, "a name points elsewhere"),
            "records": seen(Kind.INTERRUPTION, "a name points elsewhere"),
            **quiet("name type ttl zone_id fqdn allow_overwrite"),
        },
        interrupts="a name does not resolve any more, or not until it is created again",
    ),
    "aws_wafv2_web_acl": TypeRules(
        CAPABILITY,
        {
            "rule": rules(),
            "default_action": default_action(),
            "custom_response_body": custom_responses(),
            "data_protection_config": seen(Kind.PROTECTION, "which fields the firewall's logs leave out"),
            "visibility_config": seen(Kind.PROTECTION, "metrics and samples of the firewall change"),
            "association_config": seen(Kind.PROTECTION, "how much of a body is inspected"),
            **quiet("name name_prefix capacity lock_token application_integration_url scope"),
        },
        protects="the web firewall",
        costs="adds a web firewall",
    ),
    "aws_wafv2_web_acl_association": TypeRules(
        CAPABILITY,
        {
            "web_acl_arn": seen(Kind.PROTECTION, "the load balancer has another firewall"),
            "resource_arn": seen(Kind.PROTECTION, "the firewall protects something else"),
        },
        protects="the association of the firewall with the load balancer",
    ),
    "aws_wafv2_web_acl_logging_configuration": TypeRules(
        CAPABILITY,
        {
            "log_destination_configs": seen(Kind.PROTECTION, "the firewall logs elsewhere"),
            "redacted_fields": seen(Kind.PROTECTION, "which fields the firewall's logs leave out"),
            "logging_filter": seen(Kind.PROTECTION, "which requests the firewall logs"),
            **quiet("resource_arn"),
        },
        protects="the logs of the firewall",
    ),
}
