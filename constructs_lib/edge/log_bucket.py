"""The bucket of the load balancer's access and connection logs."""

from cdktf_cdktf_provider_random.id import Id
from constructs import Construct

from constructs_lib.foundation.buckets import PrivateBucket
from constructs_lib.foundation.iam import Deployment, Statement

ACCESS_LOGS_PREFIX = "access"
CONNECTION_LOGS_PREFIX = "connection"
NONCURRENT_DAYS = 7


class LogBucket(Construct):
    """A private bucket to which only the account's load balancers can write, with a retention period.

    It is encrypted with S3 managed keys, the only encryption that load balancer logs support
    (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).

    Outputs: `name`, and `policy` to wait for before logging is enabled on the load balancer.
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
        # Keepers would make Terraform replace an imported id, and with it the bucket.
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
