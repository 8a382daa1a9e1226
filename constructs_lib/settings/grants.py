"""What the tasks may read and do beyond what the stack itself needs: secrets, and permissions of their role.

The messages contain names, ARN forms and positions, never a value: these settings are `Sensitive`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Secrets Manager appends a hyphen and six characters to the name.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
_REFERENCE = re.compile(
    r"(?P<arn>arn:aws:secretsmanager:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):secret:"
    r"(?P<name>[A-Za-z0-9/_+=.@-]{1,512})-[A-Za-z0-9]{6})"
    r"(?::(?P<key>[A-Za-z0-9/_+=.@ -]*):(?P<stage>[A-Za-z0-9/_+=.@-]{0,256})"
    r":(?P<version>(?:[A-Za-z0-9-]{32,64})?))?",
    re.ASCII,
)


def check_secret_reference(variable: str, reference: str) -> None:
    """Raise ValueError unless ECS accepts the reference as `valueFrom` and it names exactly one secret."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(
            f"must map {variable} to the full ARN of a secret, "
            "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-a1B2c3, which may be followed by "
            ":JSON_KEY:VERSION_STAGE:VERSION_ID, each of which may be empty; a version ID has 32 to 64 "
            "characters"
        )
    if found["stage"] and found["version"]:
        raise ValueError(
            f"must map {variable} to a version stage or to a version ID, not to both, which ECS rejects"
        )


def _part(reference: str, name: str) -> str:
    found = _REFERENCE.fullmatch(reference)
    return found[name] if found else ""


def secret_arn(reference: str) -> str:
    """Return the ARN of the secret, without JSON key and version."""
    return _part(reference, "arn")


def secret_arns(references: Mapping[str, str]) -> list[str]:
    """Return the ARN of each secret once, sorted."""
    return sorted({secret_arn(each) for each in references.values()})


def secret_name(reference: str) -> str:
    """Return the name of the secret."""
    return _part(reference, "name")


def secret_region(reference: str) -> str:
    """Return the region of the secret."""
    return _part(reference, "region")


def secret_account(reference: str) -> str:
    """Return the account of the secret."""
    return _part(reference, "account")


# The words by which a name says that the value is a secret, also as the end of a longer word: AUTHTOKEN.
_ENDINGS = ("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY")
# Words that are also the end of harmless ones, such as MONKEY, or a name of their own, such as PWD.
_WORDS = {
    *("KEY", "ACCESSKEY", "AUTHKEY", "ENCRYPTIONKEY", "PRIVATEKEY", "SECRETKEY", "SIGNINGKEY"),
    *("PASS", "PWD"),
}
_OF_THE_SHELL = {"PWD", "OLDPWD"}
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def looks_secret(variable: str) -> bool:
    """Return whether the variable's name says that its value is a secret.

    Words are separated by underscores or begin with a capital letter; a plural or a number does not matter.
    """
    if variable in _OF_THE_SHELL:
        return False
    words = re.split(r"_+", _CAMEL_CASE.sub("_", variable).upper())
    singular = [word.rstrip("0123456789").removesuffix("S") for word in words]
    return any(word in _WORDS or word.endswith(_ENDINGS) for word in (*words, *singular))


_ACTION = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9]*", re.ASCII)
_RESOURCE = re.compile(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[A-Za-z0-9 _+=,.@:/#~!()-]+", re.ASCII)
# Objects of S3 have no ARN before they exist.
_OBJECTS = re.compile(r"arn:aws:s3:::[a-z0-9][a-z0-9.-]+/(?:[A-Za-z0-9 _+=,.@:/#~!()-]*/)?\*", re.ASCII)
_MAX_ARN_LENGTH = 2_048

_ADMINISTRATION = ("account", "iam", "organizations")
_KEY_USE = frozenset(
    {
        *("decrypt", "describekey", "encrypt", "generatedatakey", "generatedatakeywithoutplaintext"),
        *("generatemac", "getpublickey", "sign", "verify", "verifymac"),
    }
)


@dataclass(frozen=True)
class Permission:
    """One statement of the setting `service.permissions`, by its position in the setting."""

    number: int
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @property
    def sid(self) -> str:
        """The Sid of the statement."""
        return f"Permission{self.number}"

    @property
    def statement(self) -> dict[str, object]:
        """The statement as the policy contains it."""
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": [*self.actions],
            "Resource": [*self.resources],
        }

    def of_service(self, service: str) -> tuple[str, ...]:
        """Return the actions of one service."""
        return tuple(action for action in self.actions if action.startswith(f"{service}:"))


def permission(number: int, entry: object) -> Permission:
    """Return an entry of the setting as a permission, or raise ValueError with its number."""
    if (
        not isinstance(entry, Mapping)
        or entry.keys() != {"actions", "resources"}
        or not all(_is_list_of_text(each) for each in entry.values())
    ):
        raise ValueError(
            f"must have in entry {number} an object with the arrays actions and resources, neither of them "
            "empty"
        )
    for position, action in enumerate(entry["actions"], start=1):
        _check_action(action, f"action {position} of entry {number}")
    for position, resource in enumerate(entry["resources"], start=1):
        _check_resource(resource, f"resource {position} of entry {number}")
    return Permission(number, tuple(entry["actions"]), tuple(entry["resources"]))


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, str) for each in value)


def _check_action(action: str, where: str) -> None:
    if not _ACTION.fullmatch(action):
        raise ValueError(
            f"must have in {where} the name of an action without wildcards, such as sqs:SendMessage"
        )
    service, _, name = action.partition(":")
    if service in _ADMINISTRATION:
        raise ValueError(
            f"must not have in {where} an action of {service}, with which a task could change permissions"
        )
    # Whoever may change a key's policy or create grants may use the key, that of the fields as well.
    if service == "kms" and name.lower() not in _KEY_USE:
        raise ValueError(
            f"must have in {where} an action that uses a key, such as kms:Sign, not one that administers it"
        )


def _check_resource(resource: str, where: str) -> None:
    exact = _RESOURCE.fullmatch(resource) or _OBJECTS.fullmatch(resource)
    if not exact or len(resource) > _MAX_ARN_LENGTH:
        raise ValueError(
            f"must have in {where} an exact ARN, such as arn:aws:sqs:REGION:ACCOUNT:QUEUE, without "
            "wildcards; only the objects of an S3 bucket may be arn:aws:s3:::BUCKET/* or "
            "arn:aws:s3:::BUCKET/PREFIX/*"
        )
    # https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
    if resource.startswith("arn:aws:kms:") and ":key/" not in resource:
        raise ValueError(
            f"must have in {where} the ARN of the key itself, arn:aws:kms:REGION:ACCOUNT:key/ID: a policy "
            "that names an alias does not apply to its key"
        )


def secret_names(permissions: Iterable[Permission]) -> Iterable[tuple[Permission, str]]:
    """Yield the names of the secrets that the resources contain, each with its permission."""
    for each in permissions:
        for resource in each.resources:
            service, name = resource.split(":", 5)[2], resource.split(":", 5)[5]
            if service == "secretsmanager":
                yield each, name.removeprefix("secret:")
