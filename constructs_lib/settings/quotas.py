"""AWS's limits and lists of valid values that the settings are validated against, each with its source."""

from ipaddress import IPv4Network
from typing import Literal

MAX_HOST_NAME_LENGTH = 253
"""RFC 1035: 255 octets, which are 253 characters in text form."""

MAX_CERTIFICATE_NAME_LENGTH = 64
"""ACM's RequestCertificate: the first name is the common name, with at most 64 characters (RFC 5280)."""

MAX_LOCAL_PART_LENGTH = 64
"""RFC 5321: the part of an e-mail address before the @."""

VPC_PREFIXES = range(16, 21)
"""A VPC is at most a /16. A /21 contains only eight /24 subnets, and the stack creates nine."""

FIRST_UNPRIVILEGED_PORT = 1024
"""Linux's default of net.ipv4.ip_unprivileged_port_start, which Fargate does not change."""

LAST_PORT = 65535

MAX_TASKS = 5000
"""ECS's quota of tasks per service."""

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The values that PutRetentionPolicy of CloudWatch Logs accepts."""

FARGATE_MEMORY = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
    32768: (61440, 122880, 249856),
}
"""CPU units → MiB of memory: the table of task sizes for Fargate on Linux in the ECS Developer Guide."""

TlsPolicy = Literal[
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09",
]
"""The security policies of an Application Load Balancer with TLS 1.3 and without TLS 1.1 or older."""

MAX_IMAGE_LENGTH = 255
"""ECS's ContainerDefinition: characters of the image."""

MAX_HEALTH_COMMAND_LENGTH = 4096
MAX_MIGRATION_COMMAND_LENGTH = 4096
MAX_ENVIRONMENT_LENGTH = 32_768
"""Together they leave room for the rest of a task definition, which ECS limits to 64 KiB."""

MAX_READERS_LENGTH = 16_384
"""Leaves room for the rest of the secret's policy, which Secrets Manager limits to 20,480 characters."""

MAX_IMAGE_READERS = 250
"""Leaves room for the rest of the repository's policy, which ECR limits to 10,240 characters."""

MAX_SECRET_ARNS_LENGTH = 1_800
"""The policy of the execution role contains each ARN twice, and IAM limits it to 6,144 characters."""

MAX_PERMISSIONS_LENGTH = 4_096
"""Leaves room for the stack's own statements in the task role's policy, at most 6,144 characters."""

STACK_VARIABLES = frozenset(
    {
        *("DB_HOST", "DB_PORT", "DB_NAME", "DB_SSLMODE", "DB_USERNAME", "DB_PASSWORD"),
        *("FIELD_KEY_ARN", "FIELD_KEY_CONTEXT"),
    }
)
"""The variables that the stack itself sets in the container."""

_POSTGRESQL_KEY_WORDS = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
collation column concurrently constraint create cross current_catalog current_date current_role
current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
only or order outer overlaps placing primary references returning right select session_user similar some
symmetric table tablesample then to trailing true union unique user using variadic verbose when where window
with
"""

RESERVED_POSTGRESQL_NAMES = frozenset(
    [*_POSTGRESQL_KEY_WORDS.split(), "admin", "public", "template0", "template1"]
)
"""Names that a database or master user cannot have: PostgreSQL's reserved key words, and existing names."""

MAX_HOSTED_ZONE_ID_LENGTH = 32
"""Route 53's ResourceId."""

PRIVATE_RANGES = [
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
"""RFC 1918, and RFC 6598, which a VPC can use too."""

SMALLEST_DESTINATION_PREFIX = 16
"""A destination is the network of one company; a larger block would open a part of the internet."""

MAX_DESTINATIONS = 50
"""EC2's default quota is 60 rules per security group and direction; the stack's own rules count as well."""

MAX_DESTINATION_NAME_LENGTH = 255 - len("Destination ")
"""The description of the security group rule ends with the name, and EC2 limits it to 255 characters."""

RESERVED_DESTINATION_NAMES = frozenset(
    {"internet", "load-balancer", "service", "database", "database-roles", "endpoints", "s3"}
)
"""The sources and targets of the stack's own security group rules, which are part of the rules' ids."""
