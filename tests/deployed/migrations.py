"""One deployment with a migration: successful, broken, mended while AWS throttles, and killed; and
invocations of its function at the same time."""

import json
import logging
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Barrier, Lock
from time import monotonic, sleep
from typing import Any, NamedTuple

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.deployed.access.callers import ACCESS_DENIED_CODES, role_of_the_tasks
from tests.deployed.access.calls import read_secret
from tests.deployed.faults import wire
from tests.deployed.faults.accounts import Scenario, prepared_scenario
from tests.deployed.faults.kill_point import KillPoint, apply_until_killed
from tests.deployed.faults.proxy import NoFault
from tests.deployed.faults.wire import Call, Refusal
from tests.deployed.migrate import HOLD, HOLDING
from tests.emulator import containers, postgres
from tests.emulator.background import Work
from tests.emulator.server import Emulator
from tests.emulator.serving import sessions_through
from tests.emulator.terraform import Plan, Terraform, TerraformError

_ACCOUNT = "444444444451"
_REPOSITORY = f"{_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/payment-api"
_PROGRAM = Path(__file__).with_name("migrate.py")
_SECONDS = 120.0
FIRST, BROKEN, MENDED, KILLED = "1.0.0", "1.1.0-broken", "1.1.1", "1.2.0"
# How often each call that runs the migration is throttled.
THROTTLED = {"Invoke": 3, "ListTasks": 5, "RunTask": 5, "DescribeTasks": 5}
SECRETS = ("database", "database-owner", "database-app-a", "database-app-b")
_INVOCATION = re.compile(r"POST /2015-03-31/functions/[^/]+-migration/invocations(\?.*)?")


_log = logging.getLogger(__name__)


class Run(NamedTuple):
    """A run of the migration, as it has recorded it in the database; `ended` is None if it was killed."""

    version: str
    role: str
    started: datetime
    ended: datetime | None


class Served(NamedTuple):
    """The task definition of the service and the image in it."""

    definition: str
    image: str


@dataclass(frozen=True)
class Invocation:
    """The result of an invocation of the function, and whether it failed."""

    result: dict[str, Any]
    failed: bool


@dataclass(frozen=True)
class Applied:
    """An apply: how often each call was made that belongs to the migration, the statuses of the migration's
    tasks when the service was created or updated, and afterwards the service, and all runs."""

    calls: Mapping[str, int]
    at_the_service: list[tuple[str, int | None]]
    served: Served
    runs: list[Run]
    error: str = ""


@dataclass(frozen=True)
class Killed:
    """An apply that was killed while its migration ran, and the one after the lock was released, which found
    the migration running.

    `served` is the service in between, `running` the statuses of the migration's tasks when the second apply
    invoked the function, `plan` that after the second apply.
    """

    served: Served
    running: list[tuple[str, int | None]]
    recovered: Applied
    plan: Plan


@dataclass(frozen=True)
class Simultaneous:
    """Two invocations at the same time, and the runs that they have caused."""

    invocations: list[Invocation]
    runs: list[Run]


@dataclass(frozen=True)
class Migrations:
    """What happened, in this order.

    `login` is what the application's login could do in the new tables after the first apply; `calls` are
    those of the migration during the plan after it. `readable` says which secrets of the database the
    migration's execution role can read. `exposed` are the places in which a password was found.
    """

    first: Applied
    login: list[tuple[Any, ...]]
    refused: str
    plan: Plan
    calls: Mapping[str, int]
    readable: Mapping[str, bool]
    broken: Applied
    mended: Applied
    throttled: Mapping[str, int]
    killed: Killed
    same_revision: Simultaneous
    older_revision: Simultaneous
    repeated: Simultaneous
    exposed: list[str]


class Watch(NoFault):
    """Counts the calls that run the migration, and looks at its tasks when the service changes."""

    def __init__(self, look: Callable[[], list[tuple[str, int | None]]]) -> None:
        self.calls: Counter[str] = Counter()
        self.at_the_service: list[tuple[str, int | None]] = []
        self._look = look
        self._lock = Lock()

    def before(self, call: Call) -> Refusal | None:
        """Count the call."""
        if call.operation in ("CreateService", "UpdateService"):
            self.at_the_service = self._look()
        name = operation(call)
        if name in THROTTLED:
            with self._lock:
                self.calls[name] += 1
        return None


