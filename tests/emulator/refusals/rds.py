"""RDS: Aurora clusters and instances, their subnet groups, parameter groups and event subscriptions."""

import re
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.gaps.rds import full_version
from tests.emulator.refusals.policies import find_role, trusts
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("rds", "DeleteDBCluster", code="InvalidDBClusterStateFault", kind="in use")
moto_refuses("rds", "DeleteDBCluster", code="InvalidParameterCombination", kind="protected")
moto_refuses("rds", "DeleteDBCluster", code="DBClusterSnapshotAlreadyExistsFault", kind="taken")
moto_refuses("rds", "CreateDBInstance", code="DBInstanceAlreadyExists", kind="taken")
moto_refuses("rds", "CreateDBInstance", code="DBClusterNotFoundFault", kind="not there yet")
moto_refuses("rds", "CreateDBClusterParameterGroup", code="DBParameterGroupAlreadyExists", kind="taken")
moto_refuses("rds", "CreateEventSubscription", code="SubscriptionAlreadyExist", kind="taken")
moto_refuses("rds", "DeleteEventSubscription", code="SubscriptionNotFound", kind="not there yet")

# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
_QUOTAS = {
    "CreateDBCluster": ("clusters", 40, "DBClusterQuotaExceededFault"),
    "CreateDBInstance": ("databases", 40, "InstanceQuotaExceeded"),
    "CreateDBSubnetGroup": ("subnet_groups", 50, "DBSubnetGroupQuotaExceeded"),
    "CreateDBClusterParameterGroup": ("db_cluster_parameter_groups", 50, "DBParameterGroupQuotaExceeded"),
    "CreateEventSubscription": ("event_subscriptions", 20, "EventSubscriptionQuotaExceeded"),
}
_INSTANCES_PER_CLUSTER = 16

# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
_INSTANCE_CLASSES = re.compile(
    r"db\.(serverless|t3\.(medium|large)|t4g\.(medium|large)"
    r"|r5\.((|2x|4x|8x|12x|16x|24x)large|xlarge)|r6g\.((|2x|4x|8x|12x|16x)large|xlarge)"
    r"|r6i\.((|2x|4x|8x|12x|16x|24x|32x)large|xlarge)|r6gd\.(2x|4x|8x|12x|16x)large"
    r"|r6id\.(24x|32x)large|r7g\.((|2x|4x|8x|12x|16x)large|xlarge)"
    r"|r7i\.((|2x|4x|8x|12x|16x|24x|48x)large|xlarge)"
    r"|r8g\.((|2x|4x|8x|12x|16x|24x|48x)large|xlarge)"
    r"|r8gd\.((|2x|4x|8x|12x|16x|24x|48x)large|xlarge)"
    r"|x2g\.((|2x|4x|8x|12x|16x)large|xlarge))"
)
_FAMILY = re.compile(r"aurora-postgresql1[1-8]")
_LOG_TYPES = {"postgresql", "instance", "iam-db-auth-error"}
_MONITORING_INTERVALS = {0, 1, 5, 10, 15, 30, 60}
_RETENTION_MONTHS = {31 * months for months in range(1, 24)}
_ADVANCED_RETENTION_DAYS = 465
_RESERVED_USERS = {
    "admin",
    "rdsadmin",
    "rdsrepladmin",
    "rds_superuser",
    "rds_replication",
    "rds_iam",
    "public",
}
_RESERVED_DATABASES = {"rdsadmin", "template0", "template1"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_OF_DAY = 24 * 60
_MINUTES_OF_WEEK = 7 * _MINUTES_OF_DAY
_SHORTEST_WINDOW = 30

# The event categories that DescribeEventCategories lists for the source types of the stacks:
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
_CATEGORIES = {
    "db-cluster": {
        *("configuration change", "creation", "deletion", "failover", "failure", "global-failover"),
        *("maintenance", "migration", "notification", "serverless"),
    },
    "db-instance": {
        *("availability", "backup", "configuration change", "creation", "deletion", "failover", "failure"),
        *("low storage", "maintenance", "notification", "read replica", "recovery", "restoration"),
        *("security", "security patching"),
    },
    "db-parameter-group": {"configuration change"},
    "db-cluster-snapshot": {"backup", "notification"},
}

# Parameters that take effect only after a reboot:
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.ParameterGroups.html
_STATIC_PARAMETERS = {
    *("autovacuum_freeze_max_age", "autovacuum_max_workers", "huge_pages", "max_connections"),
    *("max_locks_per_transaction", "max_prepared_transactions", "max_replication_slots", "max_wal_senders"),
    *("max_worker_processes", "rds.logical_replication", "rds.enable_plan_management", "shared_buffers"),
    *("shared_preload_libraries", "track_activity_query_size", "track_commit_timestamp"),
}
# The others, by the part of their name that ends at the first dot or underscore.
_PARAMETER_PREFIXES = {
    *("apg", "application", "array", "aurora", "authentication", "auto", "autovacuum", "babelfishpg"),
    *("backend", "backslash", "bytea", "check", "checkpoint", "client", "commit", "compute", "constraint"),
    *("cpu", "cron", "cursor", "data", "datestyle", "db", "deadlock", "debug", "default", "effective"),
    *("enable", "escape", "exit", "extra", "feedback", "force", "from", "full", "geqo", "gin", "hash", "hot"),
    *("huge", "icu", "idle", "intervalstyle", "jit", "join", "krb", "lc", "listen", "lo", "lock", "log"),
    *("logging", "logical", "maintenance", "max", "min", "old", "operator", "orafce", "parallel", "password"),
    *("pg", "pgactive", "pgaudit", "pglogical", "pgtap", "plan", "plantuner", "plpgsql", "plrust", "port"),
    *("postgis", "quote", "random", "rds", "recovery", "remove", "restart", "row", "scram", "search", "seq"),
    *("session", "shared", "ssl", "standard", "statement", "stats", "superuser", "synchronize"),
    *("synchronous", "tcp", "temp", "timezone", "track", "transaction", "transform", "unix", "update"),
    *("vacuum", "wal", "work", "xmlbinary", "xmloption", "zero"),
}
_PARAMETER_VALUES = {
    "rds.force_ssl": {"0", "1"},
    "log_connections": {"0", "1"},
    "log_disconnections": {"0", "1"},
    "log_statement": {"none", "ddl", "mod", "all"},
}
_PARAMETERS_PER_CALL = 20


def _lower(call: Call, name: str) -> str:
    """The parameter's value in lower case, as RDS stores identifiers."""
    return str(call.parameters.get(name) or "").lower()


def _cluster(call: Call) -> Any:  # noqa: ANN401 - moto's cluster
    return call.backend("rds").clusters.get(_lower(call, "DBClusterIdentifier"))


def _subnet_group(call: Call, name: str) -> Any:  # noqa: ANN401 - moto's subnet group
    groups = call.backend("rds").subnet_groups
    return next((group for key, group in groups.items() if key.lower() == name.lower()), None)


def _major(version: str) -> str:
    return version.partition(".")[0]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValue", message)


def _combination(message: str) -> RefusedError:
    return RefusedError("InvalidParameterCombination", message)


# In use


@refuses("rds", "DeleteDBSubnetGroup", kind="in use")
def subnet_group_in_use(call: Call) -> None:
    """DeleteDBSubnetGroup refuses a subnet group that a cluster or an instance uses.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html
    """
    name = _lower(call, "DBSubnetGroupName")
    for cluster in call.backend("rds").clusters.values():
        if cluster.db_subnet_group_name.lower() == name:
            raise RefusedError(
                "InvalidDBSubnetGroupStateFault",
                f"Cannot delete the subnet group '{name}' because at least one database cluster: "
                f"{cluster.db_cluster_identifier} is still using it.",
            )


@refuses("rds", "ModifyDBSubnetGroup", kind="in use")
def subnet_of_an_instance(call: Call) -> None:
    """ModifyDBSubnetGroup refuses to remove the subnet in which an instance runs.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
    """
    group = _subnet_group(call, _lower(call, "DBSubnetGroupName"))
    if group is None:
        return
    if not _in_vpc(call, group.vpc_id):
        return
    zones = {subnet.availability_zone for subnet in _subnets(call)}
    for instance in call.backend("rds").databases.values():
        in_group = getattr(instance, "db_subnet_group", None) is group
        if in_group and instance.availability_zone not in zones:
            raise RefusedError(
                "SubnetAlreadyInUse",
                f"The subnet in {instance.availability_zone} is used by the DB instance "
                f"{instance.db_instance_identifier}.",
            )


@refuses("rds", "DeleteDBClusterParameterGroup", kind="in use")
def parameter_group_in_use(call: Call) -> None:
    """DeleteDBClusterParameterGroup refuses a group that is associated with a cluster.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBClusterParameterGroup.html
    """
    name = _lower(call, "DBClusterParameterGroupName")
    for cluster in call.backend("rds").clusters.values():
        if cluster.parameter_group.lower() == name:
            raise RefusedError(
                "InvalidDBParameterGroupState",
                f"One or more database clusters are still members of this parameter group {name}, so the "
                "group cannot be deleted",
            )


# Taken


@refuses("rds", "CreateDBCluster", kind="taken")
def cluster_exists(call: Call) -> None:
    """CreateDBCluster refuses an identifier that a cluster of the account and region has.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    if _cluster(call):
        raise RefusedError("DBClusterAlreadyExistsFault", "DB Cluster already exists")


@refuses("rds", "CreateDBSubnetGroup", kind="taken")
def subnet_group_exists(call: Call) -> None:
    """CreateDBSubnetGroup refuses the name of an existing subnet group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
    """
    name = _lower(call, "DBSubnetGroupName")
    if _subnet_group(call, name):
        raise RefusedError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")


# Not there yet


@refuses("rds", "CreateDBCluster", kind="not there yet")
def referenced_resources_of_a_cluster(call: Call) -> None:
    """CreateDBCluster refuses a subnet group, parameter group or KMS key that does not exist.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    if (name := _lower(call, "DBSubnetGroupName")) and _subnet_group(call, name) is None:
        raise RefusedError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    _require_parameter_group(call, "DBClusterParameterGroupNotFound")
    if key := call.parameters.get("KmsKeyId"):
        _require_key(call, key)


@refuses("rds", "ModifyDBCluster", kind="not there yet")
def parameter_group_of_a_modified_cluster(call: Call) -> None:
    """ModifyDBCluster refuses a parameter group that does not exist.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
    """
    _require_parameter_group(call, "DBClusterParameterGroupNotFound")


def _require_parameter_group(call: Call, code: str) -> None:
    name = _lower(call, "DBClusterParameterGroupName")
    groups = call.backend("rds").db_cluster_parameter_groups
    if name and not name.startswith("default.") and name not in {each.lower() for each in groups}:
        raise RefusedError(code, f"DBClusterParameterGroup not found: {name}")


def _require_key(call: Call, key: str) -> None:
    kms = call.backend("kms")
    found = kms.keys.get(kms.get_key_id(key)) if key else None
    if found is None or found.key_state != "Enabled":
        raise RefusedError(
            "KMSKeyNotAccessibleFault",
            f"The specified KMS key [{key}] does not exist, is not enabled or you do not have permissions "
            "to access it.",
        )


@refuses("rds", "CreateDBInstance", "ModifyDBInstance", kind="not there yet")
def monitoring_role(call: Call) -> None:
    """Enhanced Monitoring requires a role that monitoring.rds.amazonaws.com can assume.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html
    """
    if arn := call.parameters.get("MonitoringRoleArn"):
        role = find_role(arn)
        if role is None or not trusts(role, "monitoring.rds.amazonaws.com"):
            raise _invalid(
                "IAM role ARN value is invalid or does not include the required permissions for: "
                "ENHANCED_MONITORING"
            )


@refuses("rds", "CreateEventSubscription", "ModifyEventSubscription", kind="not there yet")
def topic_and_sources_of_a_subscription(call: Call) -> None:
    """A subscription's topic and sources must exist.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html
    """
    topic = call.parameters.get("SnsTopicArn")
    if topic and topic not in call.backend("sns").topics:
        raise RefusedError("SNSTopicArnNotFound", f"The SNS topic ARN does not exist: {topic}")
    rds = call.backend("rds")
    sources = {"db-cluster": rds.clusters, "db-instance": rds.databases}.get(_lower(call, "SourceType"))
    for source in call.parameters.get("SourceIds") or ():
        if sources is not None and source not in sources:
            raise RefusedError("SourceNotFound", f"Could not find source: {source}")


# Too many


@refuses("rds", *_QUOTAS, kind="too many")
def default_quotas(call: Call) -> None:
    """An account has default quotas of clusters, instances, groups and subscriptions in a region.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
    """
    resources, quota, code = _QUOTAS[call.operation.name]
    if len(getattr(call.backend("rds"), resources)) >= quota:
        raise RefusedError(code, f"The quota of {quota} has been exceeded.")


@refuses("rds", "CreateDBInstance", kind="too many")
def instances_of_a_cluster(call: Call) -> None:
    """An Aurora cluster has one writer and at most 15 readers.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html
    """
    cluster = _cluster(call)
    if cluster and len(cluster.members) >= _INSTANCES_PER_CLUSTER:
        raise RefusedError(
            "InstanceQuotaExceeded",
            f"The DB cluster {cluster.db_cluster_identifier} has {_INSTANCES_PER_CLUSTER} instances.",
        )


# Wrong version


@refuses("rds", "ModifyDBCluster", kind="wrong version")
def engine_upgrade(call: Call) -> None:
    """ModifyDBCluster upgrades to a newer minor version, or, with AllowMajorVersionUpgrade, to a newer major
    version; it never downgrades. A major upgrade replaces a custom parameter group, which the call must name.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.PostgreSQL.html
    """
    cluster, requested = _cluster(call), call.parameters.get("EngineVersion")
    if cluster is None or not requested:
        return
    target, current = full_version(requested), cluster.engine_version
    if _number(target) < _number(current):
        raise _combination(f"Cannot upgrade {cluster.engine} from {current} to {target}")
    if _major(target) == _major(current):
        return
    if not call.parameters.get("AllowMajorVersionUpgrade"):
        raise _combination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        )
    if not cluster.parameter_group.startswith("default.") and not _lower(call, "DBClusterParameterGroupName"):
        raise _combination(
            f"The current DB cluster parameter group {cluster.parameter_group} is custom. You must "
            "explicitly specify a new DB cluster parameter group, either default or custom, for the engine "
            "version upgrade."
        )


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="wrong version")
def family_of_the_parameter_group(call: Call) -> None:
    """A cluster's parameter group has the family of the cluster's major version.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithDBClusterParamGroups.html
    """
    name, cluster = _lower(call, "DBClusterParameterGroupName"), _cluster(call)
    engine = cluster.engine if cluster else call.parameters.get("Engine")
    version = call.parameters.get("EngineVersion") or (cluster and cluster.engine_version)
    group = call.backend("rds").db_cluster_parameter_groups.get(name)
    family = group.db_parameter_group_family if group else name.removeprefix("default.")
    expected = f"{engine}{_major(version or '')}"
    if name and version and family != expected:
        raise _combination(
            f"The Parameter Group {name} with DBParameterGroupFamily {family} cannot be used for this "
            f"instance. Please use a Parameter Group with DBParameterGroupFamily {expected}"
        )


