"""Route 53: records that are created again after they were deleted."""

from typing import Any

from moto.route53.models import Route53Backend

from tests.emulator.gaps.patching import Method, replaces


@replaces(Route53Backend)
def change_resource_record_sets(
    original: Method, self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]
) -> None:
    """CREATE fails only if the record exists. moto also rejects it if the record existed once and the zone
    has another record whose name sorts after it, because it compares with the zone's past changes.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    """
    original(self, zoneid, change_list)
    deleted = [_record(change) for change in change_list if change["Action"] == "DELETE"]
    changes = self.get_hosted_zone(zoneid).rr_changes
    changes[:] = [change for change in changes if _record(change) not in deleted]


def _record(change: dict[str, Any]) -> tuple[str, str, str | None]:
    """The fields that identify a record within its zone."""
    record = change["ResourceRecordSet"]
    return record["Name"].strip("."), record["Type"], record.get("SetIdentifier")
