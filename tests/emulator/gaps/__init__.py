"""What moto 5.2.5 lacks of what AWS does, one file a service, one short function an API.

Importing this package closes the gaps, once for the process. A gap is closed only by doing what AWS
documents; a difference that the stack causes is the stack's to mend. Each function names what it
replaces or adds, and the import fails if moto is no longer as it was, so that none outlives its need.
"""

from tests.emulator.gaps import acm, autoscaling, backup, cloudwatch, ec2, ecs, rds, route53, s3, sns, wafv2

__all__ = ["acm", "autoscaling", "backup", "cloudwatch", "ec2", "ecs", "rds", "route53", "s3", "sns", "wafv2"]
