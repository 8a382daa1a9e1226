"""What the database engine itself is told."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
)
from constructs import Construct

PARAMETERS = {
    # Connections without TLS are refused.
    "rds.force_ssl": "1",
    # Who connected when, and every change of the schema.
    "log_connections": "1",
    "log_disconnections": "1",
    "log_statement": "ddl",
    # Never the text of a slow or failed statement: it may hold card data. Database Insights shows statements
    # without their values.
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
}


def cluster_parameters(scope: Construct, *, name_prefix: str, family: str) -> RdsClusterParameterGroup:
    """A parameter group that requires TLS and keeps the values of statements out of the logs.

    A new family (a major upgrade) replaces it: the new one stands before the old one goes.
    """
    return RdsClusterParameterGroup(
        scope,
        "parameters",
        name_prefix=f"{name_prefix}-",
        family=family,
        description="TLS only, no statement values in the logs",
        parameter=[
            # All of them are dynamic, so no connection has to wait for a reboot.
            RdsClusterParameterGroupParameter(name=name, value=value, apply_method="immediate")
            for name, value in PARAMETERS.items()
        ],
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
    )
