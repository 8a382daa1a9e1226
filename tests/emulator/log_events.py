"""What functions and containers of the emulator write to CloudWatch Logs."""

import time
from dataclasses import dataclass

from moto.logs.models import logs_backends

from tests.emulator.serving import MOTO


@dataclass(frozen=True)
class LogStream:
    """A stream of a log group. Events are lost while the group does not exist, as when a service writes."""

    account_id: str
    region: str
    group: str
    name: str

    def write(self, *messages: str) -> None:
        """Append an event for each message; an empty one, which PutLogEvents refuses, is left out."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages if message]
        with MOTO:
            logs = logs_backends[self.account_id][self.region]
            if events and self.group in logs.groups:
                logs.ensure_log_stream(self.group, self.name)
                logs.put_log_events(self.group, self.name, events)
