"""The cluster parameter group."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
)
from constructs import Construct

PARAMETERS = {
    # The database rejects connections without TLS.
    "rds.force_ssl": "1",
    # Logs every connection and every change of the schema.
    "log_connections": "1",
    "log_disconnections": "1",
    "log_statement": "ddl",
    # Never logs the text of a slow or failed statement, because it may contain card data. Database Insights
    # shows statements without their values.
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
}


def cluster_parameters(scope: Construct, *, name_prefix: str, family: str) -> RdsClusterParameterGroup:
    """A parameter group that requires TLS and keeps the values of statements out of the logs.

    A major version upgrade changes the family and so replaces the group. Terraform creates the new group
    before it deletes the old one, since the cluster uses one of them at any time.
    """
    return RdsClusterParameterGroup(
        scope,
        "parameters",
        name_prefix=f"{name_prefix}-",
        family=family,
        description="TLS only, no statement values in the logs",
        parameter=[
            # All of these parameters are dynamic: they need no reboot.
            RdsClusterParameterGroupParameter(name=name, value=value, apply_method="immediate")
            for name, value in PARAMETERS.items()
        ],
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
    )
