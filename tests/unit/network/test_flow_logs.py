"""The record of every connection in the VPC."""

import pytest

from tests.unit.synthesis import Synthesized, synthesize


def test_all_traffic_of_the_vpc_is_recorded_every_minute(every: Synthesized) -> None:
    assert every.has(
        "aws_flow_log",
        {"vpc_id": every.ref("aws_vpc"), "traffic_type": "ALL", "max_aggregation_interval": 60},
    )


@pytest.mark.parametrize("profile", ["dev", "staging", "prod"])
def test_it_goes_into_the_stacks_own_log_group(profile: str) -> None:
    stack = synthesize(profile)
    flow_log = stack.one("aws_flow_log")
    name = f"/vpc/payment-api-{profile}/flow-logs"
    assert flow_log["log_destination_type"] == "cloud-watch-logs"
    assert flow_log["log_destination"] == stack.ref("aws_cloudwatch_log_group", "arn", name=name)


@pytest.mark.parametrize("profile", ["dev", "staging", "prod"])
def test_the_group_is_encrypted_and_kept_for_a_year(profile: str) -> None:
    stack = synthesize(profile)
    group = stack.one("aws_cloudwatch_log_group", name=f"/vpc/payment-api-{profile}/flow-logs")
    alias = stack.one("aws_kms_alias", name=f"alias/payment-api-{profile}-logs")
    assert group["kms_key_id"] == alias["target_key_id"].replace(".key_id}", ".arn}")
    assert group["retention_in_days"] == 365


def test_it_waits_until_its_role_may_write(every: Synthesized) -> None:
    """Otherwise the first records are lost, or AWS takes the flow log for a failed one."""
    flow_log = every.one("aws_flow_log")
    role = flow_log["iam_role_arn"].replace(".arn}", ".name}")
    assert flow_log["depends_on"] == [every.address("aws_iam_role_policy_attachment", role=role)]
