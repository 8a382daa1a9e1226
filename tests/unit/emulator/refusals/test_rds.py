"""RDS refuses what AWS refuses about Aurora clusters and what they use."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.account import Account
from tests.emulator.refusals import rds
from tests.unit.emulator.refusals.conftest import Refuses
from tests.unit.emulator.refusals.resources import role, security_group, vpc

PASSWORD = "a-long-password"  # noqa: S105 - a value for the emulator


@pytest.fixture
def database(account: Account) -> "Database":
    """An account with a subnet group and parameter groups for versions 15 and 16."""
    return Database(account)


class Database:
    """The calls of the tests, with valid defaults."""

    def __init__(self, account: Account) -> None:
        self.account, self.rds = account, account.client("rds")
        self.vpc, self.subnets = vpc(account, zones="abc")
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="subnets", DBSubnetGroupDescription="d", SubnetIds=self.subnets[:2]
        )
        for version in ("15", "16"):
            self.parameter_group(f"parameters-{version}", version)

    def parameter_group(self, name: str, version: str = "15", **changed: Any) -> None:  # noqa: ANN401
        self.rds.create_db_cluster_parameter_group(
            **{
                "DBClusterParameterGroupName": name,
                "DBParameterGroupFamily": f"aurora-postgresql{version}",
                "Description": "d",
            }
            | changed
        )

    def cluster(self, **changed: Any) -> None:  # noqa: ANN401 - parameters of CreateDBCluster
        self.rds.create_db_cluster(
            **{
                "DBClusterIdentifier": "cluster",
                "Engine": "aurora-postgresql",
                "EngineVersion": "15.10",
                "MasterUsername": "owner",
                "MasterUserPassword": PASSWORD,
                "DBSubnetGroupName": "subnets",
                "DBClusterParameterGroupName": "parameters-15",
            }
            | changed
        )

    def instance(self, name: str = "instance", **changed: Any) -> None:  # noqa: ANN401 - as above
        self.rds.create_db_instance(
            **{
                "DBInstanceIdentifier": name,
                "DBInstanceClass": "db.t4g.medium",
                "Engine": "aurora-postgresql",
                "DBClusterIdentifier": "cluster",
            }
            | changed
        )

    def subscription(self, name: str = "events", **changed: Any) -> None:  # noqa: ANN401 - as above
        topic = self.account.client("sns").create_topic(Name="topic")["TopicArn"]
        self.rds.create_event_subscription(**{"SubscriptionName": name, "SnsTopicArn": topic} | changed)


def test_what_a_cluster_uses_cannot_be_deleted(database: Database, refused: Refuses) -> None:
    database.cluster()
    with refused("in use", "InvalidDBSubnetGroupStateFault"):
        database.rds.delete_db_subnet_group(DBSubnetGroupName="subnets")
    with refused("in use", "InvalidDBParameterGroupState"):
        database.rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName="parameters-15")
    database.rds.delete_db_cluster(DBClusterIdentifier="cluster", SkipFinalSnapshot=True)
    database.rds.delete_db_subnet_group(DBSubnetGroupName="subnets")
    database.rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName="parameters-15")


def test_a_cluster_with_instances_cannot_be_deleted(database: Database, refused: Refuses) -> None:
    database.cluster()
    database.instance()
    with refused("in use", "InvalidDBClusterStateFault"):
        database.rds.delete_db_cluster(DBClusterIdentifier="cluster", SkipFinalSnapshot=True)


def test_the_subnet_of_an_instance_stays_in_the_group(database: Database, refused: Refuses) -> None:
    database.cluster()
    database.instance(AvailabilityZone="us-east-1a")
    with refused("in use", "SubnetAlreadyInUse"):
        database.rds.modify_db_subnet_group(DBSubnetGroupName="subnets", SubnetIds=database.subnets[1:])
    database.rds.modify_db_subnet_group(DBSubnetGroupName="subnets", SubnetIds=database.subnets)
    (group,) = database.rds.describe_db_subnet_groups(DBSubnetGroupName="subnets")["DBSubnetGroups"]
    assert len(group["Subnets"]) == 3


def test_deletion_protection_protects_a_cluster(database: Database, refused: Refuses) -> None:
    database.cluster(DeletionProtection=True)
    with refused("protected", "InvalidParameterCombination"):
        database.rds.delete_db_cluster(DBClusterIdentifier="cluster", SkipFinalSnapshot=True)


def test_identifiers_are_unique(database: Database, refused: Refuses) -> None:
    database.cluster()
    database.instance()
    database.subscription()
    with refused("taken", "DBClusterAlreadyExistsFault"):
        database.cluster()
    with refused("taken", "DBInstanceAlreadyExists"):
        database.instance()
    with refused("taken", "DBSubnetGroupAlreadyExists"):
        database.rds.create_db_subnet_group(
            DBSubnetGroupName="Subnets", DBSubnetGroupDescription="d", SubnetIds=database.subnets
        )
    with refused("taken", "DBParameterGroupAlreadyExists"):
        database.parameter_group("parameters-15")
    with refused("taken", "SubscriptionAlreadyExist"):
        database.subscription()


def test_the_name_of_a_final_snapshot_is_unique(database: Database, refused: Refuses) -> None:
    database.cluster()
    database.rds.create_db_cluster_snapshot(
        DBClusterIdentifier="cluster", DBClusterSnapshotIdentifier="final"
    )
    with refused("taken", "DBClusterSnapshotAlreadyExistsFault"):
        database.rds.delete_db_cluster(DBClusterIdentifier="cluster", FinalDBSnapshotIdentifier="final")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"DBSubnetGroupName": "absent"}, "DBSubnetGroupNotFoundFault"),
        ({"DBClusterParameterGroupName": "absent"}, "DBClusterParameterGroupNotFound"),
        ({"KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/absent"}, "KMSKeyNotAccessibleFault"),
    ],
)
def test_what_a_cluster_uses_exists(
    database: Database, refused: Refuses, changed: dict[str, str], code: str
) -> None:
    with refused("not there yet", code):
        database.cluster(**changed)


def test_a_modified_cluster_uses_a_parameter_group_that_exists(database: Database, refused: Refuses) -> None:
    database.cluster()
    with refused("not there yet", "DBClusterParameterGroupNotFound"):
        database.rds.modify_db_cluster(DBClusterIdentifier="cluster", DBClusterParameterGroupName="absent")


def test_an_instance_requires_its_cluster(database: Database, refused: Refuses) -> None:
    with refused("not there yet", "DBClusterNotFoundFault"):
        database.instance()


def test_the_monitoring_role_can_be_assumed(database: Database, refused: Refuses) -> None:
    database.cluster()
    other = role(database.account, "other", "ecs-tasks")
    for arn in ("arn:aws:iam::123456789012:role/absent-monitoring", other):
        with refused("not there yet", "InvalidParameterValue"):
            database.instance(MonitoringInterval=60, MonitoringRoleArn=arn)
    monitoring = role(database.account, "monitoring", "monitoring.rds")
    database.instance(MonitoringInterval=60, MonitoringRoleArn=monitoring)
    with refused("not there yet", "InvalidParameterValue"):
        database.rds.modify_db_instance(
            DBInstanceIdentifier="instance", MonitoringInterval=60, MonitoringRoleArn=other
        )


def test_a_subscription_requires_its_topic_and_sources(database: Database, refused: Refuses) -> None:
    absent = "arn:aws:sns:us-east-1:123456789012:absent"
    with refused("not there yet", "SNSTopicArnNotFound"):
        database.subscription(SnsTopicArn=absent)
    with refused("not there yet", "SourceNotFound"):
        database.subscription(SourceType="db-cluster", SourceIds=["absent"])
    with refused("not there yet", "SubscriptionNotFound"):
        database.rds.delete_event_subscription(SubscriptionName="absent")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("CreateDBCluster", "DBClusterQuotaExceededFault"),
        ("CreateDBInstance", "InstanceQuotaExceeded"),
        ("CreateDBSubnetGroup", "DBSubnetGroupQuotaExceeded"),
        ("CreateDBClusterParameterGroup", "DBParameterGroupQuotaExceeded"),
        ("CreateEventSubscription", "EventSubscriptionQuotaExceeded"),
    ],
)
def test_an_account_has_default_quotas(
    database: Database, refused: Refuses, monkeypatch: pytest.MonkeyPatch, operation: str, code: str
) -> None:
    database.cluster()
    database.instance()
    database.subscription()
    calls: dict[str, Callable[[], object]] = {
        "CreateDBCluster": lambda: database.cluster(DBClusterIdentifier="second"),
        "CreateDBInstance": lambda: database.instance("second"),
        "CreateDBSubnetGroup": lambda: database.rds.create_db_subnet_group(
            DBSubnetGroupName="second", DBSubnetGroupDescription="d", SubnetIds=database.subnets
        ),
        "CreateDBClusterParameterGroup": lambda: database.parameter_group("second"),
        "CreateEventSubscription": lambda: database.subscription("second"),
    }
    resources, _, error = rds._QUOTAS[operation]
    monkeypatch.setitem(rds._QUOTAS, operation, (resources, 1, error))
    with refused("too many", code):
        calls[operation]()


def test_the_default_quotas_are_those_of_the_user_guide() -> None:
    assert {operation: quota for operation, (_, quota, _) in rds._QUOTAS.items()} == {
        "CreateDBCluster": 40,
        "CreateDBInstance": 40,
        "CreateDBSubnetGroup": 50,
        "CreateDBClusterParameterGroup": 50,
        "CreateEventSubscription": 20,
    }


def test_a_cluster_has_at_most_16_instances(database: Database, refused: Refuses) -> None:
    database.cluster()
    for number in range(16):
        database.instance(f"instance-{number}")
    with refused("too many", "InstanceQuotaExceeded"):
        database.instance()


@pytest.mark.parametrize(
    "changed",
    [
        {"EngineVersion": "15.9"},
        {"EngineVersion": "14.18"},
        {"EngineVersion": "16"},
        {"EngineVersion": "16.9", "DBClusterParameterGroupName": "parameters-16"},
        {"EngineVersion": "16.9", "AllowMajorVersionUpgrade": True},
        {
            "EngineVersion": "16.9",
            "AllowMajorVersionUpgrade": True,
            "DBClusterParameterGroupName": "parameters-15",
        },
    ],
)
def test_an_upgrade_is_newer_and_a_major_one_is_allowed_with_its_parameter_group(
    database: Database, refused: Refuses, changed: dict[str, Any]
) -> None:
    database.cluster()
    with refused("wrong version", "InvalidParameterCombination"):
        database.rds.modify_db_cluster(DBClusterIdentifier="cluster", **changed)


@pytest.mark.parametrize("group", ["parameters-16", "default.aurora-postgresql16"])
def test_a_major_upgrade(database: Database, group: str) -> None:
    database.cluster()
    database.instance()
    database.rds.modify_db_cluster(
        DBClusterIdentifier="cluster",
        EngineVersion="16",
        AllowMajorVersionUpgrade=True,
        DBClusterParameterGroupName=group,
        ApplyImmediately=True,
    )
    (cluster,) = database.rds.describe_db_clusters()["DBClusters"]
    (instance,) = database.rds.describe_db_instances()["DBInstances"]
    assert cluster["EngineVersion"].startswith("16.")
    assert instance["EngineVersion"] == cluster["EngineVersion"]


def test_a_minor_upgrade(database: Database) -> None:
    database.cluster()
    database.rds.modify_db_cluster(DBClusterIdentifier="cluster", EngineVersion="15.12")


def test_the_parameter_group_of_a_new_cluster_has_the_family_of_its_version(
    database: Database, refused: Refuses
) -> None:
    with refused("wrong version", "InvalidParameterCombination"):
        database.cluster(DBClusterParameterGroupName="parameters-16")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"EngineVersion": "15.12"}, "InvalidParameterCombination"),
        ({"EngineVersion": "15"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.t2.micro"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.t4g.micro"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.m6g.large"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.serverless"}, "InvalidParameterCombination"),
        ({"AvailabilityZone": "us-east-1c"}, "InvalidVPCNetworkStateFault"),
    ],
)
def test_an_instance_has_the_version_the_zones_and_a_class_of_its_cluster(
    database: Database, refused: Refuses, changed: dict[str, str], code: str
) -> None:
    database.cluster()
    with refused("wrong version", code):
        database.instance(**changed)


def test_an_instance_is_modified_to_a_class_of_aurora(database: Database, refused: Refuses) -> None:
    database.cluster()
    database.instance()
    with refused("wrong version", "InvalidParameterCombination"):
        database.rds.modify_db_instance(DBInstanceIdentifier="instance", DBInstanceClass="db.m6g.large")
    database.rds.modify_db_instance(DBInstanceIdentifier="instance", DBInstanceClass="db.r8g.48xlarge")


def test_the_subnets_of_a_group_are_in_one_vpc_and_two_zones(database: Database, refused: Refuses) -> None:
    _, others = vpc(database.account, cidr="10.1.0.0/16")
    client = database.rds
    with refused("wrong version", "InvalidParameterValue"):
        client.modify_db_subnet_group(DBSubnetGroupName="subnets", SubnetIds=others)
    for subnets, code in (
        ([*database.subnets[:1], *others[1:]], "InvalidSubnet"),
        (["subnet-00000000000000000", *others], "InvalidSubnet"),
        (database.subnets[:1], "DBSubnetGroupDoesNotCoverEnoughAZs"),
    ):
        with refused("wrong version", code):
            client.create_db_subnet_group(
                DBSubnetGroupName="second", DBSubnetGroupDescription="d", SubnetIds=subnets
            )


def test_the_security_groups_of_a_cluster_are_in_its_vpc(database: Database, refused: Refuses) -> None:
    other, _ = vpc(database.account, cidr="10.1.0.0/16")
    with refused("wrong version", "InvalidParameterCombination"):
        database.cluster(VpcSecurityGroupIds=[security_group(database.account, other)])
    with refused("wrong version", "InvalidParameterValue"):
        database.cluster(VpcSecurityGroupIds=["sg-00000000000000000"])
    database.cluster(VpcSecurityGroupIds=[security_group(database.account, database.vpc, "own")])


@pytest.mark.parametrize("arguments", [{}, {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "final"}])
def test_a_deleted_cluster_leaves_a_final_snapshot_or_skips_it(
    database: Database, refused: Refuses, arguments: dict[str, Any]
) -> None:
    database.cluster()
    with refused("malformed", "InvalidParameterCombination"):
        database.rds.delete_db_cluster(DBClusterIdentifier="cluster", **arguments)


VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PreferredBackupWindow": "04:00-04:29"}, VALUE),
        ({"PreferredBackupWindow": "4am"}, VALUE),
        ({"PreferredMaintenanceWindow": "sun:04:00-sun:04:29"}, VALUE),
        ({"PreferredMaintenanceWindow": "sun:04:00-tue:04:00"}, VALUE),
        ({"PreferredMaintenanceWindow": "sunday"}, VALUE),
        (
            {
                "PreferredBackupWindow": "04:00-05:00",
                "PreferredMaintenanceWindow": "sun:04:30-sun:05:30",
            },
            VALUE,
        ),
        (
            {
                "PreferredBackupWindow": "23:30-00:30",
                "PreferredMaintenanceWindow": "mon:00:00-mon:01:00",
            },
            VALUE,
        ),
        ({"BackupRetentionPeriod": 36}, VALUE),
        ({"BackupRetentionPeriod": 0}, VALUE),
        ({"PerformanceInsightsRetentionPeriod": 30}, VALUE),
        ({"DatabaseInsightsMode": "advanced"}, COMBINATION),
        (
            {
                "DatabaseInsightsMode": "advanced",
                "EnablePerformanceInsights": True,
                "PerformanceInsightsRetentionPeriod": 7,
            },
            COMBINATION,
        ),
        ({"MasterUserPassword": "7-chars"}, VALUE),
        ({"MasterUserPassword": "x" * 129}, VALUE),
        ({"MasterUserPassword": "at@sign-in-it"}, VALUE),
        ({"MasterUserPassword": "a space in it"}, VALUE),
        ({"EnableCloudwatchLogsExports": ["slowquery"]}, COMBINATION),
    ],
)
def test_the_settings_of_a_cluster_are_valid(
    database: Database, refused: Refuses, changed: dict[str, Any], code: str
) -> None:
    with refused("malformed", code):
        database.cluster(**changed)
    database.cluster()
    if logs := changed.pop("EnableCloudwatchLogsExports", None):
        changed["CloudwatchLogsExportConfiguration"] = {"EnableLogTypes": logs}
    with refused("malformed", code):
        database.rds.modify_db_cluster(DBClusterIdentifier="cluster", **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"MasterUsername": "admin"},
        {"MasterUsername": "rdsadmin"},
        {"MasterUsername": "pg_owner"},
        {"MasterUsername": "1st"},
        {"DatabaseName": "template1"},
        {"DatabaseName": "with-hyphen"},
    ],
)
def test_the_names_of_the_master_user_and_the_database_are_not_reserved(
    database: Database, refused: Refuses, changed: dict[str, str]
) -> None:
    with refused("malformed", VALUE):
        database.cluster(**changed)


def test_windows_that_only_touch_do_not_overlap(database: Database) -> None:
    database.cluster(PreferredBackupWindow="23:30-00:30", PreferredMaintenanceWindow="mon:00:30-mon:01:00")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PreferredMaintenanceWindow": "sun:04:00-sun:04:29"}, VALUE),
        ({"PreferredMaintenanceWindow": "sun:01:00-sun:02:00"}, VALUE),
        ({"MonitoringInterval": 60}, COMBINATION),
        ({"MonitoringInterval": 7}, VALUE),
        ({"PerformanceInsightsRetentionPeriod": 30}, VALUE),
    ],
)
def test_the_settings_of_an_instance_are_valid(
    database: Database, refused: Refuses, changed: dict[str, Any], code: str
) -> None:
    database.cluster(PreferredBackupWindow="01:30-02:30")
    with refused("malformed", code):
        database.instance(**changed)
    database.instance()
    with refused("malformed", code):
        database.rds.modify_db_instance(DBInstanceIdentifier="instance", **changed)


def test_a_parameter_group_has_a_family_that_exists(database: Database, refused: Refuses) -> None:
    with refused("malformed", VALUE):
        database.parameter_group("malformed", DBParameterGroupFamily="aurora-postgres15")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ([("no_such_parameter", "1", "immediate")], VALUE),
        ([("log_statement", "some", "immediate")], VALUE),
        ([("shared_preload_libraries", "pgaudit", "immediate")], COMBINATION),
        ([("log_connections", "1", "immediate")] * 21, VALUE),
    ],
)
def test_the_parameters_of_a_group_exist(
    database: Database, refused: Refuses, parameters: list[tuple[str, str, str]], code: str
) -> None:
    keys = ("ParameterName", "ParameterValue", "ApplyMethod")
    with refused("malformed", code):
        database.rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName="parameters-15",
            Parameters=[dict(zip(keys, each, strict=True)) for each in parameters],
        )


def test_a_subscription_names_categories_of_its_source_type(database: Database, refused: Refuses) -> None:
    with refused("malformed", "SubscriptionCategoryNotFound"):
        database.subscription(SourceType="db-cluster", EventCategories=["low storage"])


def test_a_major_version_alone_becomes_its_default_minor_version(database: Database) -> None:
    database.cluster(EngineVersion="15")
    database.instance(EngineVersion="15")
    (cluster,) = database.rds.describe_db_clusters()["DBClusters"]
    assert cluster["EngineVersion"].startswith("15.")


def test_instances_have_the_settings_of_their_cluster(database: Database) -> None:
    group = security_group(database.account, database.vpc)
    database.cluster(
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql"],
        VpcSecurityGroupIds=[group],
        StorageEncrypted=True,
        Port=5433,
    )
    database.instance()
    (instance,) = database.rds.describe_db_instances()["DBInstances"]
    assert instance["IAMDatabaseAuthenticationEnabled"] is True
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == "subnets"
    assert instance["DBSubnetGroup"]["VpcId"] == database.vpc
    assert [each["VpcSecurityGroupId"] for each in instance["VpcSecurityGroups"]] == [group]
    assert (instance["StorageEncrypted"], instance["Endpoint"]["Port"]) == (True, 5433)
    assert instance["AvailabilityZone"] == "us-east-1a"

    database.rds.modify_db_cluster(
        DBClusterIdentifier="cluster", EnableIAMDatabaseAuthentication=False, ApplyImmediately=True
    )
    (instance,) = database.rds.describe_db_instances()["DBInstances"]
    assert instance["IAMDatabaseAuthenticationEnabled"] is False
