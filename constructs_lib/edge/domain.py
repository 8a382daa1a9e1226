"""The API's domain name and its certificate, validated through DNS."""

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

from constructs_lib.foundation.terraform import equal, interpolated, literal
from constructs_lib.settings.model import DomainSettings

VALIDATION_RECORD_TTL_SECONDS = 60


class Domain(Construct):
    """An issued certificate for the API's domain name, in a public hosted zone that must already exist.

    Outputs: `name`, `zone_id`, `certificate_arn` (resources that use it wait until the certificate is
    issued).
    """

    def __init__(self, scope: Construct, id_: str, *, settings: DomainSettings) -> None:
        super().__init__(scope, id_)
        zone = self._zone(settings)
        certificate = AcmCertificate(
            self,
            "certificate",
            domain_name=settings.name,
            validation_method="DNS",
            key_algorithm="RSA_2048",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # The certificate has one domain name, hence exactly one validation record.
        validation = certificate.domain_validation_options.get(0)
        record = Route53Record(
            self,
            "validation-record",
            zone_id=zone.zone_id,
            name=validation.resource_record_name,
            type=validation.resource_record_type,
            records=[validation.resource_record_value],
            ttl=VALIDATION_RECORD_TTL_SECONDS,
            # ACM uses the same record for every certificate of a domain name in an account, so it may exist.
            allow_overwrite=True,
        )
        self.name = settings.name
        self.zone_id = zone.zone_id
        self.certificate_arn = AcmCertificateValidation(
            self,
            "certificate-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
        ).certificate_arn

    def _zone(self, settings: DomainSettings) -> DataAwsRoute53Zone:
        """Look up the public hosted zone by its name, or by its ID where several zones have that name."""
        if settings.hosted_zone_id is None:
            return DataAwsRoute53Zone(self, "zone", name=settings.hosted_zone, private_zone=False)
        # The provider accepts either an ID or a name, so the zone's name is compared after the lookup.
        found: list[tuple[str, str | bool, str]] = [
            ("name", settings.hosted_zone, f"is not the zone {settings.hosted_zone} of domain.hosted_zone"),
            ("private_zone", False, "is a private zone, so that nobody could resolve the API's name"),
        ]
        return DataAwsRoute53Zone(
            self,
            "zone",
            zone_id=settings.hosted_zone_id,
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=interpolated(equal(f"self.{attribute}", literal(expected))),
                        error_message=f"domain.hosted_zone_id is {settings.hosted_zone_id}, which {problem}.",
                    )
                    for attribute, expected, problem in found
                ]
            ),
        )
