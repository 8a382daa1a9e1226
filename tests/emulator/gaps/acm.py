"""Certificate Manager: DNS validation."""

from moto.acm.models import CertBundle
from moto.route53.models import route53_backends

from tests.emulator.gaps.patching import Method, replaces


@replaces(CertBundle)
def check(original: Method, self: CertBundle) -> None:
    """A certificate stays PENDING_VALIDATION until the CNAME record of each of its names is in a public
    hosted zone; moto issues it after a minute, with or without the records.

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """
    pending = self.status == "PENDING_VALIDATION"
    original(self)
    if pending and self.status != "EXPIRED":
        options = self.describe()["Certificate"]["DomainValidationOptions"]
        validated = all(_resolves(**option["ResourceRecord"]) for option in options)
        self.status = "ISSUED" if validated else "PENDING_VALIDATION"


def _resolves(Name: str, Type: str, Value: str) -> bool:  # noqa: N803 - the API's own names
    """Whether a public hosted zone of any account has the record."""
    return any(
        record.type == Type
        and record.name.rstrip(".") == Name.rstrip(".")
        and Value.rstrip(".") in {value.rstrip(".") for value in record.records}
        for account in route53_backends.values()
        for backend in account.values()
        for zone in backend.zones.values()
        if not zone.private_zone
        for record in zone.rrsets
    )