@refuses("rds", "CreateDBInstance", kind="wrong version")
def engine_version_of_an_instance(call: Call) -> None:
    """An instance has the engine version of its cluster.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    cluster, requested = _cluster(call), call.parameters.get("EngineVersion")
    if cluster and requested and full_version(requested) != cluster.engine_version:
        raise _combination(
            f"The engine version that you requested for your DB instance ({full_version(requested)}) does "
            f"not match the engine version of your DB cluster ({cluster.engine_version})."
        )


@refuses("rds", "CreateDBInstance", "ModifyDBInstance", kind="wrong version")
def instance_class(call: Call) -> None:
    """An instance has a class that Aurora PostgreSQL supports.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
    """
    name = call.parameters.get("DBInstanceClass")
    if name and not _INSTANCE_CLASSES.fullmatch(name):
        raise _combination(
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={name}, Engine=aurora-postgresql. For supported combinations of instance class "
            "and database engine version, see the documentation."
        )


@refuses("rds", "CreateDBInstance", kind="wrong version")
def serverless_instance(call: Call) -> None:
    """A serverless instance requires the cluster's capacity range.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.create.html
    """
    cluster = _cluster(call)
    if (
        cluster
        and call.parameters.get("DBInstanceClass") == "db.serverless"
        and not cluster.serverless_v2_scaling_configuration
    ):
        raise _combination(
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a "
            "Serverless v2 DB instance."
        )


@refuses("rds", "CreateDBInstance", kind="wrong version")
def zone_of_an_instance(call: Call) -> None:
    """An instance's Availability Zone has a subnet of the cluster's subnet group.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """
    cluster, zone = _cluster(call), call.parameters.get("AvailabilityZone")
    group = _subnet_group(call, cluster.db_subnet_group_name) if cluster else None
    if zone and group and zone not in {subnet.availability_zone for subnet in group._subnets}:
        raise RefusedError(
            "InvalidVPCNetworkStateFault",
            f"Cannot create a database instance because there is not a subnet in {zone}, the targeted "
            "availability zone.",
        )


@refuses("rds", "CreateDBSubnetGroup", "ModifyDBSubnetGroup", kind="wrong version")
def subnets_of_one_vpc(call: Call) -> None:
    """The subnets of a group are in one VPC, which never changes, and in at least two Availability Zones.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """
    group = _subnet_group(call, _lower(call, "DBSubnetGroupName"))
    subnets = _subnets(call)
    if group and not _in_vpc(call, group.vpc_id):
        raise _invalid("The new Subnets are not in the same Vpc as the existing subnet group")
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise RefusedError("InvalidSubnet", "The requested subnets are not all in a common VPC.")
    zones = {subnet.availability_zone for subnet in subnets}
    if len(zones) < 2:
        raise RefusedError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "DB Subnet Group does not meet availability zone coverage requirement. Please add subnets to "
            f"cover at least 2 availability zones. Current coverage: {len(zones)}",
        )


def _subnets(call: Call) -> list[Any]:
    requested = call.parameters.get("SubnetIds") or ()
    existing = {
        subnet.id: subnet for zone in call.backend("ec2").subnets.values() for subnet in zone.values()
    }
    if missing := next((each for each in requested if each not in existing), None):
        raise RefusedError("InvalidSubnet", f"The requested subnet {missing} is invalid.")
    return [existing[each] for each in requested]


def _in_vpc(call: Call, vpc_id: str) -> bool:
    return all(subnet.vpc_id == vpc_id for subnet in _subnets(call))


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="wrong version")
def security_groups_of_the_vpc(call: Call) -> None:
    """A cluster's security groups are in the VPC of its subnet group.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.RDSSecurityGroups.html
    """
    cluster = _cluster(call)
    name = cluster.db_subnet_group_name if cluster else _lower(call, "DBSubnetGroupName")
    group = _subnet_group(call, name)
    for group_id in call.parameters.get("VpcSecurityGroupIds") or ():
        security_group = call.backend("ec2").get_security_group_from_id(group_id)
        if security_group is None:
            raise _invalid(f"Invalid security group, groupId= {group_id}, groupName=.")
        if group and security_group.vpc_id != group.vpc_id:
            raise _combination(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
                f"{group.vpc_id} and the EC2 security group is in {security_group.vpc_id}"
            )


# Malformed


@refuses("rds", "DeleteDBCluster", kind="malformed")
def final_snapshot(call: Call) -> None:
    """DeleteDBCluster requires either the final snapshot's name or SkipFinalSnapshot.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html
    """
    skipped = bool(call.parameters.get("SkipFinalSnapshot"))
    if skipped == bool(call.parameters.get("FinalDBSnapshotIdentifier")):
        raise _combination(
            "FinalDBSnapshotIdentifier cannot be specified when deleting a cluster with SkipFinalSnapshot"
            if skipped
            else "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="malformed")
def windows_of_a_cluster(call: Call) -> None:
    """The backup window and the maintenance window last at least 30 minutes and do not overlap.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-managing-backups.html
    """
    cluster = _cluster(call)
    backup = call.parameters.get("PreferredBackupWindow")
    maintenance = call.parameters.get("PreferredMaintenanceWindow")
    if not backup and not maintenance:
        return
    backups = _backup_window(backup or (cluster and cluster.preferred_backup_window) or "")
    weekly = _maintenance_window(maintenance or (cluster and cluster.preferred_maintenance_window) or "")
    # Without one of the windows, RDS assigns one that does not overlap.
    if backups and weekly and _overlap(backups, weekly):
        raise _invalid("The backup window and maintenance window must not overlap.")


@refuses("rds", "CreateDBInstance", "ModifyDBInstance", kind="malformed")
def windows_of_an_instance(call: Call) -> None:
    """An instance's maintenance window lasts at least 30 minutes and does not overlap the cluster's backups.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.Maintenance.html
    """
    instance = call.backend("rds").databases.get(_lower(call, "DBInstanceIdentifier"))
    cluster = _cluster(call) or getattr(instance, "cluster", None)
    if maintenance := call.parameters.get("PreferredMaintenanceWindow"):
        weekly = _maintenance_window(maintenance)
        backups = _backup_window(cluster.preferred_backup_window) if cluster else None
        if weekly and backups and _overlap(backups, weekly):
            raise _invalid("The backup window and maintenance window must not overlap.")


def _backup_window(value: str) -> tuple[int, int] | None:
    """The daily window's start and length in minutes."""
    if not value:
        return None
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", value)
    if not match:
        raise _invalid(
            f"Invalid backup window format: {value}. Should be specified as a range hh24:mi-hh24:mi (24H "
            "Clock UTC). Example: 01:00-02:00"
        )
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    length = (end - start) % _MINUTES_OF_DAY
    if length < _SHORTEST_WINDOW:
        raise _invalid("The backup window must be at least 30 minutes.")
    return start, length


