"""One call of an apply is refused for good, and the next apply finds AWS well again."""

from tests.deployed.faults.outcomes import HalfMade, Refused


def test_the_call_is_refused_in_the_middle_of_the_apply(refused: Refused) -> None:
    """On AWS more may have been created by then, since some things take minutes there."""
    assert refused.refusals
    assert refused.created > 0


def test_the_apply_reports_the_refused_call(refused: Refused) -> None:
    """AWS's message also says who is denied it, on what, and by which policy."""
    said = " ".join(refused.error.replace("│", " ").split())
    assert refused.refusals[0].code in said
    assert refused.refusals[0].message in said


def test_the_next_apply_converges(refused: Refused) -> None:
    """On AWS some things are not there at once for who asks right after; the emulator always agrees
    with itself."""
    assert refused.plan.empty, refused.plan.text


def test_database_and_secret_agree(refused: Refused) -> None:
    """On AWS nobody can look at the cluster's password; only a login shows it."""
    assert refused.passwords.in_database == refused.passwords.in_secret
    assert len(refused.passwords.in_secret) == 32
    assert refused.passwords.in_secret.isalnum()


class TestWhatIsProtectedAndHalfMade:
    """Terraform takes what was created and not finished for broken, and would make it anew. On AWS that may
    happen to all that takes several calls or some time, such as the database when the credentials of whoever
    applies expire meanwhile."""

    def test_the_next_apply_does_not_destroy_it(self, half_made: HalfMade) -> None:
        assert "Instance cannot be destroyed" in half_made.error
        assert not any(half_made.before.values())

    def test_it_is_finished_once_it_is_untainted(self, half_made: HalfMade) -> None:
        assert half_made.after.keys() == half_made.before.keys()
        assert list(half_made.after.values()).count(True) == 1
