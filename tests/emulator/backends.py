"""A look behind the emulator's API, at what AWS would tell nobody."""

from moto.rds.models import rds_backends

from tests.emulator.account import Account


def master_password(account: Account, cluster_identifier: str) -> str:
    """The password that the cluster was last given."""
    account_id = account.client("sts").get_caller_identity()["Account"]
    cluster = rds_backends[account_id][account.region].clusters[cluster_identifier]
    # moto keeps it, but its property refuses to give it, as AWS does.
    return str(cluster._master_user_password)
