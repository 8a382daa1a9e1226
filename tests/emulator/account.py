"""An AWS account on the emulator, and the credentials and variables with which tools reach it."""

import os
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

# Variables of the user's environment that are removed for tools that use the emulator: real credentials,
# other endpoints, and options that change what the tools do.
_REMOVED_PREFIXES = ("AWS_", "TF_", "CDKTF_", "PAYMENT_API_", "ENVIRONMENT_SUFFIX")
# The same for a boto3 client: setting → name in a profile, variable, default value, converter, as botocore
# has its session variables.
_NO_PROFILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_UNPROXIED = "127.0.0.1,localhost"
# Lambda's Invoke waits for the function, whose longest timeout this is; a retry would run it a second time.
_READ_TIMEOUT_SECONDS = {"lambda": 900}


@dataclass(frozen=True)
class Credentials:
    """AWS credentials. The emulator checks no signature; it derives the account from the access key id."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True)
class Account:
    """An account in one region, reached through the emulator's endpoint."""

    endpoint: str
    region: str
    credentials: Credentials

    def variables(self) -> dict[str, str]:
        """The environment variables that make aws, Terraform and cdktf use the account, and none of the
        user's AWS profiles."""
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
            "no_proxy": _UNPROXIED,  # Python prefers the lower-case name
            "CHECKPOINT_DISABLE": "1",
        }
        if self.credentials.session_token:
            variables["AWS_SESSION_TOKEN"] = self.credentials.session_token
        return variables

    def environment(self) -> dict[str, str]:
        """The environment for a child process: this process's, without its variables for AWS, Terraform,
        cdktf and this project's settings, and with `variables()`. In every locale, a child in Python writes
        UTF-8, as Terraform does."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_REMOVED_PREFIXES)
        }
        return inherited | {"PYTHONIOENCODING": "utf-8"} | self.variables()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes the client's type at run time
        """A boto3 client of the service (`ecs`, `wafv2`, …) for the account, which ignores the user's AWS
        profiles and proxies."""
        session = boto3.session.Session(
            botocore_session=botocore.session.Session(session_vars=_NO_PROFILES),
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
            aws_session_token=self.credentials.session_token,
            region_name=self.region,
        )
        create_client: Any = session.client  # boto3-stubs types it for literal names only
        config = Config(proxies={}, read_timeout=_READ_TIMEOUT_SECONDS.get(service, 60))
        return create_client(service, endpoint_url=self.endpoint, config=config)
