"""Calls and answers get lost between Terraform and AWS, and some are late.

The answer to a call that made something is not among the lost: to Terraform that is the same as being killed.
"""

from tests.deployed.faults.outcomes import CutOff


def test_calls_and_answers_got_lost_and_some_were_late(cut_off: CutOff) -> None:
    """On AWS a lost call is noticed after seconds; here the connection ends at once."""
    for happened in (cut_off.fault.lost, cut_off.fault.unanswered, cut_off.fault.late):
        assert len(happened) >= 10


def test_calls_that_make_something_got_lost(cut_off: CutOff) -> None:
    assert any(call.writes for call in cut_off.fault.lost)


def test_the_apply_completes_and_a_second_plan_is_empty(cut_off: CutOff) -> None:
    """On AWS as here: what never arrived was not done."""
    assert cut_off.plan.empty, cut_off.plan.text


def test_database_and_secret_agree(cut_off: CutOff) -> None:
    """On AWS nobody can look at the cluster's password; only a login shows it."""
    assert cut_off.passwords.in_database == cut_off.passwords.in_secret
