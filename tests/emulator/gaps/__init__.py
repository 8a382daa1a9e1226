"""AWS behavior that moto 5.2.5 lacks and this project needs: one file per service, one function per API.

Importing this package patches moto once per process. A patch does only what AWS documents, and its docstring
names the page; where the stack itself is wrong, the stack is changed instead. Each function names the method
that it adds or replaces, and the import fails when moto's class has changed, so that no patch outlives the
gap.
"""

from tests.emulator.gaps import (
    acm,
    autoscaling,
    backup,
    cloudwatch,
    ec2,
    ecr,
    ecs,
    ecs_client_tokens,
    ecs_tasks,
    elbv2,
    iam,
    lambda_,
    logs,
    rds,
    route53,
    s3,
    servicequotas,
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
    "ecs_client_tokens",
    "ecs_tasks",
    "elbv2",
    "iam",
    "lambda_",
    "logs",
    "rds",
    "route53",
    "s3",
    "servicequotas",
    "sns",
    "wafv2",
]
