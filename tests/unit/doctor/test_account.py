"""What the doctor finds in an account."""

import pytest

from tests.unit.doctor.accounts import Patient
from tests.unit.doctor.defects import DEFECTS, Defect

_TOGETHER = {name: defect for name, defect in DEFECTS.items() if not defect.apart}


def test_nothing_is_found_in_an_account_that_is_ready(patient: Patient) -> None:
    assert patient.examine().lines == []


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_the_only_finding(patient: Patient, defect: Defect) -> None:
    defect.plant(patient)
    patient.variables.update(defect.variables)
    (line,) = patient.examine().lines
    assert line.startswith(f"{defect.problem}: ")
    assert defect.remedy in line


def test_all_defects_are_found_at_once(patient: Patient) -> None:
    for defect in _TOGETHER.values():
        defect.plant(patient)
        patient.variables.update(defect.variables)
    report = patient.examine()
    print(*report.lines, sep="\n")  # pytest -rP shows the whole output
    assert report.unknown == []
    missing = [
        name
        for name, defect in _TOGETHER.items()
        if not any(line.startswith(f"{defect.problem}: ") for line in report.lines)
    ]
    assert missing == []
    assert len(report.lines) == len(_TOGETHER)
