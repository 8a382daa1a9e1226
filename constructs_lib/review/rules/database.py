"""The Aurora cluster, its secrets and its backups."""

from collections.abc import Iterator, Mapping

from constructs_lib.review import network, safe
from constructs_lib.review.access import policy, removed_policy
from constructs_lib.review.findings import (
    Finding,
    Kind,
    Rule,
    TypeRules,
    at_least,
    kept,
    members,
    quiet,
    seen,
    switch,
)
from constructs_lib.review.plan import Change
from constructs_lib.review.retention import lifecycle_rules

CAPABILITY = "database"

_SIZES = ("micro", "small", "medium", "large", "xlarge")


def _engine_version(change: Change, name: str) -> Iterator[Finding]:
    before, after = (str(side.get(name)) for side in (change.before, change.after))
    major = before.partition(".")[0] != after.partition(".")[0]
    text = (
        "a major upgrade makes the database unavailable and cannot be undone"
        if major
        else "connections can end while the instances are upgraded"
    )
    shown = safe.transition(change.before.get(name), change.after.get(name))
    yield Finding(Kind.INTERRUPTION, f"{text}: {shown}", change.address)


def _instance_class(change: Change, name: str) -> Iterator[Finding]:
    before, after = change.before.get(name), change.after.get(name)
    shown = safe.transition(before, after)
    yield Finding(Kind.INTERRUPTION, f"the instance restarts with another class: {shown}", change.address)
    if not _size(after) or _family(before) != _family(after) or _size(after) > _size(before):
        yield Finding(Kind.COST, f"instance class: {shown}", change.address)


def _family(name: object) -> str:
    return str(name).rpartition(".")[0]


def _size(name: object) -> tuple[int, int]:
    """The size of a class, such as db.r6g.2xlarge; empty if it is unknown."""
    size = str(name).rpartition(".")[2]
    word = size.lstrip("0123456789")
    return (_SIZES.index(word) + 1, int(size.removesuffix(word) or 1)) if word in _SIZES else (0, 0)


def _without_snapshot(change: Change) -> Iterator[Finding]:
    if change.ends and change.before.get("skip_final_snapshot") is not False:
        yield Finding(Kind.DATA, "the database is deleted without a final snapshot", change.address)


def _insights(change: Change, name: str) -> Iterator[Finding]:
    shown = safe.transition(change.before.get(name), change.after.get(name))
    if change.after.get(name) == "advanced":
        yield Finding(Kind.COST, f"Database Insights: {shown}", change.address)
    else:
        yield Finding(
            Kind.PROTECTION, f"Database Insights, older history is deleted: {shown}", change.address
        )


_PERFORMANCE_INSIGHTS: Mapping[str, Rule] = {
    "performance_insights_enabled": seen(Kind.COST, "Performance Insights", shown=True),
    "performance_insights_kms_key_id": kept("the key of Performance Insights"),
    "performance_insights_retention_period": seen(
        Kind.COST, "days that Performance Insights keeps history", shown=True
    ),
}
_WINDOWS: Mapping[str, Rule] = {
    "preferred_backup_window": seen(Kind.ROUTINE, "the window of backups changes"),
    "preferred_maintenance_window": seen(Kind.ROUTINE, "the window of maintenance changes"),
}
_ENDPOINTS = quiet("endpoint reader_endpoint hosted_zone_id cluster_resource_id dbi_resource_id")

