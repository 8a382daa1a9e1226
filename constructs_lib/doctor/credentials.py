"""Secrets: the names of the database's, and those that the container declares."""

from collections.abc import Iterator

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding
from constructs_lib.settings.grants import secret_arn

_MISSING = ("ResourceNotFoundException",)


def _names(examined: Examination) -> Iterator[Finding]:
    """Find secrets that are not this deployment's under the names of its secrets."""
    ours = examined.deployed("aws_secretsmanager_secret", "arn")
    for address, name in examined.names("aws_secretsmanager_secret").items():
        secret = examined.aws.find("secretsmanager", "describe_secret", missing=_MISSING, SecretId=name)
        if secret is None:
            continue
        if "DeletedDate" in secret:
            yield Finding(
                f"the secret {name} is deleted, and its recovery window keeps the name taken",
                f"aws secretsmanager restore-secret --secret-id {name} and terraform import {address} "
                f"{secret['ARN']}, or, if nothing uses it, aws secretsmanager delete-secret --secret-id "
                f"{name} --force-delete-without-recovery",
            )
        elif secret["ARN"] not in ours:
            yield Finding(
                f"the secret {name} exists, but not in the state of this deployment",
                f"terraform import {address} {secret['ARN']}, or, if nothing uses it, aws secretsmanager "
                f"delete-secret --secret-id {name} --force-delete-without-recovery",
            )


def _declared(examined: Examination) -> Iterator[Finding]:
    """Find secrets of the container that do not exist: its tasks would not start."""
    for variable, reference in examined.settings.service.secrets.items():
        secret = examined.aws.find(
            "secretsmanager", "describe_secret", missing=_MISSING, SecretId=secret_arn(reference)
        )
        if secret is None:
            yield Finding(
                f"the secret that service.secrets maps {variable} to does not exist",
                "aws secretsmanager create-secret, and set PAYMENT_API_SERVICE__SECRETS to its ARN",
            )
        elif "DeletedDate" in secret:
            yield Finding(
                f"the secret that service.secrets maps {variable} to is deleted",
                f"aws secretsmanager restore-secret --secret-id {secret['Name']}",
            )


CHECKS = (
    Check("the names of the database's secrets", _names),
    Check("the secrets of service.secrets", _declared),
)
