"""The CloudWatch dimensions that identify a deployment's resources."""

from tests.unit.synthesis import Synthesized


def dimensions(stack: Synthesized, *names: str) -> dict[str, str]:
    """The values of the named dimensions, in the given order; `Role` is followed by its value."""
    values = {
        "LoadBalancer": stack.ref("aws_lb", "arn_suffix"),
        "TargetGroup": stack.ref("aws_lb_target_group", "arn_suffix"),
        "ClusterName": stack.ref("aws_ecs_cluster", "name"),
        "ServiceName": stack.ref("aws_ecs_service", "name"),
        "DBClusterIdentifier": stack.ref("aws_rds_cluster", "cluster_identifier"),
        "BackupVaultName": stack.ref("aws_backup_vault", "name"),
        "WebACL": stack.ref("aws_wafv2_web_acl", "name"),
        "Region": stack.region,
        "Rule": "ALL",
    }
    pairs = (name.partition(" ") for name in names)
    return {name: value or values[name] for name, _, value in pairs}
