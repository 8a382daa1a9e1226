"""One deployment upgraded twice: planned, looked at, and carried out."""

from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.accounts import Scenario, scenario
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.terraform import Plan

# At once: each touches resources of its own, besides the service, so one plan shows them all.
_UPGRADES = {
    "PAYMENT_API_SERVICE__IMAGE": "public.ecr.aws/nginx/nginx:1.28.1",
    "PAYMENT_API_SERVICE__CPU": "512",
    "PAYMENT_API_SERVICE__MEMORY": "1024",
    "PAYMENT_API_DATABASE__ENGINE_VERSION": "15.10",
    "PAYMENT_API_DOMAIN__NAME": "pay.example.com",
    "PAYMENT_API_NETWORK__NAT_GATEWAYS": "3",
    "PAYMENT_API_FIREWALL__RATE_LIMIT": "500",
}
# What a target group cannot change.
_ANOTHER_PORT = {"PAYMENT_API_SERVICE__PORT": "9090"}


@dataclass(frozen=True)
class Edge:
    """What stands at the edge of the system: target groups by port, and certificates by name."""

    ports: list[int]
    certificates: list[str]


@dataclass(frozen=True)
class Upgraded:
    """The plans of the upgrades, of one alone, and of another port; what stood at the edge before and after
    all of them were applied; and the plan after that."""

    upgrades: Plan
    engine: Plan
    another_port: Plan
    before: Edge
    after: Edge
    last: Plan


def _upgrade(emulator: Emulator, directory: Path) -> Upgraded:
    """Plan each, and apply them together."""
    with scenario(emulator, "444444444432", directory) as made:
        deployment = made.deployment
        deployment.system.apply()
        before = _edge(made)
        engine = {name: value for name, value in _UPGRADES.items() if "ENGINE" in name}
        everything = deployment.with_settings("everything", _UPGRADES | _ANOTHER_PORT)
        upgrades, alone, port = (
            deployment.with_settings(name, settings).plan()
            for name, settings in (("upgrades", _UPGRADES), ("engine", engine), ("port", _ANOTHER_PORT))
        )
        everything.apply()
        return Upgraded(upgrades, alone, port, before, _edge(made), everything.plan())


def _edge(made: Scenario) -> Edge:
    groups = made.account.client("elbv2").describe_target_groups()["TargetGroups"]
    certificates = made.account.client("acm").list_certificates()["CertificateSummaryList"]
    return Edge(
        [group["Port"] for group in groups], [certificate["DomainName"] for certificate in certificates]
    )


UPGRADED = Work("upgraded", _upgrade)
