"""Validation of strings, such as names and addresses.

Each function returns the value, or raises ValueError with a message that says what would be valid.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import NamedTuple, get_args

from constructs_lib.settings import quotas
from constructs_lib.settings.names import (
    DATABASE_ROLES,
    MAX_SUFFIX_LENGTH,
    RESERVED_SUFFIXES,
    meant_suffix,
    stack_name,
)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
"""The reference format of container images: [host[:port]/]path[:tag][@digest]."""

_NUL_OR_SURROGATE = re.compile("[\0\ud800-\udfff]")
KEBAB_CASE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
HTTPS_PORT = "443"
_PRIVATE_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+).*", re.ASCII)
_ANY_ECR = re.compile(
    r"(?P<account>[a-z0-9-]+)\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?P<domain>amazonaws\.com|on\.aws|amazonaws\.com\.cn|on\.amazonwebservices\.com\.cn|amazonaws\.eu|"
    r"on\.amazonwebservices\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)(?::\d+)?",
    re.ASCII,
)


def suffix(value: str) -> str:
    """Return the suffix if every AWS name can contain it."""
    if not KEBAB_CASE.fullmatch(value):
        raise ValueError("must be lower-case letters, digits and single hyphens between them, such as pr-123")
    if len(value) > MAX_SUFFIX_LENGTH:
        raise ValueError(f"must be at most {MAX_SUFFIX_LENGTH} characters, not {len(value)}")
    if value in RESERVED_SUFFIXES:
        raise ValueError(
            f"must be another suffix: {stack_name(value)} is the stack of {RESERVED_SUFFIXES[value]}"
        )
    meant = meant_suffix(value)
    if meant is not None:
        raise ValueError(
            f"must not be another name for a profile, as it would select dev: did you mean {meant}?"
        )
    return value


def host_name(value: str) -> str:
    """Return the name if it is a lower-case host name with at least two labels (RFC 1123)."""
    if len(value) > quotas.MAX_HOST_NAME_LENGTH or not _HOST_NAME.fullmatch(value):
        raise ValueError("must be a lower-case host name, such as payment-api.example.org")
    return value


def certificate_name(value: str) -> str:
    """Return the host name if ACM accepts it as the common name of a certificate."""
    limit = quotas.MAX_CERTIFICATE_NAME_LENGTH
    if len(value) > limit:
        raise ValueError(
            f"must be at most {limit} characters, ACM's limit for certificates, not {len(value)}"
        )
    return value


def hosted_zone_id(value: str) -> str:
    """Return the ID if Route 53 can have assigned it to a hosted zone."""
    if not re.fullmatch(rf"Z[A-Z0-9]{{1,{quotas.MAX_HOSTED_ZONE_ID_LENGTH - 1}}}", value):
        raise ValueError(
            "must be the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ: Z and up to "
            f"{quotas.MAX_HOSTED_ZONE_ID_LENGTH - 1} capital letters and digits, without /hostedzone/"
        )
    return value


def email_address(value: str) -> str:
    """Return the address if it consists of a local part, @ and a host name (RFC 5322, no quoted strings)."""
    plain_text(value)
    local, _, domain = value.rpartition("@")
    dotted_atom = r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    try:
        host_name(domain.lower())
    except ValueError:
        local = ""
    if len(local) > quotas.MAX_LOCAL_PART_LENGTH or not re.fullmatch(dotted_atom, local, re.ASCII):
        raise ValueError("must be an e-mail address, such as oncall@example.org")
    return value


def bucket_name(value: str) -> str:
    """Return the name if S3 accepts it for a general purpose bucket."""
    # S3 allows 63 characters; the name of the bucket with the state's access logs ends in "-access".
    valid = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,54}[a-z0-9]", value)
    reserved = value.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or value.endswith(
        ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")
    )
    if not valid or ".." in value or re.fullmatch(r"\d+(\.\d+){3}", value) or reserved:
        raise ValueError(
            "must be an S3 bucket name: 3 to 56 lower-case letters, digits, hyphens and single dots, not an "
            "IP address, and without a prefix or suffix that S3 reserves"
        )
    return value


def key_alias(value: str) -> str:
    """Return the alias if KMS accepts it after the prefix alias/."""
    if not re.fullmatch(r"[A-Za-z0-9/_-]{1,250}", value) or value.startswith(("aws/", "alias/")):
        raise ValueError(
            "must be 1 to 250 letters, digits, hyphens, underscores and slashes, and must not begin with "
            "aws/, which is reserved, or alias/, which is added"
        )
    return value


def vpc_cidr(value: str) -> str:
    """Return the CIDR block if it is private and valid for a VPC with nine /24 subnets."""
    try:
        block = IPv4Network(value)
    except ValueError:
        block = None
    if block is None or str(block) != value:
        raise ValueError("must be an IPv4 CIDR block without host bits, such as 10.0.0.0/16")
    if not any(block.subnet_of(private) for private in quotas.PRIVATE_RANGES):
        raise ValueError(f"must be a private CIDR block, within {', '.join(map(str, quotas.PRIVATE_RANGES))}")
    if block.prefixlen not in quotas.VPC_PREFIXES:
        raise ValueError(
            "must be from /16, the largest block of a VPC, to /20, the smallest with space for nine /24 "
            "subnets"
        )
    return value


def engine_version(value: str) -> str:
    """Return the version if it is a major or a minor version of Aurora PostgreSQL from 14 to 17."""
    if not re.fullmatch(r"1[4-7](\.[1-9][0-9]?)?", value):
        raise ValueError("must be an Aurora PostgreSQL version from 14 to 17, such as 15 or 15.10")
    return value


def instance_class(value: str) -> str:
    """Return the class if its family and size exist for provisioned instances of Aurora PostgreSQL."""
    if not re.fullmatch(r"db\.(t3|t4g)\.(medium|large)|db\.[rx][0-9][a-z]*\.([0-9]*x)?large", value):
        raise ValueError(
            "must be an instance class of Aurora PostgreSQL, such as db.t4g.medium or db.r6g.large"
        )
    return value


def postgresql_name(longest: int) -> Callable[[str], str]:
    """Return a validator of names that RDS accepts for a PostgreSQL database or its master user."""

    def validate(value: str) -> str:
        valid = re.fullmatch(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", value)
        if not valid or value in quotas.RESERVED_POSTGRESQL_NAMES or value.startswith(("pg_", "rds")):
            raise ValueError(
                f"must be 1 to {longest} lower-case letters, digits and underscores, begin with a letter, "
                "and must not be a name that PostgreSQL or RDS reserves"
            )
        return value

    return validate


def not_a_role_of_the_stack(value: str) -> str:
    """Return the master's user name if no other role of the database has it."""
    if value in DATABASE_ROLES:
        raise ValueError(
            f"must be another name than {', '.join(DATABASE_ROLES[:-1])} and {DATABASE_ROLES[-1]}, the other "
            "roles of the database"
        )
    return value


