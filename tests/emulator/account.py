"""An AWS account on the emulator, and how tools get to talk to it."""

import os
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

# Variables of the person's own that must not reach a tool pointed at the emulator: real credentials,
# and what would send requests elsewhere or change what the tools do.
_FOREIGN_PREFIXES = ("AWS_", "TF_", "CDKTF_", "PAYMENT_API_", "ENVIRONMENT_SUFFIX")
# The same for a client in this process: setting → its name in a profile, its variable, its value, its type.
_NO_PROFILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_UNPROXIED = "127.0.0.1,localhost"


@dataclass(frozen=True)
class Credentials:
    """What a request is signed with. The emulator checks no signature; the key id tells it the account."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True)
class Account:
    """An account in one region, behind the emulator's endpoint."""

    endpoint: str
    region: str
    credentials: Credentials

    def variables(self) -> dict[str, str]:
        """The environment variables that make aws, Terraform and cdktf talk to the account.

        The person's own AWS profiles are out of reach.
        """
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": _UNPROXIED,
            "no_proxy": _UNPROXIED,  # which Python prefers
            "CHECKPOINT_DISABLE": "1",
        }
        if self.credentials.session_token:
            variables["AWS_SESSION_TOKEN"] = self.credentials.session_token
        return variables

    def environment(self) -> dict[str, str]:
        """This process's environment for a child: `variables()`, and none of the person's own for AWS,
        Terraform, cdktf or this project's settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
        return own | self.variables()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes the client's type at run time
        """A boto3 client of the service (`ecs`, `wafv2`, …) that talks to the account, whatever profile or
        proxy the person has."""
        session = boto3.session.Session(
            botocore_session=botocore.session.Session(session_vars=_NO_PROFILES),
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
            aws_session_token=self.credentials.session_token,
            region_name=self.region,
        )
        make: Any = session.client  # boto3-stubs types it for literal names only
        return make(service, endpoint_url=self.endpoint, config=Config(proxies={}))
