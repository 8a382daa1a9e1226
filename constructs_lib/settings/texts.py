"""Checks of texts, such as names and addresses.

Each returns the value, or its ValueError says what would be right.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import NamedTuple, get_args

from constructs_lib.settings import quotas
from constructs_lib.settings.names import MAX_SUFFIX_LENGTH, RESERVED_SUFFIXES, stack_name

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
"""The reference format of container registries: [host[:port]/]path[:tag][@digest]."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
KEBAB_CASE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PRIVATE_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+).*", re.ASCII)


def suffix(value: str) -> str:
    """Return the suffix if it can stand in every AWS name."""
    if not KEBAB_CASE.fullmatch(value):
        raise ValueError(
            "must be lower-case letters and digits in words joined by single hyphens, such as pr-123"
        )
    if len(value) > MAX_SUFFIX_LENGTH:
        raise ValueError(f"must be at most {MAX_SUFFIX_LENGTH} characters, not {len(value)}")
    if value in RESERVED_SUFFIXES:
        raise ValueError(
            f"must be another suffix: {stack_name(value)} is the stack of {RESERVED_SUFFIXES[value]}"
        )
    return value


def host_name(value: str) -> str:
    """Return the name if it is a lower-case host name of two labels or more (RFC 1123)."""
    if len(value) > quotas.MAX_HOST_NAME_LENGTH or not _HOST_NAME.fullmatch(value):
        raise ValueError("must be a host name in lower case, such as payment-api.example.org")
    return value


def certificate_name(value: str) -> str:
    """Return the host name if ACM puts it into a certificate."""
    longest = quotas.MAX_CERTIFICATE_NAME_LENGTH
    if len(value) > longest:
        raise ValueError(f"must be at most {longest} characters to stand in a certificate, not {len(value)}")
    return value


def email_address(value: str) -> str:
    """Return the address if mail can be sent to it: a local part, @ and a host name."""
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
    """Return the name if S3 takes it for a general purpose bucket."""
    # S3 takes 63 characters; the bucket of the state's access logs adds "-access" to the name.
    legal = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,54}[a-z0-9]", value)
    reserved = value.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or value.endswith(
        ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")
    )
    if not legal or ".." in value or re.fullmatch(r"\d+(\.\d+){3}", value) or reserved:
        raise ValueError(
            "must be an S3 bucket name: 3 to 56 lower-case letters, digits, hyphens and single dots, neither "
            "an IP address nor with a prefix or suffix that S3 reserves"
        )
    return value


def key_alias(value: str) -> str:
    """Return the alias if KMS takes it after alias/."""
    if not re.fullmatch(r"[A-Za-z0-9/_-]{1,250}", value) or value.startswith(("aws/", "alias/")):
        raise ValueError(
            "must be 1 to 250 letters, digits, hyphens, underscores and slashes, and begin neither with "
            "aws/, which is reserved, nor with alias/, which is added"
        )
    return value


def vpc_cidr(value: str) -> str:
    """Return the range if it is private and a VPC with nine /24 subnets fits it."""
    try:
        block = IPv4Network(value)
    except ValueError:
        block = None
    if block is None or str(block) != value:
        raise ValueError("must be an IPv4 range with no host bits set, such as 10.0.0.0/16")
    if not any(block.subnet_of(private) for private in quotas.PRIVATE_RANGES):
        raise ValueError(f"must be a private range, within {', '.join(map(str, quotas.PRIVATE_RANGES))}")
    if block.prefixlen not in quotas.VPC_PREFIXES:
        raise ValueError(
            "must be /16, the largest of a VPC, to /20, the smallest with room for nine /24 subnets"
        )
    return value


def engine_version(value: str) -> str:
    """Return the version if it is a major, or major.minor, that Aurora PostgreSQL offers."""
    if not re.fullmatch(r"1[4-7](\.[1-9][0-9]?)?", value):
        raise ValueError("must be an Aurora PostgreSQL version from 14 to 17, such as 15 or 15.10")
    return value


def instance_class(value: str) -> str:
    """Return the class if its family and size are ones of Aurora PostgreSQL's provisioned instances."""
    if not re.fullmatch(r"db\.(t3|t4g)\.(medium|large)|db\.[rx][0-9][a-z]*\.([0-9]*x)?large", value):
        raise ValueError(
            "must be an instance class of Aurora PostgreSQL, such as db.t4g.medium or db.r6g.large"
        )
    return value


def postgresql_name(longest: int) -> Callable[[str], str]:
    """Make the check for a name that RDS gives a PostgreSQL database or its master user."""

    def checked(value: str) -> str:
        legal = re.fullmatch(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", value)
        if not legal or value in quotas.RESERVED_NAMES or value.startswith(("pg_", "rds")):
            raise ValueError(
                f"must be 1 to {longest} lower-case letters, digits and underscores, begin with a letter, "
                "and be no name that PostgreSQL or RDS reserves"
            )
        return value

    return checked


def tls_policy(value: object) -> object:
    """Return the policy if the load balancer has it and it excludes TLS 1.1 and below."""
    if value not in get_args(quotas.TlsPolicy):
        raise ValueError(
            "must be a policy with TLS 1.3 and nothing older than TLS 1.2, such as "
            "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
        )
    return value


def pinned_image(value: str) -> str:
    """Return the image reference if it names a tag that should not move, or a digest."""
    reference = _IMAGE.fullmatch(value)
    if not reference or (reference["tag"] in (None, "latest") and not reference["digest"]):
        raise ValueError(
            "must be an image pinned by a tag other than latest or by a sha256 digest, such as app:1.4.2"
        )
    if len(value.partition("@")[0]) > quotas.MAX_IMAGE_LENGTH:
        raise ValueError(f"must be at most {quotas.MAX_IMAGE_LENGTH} characters, not counting a digest")
    return value


class EcrRepository(NamedTuple):
    """A private repository, which tasks reach through the VPC's endpoints in its region."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The ARN that policies name it by."""
        return f"arn:aws:ecr:{self.region}:{self.account_id}:repository/{self.name}"


def ecr_repository(image: str) -> EcrRepository | None:
    """Return the private ECR repository that an image lies in, None if it lies in a public registry."""
    private = _PRIVATE_ECR.fullmatch(image)
    return EcrRepository(*private.groups()) if private else None


def health_path(value: str) -> str:
    """Return the path if it needs no quoting, neither in a URL nor in a server's configuration."""
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]{0,1023}", value):
        raise ValueError("must begin with / and go on with letters, digits and . _ ~ - / only")
    return value


def health_command(value: str) -> str:
    """Return the shell command if there is one."""
    if not value.strip():
        raise ValueError(
            "must be a shell command that exits 0 in a healthy container, such as test -e /tmp/up"
        )
    if len(value) > quotas.MAX_HEALTH_COMMAND_LENGTH:
        raise ValueError(
            f"must be at most {quotas.MAX_HEALTH_COMMAND_LENGTH} characters: more belongs into a script"
        )
    return plain_text(value)


def plain_text(value: str) -> str:
    """Return the text if it comes through Terraform's JSON as it is, where ${…} and %{…} are expressions and
    half of a surrogate pair is none of Unicode, and into a container, where NUL ends a text."""
    if "${" in value or "%{" in value:
        raise ValueError("must hold neither ${ nor %{, which Terraform would read as expressions of its own")
    if _NO_TEXT.search(value):
        raise ValueError("must be Unicode text without NUL: a container can be given nothing else")
    return value
