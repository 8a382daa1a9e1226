"""Defaults of the profiles: dev costs little and is easy to delete, staging resembles prod but is smaller."""

from collections.abc import Mapping
from typing import Literal

Profile = Literal["dev", "staging", "prod"]
Groups = Mapping[str, Mapping[str, object]]

PLACEHOLDER_BUCKET = "payment-api-terraform-state"
"""The default of dev's state bucket. Somebody has a bucket of that name, because it is globally unique."""

PROFILES: Mapping[Profile, Groups] = {
    "dev": {
        "state": {"bucket": PLACEHOLDER_BUCKET},
        "network": {"nat_gateways": 1},
        "database": {
            "instance_class": "db.t3.medium",
            "insights_mode": "standard",
            "vault_backups": False,
            "master_username": "postgres",
            "backup_retention_days": 7,
            "deletion_protection": False,
            "final_snapshot": False,
            "secret_recovery_window_days": 0,
        },
        "load_balancer": {"deletion_protection": False},
        "service": {"tls": False},
        "monitoring": {"database_connections": 320, "database_free_memory_mib": 256},
    },
    "staging": {
        "network": {"nat_gateways": 3},
        "database": {
            "instance_class": "db.t4g.medium",
            "insights_mode": "standard",
            "vault_backups": True,
            "master_username": "payments_admin",
            "backup_retention_days": 7,
            "deletion_protection": True,
            "final_snapshot": True,
            "secret_recovery_window_days": 7,
        },
        "load_balancer": {"deletion_protection": True},
        "service": {"tls": True},
        "monitoring": {"database_connections": 320, "database_free_memory_mib": 256},
    },
    "prod": {
        "network": {"nat_gateways": 3},
        "database": {
            "instance_class": "db.r6g.large",
            "insights_mode": "advanced",
            "vault_backups": True,
            "master_username": "payments_admin",
            "backup_retention_days": 35,
            "deletion_protection": True,
            "final_snapshot": True,
            "secret_recovery_window_days": 30,
        },
        "load_balancer": {"deletion_protection": True},
        "service": {"tls": True},
        "monitoring": {"database_connections": 1300, "database_free_memory_mib": 1024},
    },
}
"""Profile → group → the values of the fields without a default in the model.

Staging and prod have no default for the state bucket, whose name must be globally unique.
"""


def profile_of(suffix: str) -> Profile:
    """Return the profile of a suffix: prod for `prod` and `prod-*`, staging likewise, otherwise dev."""
    match suffix.partition("-"):
        case ("prod", _, _):
            return "prod"
        case ("staging", _, _):
            return "staging"
    return "dev"
