"""CloudWatch: composite alarms."""

import re

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from tests.emulator.gaps.patching import adds

# The functions of an alarm rule that name an alarm: ALARM(name), OK("name"), INSUFFICIENT_DATA(name).
_ALARM_REFERENCE = re.compile(r"""\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+?)["']?\s*\)""")


@adds(CloudWatchResponse)
def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    """PutCompositeAlarm saves an alarm whose rule combines the states of alarms that exist already. moto
    lacks only the operation: its PutMetricAlarm reads the AlarmRule.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    names = {name.rpartition(":alarm:")[2] for name in _ALARM_REFERENCE.findall(self._get_param("AlarmRule"))}
    if missing := sorted(names - self.cloudwatch_backend.alarms.keys()):
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] "
            "in the alarm rule do not exist"
        )
    return self.put_metric_alarm()
