"""What AWS refuses and moto accepts: one file per service, one function per refusal.

Each function's docstring describes what AWS does, with the page that says so. Importing this package
registers the rules.
"""

from tests.emulator.refusals import acm, cloudwatch, ec2, elbv2, kms, logs, route53, sns, wafv2

__all__ = ["acm", "cloudwatch", "ec2", "elbv2", "kms", "logs", "route53", "sns", "wafv2"]
