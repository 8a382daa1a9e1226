"""Route 53: records that were deleted."""

from typing import Any

from moto.route53.models import Route53Backend

from tests.emulator.gaps.patching import Method, replaces


@replaces(Route53Backend)
def change_resource_record_sets(
    original: Method, self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]
) -> None:
    """ChangeResourceRecordSets creates a record that was deleted, whatever others the zone has.

    moto looks for it in the zone's past changes, and then takes any record that comes after it for it.
    """
    original(self, zoneid, change_list)
    deleted = [_record(change) for change in change_list if change["Action"] == "DELETE"]
    changes = self.get_hosted_zone(zoneid).rr_changes
    changes[:] = [change for change in changes if _record(change) not in deleted]


def _record(change: dict[str, Any]) -> tuple[str, str, str | None]:
    """What tells a record from all others of its zone."""
    record = change["ResourceRecordSet"]
    return record["Name"].strip("."), record["Type"], record.get("SetIdentifier")
