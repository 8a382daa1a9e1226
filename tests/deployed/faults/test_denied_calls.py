"""Operations are denied during one apply after the other, and allowed again during the last."""

import pytest

from tests.deployed.faults.outcomes import DENIED_IN_TURN, Denied, IncompleteKey

OPERATIONS = [operation for operations in DENIED_IN_TURN for operation in operations]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_other_resources_were_created_in_the_apply_in_which_the_operation_is_denied(
    denied: Denied, operation: str
) -> None:
    """On AWS other resources may have been created by then, since some take minutes there."""
    assert denied.applies[operation].responses[operation]
    assert denied.applies[operation].created > 0


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_apply_reports_the_code_and_message_of_the_denied_call(denied: Denied, operation: str) -> None:
    """The message of AWS also names the principal, the resource, and the kind of policy that denies."""
    error = " ".join(denied.applies[operation].error.replace("│", " ").split())
    refusal = denied.applies[operation].responses[operation][0]
    assert refusal.code in error
    assert refusal.message in error


def test_the_apply_after_the_denied_calls_completes_and_the_next_plan_is_empty(denied: Denied) -> None:
    """AWS is eventually consistent: a new resource may not be visible at once. The emulator is consistent."""
    assert denied.plan.empty, denied.plan.text


def test_database_and_secret_have_the_same_password_after_denied_calls(denied: Denied) -> None:
    """On AWS the cluster's password cannot be read; only a login verifies it."""
    assert denied.passwords.in_database == denied.passwords.in_secret
    assert len(denied.passwords.in_secret) == 32
    assert denied.passwords.in_secret.isalnum()


class TestIncompleteProtectedResource:
    """Terraform taints a resource that was created but not fully configured, and plans to replace it.

    On AWS that may happen to every resource that takes several calls or some time, such as the database if
    the credentials of the apply expire meanwhile.
    """

    def test_the_next_apply_refuses_to_replace_the_tainted_key(self, incomplete_key: IncompleteKey) -> None:
        assert "Instance cannot be destroyed" in incomplete_key.error
        assert not any(incomplete_key.before.values())

    def test_an_apply_after_untaint_completes_the_key(self, incomplete_key: IncompleteKey) -> None:
        assert incomplete_key.after.keys() == incomplete_key.before.keys()
        assert list(incomplete_key.after.values()).count(True) == 1