TYPES: Mapping[str, TypeRules] = {
    "aws_rds_cluster": TypeRules(
        CAPABILITY,
        {
            "engine_version": Rule(_engine_version),
            "db_cluster_parameter_group_name": seen(
                Kind.ROUTINE, "parameters of another group, some of them after a restart"
            ),
            "deletion_protection": switch("deletion protection", safe_value=True),
            "skip_final_snapshot": switch("the omission of the final snapshot", safe_value=False),
            "backup_retention_period": at_least("days of automated backups"),
            "storage_encrypted": switch("encryption", safe_value=True, created=True),
            "kms_key_id": kept("the key of the database"),
            "iam_database_authentication_enabled": seen(Kind.ACCESS, "logins with IAM", shown=True),
            "enable_http_endpoint": seen(Kind.NETWORK, "the Data API of the database", shown=True),
            "enabled_cloudwatch_logs_exports": members("logs of the database"),
            "database_insights_mode": Rule(_insights),
            "vpc_security_group_ids": seen(Kind.NETWORK, "the database has other security groups"),
            "port": seen(Kind.INTERRUPTION, "port of the database", shown=True),
            "master_password_wo_version": seen(Kind.ROUTINE, "the master password is set"),
            "manage_master_user_password": seen(Kind.ACCESS, "who manages the master password"),
            "iam_roles": seen(Kind.ACCESS, "the IAM roles of the database change"),
            "apply_immediately": seen(Kind.ROUTINE, "changes apply at once", shown=True),
            "allow_major_version_upgrade": seen(Kind.ROUTINE, "major upgrades are allowed", shown=True),
            "copy_tags_to_snapshot": seen(Kind.ROUTINE, "snapshots have the tags", shown=True),
            "delete_automated_backups": switch("deletion of backups with the cluster", safe_value=False),
            **_PERFORMANCE_INSIGHTS,
            **_WINDOWS,
            **_ENDPOINTS,
            **quiet(
                "final_snapshot_identifier engine_version_actual cluster_identifier engine "
                "database_name master_username cluster_members availability_zones "
                "allocated_storage ca_certificate_identifier ca_certificate_valid_till "
                "master_password_wo db_subnet_group_name monitoring_interval network_type "
                "storage_type"
            ),
        },
        holds_data="the database cluster",
        interrupts="the database ends",
        costs="adds a database cluster",
        whole=(_without_snapshot,),
    ),
    "aws_rds_cluster_instance": TypeRules(
        CAPABILITY,
        {
            "instance_class": Rule(_instance_class),
            "publicly_accessible": network.public(
                "publicly_accessible", "the database instance has a public address"
            ),
            "monitoring_interval": seen(Kind.PROTECTION, "interval of enhanced monitoring (s)", shown=True),
            "monitoring_role_arn": seen(Kind.ACCESS, "enhanced monitoring has another role"),
            "auto_minor_version_upgrade": seen(Kind.PROTECTION, "automatic minor upgrades", shown=True),
            "promotion_tier": seen(Kind.ROUTINE, "promotion tier", shown=True),
            "db_parameter_group_name": seen(Kind.ROUTINE, "parameters of another group"),
            "engine_version": seen(Kind.INTERRUPTION, "the instance is upgraded", shown=True),
            "apply_immediately": seen(Kind.ROUTINE, "changes apply at once", shown=True),
            "copy_tags_to_snapshot": seen(Kind.ROUTINE, "snapshots have the tags", shown=True),
            "ca_cert_identifier": seen(
                Kind.INTERRUPTION, "the instance has a certificate of another authority"
            ),
            **_PERFORMANCE_INSIGHTS,
            **_WINDOWS,
            **_ENDPOINTS,
            **quiet(
                "identifier cluster_identifier engine engine_version_actual availability_zone "
                "db_subnet_group_name port storage_encrypted kms_key_id network_type writer"
            ),
        },
        holds_data="a database instance",
        interrupts="a database instance ends, and the connections to it",
        costs="adds a database instance",
    ),
    "aws_rds_cluster_parameter_group": TypeRules(
        CAPABILITY,
        {
            "parameter": seen(
                Kind.PROTECTION, "parameters of the database, TLS and logging among them, change"
            ),
            "family": seen(Kind.ROUTINE, "parameters for another major version"),
            **quiet("name name_prefix"),
        },
    ),
    "aws_db_subnet_group": TypeRules(
        CAPABILITY,
        {
            "subnet_ids": seen(Kind.NETWORK, "the database may be in other subnets"),
            **quiet("name name_prefix vpc_id supported_network_types"),
        },
        interrupts="the subnet group of the database ends",
    ),
    "aws_db_event_subscription": TypeRules(
        CAPABILITY,
        {
            "enabled": switch("notifications of database events", safe_value=True),
            "sns_topic": seen(Kind.PROTECTION, "database events go to another topic"),
            "event_categories": members("kinds of database events"),
            "source_ids": members("sources of database events"),
            **quiet("name name_prefix source_type customer_aws_id"),
        },
        protects="notifications of database events",
    ),
    "aws_secretsmanager_secret": TypeRules(
        CAPABILITY,
        {
            "kms_key_id": kept("the key of the secret"),
            "recovery_window_in_days": at_least("days that a deleted secret can be restored"),
            "policy": policy(),
            "replica": seen(Kind.ACCESS, "the secret is in other regions"),
            **quiet("name name_prefix force_overwrite_replica_secret"),
        },
        holds_data="the secret",
        costs="adds a secret",
    ),
    "aws_secretsmanager_secret_policy": TypeRules(
        CAPABILITY,
        {
            "policy": policy(),
            "block_public_policy": switch("the refusal of public policies", safe_value=True),
            **quiet("secret_arn"),
        },
        whole=(removed_policy,),
    ),
    "aws_secretsmanager_secret_version": TypeRules(
        CAPABILITY,
        quiet(
            "secret_id secret_string_wo secret_string_wo_version version_id "
            "version_stages has_secret_string_wo"
        ),
        whole=(
            lambda change: (
                []
                if change.removes
                else [Finding(Kind.ROUTINE, "a new password is generated", change.address)]
            ),
        ),
    ),
    "aws_backup_vault": TypeRules(
        CAPABILITY,
        {
            "force_destroy": switch("forced deletion of the vault with its snapshots", safe_value=False),
            "kms_key_arn": kept("the key of the vault"),
            **quiet("name recovery_points"),
        },
        holds_data="the backup vault with its snapshots",
    ),
    "aws_backup_plan": TypeRules(
        CAPABILITY,
        {
            "rule": lifecycle_rules("snapshots"),
            "advanced_backup_setting": seen(Kind.PROTECTION, "the settings of backups change"),
            **quiet("name version"),
        },
        protects="the plan of the daily snapshots",
    ),
    "aws_backup_selection": TypeRules(
        CAPABILITY,
        {
            "resources": members("resources in the backup"),
            "not_resources": seen(Kind.PROTECTION, "resources are left out of the backup"),
            "condition": seen(Kind.PROTECTION, "other resources are in the backup"),
            "selection_tag": seen(Kind.PROTECTION, "other resources are in the backup"),
            "iam_role_arn": seen(Kind.ACCESS, "backups are made by another role"),
            **quiet("name plan_id"),
        },
        protects="the daily snapshots of the database",
    ),
}
