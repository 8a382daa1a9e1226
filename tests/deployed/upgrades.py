"""One deployment and its upgrades: planned one by one, and applied together."""

from dataclasses import dataclass
from pathlib import Path

from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.deployed.faults.proxy import NoFault
from tests.deployed.faults.wire import Call, Refusal
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
_ANOTHER_PORT = {"PAYMENT_API_SERVICE__PORT": "9090"}
_TLS = {"PAYMENT_API_SERVICE__TLS": "true"}
# Both remove security group rules: to the internet, and to the destination.
_DESTINATION = {"PAYMENT_API_NETWORK__DESTINATIONS": '{"card-network": "203.0.113.0/24:8443"}'}
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
class Upgraded:
    """The plans of all upgrades but the port, and of four single changes; the edge before and after
    everything was applied, the calls of that apply in their order; and the plan after that."""

    upgrades: Plan
    engine: Plan
    another_port: Plan
    tls: Plan
    closed: Plan
    before: Edge
    after: Edge
    calls: list[str]
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
    with prepared_scenario(emulator, "444444444432", directory, _DESTINATION) as scenario:
        deployment = scenario.deployment
        deployment.system.apply()
        before = _edge(scenario)
        engine = {name: value for name, value in _UPGRADES.items() if "ENGINE" in name}
        everything = deployment.with_settings("everything", _UPGRADES | _ANOTHER_PORT)
        upgrades_plan, engine_plan, port_plan, tls_plan, closed_plan = (
            deployment.with_settings(name, settings).plan()
            for name, settings in (
                ("upgrades", _UPGRADES),
                ("engine", engine),
                ("port", _ANOTHER_PORT),
                ("tls", _TLS),
                ("closed", _CLOSED),
            )
        )
        scenario.proxy.fault = recorder = _Recorder()
        everything.apply()
        return Upgraded(
            upgrades=upgrades_plan,
            engine=engine_plan,
            another_port=port_plan,
            tls=tls_plan,
            closed=closed_plan,
            before=before,
            after=_edge(scenario),
            calls=list(recorder.calls),
            last=everything.plan(),
        )


def _edge(scenario: Scenario) -> Edge:
    groups = scenario.account.client("elbv2").describe_target_groups()["TargetGroups"]
    certificates = scenario.account.client("acm").list_certificates()["CertificateSummaryList"]
    return Edge(
        [group["TargetGroupArn"] for group in groups],
        [certificate["DomainName"] for certificate in certificates],
    )


UPGRADED = Work("upgraded", _upgrade)
