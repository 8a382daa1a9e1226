"""ECS: client tokens of RunTask."""

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException
from moto.ecs.responses import EC2ContainerServiceResponse

from tests.emulator.gaps.patching import Method, extra_state, replaces


@replaces(EC2ContainerServiceResponse)
def run_task(original: Method, self: EC2ContainerServiceResponse) -> ActionResult:
    """RunTask with the client token of an earlier call returns the tasks of that call. With other parameters
    it is refused.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
    """
    token = self._get_param("clientToken")
    if not token:
        answer: ActionResult = original(self)
        return answer
    calls = extra_state(self.ecs_backend, "tokens")
    parameters = json.dumps(json.loads(self.body), sort_keys=True)
    if token not in calls:
        started: Any = original(self).result
        calls[token] = (parameters, started["tasks"])
    before, tasks = calls[token]
    if before != parameters:
        raise _ConflictError([task.task_arn for task in tasks])
    return ActionResult({"tasks": tasks, "failures": []})


class _ConflictError(ECSException):
    def __init__(self, task_arns: list[str]) -> None:
        super().__init__("ConflictException", f"The client token was used with other parameters: {task_arns}")
