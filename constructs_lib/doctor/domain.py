"""The hosted zone, its delegation, certification authorities, and records under the API's name."""

from collections.abc import Iterator
from typing import Any

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding

# https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
_AMAZON = frozenset(("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"))
_ADDRESSES = ("A", "AAAA", "CNAME")


def _zone(examined: Examination) -> Iterator[Finding]:
    """Find a hosted zone that is missing, private, of another name, or not the only one of its name."""
    settings = examined.settings.domain
    ids = _zone_ids(examined)
    if settings.hosted_zone_id:
        if not ids:
            yield Finding(
                f"{settings.hosted_zone_id} is no public hosted zone {settings.hosted_zone} of the account",
                "set PAYMENT_API_DOMAIN__HOSTED_ZONE_ID to the ID that aws route53 list-hosted-zones-by-name "
                f"--dns-name {settings.hosted_zone} shows",
            )
    elif not ids:
        yield Finding(
            f"the account has no public hosted zone {settings.hosted_zone}",
            f"aws route53 create-hosted-zone --name {settings.hosted_zone} --caller-reference "
            f"{settings.hosted_zone}, and delegate the domain to its name servers",
        )
    elif len(ids) > 1:
        yield Finding(
            f"the account has {len(ids)} public hosted zones {settings.hosted_zone}",
            f"set PAYMENT_API_DOMAIN__HOSTED_ZONE_ID to the one that is delegated: {', '.join(ids)}",
        )


def _delegation(examined: Examination) -> Iterator[Finding]:
    """Compare the name servers of the DNS with those of the zone: ACM finds its record only there."""
    zone = examined.settings.domain.hosted_zone
    servers = [_name_servers(examined, id_) for id_ in _zone_ids(examined)]
    if not servers:
        return  # reported by _zone
    found = {each.lower().rstrip(".") for each in examined.ask_dns("NS", zone)}
    if found not in servers:
        where = f" to its hosted zone, but to {', '.join(sorted(found))}" if found else ""
        yield Finding(
            f"{zone} is not delegated{where}",
            "set its NS records, at the registrar or in the zone above, to "
            + " or ".join(", ".join(sorted(each)) for each in servers),
        )


def _certification_authorities(examined: Examination) -> Iterator[Finding]:
    """Find the CAA records that apply to the API's name, the closest ones (RFC 8659), without Amazon."""
    settings = examined.settings.domain
    labels = settings.name.split(".")
    for name in (".".join(labels[start:]) for start in range(len(labels))):
        records = _caa_records(examined, name)
        if not records:
            continue
        issuers = [value.partition(";")[0].strip().lower() for tag, value in records if tag == "issue"]
        if issuers and not _AMAZON & set(issuers):
            yield Finding(
                f"the CAA record of {name} does not let Amazon issue the certificate of {settings.name}",
                f'add the value 0 issue "amazon.com" to the CAA record of {name}',
            )
        return


def _caa_records(examined: Examination, name: str) -> list[tuple[str, str]]:
    """Tag and value of the CAA records of a name, from the hosted zone if the name is in it."""
    zone = examined.settings.domain.hosted_zone
    if name != zone and not name.endswith(f".{zone}"):
        return [
            (tag, str(value))
            for record in examined.ask_dns("CAA", name)
            for tag, value in record.items()
            if tag != "critical"
        ]
    return [
        (tag, value.strip('"'))
        for id_ in _zone_ids(examined)
        for record in _records(examined, id_, name)
        if record["Type"] == "CAA"
        for _, tag, value in (each["Value"].split(maxsplit=2) for each in record["ResourceRecords"])
    ]


def _name(examined: Examination) -> Iterator[Finding]:
    """Find a record under the API's name that another deployment, or a person, has created."""
    name = examined.settings.domain.name
    ours = examined.deployed("aws_route53_record", "id")
    for id_ in _zone_ids(examined):
        for record in _records(examined, id_, name):
            if record["Type"] in _ADDRESSES and f"{id_}_{name}_{record['Type']}" not in ours:
                yield Finding(
                    f"the hosted zone has a record {record['Type']} {name} already, not in the state of "
                    "this deployment",
                    "set PAYMENT_API_DOMAIN__NAME to another name, or delete the record with aws route53 "
                    f"change-resource-record-sets --hosted-zone-id {id_}",
                )


def _zone_ids(examined: Examination) -> list[str]:
    """The IDs of the account's public hosted zones of the name, or the ID of the settings if it is one."""
    settings = examined.settings.domain
    if settings.hosted_zone_id:
        zone = _hosted_zone(examined, settings.hosted_zone_id)
        found = [zone["HostedZone"]] if zone else []
    else:
        found = examined.aws.get("route53", "list_hosted_zones_by_name", DNSName=settings.hosted_zone)[
            "HostedZones"
        ]
    return [
        each["Id"].rpartition("/")[2]
        for each in found
        if each["Name"] == f"{settings.hosted_zone}." and not each.get("Config", {}).get("PrivateZone")
    ]


def _hosted_zone(examined: Examination, id_: str) -> dict[str, Any] | None:
    return examined.aws.find("route53", "get_hosted_zone", missing=("NoSuchHostedZone",), Id=id_)


def _name_servers(examined: Examination, id_: str) -> set[str]:
    zone = _hosted_zone(examined, id_) or {}
    return {each.lower().rstrip(".") for each in zone.get("DelegationSet", {}).get("NameServers", ())}


def _records(examined: Examination, id_: str, name: str) -> list[Any]:
    """The records of a name in a hosted zone."""
    found = examined.aws.find(
        "route53",
        "list_resource_record_sets",
        missing=("NoSuchHostedZone",),
        HostedZoneId=id_,
        StartRecordName=name,
    )
    return [each for each in found["ResourceRecordSets"] if each["Name"] == f"{name}."] if found else []


CHECKS = (
    Check("the hosted zone", _zone),
    Check("the delegation of the domain", _delegation),
    Check("the CAA records", _certification_authorities),
    Check("the records of the API's name", _name),
)
