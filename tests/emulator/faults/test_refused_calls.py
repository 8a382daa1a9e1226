"""One call of an apply is refused for good, and the next apply finds AWS well again."""

from tests.emulator.faults.outcomes import Refused


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
