"""A change of every setting, and what a plan of deployed staging does to the resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Actions = tuple[str, ...]

CREATE, UPDATE, DELETE = ("create",), ("update",), ("delete",)
DELETE_THEN_CREATE, CREATE_THEN_DELETE = ("delete", "create"), ("create", "delete")


@dataclass(frozen=True)
class SettingChange:
    """The new value of a setting, the planned actions, and the other settings that must change with it.

    `actions` are by the address of the resources without its hash; `*` stands for any characters.
    """

    value: str
    actions: Mapping[str, Actions]
    together_with: Mapping[str, str] = field(default_factory=dict)


OTHER_ZONE = "example.org"
"""A hosted zone that must exist for the plans."""

_TASKS: Mapping[str, Actions] = {
    "aws_ecs_task_definition.service_task-definition": DELETE_THEN_CREATE,
    "aws_ecs_service.service": UPDATE,
}
_INSTANCES: Mapping[str, Actions] = {
    "aws_rds_cluster_instance.database_reader": UPDATE,
    "aws_rds_cluster_instance.database_writer": UPDATE,
}
_CLUSTER: Mapping[str, Actions] = {"aws_rds_cluster.database_cluster": UPDATE}
_PASSWORD: Mapping[str, Actions] = {
    **_CLUSTER,
    **_TASKS,
    # The old version is deleted from the secret before the new one is created.
    "aws_secretsmanager_secret_version.credentials_secret-version": DELETE_THEN_CREATE,
    "aws_secretsmanager_secret_version.logins_owner_secret-version": DELETE_THEN_CREATE,
    # Not login a, which is in use.
    "aws_secretsmanager_secret_version.logins_app-b_secret-version": DELETE_THEN_CREATE,
    "aws_lambda_invocation.database-roles_invocation": DELETE_THEN_CREATE,
}
_DOMAIN: Mapping[str, Actions] = {
    "aws_acm_certificate.domain_certificate": CREATE_THEN_DELETE,
    # Exists only in Terraform's state: it waits until the certificate is issued.
    "aws_acm_certificate_validation.domain_certificate-validation": DELETE_THEN_CREATE,
    "aws_lb_listener.load-balancer_https-listener": UPDATE,
    "aws_route53_record.domain_validation-record": DELETE_THEN_CREATE,
    "aws_route53_record.load-balancer_alias-record": DELETE_THEN_CREATE,
}


def _alarm(name: str) -> Mapping[str, Actions]:
    # The dashboard shows the threshold.
    return {f"aws_cloudwatch_metric_alarm.*_{name}": UPDATE, "aws_cloudwatch_dashboard.*": UPDATE}


PLANS: Mapping[str, Mapping[str, SettingChange]] = {
    "first": {
        "DOMAIN__NAME": SettingChange("api.example.net", _DOMAIN),
        "NETWORK__NAT_GATEWAYS": SettingChange(
            "1",
            {
                "aws_eip.network_nat-address-us-east-1[bc]": DELETE,
                "aws_nat_gateway.network_nat-gateway-us-east-1[bc]": DELETE,
                "aws_route.network_private-default-route-us-east-1[bc]": UPDATE,
                "aws_vpc_endpoint.endpoints_*": UPDATE,
            },
        ),
        "NETWORK__DESTINATIONS": SettingChange(
            '{"card-network": "192.0.2.0/24:443"}',
            {"aws_vpc_security_group_egress_rule.service-to-card-network-443-egress": CREATE},
        ),
        "DATABASE__DELETION_PROTECTION": SettingChange(
            "false", {**_CLUSTER, "aws_backup_vault.backup_vault": UPDATE}
        ),
        "DATABASE__VAULT_BACKUPS": SettingChange(
            "false",
            {
                "aws_backup_plan.backup_plan": DELETE,
                "aws_backup_selection.backup_selection": DELETE,
                "aws_cloudwatch_metric_alarm.*-backups": DELETE,
                "aws_cloudwatch_dashboard.*": UPDATE,
            },
        ),
        "DATABASE__SECRET_READER_ARNS": SettingChange(
            '["arn:aws:iam::222222222222:role/emulator", "arn:aws:iam::222222222222:user/ops/drift"]',
            {"aws_secretsmanager_secret_policy.secret-access_*": UPDATE},
        ),
        "DATABASE__INSIGHTS_MODE": SettingChange("advanced", {**_CLUSTER, **_INSTANCES}),
        "SERVICE__HEALTH_COMMAND": SettingChange("/app/healthy", _TASKS),
        "SERVICE__PERMISSIONS": SettingChange(
            '[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::example-net-receipts/*"]}]',
            {
                "aws_iam_policy.service_task-role*": UPDATE,
                "aws_vpc_endpoint.endpoints_s3": UPDATE,
            },
        ),
        "SERVICE__CPU": SettingChange("512", _TASKS, {"SERVICE__MEMORY": "1024"}),
        "SERVICE__HEALTH_PATH": SettingChange(
            "/healthy", {"aws_lb_target_group.load-balancer_target-group": UPDATE}
        ),
        "SERVICE__MIN_CAPACITY": SettingChange("3", {"aws_appautoscaling_target.autoscaling_target": UPDATE}),
        "SERVICE__CPU_TARGET": SettingChange(
            "60", {"aws_appautoscaling_policy.autoscaling_cpu-policy": UPDATE}
        ),
        "SERVICE__REQUESTS_PER_TARGET": SettingChange(
            "500", {"aws_appautoscaling_policy.autoscaling_requests-policy": UPDATE}
        ),
        "FIREWALL__RATE_LIMIT": SettingChange("500", {"aws_wafv2_web_acl.web-firewall_web-acl": UPDATE}),
        "MONITORING__ALARM_EMAIL": SettingChange(
            "oncall@example.net", {"aws_sns_topic_subscription.notifications_email": CREATE}
        ),
        "MONITORING__ERROR_RATE_PERCENT": SettingChange("6", _alarm("error-rate")),
        "MONITORING__LOG_RETENTION_DAYS": SettingChange(
            "30",
            {
                "aws_cloudwatch_log_group.*": UPDATE,
                "aws_s3_bucket_lifecycle_configuration.log-bucket*": UPDATE,
            },
        ),
    },
    "second": {
        "DATABASE__PASSWORD_VERSION": SettingChange("2", _PASSWORD),
        "DATABASE__BACKUP_RETENTION_DAYS": SettingChange(
            "8", {**_CLUSTER, "aws_backup_plan.backup_plan": UPDATE}
        ),
        "DATABASE__FINAL_SNAPSHOT": SettingChange(
            "false", {**_CLUSTER, "random_id.database_final-snapshot-suffix": DELETE}
        ),
        "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": SettingChange(
            "8",
            {
                "aws_secretsmanager_secret.credentials_secret": UPDATE,
                "aws_secretsmanager_secret.logins_*": UPDATE,
            },
        ),
        "DATABASE__INSTANCE_CLASS": SettingChange("db.r6g.large", _INSTANCES),
        "SERVICE__MIGRATION_COMMAND": SettingChange(
            '["migrate"]',
            {
                "aws_cloudwatch_log_group.migration_*": CREATE,
                "aws_ecs_task_definition.migration_task-definition": CREATE,
                "aws_iam_*.migration_*": CREATE,
                "aws_lambda_*.migration_*": CREATE,
                "aws_secretsmanager_secret_policy.secret-access_owner-policy": UPDATE,
            },
        ),
        "SERVICE__MEMORY": SettingChange("1024", _TASKS),
        # The variable of the name changes the tasks; the list itself changes nothing.
        "SERVICE__HARMLESS_NAMES": SettingChange(
            '["PUBLIC_KEY"]', _TASKS, {"SERVICE__ENVIRONMENT": '{"PUBLIC_KEY": "x"}'}
        ),
        "SERVICE__SECRETS": SettingChange(
            '{"PROVIDER_API_KEY": "arn:aws:secretsmanager:us-east-1:222222222222:secret:provider-a1B2c3"}',
            {
                **_TASKS,
                "aws_iam_policy.service_execution-role*": UPDATE,
                "aws_vpc_endpoint.endpoints_secretsmanager": UPDATE,
            },
        ),
        "SERVICE__PORT": SettingChange(
            "9090",
            {
                **_TASKS,
                "aws_vpc_security_group_*.load-balancer-to-service-9090-*": CREATE,
                "aws_vpc_security_group_*.load-balancer-to-service-8080-*": DELETE,
            },
        ),
        "SERVICE__MAX_CAPACITY": SettingChange(
            "11", {"aws_appautoscaling_target.autoscaling_target": UPDATE}
        ),
        "SERVICE__MEMORY_TARGET": SettingChange(
            "60", {"aws_appautoscaling_policy.autoscaling_memory-policy": UPDATE}
        ),
        "LOAD_BALANCER__TLS_POLICY": SettingChange(
            "ELBSecurityPolicy-TLS13-1-3-2021-06", {"aws_lb_listener.load-balancer_https-listener": UPDATE}
        ),
        "LOAD_BALANCER__DELETION_PROTECTION": SettingChange(
            "false", {"aws_lb.load-balancer": UPDATE, "aws_s3_bucket.log-bucket": UPDATE}
        ),
        "FIREWALL__OVERSIZE_BODY": SettingChange("allow", {"aws_wafv2_web_acl.web-firewall_web-acl": UPDATE}),
        "MONITORING__DATABASE_CPU_PERCENT": SettingChange("70", _alarm("database-cpu")),
        "MONITORING__LATENCY_P99_MILLISECONDS": SettingChange("900", _alarm("latency")),
        "MONITORING__DATABASE_CONNECTIONS": SettingChange("300", _alarm("database-connections*")),
        "MONITORING__DATABASE_FREE_MEMORY_MIB": SettingChange("300", _alarm("database-memory*")),
        "MONITORING__REPLICA_LAG_MILLISECONDS": SettingChange("900", _alarm("replica-lag")),
        "MONITORING__BLOCKED_REQUESTS": SettingChange("900", _alarm("blocked-requests")),
    },
    "third": {
        "ACCESS__PERMISSIONS_BOUNDARY": SettingChange("true", {"aws_iam_role.*": UPDATE}),
        "DATABASE__ENGINE_VERSION": SettingChange(
            "16",
            {
                **_CLUSTER,
                "aws_rds_cluster_parameter_group.database_parameters": CREATE_THEN_DELETE,
            },
        ),
        "DATABASE__ROTATION_MONTHS": SettingChange("3", _PASSWORD),
        "DATABASE__BACKUP_WINDOW": SettingChange("00:00-00:30", _CLUSTER),
        "DATABASE__MAINTENANCE_WINDOW": SettingChange("mon:08:00-mon:09:00", {**_CLUSTER, **_INSTANCES}),
        "DOMAIN__HOSTED_ZONE": SettingChange(OTHER_ZONE, _DOMAIN, {"DOMAIN__NAME": f"pay.{OTHER_ZONE}"}),
        "SERVICE__ENVIRONMENT": SettingChange('{"LOG_LEVEL": "debug"}', _TASKS),
        "SERVICE__IMAGE": SettingChange(
            "public.ecr.aws/nginx/nginx:1.28.0",
            {
                **_TASKS,
                "aws_iam_policy.service_execution-role*": UPDATE,
                "aws_vpc_endpoint.endpoints_ecr-*": UPDATE,
                "aws_vpc_security_group_egress_rule.service-to-internet-443-egress": CREATE,
            },
        ),
        "SERVICE__TLS": SettingChange(
            "false",
            {
                **_TASKS,
                "aws_lb_target_group.load-balancer_target-group": CREATE_THEN_DELETE,
                "aws_lb_listener.load-balancer_https-listener": UPDATE,
                # Their metrics are those of the target group.
                "aws_appautoscaling_policy.autoscaling_requests-policy": UPDATE,
                "aws_cloudwatch_dashboard.*": UPDATE,
                "aws_cloudwatch_metric_alarm.*-targets": UPDATE,
                "aws_cloudwatch_metric_alarm.*_latency": UPDATE,
            },
        ),
    },
}

FIXED: Mapping[str, str] = {
    "NETWORK__CIDR": "10.1.0.0/16",
    "NETWORK__ZONES": '["us-east-1a", "us-east-1b", "us-east-1d"]',
    "DATABASE__DATABASE_NAME": "others",
    "DATABASE__MASTER_USERNAME": "other_admin",
}
"""Other values of the settings that are fixed for life, all of which one plan refuses."""

STATE_STACK: tuple[str, ...] = ("STATE__BUCKET", "STATE__KEY_ALIAS")
"""The settings that change only the state stack."""

IMAGES_STACK: tuple[str, ...] = ("IMAGES__READER_ACCOUNT_IDS",)
"""The settings that change only the stack of the images: tests/deployed/test_applied_images.py plans them."""

ACCESS_STACK: tuple[str, ...] = (
    "ACCESS__GITHUB_REPOSITORY",
    "ACCESS__GITHUB_ENVIRONMENT",
    "ACCESS__OIDC_PROVIDER_ARN",
)
"""The settings that change only the stack of the pipeline's roles."""

