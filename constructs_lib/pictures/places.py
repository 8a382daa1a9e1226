"""Where each type of resource stands in the picture of the architecture."""

from collections.abc import Mapping

from constructs_lib.pictures.resources import Resource

RULE = "an arrow"
OTHER = "other"

# Type of resource → the node that shows it; "by construct" is the node of the construct that it is in.
# A type that is missing here is shown as "other", and tests/unit/pictures fails.
PLACES: Mapping[str, str] = {
    "aws_acm_certificate": "certificate",
    "aws_acm_certificate_validation": "certificate",
    "aws_appautoscaling_policy": "service",
    "aws_appautoscaling_target": "service",
    "aws_backup_plan": "backup",
    "aws_backup_selection": "backup",
    "aws_backup_vault": "backup",
    "aws_cloudwatch_composite_alarm": "alarms",
    "aws_cloudwatch_dashboard": "alarms",
    "aws_cloudwatch_log_group": "logs",
    "aws_cloudwatch_metric_alarm": "alarms",
    "aws_db_event_subscription": "topic",
    "aws_db_subnet_group": "database",
    "aws_default_security_group": "network",
    "aws_ecr_lifecycle_policy": "registry",
    "aws_ecr_repository": "registry",
    "aws_ecr_repository_policy": "registry",
    "aws_ecs_cluster": "service",
    "aws_ecs_service": "service",
    "aws_ecs_task_definition": "by construct",
    "aws_eip": "nat",
    "aws_flow_log": "logs",
    "aws_iam_openid_connect_provider": "iam",
    "aws_iam_policy": "iam",
    "aws_iam_role": "iam",
    "aws_iam_role_policies_exclusive": "iam",
    "aws_iam_role_policy_attachment": "iam",
    "aws_iam_role_policy_attachments_exclusive": "iam",
    "aws_internet_gateway": "internet-gateway",
    "aws_kms_alias": "keys",
    "aws_kms_key": "keys",
    "aws_lambda_function": "by construct",
    "aws_lambda_invocation": "by construct",
    "aws_lb": "load-balancer",
    "aws_lb_listener": "load-balancer",
    "aws_lb_target_group": "load-balancer",
    "aws_nat_gateway": "nat",
    "aws_network_acl": "database",
    "aws_rds_cluster": "database",
    "aws_rds_cluster_instance": "instance",
    "aws_rds_cluster_parameter_group": "database",
    "aws_route": "network",
    "aws_route53_record": "dns",
    "aws_route_table": "network",
    "aws_route_table_association": "network",
    "aws_s3_bucket": "by construct",
    "aws_s3_bucket_lifecycle_configuration": "by construct",
    "aws_s3_bucket_logging": "by construct",
    "aws_s3_bucket_notification": "by construct",
    "aws_s3_bucket_object_lock_configuration": "by construct",
    "aws_s3_bucket_ownership_controls": "by construct",
    "aws_s3_bucket_policy": "by construct",
    "aws_s3_bucket_public_access_block": "by construct",
    "aws_s3_bucket_server_side_encryption_configuration": "by construct",
    "aws_s3_bucket_versioning": "by construct",
    "aws_secretsmanager_secret": "secrets",
    "aws_secretsmanager_secret_policy": "secrets",
    "aws_secretsmanager_secret_version": "secrets",
    "aws_security_group": "by construct",
    "aws_sns_topic": "topic",
    "aws_sns_topic_policy": "topic",
    "aws_sns_topic_subscription": "topic",
    "aws_subnet": "subnet",
    "aws_vpc": "network",
    "aws_vpc_endpoint": "endpoints",
    "aws_vpc_security_group_egress_rule": RULE,
    "aws_vpc_security_group_ingress_rule": RULE,
    "aws_wafv2_web_acl": "firewall",
    "aws_wafv2_web_acl_association": "firewall",
    "aws_wafv2_web_acl_logging_configuration": "firewall",
    "random_id": "by construct",
}

_NODES_OF_CONSTRUCTS: Mapping[str, str] = {
    "access-logs": "state-bucket",
    "bucket": "state-bucket",
    "database": "database",
    "database-roles": "database-roles",
    "endpoints": "endpoints",
    "load-balancer": "load-balancer",
    "log-bucket": "log-bucket",
    "migration": "migration",
    "service": "service",
}


def place(resource: Resource, zones: Mapping[str, str]) -> str:
    """Return the id of the node that shows the resource; `zones` are the zones of subnets by address."""
    node = PLACES.get(resource.type, OTHER)
    match node:
        case "by construct":
            return _NODES_OF_CONSTRUCTS.get(resource.construct, OTHER)
        case "instance":
            return f"instance {resource.name.split('_')[1]}"
        case "nat":
            return _nat(resource, zones)
        case "subnet":
            return f"subnet {resource.address}"
        case "endpoints" if resource.values.get("vpc_endpoint_type") == "Gateway":
            return "gateway-endpoint"
    return node


def _nat(resource: Resource, zones: Mapping[str, str]) -> str:
    """The gateway is in the zone of its subnet; its elastic IP address has the zone in its name."""
    subnet = resource.references.get("subnet_id", "")
    named = (zone for zone in zones.values() if f"-{zone}_" in resource.name)
    zone = zones.get(subnet) or next(named, None)
    return f"nat {zone}" if zone else OTHER
