"""The load balancer: its subnets, listeners and target group."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize


def https_listener(stack: Synthesized) -> Block:
    """The listener on port 443."""
    return stack.one("aws_lb_listener", port=443)


def test_the_load_balancer_is_internet_facing_in_the_public_subnets(every: Synthesized) -> None:
    load_balancer = every.one("aws_lb")
    route = every.one("aws_route", gateway_id=every.ref("aws_internet_gateway"))
    public = every.all("aws_route_table_association", route_table_id=route["route_table_id"]).values()

    assert load_balancer["load_balancer_type"] == "application"
    assert load_balancer["internal"] is False
    assert len(load_balancer["subnets"]) == 3
    assert set(load_balancer["subnets"]) == {association["subnet_id"] for association in public}


def test_the_internet_reaches_only_ports_443_and_80_of_the_load_balancer(every: Synthesized) -> None:
    (group,) = every.one("aws_lb")["security_groups"]
    rules = every.all("aws_vpc_security_group_ingress_rule", security_group_id=group).values()

    assert {
        (rule["cidr_ipv4"], rule["from_port"], rule["to_port"], rule["ip_protocol"]) for rule in rules
    } == {
        ("0.0.0.0/0", 443, 443, "tcp"),
        ("0.0.0.0/0", 80, 80, "tcp"),
    }


def test_the_https_listener_forwards_to_the_target_group(every: Synthesized) -> None:
    listener = https_listener(every)

    assert listener["protocol"] == "HTTPS"
    assert listener["load_balancer_arn"] == every.ref("aws_lb", "arn")
    assert listener["default_action"] == [
        {"type": "forward", "target_group_arn": every.ref("aws_lb_target_group", "arn")}
    ]


def test_the_https_listener_waits_for_an_issued_certificate(every: Synthesized) -> None:
    validation = every.address("aws_acm_certificate_validation")

    assert https_listener(every)["certificate_arn"] == f"${{{validation}.certificate_arn}}"


def test_the_default_tls_policy_is_post_quantum_and_rejects_tls_1_1(each_profile: Synthesized) -> None:
    assert https_listener(each_profile)["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


def test_the_setting_sets_the_tls_policy(every: Synthesized) -> None:
    assert https_listener(every)["ssl_policy"] == every.settings.load_balancer.tls_policy


@pytest.mark.parametrize(
    "policy", ["ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09"]
)
def test_the_setting_accepts_other_tls_policies(policy: str) -> None:
    stack = synthesize("dev", PAYMENT_API_LOAD_BALANCER__TLS_POLICY=policy)

    assert https_listener(stack)["ssl_policy"] == policy


def test_port_80_only_redirects_to_https(every: Synthesized) -> None:
    listener = every.one("aws_lb_listener", port=80)

    assert listener["protocol"] == "HTTP"
    assert listener["default_action"] == [
        {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
    ]


def test_there_are_no_other_listeners_or_listener_rules(every: Synthesized) -> None:
    assert len(every.all("aws_lb_listener")) == 2
    assert not every.all("aws_lb_listener_rule")


def test_responses_have_hsts_and_nosniff_and_no_server_header(every: Synthesized) -> None:
    listener = https_listener(every)
    header = "routing_http_response_{}_header_value"

    assert listener[header.format("strict_transport_security")] == "max-age=31536000"
    assert listener[header.format("x_content_type_options")] == "nosniff"
    assert listener["routing_http_response_server_enabled"] is False


def test_invalid_headers_are_dropped(every: Synthesized) -> None:
    assert every.one("aws_lb")["drop_invalid_header_fields"] is True


def test_desync_mitigation_is_strictest(every: Synthesized) -> None:
    assert every.one("aws_lb")["desync_mitigation_mode"] == "strictest"


def test_access_and_connection_logs_are_delivered_to_the_log_bucket(every: Synthesized) -> None:
    load_balancer = every.one("aws_lb")
    bucket = every.ref("aws_s3_bucket", "bucket")

    assert load_balancer["access_logs"] == {"bucket": bucket, "enabled": True, "prefix": "access"}
    assert load_balancer["connection_logs"] == {"bucket": bucket, "enabled": True, "prefix": "connection"}


def test_the_load_balancer_waits_for_the_policy_of_the_log_bucket(every: Synthesized) -> None:
    """AWS writes a test object when logging is enabled, and rejects the request if that fails."""
    assert every.address("aws_s3_bucket_policy") in every.one("aws_lb")["depends_on"]


@pytest.mark.parametrize(("profile", "enabled"), [("dev", False), ("staging", True), ("prod", True)])
def test_the_default_deletion_protection_is_on_except_in_dev(profile: str, enabled: bool) -> None:
    assert synthesize(profile).one("aws_lb")["enable_deletion_protection"] is enabled


def test_the_setting_sets_deletion_protection(every: Synthesized) -> None:
    protected = every.settings.load_balancer.deletion_protection
    load_balancer = every.one("aws_lb")

    assert load_balancer["enable_deletion_protection"] is protected
    assert ("lifecycle" in load_balancer) is protected


def test_targets_are_ip_addresses(every: Synthesized) -> None:
    assert every.one("aws_lb_target_group")["target_type"] == "ip"


def test_targets_are_unhealthy_after_three_failed_health_checks_30_seconds_apart(every: Synthesized) -> None:
    check = every.one("aws_lb_target_group")["health_check"]

    assert check["matcher"] == "200"
    assert (check["interval"], check["timeout"]) == (30, 5)
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)


def test_the_default_target_is_port_8080_with_the_health_path_health(each_profile: Synthesized) -> None:
    group = each_profile.one("aws_lb_target_group")

    assert group["port"] == 8080
    assert group["health_check"]["path"] == "/health"


def test_the_setting_sets_the_health_path(every: Synthesized) -> None:
    health_path = every.settings.service.health_path

    assert every.one("aws_lb_target_group")["health_check"]["path"] == health_path


def test_the_port_of_the_container_is_not_that_of_the_target_group(every: Synthesized) -> None:
    """A change of the group's port would replace it. Each target registers with its own port, which health
    checks use by default (traffic-port)."""
    group = every.one("aws_lb_target_group")

    assert group["port"] == 8080
    assert "port" not in group["health_check"]


def test_the_port_of_an_existing_target_group_stays(every: Synthesized) -> None:
    """Earlier versions created the group with the container's port."""
    assert every.one("aws_lb_target_group")["lifecycle"]["ignore_changes"] == ["port"]


