"""One call in ten, across all services, is told that it comes too often."""

from tests.deployed.faults.outcomes import Throttled


def test_one_call_in_ten_was_throttled(throttled: Throttled) -> None:
    """AWS throttles by account, region and operation, in bursts that last for minutes; here each call is
    drawn by itself."""
    assert len(throttled.fault.met) >= 0.09 * len(throttled.fault.seen)


def test_every_service_was_throttled(throttled: Throttled) -> None:
    seen = {call.service for call in throttled.fault.seen}
    assert {call.service for call in throttled.fault.met} == seen
    assert {"acm", "backup", "ec2", "ecs", "elasticloadbalancing", "iam", "kms", "logs", "monitoring"} < seen
    assert {"rds", "route53", "s3", "secretsmanager", "sns", "sts", "wafv2"} < seen


def test_every_protocol_was_throttled(throttled: Throttled) -> None:
    """CloudWatch has newer protocols, which provider 5.100 does not speak."""
    protocols = {call.protocol for call in throttled.fault.met}
    assert protocols == {"ec2", "json", "query", "rest-json", "rest-xml", "s3"}


def test_calls_that_make_something_were_throttled(throttled: Throttled) -> None:
    assert sum(call.writes for call in throttled.fault.met) >= 5


def test_every_throttled_call_was_made_again_until_it_passed(throttled: Throttled) -> None:
    """How often and after how long is the provider's own doing, as on AWS."""
    assert {call.invocation for call in throttled.fault.met} <= throttled.fault.passed


def test_the_apply_completes_and_a_second_plan_is_empty(throttled: Throttled) -> None:
    """On AWS what was throttled may also have been done twice, where a call bears no client token."""
    assert throttled.plan.empty, throttled.plan.text
