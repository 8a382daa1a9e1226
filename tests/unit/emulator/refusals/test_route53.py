"""Route 53 refuses records that exist, that do not, and that exclude each other."""

from typing import Any

import pytest

from tests.emulator.account import Account
from tests.unit.emulator.refusals.conftest import Refuses


def _record(value: str = "192.0.2.1", name: str = "pay.example.net", type_: str = "A") -> dict[str, Any]:
    return {"Name": name, "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": value}]}


class Zone:
    def __init__(self, account: Account) -> None:
        self.route53 = account.client("route53")
        created = self.route53.create_hosted_zone(Name="example.net", CallerReference="1")
        self.id = created["HostedZone"]["Id"]

    def change(self, action: str, record: dict[str, Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record}]
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": changes})


@pytest.fixture
def zone(account: Account) -> Zone:
    return Zone(account)


def test_a_record_that_exists_cannot_be_created(zone: Zone, refused: Refuses) -> None:
    zone.change("CREATE", _record())
    for value in ("192.0.2.1", "192.0.2.2"):
        with refused("taken", "InvalidChangeBatch"):
            zone.change("CREATE", _record(value))
    zone.change("UPSERT", _record("192.0.2.2"))


def test_a_record_is_deleted_with_its_values_only(zone: Zone, refused: Refuses) -> None:
    with refused("taken", "InvalidChangeBatch"):
        zone.change("DELETE", _record())
    zone.change("CREATE", _record())
    with refused("taken", "InvalidChangeBatch"):
        zone.change("DELETE", _record("192.0.2.2"))
    zone.change("DELETE", _record())
    zone.change("CREATE", _record("192.0.2.2"))


def test_a_cname_record_is_the_only_one_with_its_name(zone: Zone, refused: Refuses) -> None:
    zone.change("CREATE", _record())
    with refused("taken", "InvalidChangeBatch"):
        zone.change("UPSERT", _record("other.example.net", type_="CNAME"))
    with refused("taken", "InvalidChangeBatch"):
        zone.change("UPSERT", _record("other.example.net", name="example.net", type_="CNAME"))


def test_an_alias_to_a_record_of_the_zone_needs_that_record(zone: Zone, refused: Refuses) -> None:
    target = {
        "HostedZoneId": zone.id.rpartition("/")[2],
        "DNSName": "pay.example.net",
        "EvaluateTargetHealth": False,
    }
    alias = {"Name": "api.example.net", "Type": "A", "AliasTarget": target}
    with refused("not there yet", "InvalidChangeBatch"):
        zone.change("CREATE", alias)
    zone.change("CREATE", _record())
    zone.change("CREATE", alias)


def test_a_record_is_in_the_zone_of_its_name(zone: Zone, refused: Refuses) -> None:
    with refused("malformed", "InvalidChangeBatch"):
        zone.change("CREATE", _record(name="pay.example.org"))


def test_a_hosted_zone_with_records_cannot_be_deleted(zone: Zone, refused: Refuses) -> None:
    zone.change("CREATE", _record())
    with refused("in use", "HostedZoneNotEmpty"):
        zone.route53.delete_hosted_zone(Id=zone.id)
