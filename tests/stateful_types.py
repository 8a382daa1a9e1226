"""The types of the stacks' resources, by the consequences of a replacement."""

STATEFUL = (
    "aws_acm_certificate",
    "aws_backup_vault",
    "aws_cloudwatch_log_group",
    "aws_db_subnet_group",
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_eip",
    "aws_internet_gateway",
    "aws_kms_alias",
    "aws_kms_key",
    "aws_lb",
    "aws_lb_listener",
    "aws_nat_gateway",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_version",
    "aws_sns_topic",
    "aws_subnet",
    "aws_vpc",
    "aws_wafv2_web_acl",
    # Its value is part of the names of other resources.
    "random_id",
)
"""A replacement causes an outage, or loses data or a name or address that others use."""

HOLD_DATA = (
    "aws_backup_vault",
    "aws_cloudwatch_log_group",
    "aws_kms_key",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
)
"""Those of the stateful types whose deletion loses data, or a key that gives access to it.

Not the version of the secret: a rotation replaces it, because the database no longer accepts its password.
"""

REPLACEABLE = (
    "aws_acm_certificate_validation",
    "aws_appautoscaling_policy",
    "aws_appautoscaling_target",
    "aws_backup_plan",
    "aws_backup_selection",
    "aws_cloudwatch_composite_alarm",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_metric_alarm",
    "aws_db_event_subscription",
    "aws_default_security_group",
    "aws_ecs_task_definition",
    "aws_flow_log",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_lb_target_group",
    "aws_network_acl",
    "aws_rds_cluster_parameter_group",
    "aws_route",
    "aws_route53_record",
    "aws_route_table",
    "aws_route_table_association",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_secretsmanager_secret_policy",
    "aws_security_group",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_vpc_endpoint",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_wafv2_web_acl_association",
    "aws_wafv2_web_acl_logging_configuration",
)
"""A replacement has no effect on clients or data."""
