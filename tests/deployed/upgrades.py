"""One deployment and its upgrades: planned one by one, and applied together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.deployed.faults.proxy import NoFault
from tests.deployed.faults.wire import Call, Refusal
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan

_BEFORE = {
    "PAYMENT_API_DATABASE__VAULT_BACKUPS": "true",
    "PAYMENT_API_NETWORK__DESTINATIONS": '{"card-network": "203.0.113.0/24:8443"}',
}
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
_ANOTHER_PORT = {"PAYMENT_API_SERVICE__PORT": "9090"}
_TLS = {"PAYMENT_API_SERVICE__TLS": "true"}
_ANOTHER_MAJOR = {"PAYMENT_API_DATABASE__ENGINE_VERSION": "16"}
# Both remove security group rules: to the internet, and to the destination.
_CLOSED = {
    "PAYMENT_API_SERVICE__IMAGE": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0",
    "PAYMENT_API_NETWORK__DESTINATIONS": "{}",
}


@dataclass(frozen=True)
class Edge:
    """The ARNs of the target groups, and the domain names of the certificates."""

    target_groups: list[str]
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
    """The plans of all upgrades but the port, and of single changes; the edge and the database before and
    after everything was applied, with the major version; the calls of that apply in their order; and the plan
    after that."""

    upgrades: Plan
    minor: Plan
    major: Plan
    another_port: Plan
    tls: Plan
    closed: Plan
    before: Edge
    after: Edge
    calls: list[str]
    database_before: Database
    database_after: Database
    last: Plan


class _Recorder(NoFault):
    """Records the names of the operations in the order of the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: Call) -> Refusal | None:
        self.calls.append(call.operation)
        return None


def _upgrade(emulator: Emulator, directory: Path) -> Upgraded:
    """Deploy, plan the upgrades, and apply them together."""
    with prepared_scenario(emulator, "444444444432", directory, _BEFORE, as_pipeline=True) as scenario:
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
                ("tls", _TLS),
                ("closed", _CLOSED),
            )
        }
        scenario.proxy.fault = recorder = _Recorder()
        everything.apply()
        return Upgraded(
            **plans,
            before=before,
            after=_edge(scenario),
            calls=list(recorder.calls),
            database_before=database_before,
            database_after=_database(scenario),
            last=everything.plan(),
        )


def _edge(scenario: Scenario) -> Edge:
    groups = scenario.account.client("elbv2").describe_target_groups()["TargetGroups"]
    certificates = scenario.account.client("acm").list_certificates()["CertificateSummaryList"]
    return Edge(
        [group["TargetGroupArn"] for group in groups],
        [certificate["DomainName"] for certificate in certificates],
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
