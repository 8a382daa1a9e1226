"""Two people apply at the same time."""

from tests.deployed.faults.outcomes import LOG_DAYS, Contest


def test_both_ask_for_the_lock_at_the_same_moment(contest: Contest) -> None:
    assert contest.together


def test_exactly_one_of_two_applies_proceeds(contest: Contest) -> None:
    """S3 decides by a conditional write, which AWS makes atomic across all who write; the emulator answers
    one at a time anyway."""
    assert contest.errors.count(None) == 1


def test_the_refused_apply_names_who_holds_the_lock(contest: Contest) -> None:
    """As on AWS: the name is in the lock, which Terraform writes and reads."""
    (error,) = filter(None, contest.errors)
    assert "Error acquiring the state lock" in error
    assert contest.lock["ID"] in error
    assert contest.lock["Who"] in error


def test_the_state_is_whole_after_two_applies(contest: Contest) -> None:
    """As on AWS: whoever has no lock has not read the state, much less written it."""
    assert contest.plan.empty, contest.plan.text


def test_only_one_of_two_applies_changed_anything(contest: Contest) -> None:
    assert contest.days == {LOG_DAYS[contest.errors.index(None)]}
