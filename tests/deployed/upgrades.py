"""One deployment and its upgrades: planned one by one, and applied together."""

from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan

# One plan shows them all, because no two of them change the same resource, the ECS service aside.
_UPGRADES = {
    "PAYMENT_API_SERVICE__IMAGE": "public.ecr.aws/nginx/nginx:1.28.1",
    "PAYMENT_API_SERVICE__CPU": "512",
    "PAYMENT_API_SERVICE__MEMORY": "1024",
    "PAYMENT_API_DATABASE__ENGINE_VERSION": "15.10",
    "PAYMENT_API_DOMAIN__NAME": "pay.example.com",
    "PAYMENT_API_NETWORK__NAT_GATEWAYS": "3",
    "PAYMENT_API_FIREWALL__RATE_LIMIT": "500",
}
# The port of a target group cannot be changed in place.
_ANOTHER_PORT = {"PAYMENT_API_SERVICE__PORT": "9090"}


@dataclass(frozen=True)
class Edge:
    """The ports of the target groups, and the domain names of the certificates."""

    ports: list[int]
    certificates: list[str]


@dataclass(frozen=True)
class Upgraded:
    """The plans of all upgrades but the port, of the engine version alone, and of the port alone; the edge
    before and after everything was applied; and the plan after that."""

    upgrades: Plan
    engine: Plan
    another_port: Plan
    before: Edge
    after: Edge
    last: Plan


def _upgrade(emulator: Emulator, directory: Path) -> Upgraded:
    """Deploy, plan the upgrades, and apply them together."""
    with prepared_scenario(emulator, "444444444432", directory) as scenario:
        deployment = scenario.deployment
        deployment.system.apply()
        before = _edge(scenario)
        engine = {name: value for name, value in _UPGRADES.items() if "ENGINE" in name}
        everything = deployment.with_settings("everything", _UPGRADES | _ANOTHER_PORT)
        upgrades_plan, engine_plan, port_plan = (
            deployment.with_settings(name, settings).plan()
            for name, settings in (("upgrades", _UPGRADES), ("engine", engine), ("port", _ANOTHER_PORT))
        )
        everything.apply()
        return Upgraded(upgrades_plan, engine_plan, port_plan, before, _edge(scenario), everything.plan())


def _edge(scenario: Scenario) -> Edge:
    groups = scenario.account.client("elbv2").describe_target_groups()["TargetGroups"]
    certificates = scenario.account.client("acm").list_certificates()["CertificateSummaryList"]
    return Edge(
        [group["Port"] for group in groups], [certificate["DomainName"] for certificate in certificates]
    )


UPGRADED = Work("upgraded", _upgrade)
