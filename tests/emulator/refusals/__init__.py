"""What AWS refuses and moto accepts: one file per service, one function per refusal.

Each function's docstring describes what AWS does, with the page that says so. Importing this package
registers the rules.
"""

from tests.emulator.refusals import (
    acm,
    autoscaling,
    backup,
    cloudwatch,
    ec2,
    ecr,
    ecs,
    elbv2,
    iam,
    kms,
    logs,
    rds,
    route53,
    s3,
    secretsmanager,
    sns,
    wafv2,
)

__all__ = [
    "acm",
    "autoscaling",
    "backup",
    "cloudwatch",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "iam",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "wafv2",
]