class Throttle(Watch):
    """Throttles the first calls that run the migration."""

    def __init__(self, look: Callable[[], list[tuple[str, int | None]]]) -> None:
        super().__init__(look)
        self.throttled: Counter[str] = Counter()

    def before(self, call: Call) -> Refusal | None:
        """Throttle the call, or count it."""
        name = operation(call)
        with self._lock:
            throttle = self.throttled[name] < THROTTLED.get(name, 0)
            if throttle:
                self.throttled[name] += 1
        return wire.throttled(call) if throttle else super().before(call)


class KillDuringMigration(KillPoint):
    """Kills Terraform when its function asks for the state of a migration that runs; the function goes on."""

    def __init__(self, holding: Path) -> None:
        super().__init__()
        self._holding = holding

    def after(self, call: Call) -> None:
        """Kill Terraform if the migration has started."""
        if call.operation == "DescribeTasks" and self._holding.exists():
            with suppress(ConnectionAbortedError):
                self.kill(call)


class ReleaseWhenSeen(Watch):
    """Lets the migration that waits go on when another invocation has listed the running tasks."""

    def __init__(self, look: Callable[[], list[tuple[str, int | None]]], hold: Path) -> None:
        super().__init__(look)
        self.running: list[tuple[str, int | None]] = []
        self._hold = hold

    def after(self, call: Call) -> None:
        """Release the migration."""
        if call.operation == "ListTasks" and self._hold.exists():
            self.running = self._look()
            self._hold.unlink()


class SimultaneousStarts(NoFault):
    """Holds back the first calls of RunTask until there are two."""

    def __init__(self) -> None:
        self._barrier = Barrier(2, timeout=_SECONDS)

    def before(self, call: Call) -> Refusal | None:
        """Wait for the other call."""
        if call.operation == "RunTask":
            self._barrier.wait()
        return None


def operation(call: Call) -> str:
    """The name of the operation; `Invoke` if it is of the migration's function."""
    return "Invoke" if _INVOCATION.fullmatch(call.operation) else call.operation


