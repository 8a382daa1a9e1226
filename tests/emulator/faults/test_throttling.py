"""One call in ten, across all services, is told that it comes too often."""

from tests.emulator.faults.conftest import Throttled


def test_the_apply_completes_though_one_call_in_ten_is_throttled(throttled: Throttled) -> None:
    """AWS throttles by account, region and operation, in bursts that last for minutes; here each call is
    drawn by itself. What is retried, how often and after how long is the provider's own, as on AWS."""
    assert throttled.fault.met.total() >= 0.05 * throttled.fault.seen.total()


def test_the_services_of_all_protocols_were_throttled(throttled: Throttled) -> None:
    """Of the protocols that the stack's services speak, REST with JSON is not drawn in dev."""
    assert {"ec2", "s3", "rds", "kms", "monitoring", "iam"} <= throttled.fault.met.keys()


def test_a_second_plan_is_empty_after_throttling(throttled: Throttled) -> None:
    """On AWS what was throttled may also have been done twice, where a call bears no client token."""
    plan = throttled.scenario.deployment.system.plan()
    assert plan.empty, plan.text
