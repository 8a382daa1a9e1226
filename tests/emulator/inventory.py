"""The resources of a Terraform state, grouped by AWS service."""

from collections import Counter
from collections.abc import Iterable

# Prefix of a resource type → its service. The longest matching prefix wins.
_SERVICES = {
    "aws_acm_": "Certificate Manager",
    "aws_appautoscaling_": "Application Auto Scaling",
    "aws_backup_": "Backup",
    "aws_cloudwatch_": "CloudWatch",
    "aws_cloudwatch_log_": "CloudWatch Logs",
    "aws_db_": "RDS",
    "aws_default_": "VPC",
    "aws_ecr_": "ECR",
    "aws_ecs_": "ECS",
    "aws_eip": "VPC",
    "aws_flow_log": "VPC",
    "aws_iam_": "IAM",
    "aws_internet_gateway": "VPC",
    "aws_kms_": "KMS",
    "aws_lb": "Elastic Load Balancing",
    "aws_nat_gateway": "VPC",
    "aws_rds_": "RDS",
    "aws_route": "VPC",
    "aws_route53_": "Route 53",
    "aws_s3_": "S3",
    "aws_secretsmanager_": "Secrets Manager",
    "aws_security_group": "VPC",
    "aws_sns_": "SNS",
    "aws_subnet": "VPC",
    "aws_vpc": "VPC",
    "aws_wafv2_": "WAF",
    "random_": "Terraform (no AWS service)",
}


def by_service(addresses: Iterable[str]) -> dict[str, Counter[str]]:
    """Service → resource type → number of resources in the state, without data sources."""
    services: dict[str, Counter[str]] = {}
    for address in addresses:
        type_ = address.partition(".")[0]
        if type_ != "data":
            services.setdefault(_service(type_), Counter())[type_] += 1
    return dict(sorted(services.items()))


def _service(type_: str) -> str:
    prefix = max((each for each in _SERVICES if type_.startswith(each)), key=len, default=None)
    return _SERVICES[prefix] if prefix else type_.split("_")[1]
