"""The settings of the tested deployments, and the environment of child processes."""

import json
import os

PROFILES = ("dev", "staging", "prod")

# The settings that staging and prod require, and the image, which only prod requires.
REQUIRED_SETTINGS = {
    "PAYMENT_API_DOMAIN__NAME": "pay.example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_STATE__BUCKET": "example-net-terraform-state",
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
}

HEALTH_COMMAND = "/app/healthy"

EVERYTHING_ON = "all-settings-are-set"
"""The suffix, which has the maximum length, of a deployment in which no setting has its default value.

Optional features are on, arrays and objects have two entries, numbers and strings are at a limit.
"""

DEPLOYMENTS = (*PROFILES, EVERYTHING_ON)

_LONGEST_NAME = f"pay.{'long-label-' * 4}x.example.net"

_REPOSITORY = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/team/payment-api"


def secrets_in(account: str) -> str:
    """The secrets of EVERYTHING_ON, in an account: one as a whole, and a JSON key of a version of another."""
    arn = f"arn:aws:secretsmanager:ca-central-1:{account}:secret:"
    return json.dumps(
        {
            "PROVIDER_API_KEY": f"{arn}provider-a1B2c3:api_key::{'9' * 32}",
            "WEBHOOK_SECRET": f"{arn}{'team/webhook'.ljust(512, 'w')}-Z9y8X7",
        }
    )


