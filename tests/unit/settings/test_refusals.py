"""Single values that are refused. The message contains the variable, the value and what would be valid."""

import json

import pytest

from constructs_lib.settings.loader import SENSITIVE, VARIABLES
from tests.unit.settings.refusals import only_problem

SERVED = "must be 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.0: the tasks pull images from Amazon ECR"
LONG_NAME = f"{'a' * 53}.example.com"


@pytest.mark.parametrize(
    ("suffix", "expectation"),
    [
        ("", "must be lower-case letters, digits and single hyphens between them"),
        ("Dev", "lower-case"),
        ("pr_123", "single hyphens"),
        ("pr--1", "single hyphens"),
        ("-pr", "single hyphens"),
        ("pr-", "single hyphens"),
        ("pr 1", "single hyphens"),
        ("dev\n", "single hyphens"),
        ("a" * 21, "at most 20 characters, not 21"),
        ("state", "another suffix: payment-api-state is the stack of the remote state"),
        ("images", "another suffix: payment-api-images is the stack of the container images"),
        ("production", "must not be another name for a profile, as it would select dev: did you mean prod?"),
        ("production-eu", "did you mean prod-eu?"),
        ("productive", "did you mean prod?"),
        ("prd", "did you mean prod?"),
        ("prd-1", "did you mean prod-1?"),
        ("prod2", "did you mean prod-2?"),
        ("prod01-eu", "did you mean prod-01-eu?"),
        ("live", "did you mean prod?"),
        ("live-eu", "did you mean prod-eu?"),
        ("stage", "did you mean staging?"),
        ("stg-2", "did you mean staging-2?"),
        ("staging3", "did you mean staging-3?"),
    ],
)
def test_an_invalid_suffix_is_refused(suffix: str, expectation: str) -> None:
    problem = only_problem({"ENVIRONMENT_SUFFIX": suffix}, {"environment_suffix": "dev"})
    assert problem.startswith("ENVIRONMENT_SUFFIX is ")
    assert expectation in problem


@pytest.mark.parametrize("suffix", ["", "Dev", 3])
def test_an_invalid_suffix_in_the_context_is_refused(suffix: object) -> None:
    assert only_problem({}, {"environment_suffix": suffix}).startswith("environment_suffix in cdktf.json is ")


@pytest.mark.parametrize(
    ("region", "expectation"),
    [
        ("", "must be an AWS region, such as us-east-1"),
        ("us-east-3", "such as us-east-"),
        ("eu-cental-1", "such as eu-central-1"),
        ("US-EAST-1", "such as us-east-1"),
        ("us-east-1a", "such as us-east-1"),
        ("us-west-1", "three availability zones"),
        ("cn-north-1", "commercial partition"),
        ("us-gov-west-1", "commercial partition"),
        ("eusc-de-east-1", "commercial partition"),
        ("ap-southeast-6", "version 5.100.0 of the AWS provider supports"),
    ],
)
def test_an_unsupported_region_is_refused(region: str, expectation: str) -> None:
    problem = only_problem({"AWS_REGION": region})
    assert problem.startswith(f'AWS_REGION is "{region}": ')
    assert expectation in problem


