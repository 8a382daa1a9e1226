"""The hosted zone of an account with several zones of one name; nothing is applied."""

from collections.abc import Iterator

import pytest

from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.emulator import backends
from tests.emulator.server import Emulator
from tests.emulator.terraform import TerraformError

# Starts the deployments of other tests, which then go on beside these.
pytestmark = pytest.mark.usefixtures("background")

ID = "PAYMENT_API_DOMAIN__HOSTED_ZONE_ID"
SECOND, OTHER = "Z0123456789ABCDEFGHIJ", "ZOTHER"


@pytest.fixture(scope="module")
def scenario(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """An account with two zones of the name, and one of another name."""
    with prepared_scenario(emulator, "444444444442", tmp_path_factory.mktemp("z")) as scenario:
        backends.create_hosted_zone(scenario.account, "example.com", SECOND)
        backends.create_hosted_zone(scenario.account, "other.example.com", OTHER)
        yield scenario


def test_two_hosted_zones_of_one_name_cannot_be_told_apart_by_name(scenario: Scenario) -> None:
    with pytest.raises(TerraformError, match="multiple Route 53 Hosted Zones matched"):
        scenario.deployment.system.plan()


def test_the_hosted_zone_of_the_setting_has_the_records(scenario: Scenario) -> None:
    plan = scenario.deployment.with_settings("second", {ID: SECOND}).plan()
    records = [
        each["change"]["after"]["zone_id"]
        for each in plan.document["resource_changes"]
        if each["type"] == "aws_route53_record"
    ]
    assert records == [SECOND, SECOND]


def test_a_hosted_zone_of_another_name_is_refused(scenario: Scenario) -> None:
    with pytest.raises(TerraformError, match=r"domain\.hosted_zone_id is ZOTHER, which\s+is not the zone"):
        scenario.deployment.with_settings("other", {ID: OTHER}).plan()