def _maintenance_window(value: str) -> tuple[int, int] | None:
    """The weekly window's start and length in minutes."""
    if not value:
        return None
    day = f"({'|'.join(_DAYS)})"
    time = r"([01]\d|2[0-3]):([0-5]\d)"
    match = re.fullmatch(f"{day}:{time}-{day}:{time}", value.lower())
    if not match:
        raise _invalid(
            f"Invalid maintenance window format: {value}. Should be specified as a range "
            "ddd:hh24:mi-ddd:hh24:mi (24H Clock UTC). Example: Sun:23:45-Mon:00:15"
        )
    parts = match.groups()
    start, end = (
        _DAYS.index(parts[index]) * _MINUTES_OF_DAY + int(parts[index + 1]) * 60 + int(parts[index + 2])
        for index in (0, 3)
    )
    length = (end - start) % _MINUTES_OF_WEEK
    if length < _SHORTEST_WINDOW:
        raise _invalid("The maintenance window must be at least 30 minutes.")
    if length > _MINUTES_OF_DAY:
        raise _invalid("The maintenance window must be less than 24 hours.")
    return start, length


def _overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    starts = (day * _MINUTES_OF_DAY + daily[0] for day in range(7))
    return any(
        (weekly[0] - start) % _MINUTES_OF_WEEK < daily[1]
        or (start - weekly[0]) % _MINUTES_OF_WEEK < weekly[1]
        for start in starts
    )


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="malformed")
def backup_retention(call: Call) -> None:
    """Aurora retains automated backups for 1 to 35 days.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    days = call.parameters.get("BackupRetentionPeriod")
    if days is not None and not 1 <= days <= 35:
        raise _invalid(f"Invalid backup retention period: {days}. It must be from 1 to 35 days.")


@refuses("rds", "CreateDBInstance", "ModifyDBInstance", kind="malformed")
def monitoring_interval(call: Call) -> None:
    """Enhanced Monitoring has seven intervals; all but 0 require a role.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    interval, role = call.parameters.get("MonitoringInterval"), call.parameters.get("MonitoringRoleArn")
    if interval is not None and interval not in _MONITORING_INTERVALS:
        raise _invalid(f"{interval} is not a valid value for MonitoringInterval.")
    instance = call.backend("rds").databases.get(_lower(call, "DBInstanceIdentifier"))
    if interval and not (role or getattr(instance, "monitoring_role_arn", None)):
        raise _combination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )


@refuses(
    "rds", "CreateDBCluster", "ModifyDBCluster", "CreateDBInstance", "ModifyDBInstance", kind="malformed"
)
def insights_retention(call: Call) -> None:
    """Performance Insights retains 7 days, 1 to 23 months of 31 days, or 731 days.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    days = call.parameters.get("PerformanceInsightsRetentionPeriod")
    # 465 days, 15 months, are one of these periods.
    if days is not None and days not in {7, 731, *_RETENTION_MONTHS}:
        raise _invalid(f"Invalid Performance Insights retention period: {days}.")


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="malformed")
def advanced_insights(call: Call) -> None:
    """The advanced mode of Database Insights requires Performance Insights with 465 days of retention.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.TurningOnAdvanced.html
    """
    if call.parameters.get("DatabaseInsightsMode") != "advanced":
        return
    cluster = _cluster(call)
    enabled = call.parameters.get("EnablePerformanceInsights")
    days = call.parameters.get("PerformanceInsightsRetentionPeriod")
    if enabled is None:
        enabled = getattr(cluster, "PerformanceInsightsEnabled", False)
    if days is None:
        days = getattr(cluster, "PerformanceInsightsRetentionPeriod", None)
    if not enabled or (days or 0) < _ADVANCED_RETENTION_DAYS:
        raise _combination(
            "To enable the Advanced mode of Database Insights, modify your cluster to enable Performance "
            "Insights and set the retention period for Performance Insights to at least 465 days."
        )


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="malformed")
def master_password(call: Call) -> None:
    """A password has 8 to 128 printable ASCII characters without slash, quotation mark, at sign and space.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
    """
    password = call.parameters.get("MasterUserPassword")
    if password is None:
        return
    problem = (
        "it is shorter than 8 characters."
        if len(password) < 8
        else "it is longer than 128 characters."
        if len(password) > 128
        else "only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
        if re.search(r'[^!-~]|[/@"]', password)
        else None
    )
    if problem:
        raise _invalid(f"The parameter MasterUserPassword is not a valid password because {problem}")


@refuses("rds", "CreateDBCluster", kind="malformed")
def master_username(call: Call) -> None:
    """The master user has a name that the engine and RDS do not reserve, of at most 63 characters.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
    """
    name = call.parameters.get("MasterUsername")
    if name is None:
        return
    if name.lower() in _RESERVED_USERS or name.lower().startswith("pg_"):
        raise _invalid(f"MasterUsername {name} cannot be used as it is a reserved word used by the engine")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
        raise _invalid("The parameter MasterUsername is not a valid identifier.")


@refuses("rds", "CreateDBCluster", kind="malformed")
def database_name(call: Call) -> None:
    """The first database has a name of at most 63 letters, digits and underscores that is not reserved.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
    """
    name = call.parameters.get("DatabaseName")
    if name and (
        name.lower() in _RESERVED_DATABASES or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name)
    ):
        raise _invalid(f"DatabaseName {name} cannot be used. It is reserved or not a valid identifier.")


@refuses("rds", "CreateDBCluster", "ModifyDBCluster", kind="malformed")
def log_exports(call: Call) -> None:
    """A cluster exports only the log types of its engine.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
    """
    enabled = call.parameters.get("EnableCloudwatchLogsExports") or (
        call.parameters.get("CloudwatchLogsExportConfiguration") or {}
    ).get("EnableLogTypes")
    if unknown := set(enabled or ()) - _LOG_TYPES:
        raise _combination(
            f"You cannot use the log types '{', '.join(sorted(unknown))}' with engine aurora-postgresql. For "
            "supported log types, see the documentation."
        )


@refuses("rds", "CreateDBClusterParameterGroup", kind="malformed")
def parameter_group_family(call: Call) -> None:
    """A parameter group has the family of an engine version.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html
    """
    family = call.parameters.get("DBParameterGroupFamily") or ""
    if not _FAMILY.fullmatch(family):
        raise _invalid(f"ParameterGroupFamily {family} is not a valid parameter group family")


@refuses("rds", "ModifyDBClusterParameterGroup", kind="malformed")
def parameters(call: Call) -> None:
    """A call modifies at most 20 parameters, all of which the family has, with valid values; static ones
    change with the next reboot.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBClusterParameterGroup.html
    """
    changes = call.parameters.get("Parameters") or ()
    if len(changes) > _PARAMETERS_PER_CALL:
        raise _invalid(f"The limit of {_PARAMETERS_PER_CALL} parameters in a call was exceeded.")
    for change in changes:
        _check_parameter(change)


def _check_parameter(change: dict[str, Any]) -> None:
    name, value = str(change.get("ParameterName")), change.get("ParameterValue")
    prefix = re.split("[._]", name)[0].lower()
    if name not in _STATIC_PARAMETERS and prefix not in _PARAMETER_PREFIXES:
        raise _invalid(f"Could not find parameter with name: {name}")
    if name in _STATIC_PARAMETERS and change.get("ApplyMethod") == "immediate":
        raise _combination("cannot use immediate apply method for static parameter")
    allowed = _PARAMETER_VALUES.get(name)
    if allowed and value not in allowed:
        raise _invalid(
            f"Invalid parameter value: {value} for: {name} allowed values are: {','.join(sorted(allowed))}"
        )


@refuses("rds", "CreateEventSubscription", "ModifyEventSubscription", kind="malformed")
def event_categories(call: Call) -> None:
    """A subscription names categories of its source type.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
    """
    known = _CATEGORIES.get(_lower(call, "SourceType"))
    for category in call.parameters.get("EventCategories") or ():
        if known is not None and category not in known:
            raise RefusedError(
                "SubscriptionCategoryNotFound", f"The requested category does not exist: {category}"
            )