class _Operator:
    """Applies versions of the application, and invokes the function."""

    def __init__(self, scenario: Scenario, directory: Path) -> None:
        self.scenario = scenario
        self.account = scenario.account
        self.deployment = scenario.deployment
        self.name = scenario.deployment.name
        self.output: list[str] = []
        self.plans: list[Plan] = []
        self._directory = directory
        self._ecs = self.account.client("ecs")

    def first(self) -> Terraform:
        """The system with the first version."""
        self.push(FIRST)
        return self._keep(self.deployment.system)

    def version(self, version: str) -> Terraform:
        """The system with another version."""
        self.push(version)
        return self._keep(self.deployment.with_settings(version, settings_of(version)))

    def _keep(self, system: Terraform) -> Terraform:
        system.on_line = self.output.append
        return system

    def push(self, version: str) -> Path:
        """Let ECS find the image of a version: this folder."""
        folder = self._directory / f"image-{version}"
        folder.mkdir()
        shutil.copy(_PROGRAM, folder)
        containers.images[image(version)] = folder
        return folder

    def watch(self) -> Watch:
        """Watch the calls from now on."""
        self.scenario.proxy.fault = watch = Watch(self.tasks)
        return watch

    def apply(self, system: Terraform, watch: Watch | None = None, *, fails: bool = False) -> Applied:
        """Apply, which fails or not, and look at what has happened."""
        watch = watch or Watch(self.tasks)
        self.scenario.proxy.fault = watch
        error = ""
        try:
            system.apply()
        except TerraformError as raised:
            if not fails:
                raise
            error = str(raised)
            self.output.append(error)
        self.scenario.proxy.fault = NoFault()
        _log.info("applied %s", system.directory)
        return Applied(watch.calls, watch.at_the_service, self.served(), self.runs(), error)

    def plan(self, system: Terraform) -> Plan:
        self.plans.append(plan := system.plan())
        return plan

    def served(self) -> Served:
        (service,) = self._ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        definition = service["taskDefinition"]
        described = self._ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        return Served(definition, described["containerDefinitions"][0]["image"])

    def tasks(self) -> list[tuple[str, int | None]]:
        """Status and exit code of each of the migration's tasks, oldest first."""
        family = f"{self.name}-migration"
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in self._ecs.list_tasks(cluster=self.name, family=family, desiredStatus=status)[
                "taskArns"
            ]
        ]
        if not arns:
            return []
        described = self._ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]
        return [
            (each["lastStatus"], each["containers"][0].get("exitCode"))
            for each in sorted(described, key=lambda task: task["createdAt"])
        ]

    @contextmanager
    def connected(self, login: str) -> Iterator[psycopg.Connection]:
        """A connection with the login's credentials."""
        value = json.loads(self.secret(login)[-1])
        with postgres.connect(
            self.deployment.account, self.name, user=value["username"], password=value["password"]
        ) as connection:
            yield connection

    def secret(self, purpose: str) -> list[str]:
        """The values of all versions of a secret, the current one last."""
        secrets, name = self.account.client("secretsmanager"), f"{self.name}-{purpose}"
        versions = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
        current = [each for each in versions if "AWSCURRENT" in each.get("VersionStages", ())]
        return [
            secrets.get_secret_value(SecretId=name, VersionId=each["VersionId"])["SecretString"]
            for each in [*(other for other in versions if other not in current), *current]
        ]

    def runs(self) -> list[Run]:
        """The runs so far, in the order in which they started."""
        _log.info("looking at the runs")
        with self.connected("database-owner") as connection:
            rows = connection.execute("SELECT version, role, started, ended FROM runs ORDER BY id").fetchall()
        return [Run(*row) for row in rows]

    def event(self) -> dict[str, Any]:
        """The event with which the last apply invoked the function."""
        stored = self.account.client("s3").get_object(
            Bucket=self.scenario.bucket, Key=self.scenario.state_key
        )
        inputs = [
            json.loads(instance["attributes"]["input"])
            for resource in json.load(stored["Body"])["resources"]
            if resource["type"] == "aws_lambda_invocation"
            for instance in resource["instances"]
        ]
        (event,) = [each for each in inputs if "task_definition" in each]
        return dict(event)

    def new_revision(self, event: Mapping[str, Any], version: str) -> dict[str, Any]:
        """The event for a new revision of the migration, with an image of this version."""
        self.push(version)
        before = self._ecs.describe_task_definition(taskDefinition=event["task_definition"])["taskDefinition"]
        (container,) = before["containerDefinitions"]
        changed = {**container, "image": image(version), "command": command(version)}
        kept = ("family", "executionRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory")
        registered = self._ecs.register_task_definition(
            **{name: before[name] for name in kept}, containerDefinitions=[changed]
        )
        return {**event, "task_definition": registered["taskDefinition"]["taskDefinitionArn"]}

    def invoke(self, event: Mapping[str, Any]) -> Invocation:
        """Invoke the function and wait for its result."""
        answer = self.account.client("lambda").invoke(
            FunctionName=f"{self.name}-migration", Payload=json.dumps(event).encode()
        )
        return Invocation(json.load(answer["Payload"]), "FunctionError" in answer)

    def use_tables(self) -> tuple[list[tuple[Any, ...]], str]:
        """Insert and select as the application, and the error with which it creates a table."""
        with self.connected("database-app-a") as connection:
            connection.execute("INSERT INTO payments (amount) VALUES (5)")
            rows = connection.execute("SELECT id, amount, current_user FROM payments").fetchall()
        with (
            self.connected("database-app-a") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege) as raised,
        ):
            connection.execute("CREATE TABLE mine (id int)")
        return rows, str(raised.value)

    def readable(self) -> dict[str, bool]:
        """Whether the execution role of the migration can read each secret."""
        found = {}
        with role_of_the_tasks(self.deployment, "migration-execution") as caller:
            for name in SECRETS:
                try:
                    found[name] = bool(read_secret(caller, self.deployment, name))
                except ClientError as error:
                    assert error.response["Error"]["Code"] in ACCESS_DENIED_CODES  # noqa: PT017 - no test
                    found[name] = False
        return found

    def kill(self) -> Killed:
        """Apply until Terraform is killed while the migration runs; release the lock, and apply again."""
        system = self.version(KILLED)
        folder = self._directory / f"image-{KILLED}"
        hold = folder / HOLD.name
        hold.touch()
        finished = apply_until_killed(KillDuringMigration(folder / HOLDING.name), system, self.scenario.proxy)
        self.output.append(finished.stdout + finished.stderr)
        served = self.served()
        with pytest.raises(TerraformError, match="Error acquiring the state lock"):
            system.apply()
        system.unlock(self.scenario.lock()["ID"])
        release = ReleaseWhenSeen(self.tasks, hold)
        recovered = self.apply(system, release)
        return Killed(served, release.running, recovered, self.plan(system))

    def invoke_twice(self, event: Mapping[str, Any]) -> Simultaneous:
        """Invoke the function twice for one new revision; neither sees the other's task."""
        revision = self.new_revision(event, "2.0.0")
        self.scenario.proxy.fault = SimultaneousStarts()
        with ThreadPoolExecutor(max_workers=2) as pool:
            invocations = list(pool.map(self.invoke, [revision, revision]))
        self.scenario.proxy.fault = NoFault()
        return Simultaneous(invocations, self._runs_of("2.0.0"))

    def invoke_during_another(self, event: Mapping[str, Any]) -> Simultaneous:
        """Invoke the function for a new revision while an older one runs."""
        older = self.new_revision(event, "2.1.0")
        folder = self._directory / "image-2.1.0"
        hold, holding = folder / HOLD.name, folder / HOLDING.name
        hold.touch()
        with ThreadPoolExecutor(max_workers=2) as pool:
            first = pool.submit(self.invoke, older)
            wait_for(holding)
            self.scenario.proxy.fault = ReleaseWhenSeen(self.tasks, hold)
            newer = pool.submit(self.invoke, self.new_revision(event, "2.1.1"))
            invocations = [first.result(), newer.result()]
        self.scenario.proxy.fault = NoFault()
        return Simultaneous(invocations, self._runs_of("2.1.0", "2.1.1"))

    def invoke_again(self, event: Mapping[str, Any]) -> Simultaneous:
        """Invoke the function for a revision that fails, again after its cause is gone, and once more."""
        revision = self.new_revision(event, "2.2.0")
        cause = self._directory / "image-2.2.0" / "broken"
        cause.touch()
        failed = self.invoke(revision)
        cause.unlink()
        return Simultaneous([failed, self.invoke(revision), self.invoke(revision)], self._runs_of("2.2.0"))

    def _runs_of(self, *versions: str) -> list[Run]:
        return [run for run in self.runs() if run.version in versions]

    def exposed(self) -> list[str]:
        """The places in which a password of the database can be read, other than the log of the broken
        migration, which writes one."""
        passwords = {json.loads(value)["password"] for name in SECRETS for value in self.secret(name)}
        places = {"the output": "\n".join(self.output)}
        for number, plan in enumerate(self.plans):
            places[f"plan {number}"] = plan.text + json.dumps(plan.document)
        s3, bucket = self.account.client("s3"), self.scenario.bucket
        for version in s3.list_object_versions(Bucket=bucket, Prefix=self.scenario.state_key)["Versions"]:
            body = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"]
            places[f"state {version['VersionId']}"] = body.read().decode()
        logs = self.account.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                for event in page["events"]:
                    if not event["message"].startswith("cannot migrate"):
                        places[name] = places.get(name, "") + event["message"]
        return [place for place, text in places.items() if any(password in text for password in passwords)]


