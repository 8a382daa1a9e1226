"""The figures and lists of AWS that the settings are checked against, each with its source."""

from ipaddress import IPv4Network
from typing import Literal

MAX_HOST_NAME_LENGTH = 253
"""RFC 1035's 255 octets, written out."""

MAX_CERTIFICATE_NAME_LENGTH = 64
"""ACM's RequestCertificate: the common name of RFC 5280."""

MAX_LOCAL_PART_LENGTH = 64
"""RFC 5321, before an address's @."""

VPC_PREFIXES = range(16, 21)
"""The largest VPC is a /16; a /21 has room for eight /24 subnets, and the stack makes nine."""

MAX_TASKS = 5000
"""Quota of tasks in one ECS service."""

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs' PutRetentionPolicy accepts."""

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
"""CPU units → MiB, as the ECS Developer Guide's table of task sizes for Fargate on Linux has them."""

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
"""The policies of an Application Load Balancer that speak TLS 1.3 and at the oldest TLS 1.2."""

MAX_IMAGE_LENGTH = 255
"""ECS's ContainerDefinition."""

MAX_HEALTH_COMMAND_LENGTH = 4096
MAX_ENVIRONMENT_LENGTH = 32_768
"""Together they leave room for the rest of a task definition, of which ECS takes 64 KiB."""

MAX_READERS_LENGTH = 16_384
"""Leaves room for the rest of a secret's policy, of which Secrets Manager takes 20,480 characters."""

STACK_VARIABLES = frozenset({"DB_HOST", "DB_PORT", "DB_NAME", "DB_SSLMODE", "DB_USERNAME", "DB_PASSWORD"})
"""What the stack itself puts into the container's environment."""

_KEY_WORDS = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
collation column concurrently constraint create cross current_catalog current_date current_role
current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
only or order outer overlaps placing primary references returning right select session_user similar some
symmetric table tablesample then to trailing true union unique user using variadic verbose when where window
with
"""

RESERVED_NAMES = frozenset([*_KEY_WORDS.split(), "admin", "public", "template0", "template1"])
"""What no database or master user may be called: PostgreSQL's reserved key words, and names in use."""

PRIVATE_RANGES = [
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
"""RFC 1918, and RFC 6598, which AWS allows a VPC as well."""

SMALLEST_DESTINATION_PREFIX = 16
"""A destination outside AWS is somebody's network, not a part of the internet."""

MAX_DESTINATIONS = 50
"""A security group takes 60 rules in a direction (EC2's default quota), some of which are the stack's own."""

MAX_DESTINATION_NAME_LENGTH = 255 - len("Destination ")
"""The name ends the description of a security group rule, and EC2 takes 255 characters."""

OWN_PEERS = frozenset({"internet", "load-balancer", "service", "database", "endpoints", "s3"})
"""The names of the ends of the stack's own rules, which the rules' ids are made of."""
