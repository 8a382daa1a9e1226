"""The region, its zones, and where the database's instance class is offered."""

from collections.abc import Iterator

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding

# A region of every account, for a question about one that may not be enabled.
_ALWAYS_ENABLED = "us-east-1"
_NOT_OPTED_IN = "not-opted-in"


def _region(examined: Examination) -> Iterator[Finding]:
    region = examined.settings.region
    (found,) = examined.aws.get(
        "ec2", "describe_regions", region=_ALWAYS_ENABLED, RegionNames=[region], AllRegions=True
    )["Regions"]
    if found.get("OptInStatus") == _NOT_OPTED_IN:
        yield Finding(
            f"the account has not enabled the region {region}",
            f"aws account enable-region --region-name {region}",
        )


def _zones(examined: Examination) -> Iterator[Finding]:
    available = _available(examined)
    if missing := [zone for zone in examined.settings.zones if zone not in available]:
        yield Finding(
            f"{', '.join(missing)} of network.zones: the account has no such availability zone",
            f"set PAYMENT_API_NETWORK__ZONES to three of {', '.join(sorted(available))}",
        )


def _available(examined: Examination) -> set[str]:
    """The availability zones of the account, without local and Wavelength zones."""
    return {
        each["ZoneName"]
        for each in examined.aws.all("ec2", "describe_availability_zones", "AvailabilityZones")
        if each["State"] == "available" and each.get("ZoneType", "availability-zone") == "availability-zone"
    }


def _instance_class(examined: Examination) -> Iterator[Finding]:
    """RDS creates an instance only in a zone in which it offers the class for the engine's version."""
    settings = examined.settings.database
    version = settings.engine_version
    offered = {
        zone["Name"]
        for option in examined.aws.all(
            "rds",
            "describe_orderable_db_instance_options",
            "OrderableDBInstanceOptions",
            Engine="aurora-postgresql",
            DBInstanceClass=settings.instance_class,
        )
        if option["EngineVersion"] == version or option["EngineVersion"].startswith(f"{version}.")
        for zone in option["AvailabilityZones"]
    }
    what = f"{settings.instance_class} for Aurora PostgreSQL {version}"
    if not offered:
        yield Finding(
            f"RDS does not offer {what} in {examined.settings.region}",
            "set PAYMENT_API_DATABASE__INSTANCE_CLASS to a class of `aws rds "
            "describe-orderable-db-instance-options --engine aurora-postgresql`",
        )
    elif missing := [zone for zone in examined.settings.zones if zone in _available(examined) - offered]:
        yield Finding(
            f"RDS does not offer {what} in {', '.join(missing)}",
            f"set PAYMENT_API_NETWORK__ZONES to three of {', '.join(sorted(offered))}, or "
            "PAYMENT_API_DATABASE__INSTANCE_CLASS to another class",
        )


CHECKS = (
    Check("the region", _region),
    Check("the availability zones", _zones),
    Check("the instance class", _instance_class),
)
