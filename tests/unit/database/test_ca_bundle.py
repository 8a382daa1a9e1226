"""The certificate authorities of RDS that the role manager trusts."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from constructs_lib.database.functions.roles import handler
from constructs_lib.settings.regions import ZONE_LETTERS

BUNDLE = Path(handler.__file__).with_name("rds-ca-bundle.pem")
# Its authorities are in no bundle that was available.
MISSING = {"ap-east-2"}


@pytest.fixture(scope="module")
def authorities() -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(BUNDLE.read_bytes())


def common_name(certificate: x509.Certificate) -> str:
    """The name of an authority."""
    (attribute,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(attribute.value)


def test_every_certificate_is_of_an_authority_that_signed_itself(authorities: list[x509.Certificate]) -> None:
    for each in authorities:
        each.verify_directly_issued_by(each)
        constraints = each.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = each.extensions.get_extension_for_class(x509.KeyUsage)
        assert constraints.value.ca
        assert usage.value.key_cert_sign


def test_none_expires_within_a_year(authorities: list[x509.Certificate]) -> None:
    """Then the bundle must be replaced: see docs/operations.md."""
    soon = datetime.now(UTC) + timedelta(days=365)
    assert [common_name(each) for each in authorities if each.not_valid_after_utc < soon] == []


def test_every_region_has_an_authority_of_each_kind(authorities: list[x509.Certificate]) -> None:
    names = sorted(common_name(each) for each in authorities)
    for region in ZONE_LETTERS.keys() - MISSING:
        assert [name for name in names if name.startswith(f"Amazon RDS {region} Root CA ")] == [
            f"Amazon RDS {region} Root CA {kind} G1" for kind in ("ECC384", "RSA2048", "RSA4096")
        ]


def test_there_are_no_other_authorities(authorities: list[x509.Certificate]) -> None:
    pattern = r"Amazon RDS [a-z]{2}-[a-z]+-\d Root CA (ECC384|RSA2048|RSA4096) G1"
    assert [common_name(each) for each in authorities if not re.fullmatch(pattern, common_name(each))] == []
    assert len({each.fingerprint(each.signature_hash_algorithm) for each in authorities}) == len(authorities)  # type: ignore[arg-type]


def test_the_missing_region_is_still_missing(authorities: list[x509.Certificate]) -> None:
    """Once it is there, docs/operations.md must not say that it is missing."""
    names = " ".join(map(common_name, authorities))
    assert not [region for region in MISSING if region in names]