def wait_for(file: Path) -> None:
    """Wait until the file exists."""
    deadline = monotonic() + _SECONDS
    while not file.exists():
        assert monotonic() < deadline, f"{file.name} does not appear"
        sleep(0.05)


def image(version: str) -> str:
    """The reference of a version's image."""
    return f"{_REPOSITORY}:{version}"


def command(version: str) -> list[str]:
    """The migration command of a version."""
    return [sys.executable, "migrate.py", version, *(["broken"] if version.endswith("broken") else [])]


def settings_of(version: str) -> dict[str, str]:
    """The settings that deploy a version."""
    return {
        "PAYMENT_API_SERVICE__IMAGE": image(version),
        "PAYMENT_API_SERVICE__MIGRATION_COMMAND": json.dumps(command(version)),
    }


def _migrate(emulator: Emulator, directory: Path) -> Migrations:
    """Deploy and migrate; `Migrations` says what."""
    with (
        prepared_scenario(emulator, _ACCOUNT, directory, settings_of(FIRST)) as scenario,
        sessions_through(scenario.proxy.account.endpoint, account_id=_ACCOUNT),
    ):
        operator = _Operator(scenario, directory)
        first = operator.apply(operator.first())
        login, refused = operator.use_tables()
        watch = operator.watch()
        plan = operator.plan(operator.deployment.system)
        broken = operator.apply(operator.version(BROKEN), fails=True)
        mended = operator.apply(operator.version(MENDED), throttle := Throttle(operator.tasks))
        killed = operator.kill()
        event = operator.event()
        return Migrations(
            first=first,
            login=login,
            refused=refused,
            plan=plan,
            calls=watch.calls,
            readable=operator.readable(),
            broken=broken,
            mended=mended,
            throttled=throttle.throttled,
            killed=killed,
            same_revision=operator.invoke_twice(event),
            older_revision=operator.invoke_during_another(event),
            repeated=operator.invoke_again(event),
            exposed=operator.exposed(),
        )


MIGRATED = Work("migrated", _migrate)