_EVERYTHING = {
    "AWS_REGION": "ca-central-1",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE": "example.net",
    "PAYMENT_API_DOMAIN__HOSTED_ZONE_ID": "Z".ljust(32, "9"),
    "PAYMENT_API_DOMAIN__NAME": _LONGEST_NAME.rjust(64, "a"),
    "PAYMENT_API_STATE__BUCKET": "example-net-".ljust(56, "s"),
    "PAYMENT_API_STATE__KEY_ALIAS": "payment/state_".ljust(250, "K"),
    "PAYMENT_API_IMAGES__READER_ACCOUNT_IDS": '["012345678901", "999999999999"]',
    "PAYMENT_API_ACCESS__GITHUB_REPOSITORY": f"{'o' * 39}/{'r' * 100}",
    "PAYMENT_API_ACCESS__GITHUB_ENVIRONMENT": "e" * 100,
    "PAYMENT_API_ACCESS__OIDC_PROVIDER_ARN": (
        "arn:aws:iam::555555555555:oidc-provider/token.actions.githubusercontent.com"
    ),
    "PAYMENT_API_ACCESS__PERMISSIONS_BOUNDARY": "true",
    "PAYMENT_API_NETWORK__CIDR": "172.31.240.0/20",
    "PAYMENT_API_NETWORK__ZONES": '["d", "ca-central-1b", "a"]',
    "PAYMENT_API_NETWORK__NAT_GATEWAYS": "3",
    "PAYMENT_API_NETWORK__DESTINATIONS": json.dumps(
        {"card-network": "192.0.2.0/24:443", "c".ljust(243, "d"): "203.0.113.7/32:65535"}
    ),
    # A pinned minor version would switch off minor upgrades, which the policy scan would report.
    "PAYMENT_API_DATABASE__ENGINE_VERSION": "17",
    "PAYMENT_API_DATABASE__INSTANCE_CLASS": "db.r8g.48xlarge",
    "PAYMENT_API_DATABASE__DATABASE_NAME": "p".ljust(63, "_"),
    "PAYMENT_API_DATABASE__MASTER_USERNAME": "p".ljust(16, "0"),
    "PAYMENT_API_DATABASE__PASSWORD_VERSION": str(2**31 - 1),
    "PAYMENT_API_DATABASE__ROTATION_MONTHS": "12",
    "PAYMENT_API_DATABASE__BACKUP_RETENTION_DAYS": "35",
    "PAYMENT_API_DATABASE__DELETION_PROTECTION": "true",
    "PAYMENT_API_DATABASE__FINAL_SNAPSHOT": "true",
    "PAYMENT_API_DATABASE__INSIGHTS_MODE": "advanced",
    "PAYMENT_API_DATABASE__VAULT_BACKUPS": "true",
    "PAYMENT_API_DATABASE__BACKUP_WINDOW": "02:29-02:59",
    "PAYMENT_API_DATABASE__MAINTENANCE_WINDOW": "mon:07:00-tue:02:29",
    "PAYMENT_API_DATABASE__SECRET_READER_ARNS": json.dumps(
        ["arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::123456789012:user/ops/drift"]
    ),
    "PAYMENT_API_DATABASE__SECRET_RECOVERY_WINDOW_DAYS": "30",
    "PAYMENT_API_LOAD_BALANCER__TLS_POLICY": "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "PAYMENT_API_LOAD_BALANCER__DELETION_PROTECTION": "true",
    "PAYMENT_API_SERVICE__IMAGE": f"{_REPOSITORY}@sha256:{'a' * 64}",
    "PAYMENT_API_SERVICE__PORT": "65535",
    "PAYMENT_API_SERVICE__HEALTH_PATH": "/".ljust(1024, "h"),
    "PAYMENT_API_SERVICE__HEALTH_COMMAND": "test -e /tmp/".ljust(4096, "h"),
    "PAYMENT_API_SERVICE__MIGRATION_COMMAND": json.dumps(["./migrate", "-".ljust(4096 - 17, "v")]),
    "PAYMENT_API_SERVICE__CPU": "32768",
    "PAYMENT_API_SERVICE__MEMORY": "249856",
    "PAYMENT_API_SERVICE__MIN_CAPACITY": "1",
    "PAYMENT_API_SERVICE__MAX_CAPACITY": "5000",
    "PAYMENT_API_SERVICE__CPU_TARGET": "99",
    "PAYMENT_API_SERVICE__MEMORY_TARGET": "1",
    "PAYMENT_API_SERVICE__REQUESTS_PER_TARGET": "1000000",
    "PAYMENT_API_SERVICE__ENVIRONMENT": json.dumps({"PUBLIC_KEY": "debug", "TOKEN_TTL": 'a "quoted" é\n$ %'}),
    "PAYMENT_API_SERVICE__HARMLESS_NAMES": '["PUBLIC_KEY", "TOKEN_TTL"]',
    "PAYMENT_API_SERVICE__SECRETS": secrets_in("123456789012"),
    "PAYMENT_API_SERVICE__PERMISSIONS": json.dumps(
        [
            {
                "actions": ["sqs:SendMessage"],
                "resources": ["arn:aws:sqs:ca-central-1:123456789012:settlements"],
            },
            {
                "actions": ["kms:Sign", "s3:PutObject", "s3:GetObject"],
                "resources": [
                    "arn:aws:s3:::example-net-receipts/2026/*",
                    "arn:aws:kms:ca-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                ],
            },
        ]
    ),
    "PAYMENT_API_SERVICE__TLS": "true",
    "PAYMENT_API_FIREWALL__RATE_LIMIT": "2000000000",
    "PAYMENT_API_FIREWALL__OVERSIZE_BODY": "allow",
    "PAYMENT_API_MONITORING__ALARM_EMAIL": f"{'o' * 64}@example.net",
    "PAYMENT_API_MONITORING__ERROR_RATE_PERCENT": "100",
    "PAYMENT_API_MONITORING__DATABASE_CPU_PERCENT": "1",
    "PAYMENT_API_MONITORING__LATENCY_P99_MILLISECONDS": "59999",
    "PAYMENT_API_MONITORING__DATABASE_CONNECTIONS": "5000",
    "PAYMENT_API_MONITORING__DATABASE_FREE_MEMORY_MIB": "1000000",
    "PAYMENT_API_MONITORING__REPLICA_LAG_MILLISECONDS": "3600000",
    "PAYMENT_API_MONITORING__BLOCKED_REQUESTS": "1000000000",
    "PAYMENT_API_MONITORING__LOG_RETENTION_DAYS": "3653",
}

# Variables of the user or of a pipeline, on which the tests must not depend.
_USER_VARIABLES = ("PAYMENT_API_", "CDKTF_", "ENVIRONMENT_SUFFIX", "AWS_", "TF_", "NODE_OPTIONS")


def variables_of(suffix: str) -> dict[str, str]:
    """Return the variables that a deployment requires, or all variables for EVERYTHING_ON."""
    if suffix == EVERYTHING_ON:
        return {"ENVIRONMENT_SUFFIX": suffix, **_EVERYTHING}
    profile = suffix.partition("-")[0]
    prod = {"PAYMENT_API_SERVICE__HEALTH_COMMAND": HEALTH_COMMAND} if profile == "prod" else {}
    required = REQUIRED_SETTINGS if profile in ("staging", "prod") else {}
    return {"ENVIRONMENT_SUFFIX": suffix, **required, **prod}


def inherited() -> dict[str, str]:
    """Return the environment of this process without the user's settings, for a child process."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_USER_VARIABLES)}