IDENTIFIERS: tuple[str, ...] = ("DOMAIN__HOSTED_ZONE_ID",)
"""Settings with an ID of AWS, which no table can contain: tests/deployed/test_hosted_zones.py plans them."""

OTHER_DIRECTION: Mapping[str, Mapping[str, str]] = {
    # Nothing protects dev.
    "dev": {
        "DATABASE__DELETION_PROTECTION": "true",
        "DATABASE__FINAL_SNAPSHOT": "true",
        "DATABASE__VAULT_BACKUPS": "true",
        "DATABASE__INSIGHTS_MODE": "advanced",
        "DATABASE__ENGINE_VERSION": "16",
        "DATABASE__INSTANCE_CLASS": "db.r6g.large",
        "DATABASE__PASSWORD_VERSION": "2",
        "DATABASE__ROTATION_MONTHS": "1",
        "DATABASE__BACKUP_RETENTION_DAYS": "1",
        "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": "30",
        "LOAD_BALANCER__DELETION_PROTECTION": "true",
        "NETWORK__NAT_GATEWAYS": "3",
        "SERVICE__TLS": "true",
        "SERVICE__PORT": "9090",
        "SERVICE__HEALTH_PATH": "/healthy",
        "MONITORING__LOG_RETENTION_DAYS": "1",
    },
    # Everything is on.
    "everything": {
        "DATABASE__DELETION_PROTECTION": "false",
        "DATABASE__FINAL_SNAPSHOT": "false",
        "DATABASE__VAULT_BACKUPS": "false",
        "DATABASE__INSIGHTS_MODE": "standard",
        "DATABASE__ROTATION_MONTHS": "0",
        "DATABASE__BACKUP_RETENTION_DAYS": "1",
        "LOAD_BALANCER__DELETION_PROTECTION": "false",
        "NETWORK__NAT_GATEWAYS": "1",
        "NETWORK__DESTINATIONS": "{}",
        "SERVICE__TLS": "false",
        "SERVICE__ENVIRONMENT": "{}",
        "SERVICE__HARMLESS_NAMES": "[]",
        "SERVICE__SECRETS": "{}",
        "SERVICE__PERMISSIONS": "[]",
        "MONITORING__LOG_RETENTION_DAYS": "1",
        "MONITORING__ALARM_EMAIL": "oncall@example.net",
    },
}
"""Deployment → changes that switch what is off in it on, and what is on off."""
