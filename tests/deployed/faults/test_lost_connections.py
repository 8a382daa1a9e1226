"""An apply in which requests and responses are lost between Terraform and AWS, and some are late.

No response to a creating call is lost: for Terraform that has the same effect as being killed, which is
tested in test_killed.py.
"""

from tests.deployed.faults.outcomes import ConnectionsLost


def test_at_least_ten_requests_and_ten_responses_were_lost_and_ten_requests_were_late(
    connections_lost: ConnectionsLost,
) -> None:
    """On AWS a lost request ends in a timeout after seconds; the proxy closes the connection at once."""
    fault = connections_lost.fault
    for calls in (fault.lost, fault.unanswered, fault.late):
        assert len(calls) >= 10


def test_requests_of_creating_calls_were_lost(connections_lost: ConnectionsLost) -> None:
    assert any(call.writes for call in connections_lost.fault.lost)


def test_the_apply_completes_despite_lost_calls_and_the_second_plan_is_empty(
    connections_lost: ConnectionsLost,
) -> None:
    """AWS behaves the same: it executes no request that it has not received."""
    assert connections_lost.plan.empty, connections_lost.plan.text


def test_database_and_secret_have_the_same_password_despite_lost_calls(
    connections_lost: ConnectionsLost,
) -> None:
    """On AWS the cluster's password cannot be read; only a login verifies it."""
    assert connections_lost.passwords.in_database == connections_lost.passwords.in_secret
