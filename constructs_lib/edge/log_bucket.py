"""The bucket that the load balancer writes its access and connection logs to."""

from cdktf_cdktf_provider_random.id import Id
from constructs import Construct

from constructs_lib.foundation.buckets import PrivateBucket
from constructs_lib.foundation.iam import Deployment, Statement

ACCESS_LOGS_PREFIX = "access"
CONNECTION_LOGS_PREFIX = "connection"
NONCURRENT_DAYS = 7


class LogBucket(Construct):
    """A private bucket that this account's load balancers may write to, and that forgets after a while.

    S3's own keys encrypt it: load balancer logs refuse a customer key
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).

    Outputs: `name`, and `policy` to wait for before the load balancer is told to log.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        deployment: Deployment,
        retention_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        # No keepers: with any, one that is imported would be replaced, and the bucket with it.
        suffix = Id(self, "suffix", byte_length=4)
        name = f"{deployment.name_prefix}-logs-{suffix.hex}"
        bucket = PrivateBucket(
            self,
            "bucket",
            name=name,
            protected=protected,
            expiration_days=retention_days,
            noncurrent_days=NONCURRENT_DAYS,
            statements=[
                Statement(
                    sid="WrittenByLoadBalancers",
                    principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    actions=["s3:PutObject"],
                    resources=[
                        f"arn:aws:s3:::{name}/{prefix}/AWSLogs/{deployment.account_id}/*"
                        for prefix in (ACCESS_LOGS_PREFIX, CONNECTION_LOGS_PREFIX)
                    ],
                    conditions={
                        "ArnLike": {"aws:SourceArn": deployment.arn("elasticloadbalancing", "loadbalancer/*")}
                    },
                )
            ],
        )
        self.name = bucket.name
        self.policy = bucket.policy
