"""AWS Backup's opt-in for Aurora."""

from collections.abc import Iterator

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding


def _opt_in(examined: Examination) -> Iterator[Finding]:
    """For Aurora the opt-in counts even if a selection names the cluster.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/working-with-supported-services.html
    """
    if not examined.resources("aws_backup_plan"):
        return
    answer = examined.aws.get("backup", "describe_region_settings")
    if not answer["ResourceTypeOptInPreference"].get("Aurora"):
        yield Finding(
            f"AWS Backup is not opted in for Aurora in {examined.settings.region}, so no snapshot is taken",
            "aws backup update-region-settings --resource-type-opt-in-preference Aurora=true "
            f"--region {examined.settings.region}",
        )


CHECKS = (Check("the opt-in of AWS Backup", _opt_in),)
