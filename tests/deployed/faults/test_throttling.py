"""An apply in which one call in ten, across all services, is throttled."""

from tests.deployed.faults.outcomes import Throttled


def test_at_least_nine_percent_of_the_calls_were_throttled(throttled: Throttled) -> None:
    """AWS throttles by account, region and operation, in bursts that last minutes; the proxy decides at
    random for each call."""
    assert len(throttled.fault.throttled) >= 0.09 * len(throttled.fault.calls)


def test_every_service_was_throttled(throttled: Throttled) -> None:
    called = {call.service for call in throttled.fault.calls}
    assert {call.service for call in throttled.fault.throttled} == called
    assert {
        "acm",
        "backup",
        "ec2",
        "ecs",
        "elasticloadbalancing",
        "iam",
        "kms",
        "logs",
        "monitoring",
    } < called
    assert {"rds", "route53", "s3", "secretsmanager", "sns", "sts", "wafv2"} < called


def test_every_protocol_was_throttled(throttled: Throttled) -> None:
    """CloudWatch also supports newer protocols, which provider 5.100 does not use."""
    protocols = {call.protocol for call in throttled.fault.throttled}
    assert protocols == {"ec2", "json", "query", "rest-json", "rest-xml", "s3"}


def test_at_least_five_creating_calls_were_throttled(throttled: Throttled) -> None:
    assert sum(call.writes for call in throttled.fault.throttled) >= 5


def test_every_throttled_call_was_retried_until_it_succeeded(throttled: Throttled) -> None:
    """The provider decides how often and after what delay it retries, on AWS as on the emulator."""
    assert {call.invocation for call in throttled.fault.throttled} <= throttled.fault.passed


def test_the_apply_completes_despite_throttling_and_the_second_plan_is_empty(throttled: Throttled) -> None:
    """On AWS a retried call that has no client token may be executed twice."""
    assert throttled.plan.empty, throttled.plan.text
