"""CloudWatch Logs: the key of an existing log group."""

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from tests.emulator.gaps.patching import adds


@adds(LogsResponse)
def associate_kms_key(self: LogsResponse) -> str:
    """AssociateKmsKey sets the key of a log group that already exists.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
    """
    name = self._get_param("logGroupName")
    if name not in self.logs_backend.groups:
        raise ResourceNotFoundException
    self.logs_backend.groups[name].kms_key_id = self._get_param("kmsKeyId")
    return ""
