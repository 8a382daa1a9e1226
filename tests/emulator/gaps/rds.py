"""RDS: what DescribeDBClusters says of clusters."""

from typing import Any

from moto.rds.models import DBCluster

from tests.emulator.gaps.patching import Method, replaces


@replaces(DBCluster)
def scaling_configuration_info(original: Method, self: DBCluster) -> dict[str, Any] | None:
    """Only a cluster of Aurora Serverless v1 has a ScalingConfigurationInfo at all."""
    info: dict[str, Any] = original(self)
    return info if self.scaling_configuration else None
