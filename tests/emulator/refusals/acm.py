"""Certificate Manager: certificates in use."""

from tests.emulator.calls import Call
from tests.emulator.refusals.elbv2 import listeners
from tests.emulator.refusals.rules import RefusedError, refuses


@refuses("acm", "DeleteCertificate", kind="in use")
def certificate_in_use(call: Call) -> None:
    """DeleteCertificate refuses a certificate that a listener of a load balancer uses.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
    """
    arn = call.parameters["CertificateArn"]
    for listener in listeners(call):
        if arn in (listener.certificate, *listener.certificates):
            raise RefusedError(
                "ResourceInUseException", f"Certificate {arn} in use by {listener.load_balancer_arn}"
            )


@refuses("acm", "RequestCertificate", kind="too many")
def too_many_names(call: Call) -> None:
    """Ten domain names per certificate.

    https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
    """
    names = {call.parameters["DomainName"], *(call.parameters.get("SubjectAlternativeNames") or ())}
    if len(names) > 10:
        raise RefusedError(
            "LimitExceededException",
            f"Requested {len(names)} domain names. The limit for this account is 10.",
        )
