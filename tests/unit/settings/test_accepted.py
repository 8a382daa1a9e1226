"""Values at the limits of what AWS accepts, which the settings must accept too."""

import pytest

from constructs_lib.settings.loader import VARIABLES, load_settings
from constructs_lib.settings.quotas import FARGATE_MEMORY

ACCEPTED = {
    "STATE__BUCKET": ["pay", "a" * 56, "pay.state-1"],
    "DOMAIN__HOSTED_ZONE_ID": ["Z1", "Z".ljust(32, "A")],
    "STATE__KEY_ALIAS": ["team/pay_state", "a" * 250],
    "NETWORK__CIDR": ["10.255.0.0/16", "172.31.0.0/18", "192.168.0.0/16", "100.64.0.0/20"],
    "DATABASE__ENGINE_VERSION": ["14", "15.10", "17.4"],
    "DATABASE__INSTANCE_CLASS": [
        "db.t3.large",
        "db.t4g.medium",
        "db.r6gd.16xlarge",
        "db.x2g.large",
        "db.r9g.large",
    ],
    "DATABASE__DATABASE_NAME": ["p", "payments_2", "a" * 63],
    "DATABASE__MASTER_USERNAME": ["postgres", "a" * 16],
    "LOAD_BALANCER__TLS_POLICY": [
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    ],
    "SERVICE__IMAGE": [
        "app:1.4.2",
        "registry.test:443/team/app:v1",
        "docker.io/library/nginx:1.28.0",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api/app:2026.1_rc-1",
        f"ghcr.io/team/app@sha256:{'0af9' * 16}",
        f"app:latest@sha256:{'0af9' * 16}",
    ],
    "DATABASE__INSIGHTS_MODE": ["standard", "advanced"],
    "DATABASE__BACKUP_WINDOW": ["01:30-02:00", "23:45-00:15", "05:00-06:00", "03:00-01:59"],
    "DATABASE__MAINTENANCE_WINDOW": [
        *("mon:00:00-mon:00:30", "sun:23:59-mon:00:29", "sat:01:30-sun:00:29", "wed:04:00-wed:05:00"),
    ],
    "SERVICE__HEALTH_COMMAND": ["test -e /tmp/up", 'wget -qO- "localhost:$PORT/health" || exit 1'],
    "SERVICE__HEALTH_PATH": ["/", "/v1/health-check_~.json"],
    "MONITORING__ALARM_EMAIL": ["first.last+alarms@mail.shop.test", "o'neil@Shop.test"],
}
NUMBERS = {
    "DATABASE__BACKUP_RETENTION_DAYS": [1, 35],
    "DATABASE__SECRET_RECOVERY_WINDOW_DAYS": [0, 7, 30],
    "SERVICE__PORT": [1024, 8080, 65535],
    "SERVICE__MAX_CAPACITY": [2, 5000],
    "SERVICE__MEMORY_TARGET": [1, 99],
    "SERVICE__REQUESTS_PER_TARGET": [1, 1_000_000],
    "FIREWALL__RATE_LIMIT": [10, 2_000_000_000],
    "MONITORING__LATENCY_P99_MILLISECONDS": [1, 59_999],
    "MONITORING__DATABASE_CONNECTIONS": [1, 5000],
    "MONITORING__DATABASE_FREE_MEMORY_MIB": [1, 1_000_000],
    "MONITORING__REPLICA_LAG_MILLISECONDS": [1, 3_600_000],
    "MONITORING__BLOCKED_REQUESTS": [1, 1_000_000_000],
    "MONITORING__LOG_RETENTION_DAYS": [1, 3653],
}


def loaded(name: str, value: str) -> object:
    """Load dev with one variable, given without its prefix, and return the value of the setting."""
    variable = f"PAYMENT_API_{name}"
    group, field = VARIABLES[variable]
    return getattr(getattr(load_settings({variable: value}, {}), group), field)


@pytest.mark.parametrize("value", ['["f", "b", "a"]', '["us-east-1f", "b", "us-east-1a"]'])
def test_zones_are_letters_or_names_in_any_order(value: str) -> None:
    assert loaded("NETWORK__ZONES", value) == ("us-east-1f", "us-east-1b", "us-east-1a")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ACCEPTED for value in ACCEPTED[name]])
def test_a_string_is_accepted(name: str, value: str) -> None:
    assert loaded(name, value) == value


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in NUMBERS for value in NUMBERS[name]])
def test_a_number_is_accepted(name: str, value: int) -> None:
    assert loaded(name, str(value)) == value


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
@pytest.mark.parametrize(
    "name",
    [
        "DATABASE__DELETION_PROTECTION",
        "DATABASE__FINAL_SNAPSHOT",
        "DATABASE__VAULT_BACKUPS",
        "LOAD_BALANCER__DELETION_PROTECTION",
        "SERVICE__TLS",
    ],
)
def test_a_switch_accepts_true_and_false(name: str, text: str, value: bool) -> None:
    assert loaded(name, text) is value


@pytest.mark.parametrize("name", ["example.com", "a.b.example.com", f"{'a' * 52}.example.com"])
def test_a_domain_in_the_hosted_zone_is_accepted(name: str) -> None:
    assert loaded("DOMAIN__NAME", name) == name


@pytest.mark.parametrize(
    ("cpu", "smallest", "largest", "sizes"),
    [
        (256, 512, 2048, 3),
        (512, 1024, 4096, 4),
        (1024, 2048, 8192, 7),
        (2048, 4096, 16384, 13),
        (4096, 8192, 30720, 23),
        (8192, 16384, 61440, 12),
        (16384, 32768, 122880, 12),
        (32768, 61440, 249856, 3),
    ],
)
def test_fargates_task_sizes_are_accepted(cpu: int, smallest: int, largest: int, sizes: int) -> None:
    supported = FARGATE_MEMORY[cpu]
    assert (min(supported), max(supported), len(supported)) == (smallest, largest, sizes)
    for memory in supported:
        task_size = {"PAYMENT_API_SERVICE__CPU": str(cpu), "PAYMENT_API_SERVICE__MEMORY": str(memory)}
        service = load_settings(task_size, {}).service
        assert (service.cpu, service.memory) == (cpu, memory)
