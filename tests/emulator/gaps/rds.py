"""RDS: versions, scaling configuration, insights and IAM roles of clusters and instances, and the database
behind a cluster."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult, PaginatedResult
from moto.ec2.models import ec2_backends
from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, DBSubnetGroup, RDSBackend
from moto.rds.responses import RDSResponse

from tests.emulator import postgres
from tests.emulator.gaps.patching import Method, adds, adds_property, extra_state, replaces

# Parameter of the requests → field of the responses. moto also reads fields under the API's own names.
_INSIGHTS = {
    "DatabaseInsightsMode": "DatabaseInsightsMode",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
}

# What ModifyDBCluster changes in the next maintenance window unless ApplyImmediately is set. The password of
# the master user changes at once in any case. Parameter of the request → field of PendingModifiedValues.
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ClusterPendingModifiedValues.html
_DEFERRED = {
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EngineVersion": "EngineVersion",
    "NewDBClusterIdentifier": "DBClusterIdentifier",
}

# Major version → default minor version of Aurora PostgreSQL. AWS moves them on from time to time.
_DEFAULT_MINORS = {"14": "14.18", "15": "15.13", "16": "16.9", "17": "17.5"}


def full_version(version: str) -> str:
    """The engine version that RDS chooses for a version, which may be a major version alone.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
    """
    return _DEFAULT_MINORS.get(version, version)


@replaces(DBCluster)
def scaling_configuration_info(original: Method, self: DBCluster) -> dict[str, Any] | None:
    """DescribeDBClusters returns a ScalingConfigurationInfo for Aurora Serverless v1 clusters only; moto
    returns an empty one for the others.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ScalingConfigurationInfo.html
    """
    info: dict[str, Any] = original(self)
    return info if self.scaling_configuration else None


@replaces(RDSResponse)
def create_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBCluster stores the settings of Performance Insights and Database Insights. It chooses the
    minor version of a major version, and the family's default parameter group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    """
    if version := self.params.get("EngineVersion"):
        self.params["EngineVersion"] = full_version(version)
        default = f"default.{self.params['Engine']}{version.partition('.')[0]}"
        self.params["DBClusterParameterGroupName"] = self.params.get("DBClusterParameterGroupName") or default
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.clusters[self.params["DBClusterIdentifier"]])
    return answer


@replaces(RDSResponse)
def modify_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBCluster changes the settings of Performance Insights and Database Insights, chooses the minor
    version of a major version, and changes the master user's password in the database. Without
    ApplyImmediately, some changes wait for the maintenance window.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
    """
    if version := self.params.get("EngineVersion"):
        self.params["EngineVersion"] = full_version(version)
    # Before the call, since moto removes the identifier from the parameters.
    cluster = self.backend.clusters[self.params["DBClusterIdentifier"]]
    _defer(self, cluster)
    if (iam := self.params.get("EnableIAMDatabaseAuthentication")) is not None:
        cluster.iam_auth = iam
    answer: ActionResult = original(self)
    _store_insights(self, cluster)
    if (servers := postgres.current()) and (server := servers.of(cluster.db_cluster_resource_id)):
        server.set_password(cluster._master_user_password)
        server.set_parameters(_parameters(cluster))
    return answer


@replaces(RDSResponse)
def delete_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """DeleteDBCluster deletes the database with its data.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html
    """
    cluster = self.backend.clusters.get(self.params["DBClusterIdentifier"])
    answer: ActionResult = original(self)
    if cluster and (servers := postgres.current()):
        servers.delete(cluster.db_cluster_resource_id)
    return answer


@replaces(RDSResponse)
def stop_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """StopDBCluster stops the database, and keeps its data.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StopDBCluster.html
    """
    cluster = self.backend.clusters.get(self.params["DBClusterIdentifier"])
    answer: ActionResult = original(self)
    if cluster and (servers := postgres.current()):
        servers.stop(cluster.db_cluster_resource_id)
    return answer


@replaces(RDSResponse)
def start_db_cluster(original: Method, self: RDSResponse) -> ActionResult:
    """StartDBCluster starts the database of a cluster that has an instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartDBCluster.html
    """
    cluster = self.backend.clusters.get(self.params["DBClusterIdentifier"])
    answer: ActionResult = original(self)
    if cluster and cluster.members:
        _start_database(cluster)
    return answer


@replaces(RDSResponse)
def modify_db_cluster_parameter_group(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBClusterParameterGroup changes the parameters of the databases that use the group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBClusterParameterGroup.html
    """
    answer: ActionResult = original(self)
    name = self.params["DBClusterParameterGroupName"].lower()
    servers = postgres.current()
    for cluster in self.backend.clusters.values() if servers else ():
        server = servers.of(cluster.db_cluster_resource_id) if servers else None
        if server and cluster.parameter_group.lower() == name:
            server.set_parameters(_parameters(cluster))
    return answer


@replaces(RDSResponse)
def create_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """CreateDBInstance stores the settings of Performance Insights. The first instance of a cluster starts
    the database, and is available once the database accepts connections.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    answer: ActionResult = original(self)
    instance = self.backend.databases[self.params["DBInstanceIdentifier"]]
    _store_insights(self, instance)
    if isinstance(instance, DBInstanceClustered):
        _start_database(instance.cluster)
    return answer


@replaces(RDSResponse)
def delete_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """DeleteDBInstance deletes an instance; without one, a cluster accepts no connections.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html
    """
    instance = self.backend.databases.get(self.params["DBInstanceIdentifier"])
    answer: ActionResult = original(self)
    servers = postgres.current()
    if servers and isinstance(instance, DBInstanceClustered) and not instance.cluster.members:
        servers.stop(instance.cluster.db_cluster_resource_id)
    return answer


@replaces(RDSResponse)
def modify_db_instance(original: Method, self: RDSResponse) -> ActionResult:
    """ModifyDBInstance changes the settings of Performance Insights.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    answer: ActionResult = original(self)
    _store_insights(self, self.backend.databases[self.params["DBInstanceIdentifier"]])
    return answer


