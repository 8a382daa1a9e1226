"""VPC flow logs."""

from tests.unit.synthesis import Synthesized


def test_all_traffic_of_the_vpc_is_recorded_every_minute(every: Synthesized) -> None:
    assert every.has(
        "aws_flow_log",
        {"vpc_id": every.ref("aws_vpc"), "traffic_type": "ALL", "max_aggregation_interval": 60},
    )


def test_flow_logs_are_delivered_to_a_log_group_of_the_deployment(every: Synthesized) -> None:
    flow_log = every.one("aws_flow_log")
    name = f"/vpc/{every.prefix}/flow-logs"
    assert flow_log["log_destination_type"] == "cloud-watch-logs"
    assert flow_log["log_destination"] == every.ref("aws_cloudwatch_log_group", "arn", name=name)


def test_the_flow_log_group_is_encrypted_with_the_logs_key(every: Synthesized) -> None:
    group = every.one("aws_cloudwatch_log_group", name=f"/vpc/{every.prefix}/flow-logs")
    assert group["kms_key_id"] == every.key_arn("logs")


def test_the_setting_sets_the_retention_of_flow_logs(every: Synthesized) -> None:
    group = every.one("aws_cloudwatch_log_group", name=f"/vpc/{every.prefix}/flow-logs")
    assert group["retention_in_days"] == every.settings.monitoring.log_retention_days


def test_the_default_retention_of_flow_logs_is_one_year(each_profile: Synthesized) -> None:
    group = each_profile.one("aws_cloudwatch_log_group", name=f"/vpc/{each_profile.prefix}/flow-logs")
    assert group["retention_in_days"] == 365


def test_the_flow_log_waits_for_the_policy_of_its_role(every: Synthesized) -> None:
    """Otherwise the first records are lost, or AWS marks the flow log as failed."""
    flow_log = every.one("aws_flow_log")
    role = flow_log["iam_role_arn"].replace(".arn}", ".name}")
    assert flow_log["depends_on"] == [every.address("aws_iam_role_policy_attachment", role=role)]