def test_a_plan_warns_of_an_interruption_if_the_protocol_to_the_tasks_changes(every: Synthesized) -> None:
    protocol = every.one("aws_lb_target_group")["protocol"]
    last = "one(data.terraform_remote_state.last-state).outputs.target_protocol"
    (warning,) = every.document["check"]["target-protocol"]["assert"]

    assert warning["condition"] == f'${{try({last}, "{protocol}") == "{protocol}"}}'
    assert "service.tls interrupts the service" in warning["error_message"]


def test_an_output_records_the_protocol_after_the_service_is_updated(every: Synthesized) -> None:
    """If the service fails, the next plan warns again."""
    output = every.document["output"]["target_protocol"]

    assert output["value"] == every.one("aws_lb_target_group")["protocol"]
    assert output["depends_on"] == [every.address("aws_ecs_service")]


@pytest.mark.parametrize(("profile", "protocol"), [("dev", "HTTP"), ("staging", "HTTPS"), ("prod", "HTTPS")])
def test_the_default_protocol_to_the_tasks_is_https_except_in_dev(profile: str, protocol: str) -> None:
    group = synthesize(profile).one("aws_lb_target_group")

    assert group["protocol"] == group["health_check"]["protocol"] == protocol


def test_the_tls_setting_sets_the_protocol_of_requests_and_health_checks(every: Synthesized) -> None:
    group = every.one("aws_lb_target_group")
    protocol = "HTTPS" if every.settings.service.tls else "HTTP"

    assert group["protocol"] == group["health_check"]["protocol"] == protocol


def test_the_tls_setting_enables_https_to_the_tasks_in_dev() -> None:
    group = synthesize("dev", PAYMENT_API_SERVICE__TLS="true").one("aws_lb_target_group")

    assert group["protocol"] == group["health_check"]["protocol"] == "HTTPS"


def test_a_replacement_of_the_target_group_is_created_before_it_is_destroyed(every: Synthesized) -> None:
    """A generated name lets both exist at the same time."""
    group = every.one("aws_lb_target_group")

    assert group["name_prefix"] == "pay-"
    assert "name" not in group
    assert group["lifecycle"]["create_before_destroy"] is True


def test_the_deregistration_delay_is_at_least_the_idle_timeout(every: Synthesized) -> None:
    """A deregistering task can then complete its in-flight requests."""
    delay = int(every.one("aws_lb_target_group")["deregistration_delay"])

    assert delay >= every.one("aws_lb")["idle_timeout"]