@adds(RDSResponse)
def remove_role_from_db_cluster(self: RDSResponse) -> ActionResult:
    """RemoveRoleFromDBCluster removes the association of an IAM role, which the feature's name identifies.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveRoleFromDBCluster.html
    """
    roles = self.backend.clusters[self.params["DBClusterIdentifier"]]._associated_roles
    roles[:] = [role for role in roles if role.feature_name != self.params["FeatureName"]]
    return EmptyResult()


@replaces(RDSBackend)
def modify_db_subnet_group(original: Method, self: RDSBackend, subnet_name: str, *args: Any) -> DBSubnetGroup:  # noqa: ANN401 - as in moto
    """ModifyDBSubnetGroup changes a subnet group; moto also deletes it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
    """
    group: DBSubnetGroup = original(self, subnet_name, *args)
    self.subnet_groups[subnet_name] = group
    return group


@replaces(DBInstanceClustered)
def __init__(original: Method, self: DBInstanceClustered, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807 - as in moto
    """An instance of a cluster has the cluster's subnet group and port, and runs in a zone of that group.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    original(self, *args, **kwargs)
    self.port = self.cluster.port
    if group := self.backend.subnet_groups.get(self.cluster.db_subnet_group_name):
        self.db_subnet_group = group
        if not kwargs.get("availability_zone"):
            self.availability_zone = sorted(subnet.availability_zone for subnet in group._subnets)[0]


@adds_property(DBInstanceClustered)
def enable_iam_database_authentication(self: DBInstanceClustered) -> bool:
    """DescribeDBInstances returns the cluster's IAM authentication for each of its instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Enabling.html
    """
    return bool(self.cluster.iam_auth)


@adds_property(DBInstanceClustered)
def enabled_cloudwatch_logs_exports(self: DBInstanceClustered) -> list[str]:
    """DescribeDBInstances returns the cluster's log exports for each of its instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
    """
    return list(self.cluster.enabled_cloudwatch_logs_exports)


def _store_insights(response: RDSResponse, resource: DBCluster | DBInstance) -> None:
    for parameter, field in _INSIGHTS.items():
        if (value := response.params.get(parameter)) is not None:
            setattr(resource, field, value)


def _defer(response: RDSResponse, cluster: DBCluster) -> None:
    """Take the changes that wait for the maintenance window out of the request; an immediate change also
    applies those that wait."""
    pending: dict[str, Any] = vars(cluster).setdefault("gap_pending", {})
    if response.params.get("ApplyImmediately"):
        for name, value in pending.items():
            if response.params.get(name) is None:
                response.params[name] = value
        pending.clear()
    else:
        deferred = [name for name in _DEFERRED if response.params.get(name) is not None]
        if "EngineVersion" in deferred:
            # The group of another major version comes with that version.
            deferred.append("DBClusterParameterGroupName")
        for name in deferred:
            if (value := response.params.pop(name, None)) is not None:
                pending[name] = value
    values = {field: pending[name] for name, field in _DEFERRED.items() if name in pending}
    setattr(cluster, "PendingModifiedValues", values or None)  # noqa: B010 - a field of the API, not of moto


def _start_database(cluster: DBCluster) -> None:
    """Start the PostgreSQL behind a cluster in the background; its instances are being created until then."""
    servers = postgres.current()
    if servers is None or cluster.engine != "aurora-postgresql":
        return
    members = [member for member in cluster.members if member.status in ("available", "creating")]
    for member in members:
        member.status = "creating"

    def finished(runs: bool) -> None:
        for member in members:
            if member.status == "creating":
                member.status = "available" if runs else "failed"

    servers.start(
        postgres.Cluster(
            identifier=cluster.db_cluster_resource_id,
            endpoints=(cluster.endpoint, cluster.reader_endpoint),
            port=cluster.port,
            database=cluster.database_name,
            engine_version=cluster.engine_version,
            master=str(cluster.master_username),
            password=cluster._master_user_password,
            parameters=_parameters(cluster),
        ),
        finished,
    )


def _parameters(cluster: DBCluster) -> dict[str, str]:
    """The parameters that the cluster's parameter group sets."""
    group = cluster.backend.db_cluster_parameter_groups.get(cluster.parameter_group)
    parameters = group.parameters.values() if group else ()
    return {
        each["ParameterName"]: str(each["ParameterValue"]) for each in parameters if "ParameterValue" in each
    }


@replaces(RDSResponse)
def describe_orderable_db_instance_options(_original: Method, self: RDSResponse) -> PaginatedResult:
    """DescribeOrderableDBInstanceOptions returns the zones in which a class is offered, for each version of
    the engine, in the region of the call. moto has the versions and the zones that us-east-1 had in 2023.

    Here every class is offered for all versions and in all zones but those of `withdrawn`.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
    """
    class_, engine = self.params["DBInstanceClass"], self.params["Engine"]
    zones = [
        each.name for each in ec2_backends[self.current_account][self.region].describe_availability_zones()
    ]
    offered = [zone for zone in zones if zone not in extra_state(self.backend, "withdrawn").get(class_, ())]
    options = [
        {
            "Engine": engine,
            "EngineVersion": version,
            "DBInstanceClass": class_,
            "AvailabilityZones": [{"Name": zone} for zone in offered],
            "Vpc": True,
        }
        for version in _DEFAULT_MINORS.values()
        if offered
    ]
    return PaginatedResult({"OrderableDBInstanceOptions": options})
