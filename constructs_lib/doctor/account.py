"""All checks of the account."""

from constructs_lib.doctor import (
    backups,
    credentials,
    domain,
    identity,
    images,
    leftovers,
    quotas,
    region,
    state,
)
from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Report, UnknownError

CHECKS: tuple[Check, ...] = (
    *region.CHECKS,
    *identity.CHECKS,
    *state.CHECKS,
    *domain.CHECKS,
    *images.CHECKS,
    *credentials.CHECKS,
    *backups.CHECKS,
    *leftovers.CHECKS,
    *quotas.CHECKS,
)


def examine(examined: Examination, report: Report) -> None:
    """Run all checks, unless the account itself does not answer."""
    try:
        examined.account_id  # noqa: B018 - asks once
    except UnknownError as error:
        report.unknown.append(f"could not be told: whether the account is ready: {error}")
        return
    for check in CHECKS:
        report.collect(check.subject, check.look(examined))
