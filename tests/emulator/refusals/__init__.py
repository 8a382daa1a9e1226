"""What AWS refuses and moto accepts: one file per service, one function per refusal.

Each function's docstring describes what AWS does, with the page that says so. Importing this package
registers the rules.
"""

from tests.emulator.refusals import autoscaling, backup, ec2, ecs, iam, rds, s3, secretsmanager

__all__ = ["autoscaling", "backup", "ec2", "ecs", "iam", "rds", "s3", "secretsmanager"]
