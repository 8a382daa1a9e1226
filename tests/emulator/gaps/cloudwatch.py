"""CloudWatch: composite alarms."""

import re

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from tests.emulator.gaps.patching import adds

# ALARM(name), OK("name"), INSUFFICIENT_DATA(name): the functions of an alarm rule that name an alarm.
_NAMED_ALARM = re.compile(r"""\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+?)["']?\s*\)""")


@adds(CloudWatchResponse)
def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    """PutCompositeAlarm saves an alarm with a rule over others, which must exist.

    moto's own PutMetricAlarm reads the AlarmRule for this purpose; only the operation is missing.
    """
    names = {name.rpartition(":alarm:")[2] for name in _NAMED_ALARM.findall(self._get_param("AlarmRule"))}
    if absent := sorted(names - self.cloudwatch_backend.alarms.keys()):
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(absent)}] "
            "in the alarm rule do not exist"
        )
    return self.put_metric_alarm()