def tls_policy(value: object) -> object:
    """Return the policy if it is an ELB security policy with TLS 1.3 and without TLS 1.1 or older."""
    if value not in get_args(quotas.TlsPolicy):
        raise ValueError(
            "must be an ELB security policy with TLS 1.3 and nothing older than TLS 1.2, such as "
            "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
        )
    return value


def pinned_image(value: str) -> str:
    """Return the image reference if it has a tag other than latest, or a digest."""
    reference = _IMAGE.fullmatch(value)
    if not reference or (reference["tag"] in (None, "latest") and not reference["digest"]):
        raise ValueError(
            "must be an image pinned by a tag other than latest or by a sha256 digest, such as app:1.4.2"
        )
    if len(value.partition("@")[0]) > quotas.MAX_IMAGE_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_IMAGE_LENGTH} characters without the digest")
    return value


def image_host(image: str) -> str | None:
    """Return the host of an image's registry, with its port, or None if the image is in Docker Hub.

    The first component is a host if it has a dot or a colon or is localhost, as in Docker's reference format.
    """
    host, slash, _ = image.partition("/")
    return host if slash and (host == "localhost" or "." in host or ":" in host) else None


def registry_host(value: str) -> str:
    """Return the host of a public registry if the tasks can connect to it, with its port.

    The security group opens port 443 only, and the registry's certificate must have a host name.
    """
    name, _, port = value.partition(":")
    if port not in ("", HTTPS_PORT):
        raise ValueError(
            f"must be in a registry on port {HTTPS_PORT}, not {port}: the tasks can connect to public "
            "registries on no other port"
        )
    try:
        host_name(name.lower())
    except ValueError:
        raise ValueError(
            "must be in a registry with a public host name, such as ghcr.io, not localhost or an IP address"
        ) from None
    return value


