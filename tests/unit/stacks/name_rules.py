"""AWS's rules for the names and descriptions of the resources."""

import re
from dataclasses import dataclass

GENERATED = "0" * 26
"""Stands for what Terraform appends to a name_prefix: a time stamp and a counter, 26 characters in all."""


@dataclass(frozen=True)
class Rule:
    """The maximum length and the pattern of an argument's value, and where AWS documents them.

    The names of nested blocks in `argument` are separated by dots. `source` is an operation of an AWS API and
    its parameter, or a page of a guide.
    """

    type: str
    argument: str
    max_length: int
    pattern: str
    source: str

    def __str__(self) -> str:
        return f"{self.type}.{self.argument}"

    def allows(self, value: str) -> bool:
        """Return whether AWS accepts the value, or the name that Terraform generates from a name_prefix."""
        name = value + GENERATED if self.argument.endswith("name_prefix") else value
        return len(name) <= self.max_length and re.fullmatch(self.pattern, name, re.ASCII) is not None


ANY = r"[\s\S]+"
WORD = r"[\w-]+"
# Letters, digits and single hyphens; begins with a letter and does not end with a hyphen.
RDS = r"(?!.*--)[a-z][a-z0-9-]*(?<!-)"
LOAD_BALANCING = r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
SECURITY_GROUP = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*"
IAM_NAME = r"[\w+=,.@-]+"
IAM_TEXT = "[\t\n\r\x20-\x7e\xa1-\xff]*"
BACKUP = r"[a-zA-Z0-9_.-]+"
WAF_METRIC = r"[\w#:.\-/]+"
WAF_TEXT = r"[\w+=:#@/\-,.][\w+=:#@/\-,.\s]+[\w+=:#@/\-,.]"
# Secrets Manager ends ARNs with a hyphen and six characters, so AWS advises against names that do, too.
SECRETS_MANAGER = r"[A-Za-z0-9/_+=.@-]+(?<!-[A-Za-z0-9/_+=.@]{6})"
BUCKET = r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]*[a-z0-9](?<!-s3alias)(?<!--ol-s3)"
REPOSITORY = r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
HOST = r"(?=.{1,255}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+"

