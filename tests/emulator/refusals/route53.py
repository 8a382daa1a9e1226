"""Route 53: records that exist, that do not, and that exclude each other."""

from collections.abc import Mapping
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("route53", "DeleteHostedZone", code="HostedZoneNotEmpty", kind="in use")
moto_refuses("route53", "ChangeResourceRecordSets", code="InvalidChangeBatch", kind="malformed")

Record = Mapping[str, Any]
Key = tuple[str, str, str | None]


def _name(name: str) -> str:
    return name.rstrip(".").lower()


def _key(record: Record) -> Key:
    return _name(record["Name"]), record["Type"], record.get("SetIdentifier")


def _content(record: Record) -> object:
    """What DELETE must repeat: the alias, or the TTL and the values."""
    if alias := record.get("AliasTarget"):
        return alias["HostedZoneId"], _name(alias["DNSName"])
    values = record.get("ResourceRecords") or []
    ttl = record.get("TTL")
    texts = (value["Value"] if isinstance(value, dict) else value for value in values)
    return None if ttl is None else int(ttl), frozenset(texts)


def _records(call: Call) -> tuple[str, dict[Key, object]]:
    """The name of the call's hosted zone, and the content of its records."""
    zone = call.backend("route53").zones.get(call.parameters["HostedZoneId"].rpartition("/")[2])
    if zone is None:
        return "", {}
    records = (
        {
            "Name": each.name,
            "Type": each.type,
            "SetIdentifier": each.set_identifier,
            "TTL": each.ttl,
            "ResourceRecords": each.records,
            "AliasTarget": each.alias_target,
        }
        for each in list(zone.rrsets)
    )
    return _name(zone.name), {_key(record): _content(record) for record in records}


@refuses("route53", "ChangeResourceRecordSets", kind="taken")
def record_taken(call: Call) -> None:
    """CREATE refuses a record that exists, DELETE one that does not exist with the same values, and both
    refuse the whole batch. A CNAME record is the only one with its name, and is never the zone's own name.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat
    """
    zone, records = _records(call)
    if not zone:
        return
    for change in call.parameters["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        key, content = _key(record), _content(record)
        title = f"resource record set [name='{key[0]}.', type='{key[1]}']"
        if change["Action"] == "DELETE":
            if key not in records:
                raise RefusedError("InvalidChangeBatch", f"Tried to delete {title} but it was not found")
            if records.pop(key) != content:
                raise RefusedError(
                    "InvalidChangeBatch",
                    f"Tried to delete {title} but the values provided do not match the current values",
                )
            continue
        if change["Action"] == "CREATE" and key in records:
            raise RefusedError("InvalidChangeBatch", f"Tried to create {title} but it already exists")
        types = {type_ for name, type_, _ in records if name == key[0]} | {key[1]}
        if key[1] == "CNAME" and key[0] == zone:
            raise RefusedError(
                "InvalidChangeBatch",
                f"RRSet of type CNAME with DNS name {zone}. is not permitted at apex",
            )
        if "CNAME" in types and len(types) > 1:
            raise RefusedError(
                "InvalidChangeBatch",
                f"RRSet of type CNAME with DNS name {key[0]}. is not permitted as it conflicts with other "
                "records with the same DNS name in zone",
            )
        records[key] = content


@refuses("route53", "ChangeResourceRecordSets", kind="not there yet")
def alias_target_missing(call: Call) -> None:
    """An alias to a record of the same hosted zone needs that record.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
    """
    _, records = _records(call)
    zone_id = call.parameters["HostedZoneId"].rpartition("/")[2]
    created = {_key(change["ResourceRecordSet"])[:2] for change in call.parameters["ChangeBatch"]["Changes"]}
    existing = {key[:2] for key in records} | created
    for change in call.parameters["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        alias = record.get("AliasTarget") or {}
        target = _name(alias.get("DNSName", "")), record["Type"]
        if change["Action"] != "DELETE" and alias.get("HostedZoneId") == zone_id and target not in existing:
            raise RefusedError(
                "InvalidChangeBatch",
                f"Tried to create an alias that targets {target[0]}., type {target[1]}, but that target was "
                "not found",
            )