REFUSED = {
    "DOMAIN__NAME": {
        "pay.example.org": "must be the hosted zone's name, example.com, or end with .example.com",
        "notexample.com": "end with .example.com",
        "Pay.example.com": "lower-case host name",
        "pay_1.example.com": "lower-case host name",
        "-pay.example.com": "lower-case host name",
        "pay.example.com.": "lower-case host name",
        "*.example.com": "lower-case host name",
        LONG_NAME: "at most 64 characters, ACM's limit for certificates",
        "": "lower-case host name",
    },
    "DOMAIN__HOSTED_ZONE_ID": {
        "/hostedzone/Z1": "without /hostedzone/",
        "z1": "must be the ID of a hosted zone",
        "Z": "must be the ID of a hosted zone",
        "Z" * 33: "up to 31 capital letters and digits",
        "": "must be the ID of a hosted zone",
    },
    "STATE__BUCKET": {
        "ab": "3 to 56",
        "a" * 57: "3 to 56",
        "Payment": "lower-case letters",
        "pay_state": "lower-case letters",
        "pay..state": "single dots",
        "-pay": "S3 bucket name",
        "10.0.0.1": "not an IP address",
        "xn--pay": "S3 reserves",
        "pay-s3alias": "S3 reserves",
        "": "S3 bucket name",
    },
    "STATE__KEY_ALIAS": {
        "alias/pay": "alias/, which is added",
        "aws/s3": "aws/, which is reserved",
        "pay state": "letters, digits, hyphens",
        "": "1 to 250",
    },
    "NETWORK__CIDR": {
        "8.8.0.0/16": "must be a private CIDR block, within 10.0.0.0/8",
        "172.32.0.0/16": "must be a private CIDR block",
        "10.0.0.1/16": "without host bits",
        "10.0.0.0": "such as 10.0.0.0/16",
        "10.0.0.0/255.255.0.0": "such as 10.0.0.0/16",
        "fd00::/16": "IPv4 CIDR block",
        "ten": "IPv4 CIDR block",
        "": "IPv4 CIDR block",
        "10.0.0.0/15": "/16, the largest block of a VPC",
        "10.0.0.0/21": "space for nine /24 subnets",
    },
    "NETWORK__ZONES": {
        '["a", "b"]': "three availability zones",
        '["a", "b", "c", "d"]': "three availability zones",
        '["a", "b", 3]': 'such as ["a", "b", "d"]',
        '["a", "b", "use1-az1"]': "letters or names of three availability zones",
        '["a", "b", "us-east-1-bos-1a"]': "letters or names of three availability zones",
        '{"a": 1}': "must be a JSON array",
        "a,b,c": "must be a JSON array",
        "null": "must be a JSON array",
        "": "must be a JSON array",
        '["a", "b", "a"]': "must be different zones",
        '["a", "b", "us-east-1a"]': "must be different zones",
        '["a", "b", "us-east-2c"]': "must be zones of us-east-1, the region of the deployment",
    },
    "NETWORK__NAT_GATEWAYS": {"2": "must be 1 or 3", "0": "must be 1 or 3", "": "must be 1 or 3"},
    "DATABASE__ENGINE_VERSION": {
        "9.6": "from 14 to 17",
        "15.": "such as 15",
        "fifteen": "such as 15",
        "": "such as 15",
    },
    "DATABASE__INSTANCE_CLASS": {
        "t3.medium": "such as db.t4g.medium",
        "db.t3.micro": "such as db.t4g.medium",
        "db.m5.large": "such as db.t4g.medium",
        "db.serverless": "such as db.t4g.medium",
        "": "such as db.t4g.medium",
    },
    "DATABASE__DATABASE_NAME": {
        "1payments": "begin with a letter",
        "pay-ments": "underscores",
        "a" * 64: "1 to 63",
        "select": "PostgreSQL or RDS reserves",
        "rdsadmin": "PostgreSQL or RDS reserves",
        "": "1 to 63",
    },
    "DATABASE__MASTER_USERNAME": {
        "admin": "PostgreSQL or RDS reserves",
        "rdsadmin": "PostgreSQL or RDS reserves",
        "pg_owner": "PostgreSQL or RDS reserves",
        "_owner": "begin with a letter",
        "a" * 17: "1 to 16",
        "": "1 to 16",
    },
    "DATABASE__ROTATION_MONTHS": {"-1": "from 0 to 12", "13": "from 0 to 12", "monthly": "whole number"},
    "DATABASE__PASSWORD_VERSION": {"0": "from 1 to", "one": "whole number", "1.5": "whole number"},
    "DATABASE__BACKUP_RETENTION_DAYS": {"0": "from 1 to 35", "36": "from 1 to 35"},
    "DATABASE__DELETION_PROTECTION": {"yes": "must be true or false", "": "must be true or false"},
    "DATABASE__FINAL_SNAPSHOT": {"1": "must be true or false"},
    "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": {
        "6": "must be a whole number from 7 to 30, or 0",
        "31": "from 7 to 30",
    },
    "DATABASE__INSIGHTS_MODE": {
        "off": 'must be "standard" or "advanced"',
        "": 'must be "standard" or "advanced"',
    },
    "DATABASE__VAULT_BACKUPS": {"daily": "must be true or false"},
    "DATABASE__BACKUP_WINDOW": {
        "": "must be a daily window in UTC, such as 00:30-01:30",
        "0:30-1:30": "such as 00:30-01:30",
        "24:00-24:30": "such as 00:30-01:30",
        "00:60-01:30": "such as 00:30-01:30",
        "sun:00:30-sun:01:30": "such as 00:30-01:30",
        "00:30-00:59": "at least 30 minutes",
        "23:50-00:10": "at least 30 minutes",
        "00:30-00:30": "at least 30 minutes",
    },
    "DATABASE__MAINTENANCE_WINDOW": {
        "": "must be a weekly window in UTC, such as sun:02:00-sun:03:00",
        "02:00-03:00": "such as sun:02:00-sun:03:00",
        "Sun:02:00-Sun:03:00": "such as sun:02:00-sun:03:00",
        "so:02:00-so:03:00": "such as sun:02:00-sun:03:00",
        "sun:02:00-sun:02:29": "at least 30 minutes",
        "sun:03:00-sun:02:00": "less than 24 hours",
        "sun:02:00-mon:02:00": "less than 24 hours",
        "wed:01:00-wed:02:00": "must not overlap 00:30-01:30 (backup_window), which Amazon RDS rejects",
        "tue:22:00-wed:00:31": "must not overlap 00:30-01:30",
        "wed:00:00-wed:23:00": "must not overlap 00:30-01:30",
    },
    "LOAD_BALANCER__TLS_POLICY": {
        "ELBSecurityPolicy-2016-08": "nothing older than TLS 1.2",
        "ELBSecurityPolicy-TLS13-1-1-2021-06": "nothing older than TLS 1.2",
        "": "nothing older than TLS 1.2",
    },
    "LOAD_BALANCER__DELETION_PROTECTION": {"on": "must be true or false"},
    "SERVICE__IMAGE": {
        "": "pinned by a tag",
        "nginx": "pinned by a tag",
        "nginx:latest": "other than latest",
        "registry.test:5000/nginx": "pinned by a tag",
        "registry.test:5000/app:1.0": "must be in a registry on port 443, not 5000",
        "registry:80/app:1.0": "must be in a registry on port 443, not 80",
        "localhost/app:1.0": "must be in a registry with a public host name",
        "10.0.0.7/app:1.0": "must be in a registry with a public host name",
        "10.0.0.7:443/app:1.0": "must be in a registry with a public host name",
        "123456789012.dkr-ecr.us-east-1.on.aws/app:1.0": SERVED,
        "123456789012.dkr-ecr-fips.us-east-1.on.aws/app:1.0": SERVED,
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/app:1.0": SERVED,
        "123456789012.dkr.ecr.us-east-1.amazonaws.com:443/app:1.0": SERVED,
        "123456789012.DKR.ECR.us-east-1.amazonaws.com/app:1.0": SERVED,
        "12345.dkr.ecr.us-east-1.amazonaws.com/app:1.0": "with an account of 12 digits",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1.0": "in the commercial partition (aws)",
        "nginx@sha256:1234": "sha256 digest",
        "Nginx Server:1": "pinned by a tag",
        "team//app:1": "pinned by a tag",
        f"{'a' * 254}:1": "at most 255 characters",
    },
    "SERVICE__PORT": {
        "0": "from 1024 to 65535",
        "80": "from 1024 to 65535, because the container's user has no capability to listen on a lower port",
        "1023": "NET_BIND_SERVICE",
        "65536": "from 1024 to 65535",
        "http": "whole number",
    },
    "SERVICE__HEALTH_PATH": {
        "health": "begin with /",
        "/he alth": "only letters, digits and",
        "/health;return": "only letters, digits and",
        "/" + "a" * 1024: "begin with /",
        "": "begin with /",
    },
    "SERVICE__HEALTH_COMMAND": {
        "": "must be a shell command that exits with 0",
        " \t": "must be a shell command that exits with 0",
        "test -e ${HOME}/up": "must not contain ${ or %{",
        "test \udcff": "must be valid Unicode",
        "test \0": "must be valid Unicode",
        "a" * 4097: "at most 4096 characters",
    },
    "SERVICE__CPU": {
        "300": "must be 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768",
        "": "must be 256",
        "0.25": "must be 256",
    },
    "SERVICE__MEMORY": {
        "4096": "must be 512, 1024 or 2048 MiB: Fargate supports only these sizes with 256",
        "1GB": "whole number",
    },
    "SERVICE__MIN_CAPACITY": {"0": "from 1 to 5000", "-1": "from 1 to 5000"},
    "SERVICE__MAX_CAPACITY": {"1": "must be at least 2 (min_capacity)", "5001": "from 1 to 5000"},
    "SERVICE__CPU_TARGET": {"0": "from 1 to 99", "100": "from 1 to 99"},
    "SERVICE__MEMORY_TARGET": {"0": "from 1 to 99", "100": "from 1 to 99"},
    "SERVICE__REQUESTS_PER_TARGET": {"0": "from 1 to 1000000", "1000001": "from 1 to 1000000"},
    "SERVICE__TLS": {"off": "must be true or false"},
    "FIREWALL__RATE_LIMIT": {"9": "from 10 to 2000000000", "2000000001": "from 10 to 2000000000"},
    "FIREWALL__OVERSIZE_BODY": {"BLOCK": 'must be "block" or "allow"', "": 'must be "block" or "allow"'},
    "MONITORING__ALARM_EMAIL": {
        "oncall": "must be an e-mail address",
        "oncall@localhost": "must be an e-mail address",
        "on call@shop.test": "must be an e-mail address",
        "a..b@shop.test": "must be an e-mail address",
        "a@b@shop.test": "must be an e-mail address",
        "${a}@shop.test": "must not contain ${ or %{",
        "@shop.test": "must be an e-mail address",
        "": "must be an e-mail address",
    },
    "MONITORING__ERROR_RATE_PERCENT": {"0": "from 1 to 100", "101": "from 1 to 100", "5%": "whole number"},
    "MONITORING__DATABASE_CPU_PERCENT": {"101": "from 1 to 100"},
    "MONITORING__LATENCY_P99_MILLISECONDS": {"0": "from 1 to 59999", "60000": "from 1 to 59999"},
    "MONITORING__DATABASE_CONNECTIONS": {"0": "from 1 to 5000", "5001": "from 1 to 5000"},
    "MONITORING__DATABASE_FREE_MEMORY_MIB": {"0": "from 1 to 1000000", "1.5": "whole number"},
    "MONITORING__REPLICA_LAG_MILLISECONDS": {"0": "from 1 to 3600000", "3600001": "from 1 to 3600000"},
    "MONITORING__BLOCKED_REQUESTS": {"0": "from 1 to 1000000000", "many": "whole number"},
    "MONITORING__LOG_RETENTION_DAYS": {"0": "must be 1, 3, 5", "364": "2922, 3288 or 3653"},
}
"""Variable → value → part of the message that says what would be valid."""


@pytest.mark.parametrize(
    ("name", "value", "expectation"),
    [(name, value, expectation) for name, values in REFUSED.items() for value, expectation in values.items()],
)
def test_an_invalid_value_is_refused(name: str, value: str, expectation: str) -> None:
    variable = f"PAYMENT_API_{name}"
    shown = "not valid" if VARIABLES[variable] in SENSITIVE else json.dumps(value)
    problem = only_problem({variable: value})
    assert problem.startswith(f"{variable} is {shown}: ")
    assert expectation in problem


@pytest.mark.parametrize("variable", ["ENVIRONMENT_SUFFIX", "AWS_REGION", *VARIABLES])
def test_an_empty_value_is_refused(variable: str) -> None:
    assert only_problem({variable: ""}).startswith(f"{variable} is ")
