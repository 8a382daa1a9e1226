"""The doctor reads, and changes nothing."""

import gc
import json
from typing import Any
from urllib.request import urlopen

import pytest

from constructs_lib.doctor.aws import Aws
from tests.unit.doctor.accounts import Patient
from tests.unit.doctor.calls import recorded
from tests.unit.doctor.defects import DEFECTS

_READING = ("BatchGet", "Describe", "Get", "List", "Simulate")


def resources(patient: Patient) -> dict[str, set[str]]:
    """All that the emulator stores, in all accounts.

    moto creates the default VPC of an account at the first look, finds resources that a reset has deleted
    until they are collected, and makes copies of images when it returns them.
    """
    patient.account.client("ec2").describe_vpcs()
    gc.collect()
    with urlopen(f"{patient.account.endpoint}/moto-api/data.json") as answer:  # noqa: S310 - the emulator
        services: dict[str, dict[str, list[dict[str, Any]]]] = json.load(answer)
    return {
        f"{service} {model}": {json.dumps(_of_moto(each), sort_keys=True) for each in stored}
        for service, models in services.items()
        for model, stored in models.items()
    }


def _of_moto(stored: dict[str, Any]) -> dict[str, Any]:
    """Without what the gaps add, be it empty, at the first look."""
    return {name: value for name, value in stored.items() if not name.startswith("gap_")}


def test_every_call_reads_and_leaves_the_account_as_it_is(patient: Patient) -> None:
    for defect in (DEFECTS["state locked"], DEFECTS["role left"], DEFECTS["declared secret missing"]):
        defect.plant(patient)
        patient.variables.update(defect.variables)
    before = resources(patient)
    with recorded() as operations:
        patient.examine()
    assert resources(patient) == before
    assert len(operations) > 30
    assert [each for each in operations if not each.startswith(_READING)] == []


def test_a_resource_that_is_added_would_be_seen(patient: Patient) -> None:
    before = resources(patient)
    patient.account.client("sns").create_topic(Name="x")
    assert resources(patient) != before


def test_a_call_that_could_change_something_is_refused_by_the_doctor_itself() -> None:
    with pytest.raises(ValueError, match="delete_bucket does not only read"):
        Aws("us-east-1").get("s3", "delete_bucket", Bucket="x")
