"""Enhanced Monitoring and event notifications of the database."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.db_event_subscription import DbEventSubscription
from constructs import Construct

from constructs_lib.foundation.iam import Deployment, ServiceRole, Statement


def monitoring_role(scope: Construct, deployment: Deployment) -> ServiceRole:
    """The role with which RDS writes operating system metrics to the log group RDSOSMetrics.

    RDS uses this one log group for all databases of the account and region.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html
    """
    group = deployment.arn("logs", "log-group:RDSOSMetrics")
    return ServiceRole(
        scope,
        "monitoring-role",
        name=deployment.role_name("database-monitoring", with_region="db-monitoring"),
        description="Writes the database's operating system metrics",
        service="monitoring.rds.amazonaws.com",
        permissions_boundary_arn=deployment.permissions_boundary_arn,
        trust=deployment.called_by(deployment.arn("rds", f"db:{deployment.name_prefix}-*")),
        statements=[
            Statement(
                sid="ManageLogGroup",
                actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
                resources=[group, f"{group}:*"],
            ),
            Statement(
                sid="WriteMetrics",
                actions=[
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:GetLogEvents",
                    "logs:PutLogEvents",
                ],
                resources=[f"{group}:log-stream:*"],
            ),
        ],
    )


def event_subscriptions(
    scope: Construct,
    *,
    name_prefix: str,
    topic_arn: str,
    cluster_identifier: str,
    instance_identifiers: Sequence[str],
) -> None:
    """Publish failovers, failures and changes to the topic, including changes outside Terraform.

    The subscription for parameter groups has no source, so it covers all parameter groups of the account and
    region.
    """
    for id_, source_type, source_ids, categories in (
        (
            "cluster-events",
            "db-cluster",
            [cluster_identifier],
            ["configuration change", "deletion", "failover", "failure", "maintenance", "notification"],
        ),
        (
            "instance-events",
            "db-instance",
            list(instance_identifiers),
            ["availability", "configuration change", "deletion", "failure", "low storage", "maintenance"],
        ),
        ("parameter-events", "db-parameter-group", None, ["configuration change"]),
    ):
        DbEventSubscription(
            scope,
            id_,
            name=f"{name_prefix}-{id_}",
            sns_topic=topic_arn,
            source_type=source_type,
            source_ids=source_ids,
            event_categories=categories,
        )
