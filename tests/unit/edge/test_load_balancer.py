"""The load balancer: where it stands, its two listeners, and the target group behind them."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize


def https_listener(stack: Synthesized) -> Block:
    """The listener that clients use."""
    return stack.one("aws_lb_listener", port=443)


def test_it_faces_the_internet_from_the_public_subnets(every: Synthesized) -> None:
    """Parity 15."""
    load_balancer = every.one("aws_lb")
    route = every.one("aws_route", gateway_id=every.ref("aws_internet_gateway"))
    public = every.all("aws_route_table_association", route_table_id=route["route_table_id"]).values()

    assert load_balancer["load_balancer_type"] == "application"
    assert load_balancer["internal"] is False
    assert len(load_balancer["subnets"]) == 3
    assert set(load_balancer["subnets"]) == {association["subnet_id"] for association in public}


def test_its_security_group_lets_the_internet_in_on_443_and_80_only(every: Synthesized) -> None:
    """Parity 15."""
    (group,) = every.one("aws_lb")["security_groups"]
    rules = every.all("aws_vpc_security_group_ingress_rule", security_group_id=group).values()

    assert {
        (rule["cidr_ipv4"], rule["from_port"], rule["to_port"], rule["ip_protocol"]) for rule in rules
    } == {
        ("0.0.0.0/0", 443, 443, "tcp"),
        ("0.0.0.0/0", 80, 80, "tcp"),
    }


def test_the_https_listener_forwards_to_the_target_group(every: Synthesized) -> None:
    """Parity 17."""
    listener = https_listener(every)

    assert listener["protocol"] == "HTTPS"
    assert listener["load_balancer_arn"] == every.ref("aws_lb", "arn")
    assert listener["default_action"] == [
        {"type": "forward", "target_group_arn": every.ref("aws_lb_target_group", "arn")}
    ]


def test_the_https_listener_waits_for_an_issued_certificate(every: Synthesized) -> None:
    """Parity 16."""
    validation = every.address("aws_acm_certificate_validation")

    assert https_listener(every)["certificate_arn"] == f"${{{validation}.certificate_arn}}"


def test_clients_get_the_post_quantum_policy_without_tls_1_1(every: Synthesized) -> None:
    """Parity 17."""
    assert https_listener(every)["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


@pytest.mark.parametrize(
    "policy", ["ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09"]
)
def test_the_setting_chooses_the_tls_policy(policy: str) -> None:
    system = synthesize("dev", PAYMENT_API_LOAD_BALANCER__TLS_POLICY=policy)

    assert https_listener(system)["ssl_policy"] == policy


def test_port_80_does_nothing_but_redirect_to_https(every: Synthesized) -> None:
    """Parity 17."""
    listener = every.one("aws_lb_listener", port=80)

    assert listener["protocol"] == "HTTP"
    assert listener["default_action"] == [
        {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
    ]


def test_there_are_no_other_listeners_or_rules(every: Synthesized) -> None:
    assert len(every.all("aws_lb_listener")) == 2
    assert not every.all("aws_lb_listener_rule")


def test_answers_carry_hsts_and_nosniff_and_no_server_header(every: Synthesized) -> None:
    listener = https_listener(every)
    header = "routing_http_response_{}_header_value"

    assert listener[header.format("strict_transport_security")] == "max-age=31536000"
    assert listener[header.format("x_content_type_options")] == "nosniff"
    assert listener["routing_http_response_server_enabled"] is False


def test_ambiguous_requests_do_not_pass(every: Synthesized) -> None:
    load_balancer = every.one("aws_lb")

    assert load_balancer["drop_invalid_header_fields"] is True
    assert load_balancer["desync_mitigation_mode"] == "strictest"


def test_it_logs_access_and_connections_to_the_log_bucket(every: Synthesized) -> None:
    load_balancer = every.one("aws_lb")
    bucket = every.ref("aws_s3_bucket", "bucket")

    assert load_balancer["access_logs"] == {"bucket": bucket, "enabled": True, "prefix": "access"}
    assert load_balancer["connection_logs"] == {"bucket": bucket, "enabled": True, "prefix": "connection"}


def test_it_waits_for_the_permission_to_write_its_logs(every: Synthesized) -> None:
    """AWS writes a test file when logging is switched on, and refuses the switch if it cannot."""
    assert every.address("aws_s3_bucket_policy") in every.one("aws_lb")["depends_on"]


def test_only_dev_may_be_deleted(dev: Synthesized, staging: Synthesized, prod: Synthesized) -> None:
    protection = [stack.one("aws_lb")["enable_deletion_protection"] for stack in (dev, staging, prod)]

    assert protection == [False, True, True]


def test_targets_are_addresses_checked_on_the_health_path(every: Synthesized) -> None:
    """Parity 18."""
    group = every.one("aws_lb_target_group")
    check = group["health_check"]

    assert group["target_type"] == "ip"
    assert (check["path"], check["matcher"]) == ("/health", "200")
    assert (check["interval"], check["timeout"]) == (30, 5)
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)


def test_targets_are_spoken_to_on_the_containers_port(every: Synthesized) -> None:
    """Parity 18."""
    assert every.one("aws_lb_target_group")["port"] == 8080


@pytest.mark.parametrize(("suffix", "protocol"), [("dev", "HTTP"), ("staging", "HTTPS"), ("prod", "HTTPS")])
def test_staging_and_prod_speak_tls_to_the_tasks(suffix: str, protocol: str) -> None:
    """Parity 18 and 28."""
    group = synthesize(suffix).one("aws_lb_target_group")

    assert group["protocol"] == group["health_check"]["protocol"] == protocol


def test_the_settings_choose_port_path_and_tls() -> None:
    system = synthesize(
        "dev",
        PAYMENT_API_SERVICE__PORT="80",
        PAYMENT_API_SERVICE__HEALTH_PATH="/ready",
        PAYMENT_API_SERVICE__TLS="true",
    )

    group = system.one("aws_lb_target_group")
    assert (group["port"], group["protocol"]) == (80, "HTTPS")
    assert (group["health_check"]["path"], group["health_check"]["protocol"]) == ("/ready", "HTTPS")


def test_a_new_target_group_stands_before_the_old_one_goes(every: Synthesized) -> None:
    """Parity 18."""
    group = every.one("aws_lb_target_group")

    assert group["name_prefix"] == "pay-"
    assert "name" not in group
    assert group["lifecycle"] == {"create_before_destroy": True}


def test_a_request_in_flight_is_not_cut_off(every: Synthesized) -> None:
    """A task that leaves keeps its connections for as long as the load balancer waits for an answer."""
    delay = int(every.one("aws_lb_target_group")["deregistration_delay"])

    assert delay >= every.one("aws_lb")["idle_timeout"]
