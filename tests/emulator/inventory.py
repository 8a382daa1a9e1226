"""What stands in a Terraform state, grouped by the AWS service it belongs to."""

from collections import Counter
from collections.abc import Iterable

# The beginning of a resource type → its service; the longest that fits counts.
_SERVICES = {
    "aws_acm_": "Certificate Manager",
    "aws_appautoscaling_": "Application Auto Scaling",
    "aws_backup_": "Backup",
    "aws_cloudwatch_": "CloudWatch",
    "aws_cloudwatch_log_": "CloudWatch Logs",
    "aws_db_": "RDS",
    "aws_default_": "VPC",
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
    "random_": "Terraform itself",
}


def by_service(addresses: Iterable[str]) -> dict[str, Counter[str]]:
    """Service → resource type → how many of the state's resources there are; data sources do not count."""
    services: dict[str, Counter[str]] = {}
    for address in addresses:
        type_ = address.partition(".")[0]
        if type_ != "data":
            services.setdefault(_service(type_), Counter())[type_] += 1
    return dict(sorted(services.items()))


def _service(type_: str) -> str:
    known = max((start for start in _SERVICES if type_.startswith(start)), key=len, default=None)
    return _SERVICES[known] if known else type_.split("_")[1]