RULES = [
    Rule("aws_lb", "name", 32, LOAD_BALANCING, "ELBv2 CreateLoadBalancer, Name"),
    Rule("aws_lb_target_group", "name_prefix", 32, LOAD_BALANCING, "ELBv2 CreateTargetGroup, Name"),
    Rule("aws_rds_cluster", "cluster_identifier", 63, RDS, "RDS CreateDBCluster, DBClusterIdentifier"),
    Rule(
        "aws_rds_cluster",
        "final_snapshot_identifier",
        255,
        RDS,
        "RDS DeleteDBCluster, FinalDBSnapshotIdentifier",
    ),
    Rule("aws_rds_cluster_instance", "identifier", 63, RDS, "RDS CreateDBInstance, DBInstanceIdentifier"),
    Rule(
        "aws_rds_cluster_parameter_group",
        "name_prefix",
        255,
        RDS,
        "RDS CreateDBClusterParameterGroup; Aurora User Guide, Quotas and constraints",
    ),
    Rule(
        "aws_db_subnet_group",
        "name",
        255,
        r"(?!default$)[a-z][a-z0-9._ -]*",
        "RDS CreateDBSubnetGroup, DBSubnetGroupName",
    ),
    Rule("aws_db_event_subscription", "name", 254, RDS, "RDS CreateEventSubscription: less than 255"),
    Rule("aws_iam_role", "name", 64, IAM_NAME, "IAM CreateRole, RoleName"),
    Rule("aws_iam_role", "description", 1000, IAM_TEXT, "IAM CreateRole, Description"),
    Rule("aws_iam_policy", "name", 128, IAM_NAME, "IAM CreatePolicy, PolicyName"),
    Rule("aws_iam_policy", "description", 1000, IAM_TEXT, "IAM CreatePolicy, Description"),
    Rule("aws_s3_bucket", "bucket", 63, BUCKET, "S3 User Guide, General purpose bucket naming rules"),
    Rule("aws_secretsmanager_secret", "name", 512, SECRETS_MANAGER, "Secrets Manager CreateSecret, Name"),
    Rule("aws_secretsmanager_secret", "description", 2048, ANY, "Secrets Manager CreateSecret, Description"),
    Rule("aws_ecr_repository", "name", 256, REPOSITORY, "ECR CreateRepository, repositoryName"),
    Rule("aws_kms_alias", "name", 256, r"alias/(?!aws/)[a-zA-Z0-9/_-]+", "KMS CreateAlias, AliasName"),
    Rule("aws_kms_key", "description", 8192, ANY, "KMS CreateKey, Description"),
    Rule("aws_ecs_cluster", "name", 255, WORD, "ECS CreateCluster, clusterName"),
    Rule("aws_ecs_service", "name", 255, WORD, "ECS CreateService, serviceName"),
    Rule("aws_ecs_task_definition", "family", 255, WORD, "ECS RegisterTaskDefinition, family"),
    Rule("aws_appautoscaling_policy", "name", 256, ANY, "Application Auto Scaling PutScalingPolicy"),
    Rule("aws_cloudwatch_log_group", "name", 512, r"[.\-_/#A-Za-z0-9]+", "CloudWatch Logs CreateLogGroup"),
    Rule("aws_wafv2_web_acl", "name", 128, WORD, "WAFV2 CreateWebACL, Name"),
    Rule("aws_wafv2_web_acl", "description", 256, WAF_TEXT, "WAFV2 CreateWebACL, Description"),
    Rule("aws_wafv2_web_acl", "rule.name", 128, WORD, "WAFV2 Rule, Name"),
    Rule("aws_wafv2_web_acl", "visibility_config.metric_name", 255, WAF_METRIC, "WAFV2 VisibilityConfig"),
    Rule(
        "aws_wafv2_web_acl",
        "rule.visibility_config.metric_name",
        255,
        WAF_METRIC,
        "WAFV2 VisibilityConfig, MetricName",
    ),
    Rule("aws_wafv2_web_acl", "custom_response_body.key", 128, WORD, "WAFV2 CustomResponse"),
    Rule("aws_sns_topic", "name", 256, r"[A-Za-z0-9_-]+", "SNS CreateTopic, Name"),
    Rule("aws_cloudwatch_metric_alarm", "alarm_name", 255, ANY, "CloudWatch PutMetricAlarm, AlarmName"),
    Rule("aws_cloudwatch_metric_alarm", "alarm_description", 1024, ANY, "CloudWatch PutMetricAlarm"),
    Rule(
        "aws_cloudwatch_metric_alarm",
        "metric_query.id",
        255,
        r"[a-z][a-zA-Z0-9_]*",
        "CloudWatch MetricDataQuery, Id",
    ),
    Rule("aws_cloudwatch_metric_alarm", "metric_query.expression", 2048, ANY, "CloudWatch MetricDataQuery"),
    Rule("aws_cloudwatch_composite_alarm", "alarm_name", 255, ANY, "CloudWatch PutCompositeAlarm"),
    Rule("aws_cloudwatch_composite_alarm", "alarm_description", 1024, ANY, "CloudWatch PutCompositeAlarm"),
    Rule("aws_cloudwatch_dashboard", "dashboard_name", 255, r"[A-Za-z0-9_-]+", "CloudWatch PutDashboard"),
    Rule(
        "aws_security_group",
        "name_prefix",
        255,
        rf"(?!sg-){SECURITY_GROUP}",
        "EC2 CreateSecurityGroup, GroupName",
    ),
    Rule("aws_security_group", "description", 255, SECURITY_GROUP, "EC2 CreateSecurityGroup, Description"),
    Rule(
        "aws_vpc_security_group_ingress_rule",
        "description",
        255,
        SECURITY_GROUP,
        "EC2 IpRange, Description",
    ),
    Rule(
        "aws_vpc_security_group_egress_rule",
        "description",
        255,
        SECURITY_GROUP,
        "EC2 IpRange, Description",
    ),
    Rule("aws_backup_vault", "name", 50, r"[a-zA-Z0-9_-]{2,}", "Backup CreateBackupVault, BackupVaultName"),
    Rule("aws_backup_plan", "name", 50, BACKUP, "Backup BackupPlanInput, BackupPlanName"),
    Rule("aws_backup_plan", "rule.rule_name", 50, BACKUP, "Backup BackupRuleInput, RuleName"),
    Rule("aws_backup_selection", "name", 50, BACKUP, "Backup BackupSelection, SelectionName"),
    Rule("aws_route53_record", "name", 255, HOST, "Route 53 Developer Guide, DNS domain name format"),
]

TAG = Rule("tags", "value", 256, r"[\w .:/=+\-@]*", "Resource Groups Tagging API TagResources, Tags")

WITHOUT_RULE = {
    ("aws_acm_certificate", "domain_name"): "validated as a setting",
    ("aws_cloudwatch_metric_alarm", "metric_name"): "defined by AWS",
    ("aws_db_subnet_group", "description"): "AWS documents no limit",
    ("aws_rds_cluster", "database_name"): "validated as a setting",
    ("aws_rds_cluster_parameter_group", "description"): "AWS documents no limit",
    ("aws_rds_cluster_parameter_group", "family"): "defined by AWS",
    ("aws_vpc_endpoint", "service_name"): "defined by AWS",
}
"""Arguments that look like names but need no rule, and the reason."""
