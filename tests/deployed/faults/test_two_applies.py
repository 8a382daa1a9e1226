"""Two applies of one deployment at the same time."""

from tests.deployed.faults.outcomes import LOG_DAYS, ConcurrentApplies


def test_both_applies_request_the_state_lock_at_the_same_moment(
    concurrent_applies: ConcurrentApplies,
) -> None:
    assert concurrent_applies.simultaneous


def test_exactly_one_of_two_applies_proceeds(concurrent_applies: ConcurrentApplies) -> None:
    """The lock is a conditional write, which S3 executes atomically among all writers; the emulator processes
    one request at a time."""
    assert concurrent_applies.errors.count(None) == 1


def test_the_rejected_apply_names_the_holder_of_the_lock(concurrent_applies: ConcurrentApplies) -> None:
    """The same on AWS: Terraform writes the name into the lock file and reads it from there."""
    (error,) = filter(None, concurrent_applies.errors)
    assert "Error acquiring the state lock" in error
    assert concurrent_applies.lock["ID"] in error
    assert concurrent_applies.lock["Who"] in error


def test_the_plan_after_two_applies_is_empty(concurrent_applies: ConcurrentApplies) -> None:
    """The same on AWS: Terraform neither reads nor writes the state without the lock."""
    assert concurrent_applies.plan.empty, concurrent_applies.plan.text


def test_only_the_apply_that_proceeded_made_changes(concurrent_applies: ConcurrentApplies) -> None:
    assert concurrent_applies.retentions == {LOG_DAYS[concurrent_applies.errors.index(None)]}