class EcrRepository(NamedTuple):
    """A private ECR repository; the tasks pull from it through the VPC's endpoints."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The ARN of the repository."""
        return f"arn:aws:ecr:{self.region}:{self.account_id}:repository/{self.name}"


def ecr_repository(image: str) -> EcrRepository | None:
    """Return the private ECR repository of an image, or None if the image is in another registry."""
    private = _PRIVATE_ECR.fullmatch(image)
    return EcrRepository(*private.groups()) if private else None


def served_by_ecr_endpoint(image: str) -> str:
    """Return the image unless it is in private ECR under a host name that the VPC's endpoints do not serve.

    The interface endpoint for ECR serves ACCOUNT.dkr.ecr.REGION.amazonaws.com. ECR has no PrivateLink for its
    dual-stack host names (https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html), and the
    FIPS host names are not those of this endpoint.
    """
    host, _, path = image.partition("/")
    private = _ANY_ECR.fullmatch(host.lower())
    if private is None or ecr_repository(image):
        return image
    if private["domain"] not in ("amazonaws.com", "on.aws"):
        raise ValueError("must be in Amazon ECR in the commercial partition (aws), not in another partition")
    if not re.fullmatch(r"\d{12}", private["account"], re.ASCII):
        raise ValueError(
            "must be ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, with an account of 12 digits"
        )
    served = f"{private['account']}.dkr.ecr.{private['region']}.amazonaws.com/{path}"
    raise ValueError(
        f"must be {served}: the tasks pull images from Amazon ECR through the VPC's endpoints, which serve "
        "no dual-stack, FIPS or other host name"
    )


def health_path(value: str) -> str:
    """Return the path if it needs no quoting in a URL or in the configuration of a web server."""
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]{0,1023}", value):
        raise ValueError(
            "must begin with / and contain only letters, digits and . _ ~ - /, up to 1024 characters"
        )
    return value


def health_command(value: str) -> str:
    """Return the shell command if it is not blank and ECS accepts it."""
    if not value.strip():
        raise ValueError(
            "must be a shell command that exits with 0 if the container is healthy, such as test -e /tmp/up"
        )
    if len(value) > quotas.MAX_HEALTH_COMMAND_LENGTH:
        raise ValueError(
            f"must be at most {quotas.MAX_HEALTH_COMMAND_LENGTH} characters: put a longer command into a "
            "script"
        )
    return plain_text(value)


def plain_text(value: str) -> str:
    """Return the text if Terraform's JSON and a container's environment can contain it unchanged.

    Terraform evaluates `${` and `%{`, UTF-8 cannot encode surrogates, and NUL ends the value of a variable.
    """
    if "${" in value or "%{" in value:
        raise ValueError("must not contain ${ or %{, which Terraform would evaluate as an expression")
    if _NUL_OR_SURROGATE.search(value):
        raise ValueError("must be valid Unicode without NUL characters")
    return value


def github_repository(value: str) -> str:
    """Return OWNER/NAME if GitHub accepts it."""
    owner, _, name = value.partition("/")
    if not re.fullmatch(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}", owner) or not re.fullmatch(
        r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", name
    ):
        raise ValueError("must be OWNER/NAME of a repository on GitHub, such as example/payment-api")
    return value


def github_environment(value: str) -> str:
    """Return the name if a token of GitHub contains it unchanged."""
    # GitHub percent-encodes other characters in the subject, which IAM compares as text.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value):
        raise ValueError("must be 1 to 100 letters, digits, dots, underscores and hyphens")
    return value


def github_oidc_provider_arn(value: str) -> str:
    """Return the ARN if it is that of an OIDC provider of GitHub Actions."""
    if not re.fullmatch(
        r"arn:aws:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com", value
    ):
        raise ValueError(
            "must be the ARN of the account's OIDC provider for GitHub Actions: "
            "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com"
        )
    return value
