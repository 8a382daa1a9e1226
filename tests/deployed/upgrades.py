"""One deployment and its upgrades: planned one by one, and applied together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan

_BEFORE = {"PAYMENT_API_DATABASE__VAULT_BACKUPS": "true"}
# One plan shows them all, because no two of them change the same resource, the ECS service aside.
_UPGRADES = {
    "PAYMENT_API_SERVICE__IMAGE": "public.ecr.aws/nginx/nginx:1.28.1",
    "PAYMENT_API_SERVICE__CPU": "512",
    "PAYMENT_API_SERVICE__MEMORY": "1024",
    "PAYMENT_API_DATABASE__ENGINE_VERSION": "15.10",
    "PAYMENT_API_DATABASE__VAULT_BACKUPS": "false",
    "PAYMENT_API_DOMAIN__NAME": "pay.example.com",
    "PAYMENT_API_NETWORK__NAT_GATEWAYS": "3",
    "PAYMENT_API_FIREWALL__RATE_LIMIT": "500",
}
# The port of a target group cannot be changed in place.
_ANOTHER_PORT = {"PAYMENT_API_SERVICE__PORT": "9090"}
_ANOTHER_MAJOR = {"PAYMENT_API_DATABASE__ENGINE_VERSION": "16"}


@dataclass(frozen=True)
class Edge:
    """The ports of the target groups, and the domain names of the certificates."""

    ports: list[int]
    certificates: list[str]


@dataclass(frozen=True)
class Database:
    """The major versions of the cluster and of each instance, the families of the stack's parameter groups
    and of the one that the cluster uses, the resource id of the cluster, and the backup vaults."""

    cluster: str
    instances: Mapping[str, str]
    families: list[str]
    family_in_use: str
    resource_id: str
    vaults: list[str]


@dataclass(frozen=True)
class Upgraded:
    """The plans of all upgrades but the port, of a minor and of a major engine version alone, and of the port
    alone; the edge and the database before and after everything was applied, with the major version; and the
    plan after that."""

    upgrades: Plan
    minor: Plan
    major: Plan
    another_port: Plan
    before: Edge
    after: Edge
    database_before: Database
    database_after: Database
    last: Plan


def _upgrade(emulator: Emulator, directory: Path) -> Upgraded:
    """Deploy, plan the upgrades, and apply them together."""
    with prepared_scenario(emulator, "444444444432", directory, _BEFORE) as scenario:
        deployment = scenario.deployment
        deployment.system.apply()
        before, database_before = _edge(scenario), _database(scenario)
        minor = {name: value for name, value in _UPGRADES.items() if "ENGINE" in name}
        everything = deployment.with_settings("everything", _UPGRADES | _ANOTHER_PORT | _ANOTHER_MAJOR)
        plans = {
            name: deployment.with_settings(name, settings).plan()
            for name, settings in (
                ("upgrades", _UPGRADES),
                ("minor", minor),
                ("major", _ANOTHER_MAJOR),
                ("another_port", _ANOTHER_PORT),
            )
        }
        everything.apply()
        return Upgraded(
            **plans,
            before=before,
            after=_edge(scenario),
            database_before=database_before,
            database_after=_database(scenario),
            last=everything.plan(),
        )


def _edge(scenario: Scenario) -> Edge:
    groups = scenario.account.client("elbv2").describe_target_groups()["TargetGroups"]
    certificates = scenario.account.client("acm").list_certificates()["CertificateSummaryList"]
    return Edge(
        [group["Port"] for group in groups], [certificate["DomainName"] for certificate in certificates]
    )


def _database(scenario: Scenario) -> Database:
    rds, backup = scenario.account.client("rds"), scenario.account.client("backup")
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    instances = rds.describe_db_instances()["DBInstances"]
    # AWS's default groups, which exist in every account, are not the stack's.
    families = {
        group["DBClusterParameterGroupName"]: group["DBParameterGroupFamily"]
        for group in rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        if not group["DBClusterParameterGroupName"].startswith("default.")
    }
    return Database(
        cluster=cluster["EngineVersion"].partition(".")[0],
        instances={
            each["DBInstanceIdentifier"]: each["EngineVersion"].partition(".")[0] for each in instances
        },
        families=[*families.values()],
        family_in_use=families[cluster["DBClusterParameterGroup"]],
        resource_id=cluster["DbClusterResourceId"],
        vaults=[each["BackupVaultName"] for each in backup.list_backup_vaults()["BackupVaultList"]],
    )


UPGRADED = Work("upgraded", _upgrade)
