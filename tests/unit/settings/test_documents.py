"""Settings that are arrays or objects: JSON text in a variable, JSON values in cdktf.json."""

import json
from types import MappingProxyType

import pytest

from constructs_lib.settings.grants import Permission
from constructs_lib.settings.loader import load_settings
from constructs_lib.settings.messages import shown_name
from constructs_lib.settings.quotas import RESERVED_DESTINATION_NAMES
from tests.unit.settings.refusals import only_problem
from tests.unit.synthesis import Synthesized

NOT_JSON = [
    "",
    "card-network",
    "{",
    pytest.param("[" * 100_000, id="nested too deep"),
    pytest.param("9" * 5_000, id="number too long"),
]


class TestContainerEnvironment:
    NAME = "PAYMENT_API_SERVICE__ENVIRONMENT"

    def test_the_variable_contains_json(self) -> None:
        service = load_settings({self.NAME: '{"LOG_LEVEL": "info"}'}, {}).service
        assert service.environment == {"LOG_LEVEL": "info"}

    def test_the_context_contains_an_object(self) -> None:
        context = {"payment_api": {"service": {"environment": {"LOG_LEVEL": "info"}}}}
        assert load_settings({}, context).service.environment == {"LOG_LEVEL": "info"}

    def test_it_is_immutable(self) -> None:
        assert isinstance(load_settings({}, {}).service.environment, MappingProxyType)

    def test_dollar_and_percent_signs_without_braces_are_accepted(self) -> None:
        text = {"PRICE": "5 $ { 10 %", "SHELL": "$HOME"}
        assert load_settings({self.NAME: json.dumps(text)}, {}).service.environment == text

    @pytest.mark.parametrize("value", [*NOT_JSON, "[]", '{"RETRIES": 3}', "LOG_LEVEL=info"])
    def test_a_value_other_than_an_object_of_strings_is_refused(self, value: str) -> None:
        assert "must be a JSON object with string values" in only_problem({self.NAME: value})

    @pytest.mark.parametrize("name", ["LOG-LEVEL", "1ST", "", "É"])
    def test_an_invalid_variable_name_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "x"})})
        assert "must name variables with letters, digits and underscores" in problem
        assert problem.endswith(f'not "{name}"')

    @pytest.mark.parametrize(
        "name",
        [
            *("DB_HOST", "DB_PORT", "DB_NAME", "DB_SSLMODE", "DB_USERNAME", "DB_PASSWORD"),
            *("FIELD_KEY_ARN", "FIELD_KEY_CONTEXT"),
        ],
    )
    def test_a_variable_that_the_stack_sets_is_refused(self, name: str) -> None:
        assert f"must not contain {name}, because the stack sets" in only_problem(
            {self.NAME: json.dumps({name: "x"})}
        )

    def test_an_empty_value_is_refused_because_ecs_removes_it(self) -> None:
        problem = only_problem({self.NAME: '{"LOG_LEVEL": "info", "FEATURE_X": ""}'})
        assert problem.endswith(
            "must not contain an empty value: ECS removes FEATURE_X from the task definition, so that every "
            "plan would add it again"
        )

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '{"LOG_LEVEL": "info", "LOG_LEVEL": "debug"}'})
        assert problem.endswith("must not contain the name LOG_LEVEL twice")

    @pytest.mark.parametrize("text", ["${HOME}/log", "$${HOME}", "%{message}"])
    def test_a_terraform_expression_is_refused(self, text: str) -> None:
        assert "must not contain ${ or %{" in only_problem({self.NAME: json.dumps({"TEXT": text})})

    @pytest.mark.parametrize("text", ["\0", "\ud800"])
    def test_nul_and_surrogate_characters_are_refused(self, text: str) -> None:
        assert "must be valid Unicode without NUL" in only_problem({self.NAME: json.dumps({"TEXT": text})})

    def test_more_than_32768_characters_are_refused(self) -> None:
        assert "must be at most 32768 characters" in only_problem(
            {self.NAME: json.dumps({"TEXT": "a" * 32_768})}
        )

    @pytest.mark.parametrize(
        "name",
        [
            *("KEY", "API_KEY", "API_KEYS", "APIKEY", "KEY_2", "KEY2", "apiKey", "api_key", "SIGNINGKEY"),
            *("TOKEN", "AUTH_TOKEN", "AUTHTOKEN", "TOKENS", "PASSWORD", "PGPASSWORD", "SMTP_PASSWD"),
            *("DB_PWD", "MAIL_PASS", "SECRET", "CLIENT_SECRET", "clientSecret", "SECRETS_OF_2026"),
            *("PASSPHRASE", "PROVIDER_CREDENTIALS", "TOKEN_TTL", "PUBLIC_KEY"),
        ],
    )
    def test_a_name_like_that_of_a_secret_is_refused(self, name: str) -> None:
        assert only_problem({self.NAME: json.dumps({"LOG_LEVEL": "info", name: "x"})}) == (
            f"{self.NAME} is not valid: must not contain {name}, because the name looks like that of a "
            "secret, and the values here are stored in plain text: put a secret into Secrets Manager and "
            "its ARN into service.secrets; if the value is none, add the name to service.harmless_names"
        )

    @pytest.mark.parametrize(
        "name",
        [
            *("MONKEY", "MONKEYS", "KEYBOARD_LAYOUT", "TURKEY_VAT", "PASSENGERS", "COMPASS", "BYPASS"),
            *("TOKENIZER", "SECRETARY", "PWD", "OLDPWD", "LOG_LEVEL", "KEYSPACE", "HOCKEY"),
        ],
    )
    def test_a_name_in_which_such_a_word_is_only_a_part_of_another_is_accepted(self, name: str) -> None:
        assert load_settings({self.NAME: json.dumps({name: "x"})}, {}).service.environment == {name: "x"}


class TestHarmlessNames:
    NAME = "PAYMENT_API_SERVICE__HARMLESS_NAMES"
    ENVIRONMENT = "PAYMENT_API_SERVICE__ENVIRONMENT"

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).service.harmless_names == ()

    def test_a_listed_name_is_accepted_in_the_environment(self) -> None:
        service = load_settings(
            {self.ENVIRONMENT: '{"PUBLIC_KEY": "x"}', self.NAME: '["PUBLIC_KEY"]'}, {}
        ).service
        assert service.environment == {"PUBLIC_KEY": "x"}

    def test_the_context_contains_an_array(self) -> None:
        settings = {"environment": {"PUBLIC_KEY": "x"}, "harmless_names": ["PUBLIC_KEY"]}
        service = load_settings({}, {"payment_api": {"service": settings}}).service
        assert service.harmless_names == ("PUBLIC_KEY",)

    def test_a_name_that_is_not_listed_is_still_refused(self) -> None:
        environment = {self.ENVIRONMENT: '{"PUBLIC_KEY": "x", "API_KEY": "y"}', self.NAME: '["PUBLIC_KEY"]'}
        assert "must not contain API_KEY, because" in only_problem(environment)

    def test_a_listed_name_that_the_environment_does_not_contain_is_refused(self) -> None:
        assert only_problem({self.NAME: '["PUBLIC_KEY"]', self.ENVIRONMENT: '{"LOG_LEVEL": "info"}'}) == (
            f"{self.NAME} is not valid: must contain only names of variables in service.environment, which "
            "has no PUBLIC_KEY"
        )

    def test_if_the_environment_is_refused_the_list_is_not_refused_too(self) -> None:
        values = {self.NAME: '["PUBLIC_KEY"]', self.ENVIRONMENT: '{"PUBLIC_KEY": ""}'}
        assert only_problem(values).startswith(self.ENVIRONMENT)

    def test_if_the_list_is_refused_the_environment_is_not_refused_too(self) -> None:
        assert only_problem({self.ENVIRONMENT: '{"PUBLIC_KEY": "x"}', self.NAME: "PUBLIC_KEY"}).startswith(
            self.NAME
        )

    @pytest.mark.parametrize("value", [*NOT_JSON, "{}", "[1]", '["PUBLIC-KEY"]', '[""]', "PUBLIC_KEY"])
    def test_a_value_other_than_names_of_variables_is_refused(self, value: str) -> None:
        assert only_problem({self.NAME: value}).endswith(
            'must be a JSON array of names of variables, such as ["PUBLIC_KEY"]'
        )

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '["A_KEY", "B_KEY", "A_KEY"]'})
        assert problem.endswith("must contain each name only once, but has A_KEY twice")


ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/provider_key-a1B2c3"
VERSION = "01234567-89ab-cdef-0123-456789abcdef"


class TestSecrets:
    NAME = "PAYMENT_API_SERVICE__SECRETS"

    def problem(self, **secrets: object) -> str:
        return only_problem({self.NAME: json.dumps(secrets)})

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).service.secrets == {}

    @pytest.mark.parametrize(
        "after_the_arn",
        [
            "",
            ":::",
            ":api_key::",
            "::AWSPREVIOUS:",
            f":::{VERSION}",
            f":api_key::{VERSION}",
            ":key:my/stage:",
        ],
    )
    def test_a_reference_is_an_arn_with_a_json_key_and_a_stage_or_a_version(self, after_the_arn: str) -> None:
        secrets = {"PROVIDER_KEY": f"{ARN}{after_the_arn}"}
        service = load_settings({self.NAME: json.dumps(secrets)}, {}).service
        assert service.secrets == secrets
        assert service.secret_arns == [ARN]

    def test_the_context_contains_an_object(self) -> None:
        context = {"payment_api": {"service": {"secrets": {"PROVIDER_KEY": ARN}}}}
        assert load_settings({}, context).service.secrets == {"PROVIDER_KEY": ARN}

    def test_they_are_immutable(self) -> None:
        assert isinstance(load_settings({}, {}).service.secrets, MappingProxyType)

    def test_a_secret_of_which_several_keys_are_used_is_listed_once(self) -> None:
        secrets = {"USER_NAME": f"{ARN}:user::", "PASSWORD": f"{ARN}:password::"}
        assert load_settings({self.NAME: json.dumps(secrets)}, {}).service.secret_arns == [ARN]

    @pytest.mark.parametrize("value", [*NOT_JSON, "[]", '{"PROVIDER_KEY": 3}', f"PROVIDER_KEY={ARN}"])
    def test_a_value_other_than_an_object_of_strings_is_refused(self, value: str) -> None:
        assert "must be a JSON object with the ARNs of secrets, such as" in only_problem({self.NAME: value})

    @pytest.mark.parametrize("name", ["PROVIDER-KEY", "1ST", "", "É"])
    def test_an_invalid_variable_name_is_refused(self, name: str) -> None:
        assert self.problem(**{name: ARN}).endswith(f'not "{name}"')

    @pytest.mark.parametrize("name", ["DB_HOST", "DB_USERNAME", "DB_PASSWORD", "FIELD_KEY_ARN"])
    def test_a_variable_that_the_stack_sets_is_refused(self, name: str) -> None:
        assert f"must not contain {name}, because the stack sets" in self.problem(**{name: ARN})

    def test_a_variable_of_the_environment_is_refused(self) -> None:
        environment = {"PAYMENT_API_SERVICE__ENVIRONMENT": '{"CURRENCY": "EUR"}'}
        problem = only_problem({self.NAME: json.dumps({"CURRENCY": ARN}), **environment})
        assert problem == (
            f"{self.NAME} is not valid: must not contain CURRENCY, because service.environment contains it "
            "too"
        )

    @pytest.mark.parametrize(
        "reference",
        [
            "",
            "provider",
            "team/provider_key-a1B2c3",
            ARN.removesuffix("-a1B2c3"),
            f"{ARN}:",
            f"{ARN}:key",
            f"{ARN}:key:",
            f"{ARN}:key:::",
            f"{ARN}:::1",
            f"{ARN}:::{'1' * 65}",
            f"{ARN}:${{x}}::",
            f" {ARN}",
            f"{ARN}\n",
            ARN.replace("arn:aws:", "arn:aws-cn:"),
            ARN.replace("secretsmanager", "ssm"),
            ARN.replace("123456789012", "*"),
            ARN.replace("123456789012", "12345"),
            ARN.replace("123456789012", ""),
            ARN.replace(":secret:", ":parameter:"),
            ARN.replace("team/provider_key", "*"),
            ARN.replace("team/provider_key", "n" * 513),
        ],
    )
    def test_a_malformed_arn_is_refused(self, reference: str) -> None:
        assert self.problem(PROVIDER_KEY=reference).startswith(
            f"{self.NAME} is not valid: must map PROVIDER_KEY to the full ARN of a secret, "
            "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-a1B2c3, which may be followed by"
        )

    def test_a_version_stage_together_with_a_version_id_is_refused_as_ecs_does(self) -> None:
        assert self.problem(PROVIDER_KEY=f"{ARN}:key:AWSCURRENT:{VERSION}").endswith(
            "must map PROVIDER_KEY to a version stage or to a version ID, not to both, which ECS rejects"
        )

    def test_a_secret_in_another_region_is_refused(self) -> None:
        elsewhere = ARN.replace("us-east-1", "eu-west-1")
        assert self.problem(PROVIDER_KEY=elsewhere, OTHER_KEY=ARN).endswith(
            "must map PROVIDER_KEY to a secret in us-east-1, the region of the deployment: the tasks read "
            "secrets through the VPC's endpoint, which connects to this region only"
        )

    @pytest.mark.parametrize("name", ["payment-api-dev-database", "payment-api-dev-database-owner"])
    def test_a_secret_of_the_stacks_database_is_refused(self, name: str) -> None:
        own = ARN.replace("team/provider_key", name)
        assert "must not map MASTER to a secret of the stack's database" in self.problem(MASTER=own)

    @pytest.mark.parametrize(
        "name", ["payment-api-dev-databases", "payment-api-dev", "payment-api-dev-provider"]
    )
    def test_another_secret_with_the_stacks_prefix_is_accepted(self, name: str) -> None:
        secrets = {"PROVIDER_KEY": ARN.replace("team/provider_key", name)}
        assert load_settings({self.NAME: json.dumps(secrets)}, {}).service.secrets == secrets

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: f'{{"PROVIDER_KEY": "{ARN}", "PROVIDER_KEY": "{ARN}"}}'})
        assert problem.endswith("must not contain the name PROVIDER_KEY twice")

    def test_more_than_1800_characters_of_arns_are_refused(self) -> None:
        many = {f"KEY_{number}": ARN.replace("provider", f"{number:08}") for number in range(30)}
        assert "must refer to secrets whose ARNs are at most 1800 characters" in self.problem(**many)

    def test_many_variables_of_one_secret_are_accepted(self) -> None:
        many = {f"KEY_{number}": f"{ARN}:key_{number}::" for number in range(60)}
        assert len(load_settings({self.NAME: json.dumps(many)}, {}).service.secrets) == 60


class TestPermissions:
    NAME = "PAYMENT_API_SERVICE__PERMISSIONS"
    QUEUE = "arn:aws:sqs:us-east-1:123456789012:settlements"

    def entry(
        self, actions: object = ("sqs:SendMessage",), resources: object = (QUEUE,)
    ) -> dict[str, object]:
        return {"actions": actions, "resources": resources}

    def problem(self, *entries: object) -> str:
        return only_problem({self.NAME: json.dumps(entries)})

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).service.permissions == ()

    def test_an_entry_has_actions_and_resources(self) -> None:
        text = json.dumps([self.entry(["sqs:SendMessage", "sqs:GetQueueUrl"])])
        assert load_settings({self.NAME: text}, {}).service.permissions == (
            Permission(1, ("sqs:SendMessage", "sqs:GetQueueUrl"), (self.QUEUE,)),
        )

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"service": {"permissions": [self.entry()]}}}
        assert len(load_settings({}, context).service.permissions) == 1

    @pytest.mark.parametrize("value", [*NOT_JSON, "{}", "null", "sqs:SendMessage"])
    def test_a_value_other_than_an_array_is_refused(self, value: str) -> None:
        assert "must be a JSON array of objects, such as" in only_problem({self.NAME: value})

    @pytest.mark.parametrize(
        "entry",
        [
            "sqs:SendMessage",
            {},
            {"actions": ["sqs:SendMessage"]},
            {"actions": ["sqs:SendMessage"], "resources": []},
            {"actions": [], "resources": [QUEUE]},
            {"actions": "sqs:SendMessage", "resources": QUEUE},
            {"actions": [1], "resources": [QUEUE]},
            {"actions": ["sqs:SendMessage"], "resources": [QUEUE], "conditions": {}},
            {"actions": ["sqs:SendMessage"], "resources": [QUEUE], "effect": "Deny"},
        ],
    )
    def test_an_entry_other_than_actions_and_resources_is_refused(self, entry: object) -> None:
        assert self.problem(self.entry(), entry).endswith(
            "must have in entry 2 an object with the arrays actions and resources, neither of them empty"
        )

    @pytest.mark.parametrize(
        "action", ["*", "sqs:*", "sqs:Send*", "sqs", "sqs:", "SendMessage", "sqs:Send Message"]
    )
    def test_an_action_with_a_wildcard_or_without_a_service_is_refused(self, action: str) -> None:
        assert self.problem(self.entry(["sqs:SendMessage", action])).endswith(
            "must have in action 2 of entry 1 the name of an action without wildcards, such as "
            "sqs:SendMessage"
        )

    @pytest.mark.parametrize(
        "action", ["iam:PassRole", "organizations:LeaveOrganization", "account:CloseAccount"]
    )
    def test_an_action_that_changes_permissions_is_refused(self, action: str) -> None:
        assert self.problem(self.entry([action])).endswith(
            f"must not have in action 1 of entry 1 an action of {action.partition(':')[0]}, with which a "
            "task could change permissions"
        )

    @pytest.mark.parametrize("action", ["PutKeyPolicy", "CreateGrant", "putkeypolicy", "ScheduleKeyDeletion"])
    def test_an_action_that_administers_a_key_is_refused(self, action: str) -> None:
        assert self.problem(self.entry([f"kms:{action}"])).endswith(
            "must have in action 1 of entry 1 an action that uses a key, such as kms:Sign, not one that "
            "administers it"
        )

    @pytest.mark.parametrize(
        "resource",
        [
            "*",
            "",
            "settlements",
            "arn:aws:sqs:us-east-1:123456789012:*",
            "arn:aws:sqs:us-east-1:*:settlements",
            "arn:aws:sqs:us-east-1:123456789012:settlement?",
            "arn:aws:sqs:us-east-1:123456789012:",
            "arn:aws-cn:sqs:cn-north-1:123456789012:settlements",
            "arn:aws:dynamodb:us-east-1:123456789012:table/payments/*",
            "arn:aws:s3:::*",
            "arn:aws:s3:::receipts*",
            "arn:aws:s3:::receipts/*/2026",
            "arn:aws:s3:::receipts/2026*",
            "arn:aws:s3:::*/*",
            "arn:aws:s3:::${aws:username}/*",
            "arn:aws:sqs:us-east-1:123456789012:" + "q" * 2048,
        ],
    )
    def test_a_resource_that_is_not_an_exact_arn_is_refused(self, resource: str) -> None:
        assert "must have in resource 2 of entry 1 an exact ARN" in self.problem(
            self.entry(resources=[self.QUEUE, resource])
        )

    @pytest.mark.parametrize(
        "resource",
        [
            "arn:aws:s3:::receipts",
            "arn:aws:s3:::receipts/2026/07.pdf",
            "arn:aws:s3:::receipts/*",
            "arn:aws:s3:::receipts/2026/07/*",
            "arn:aws:iam::999999999999:role/settlement",
            "arn:aws:dynamodb:us-east-1:123456789012:table/payments/index/by-day",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ],
    )
    def test_an_exact_arn_and_the_objects_of_a_bucket_are_accepted(self, resource: str) -> None:
        text = json.dumps([self.entry(["sts:AssumeRole"], [resource])])
        assert load_settings({self.NAME: text}, {}).service.permissions[0].resources == (resource,)

    @pytest.mark.parametrize("resource", ["alias/payment-api-dev-fields", "alias/signing"])
    def test_the_alias_of_a_key_is_refused_because_it_grants_nothing(self, resource: str) -> None:
        entry = self.entry(["kms:Sign"], [f"arn:aws:kms:us-east-1:123456789012:{resource}"])
        assert "must have in resource 1 of entry 1 the ARN of the key itself" in self.problem(entry)

    @pytest.mark.parametrize("name", ["payment-api-dev-database", "payment-api-dev-database-app-a"])
    def test_a_secret_of_the_stacks_database_is_refused(self, name: str) -> None:
        own = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-a1B2c3"
        problem = self.problem(self.entry(), self.entry(["secretsmanager:GetSecretValue"], [self.QUEUE, own]))
        assert "must not have in entry 2 a secret of the stack's database" in problem

    def test_an_object_that_has_a_name_twice_is_refused(self) -> None:
        text = (
            f'[{{"actions": ["sqs:SendMessage"], "resources": ["{self.QUEUE}"], "actions": ["sqs:Purge"]}}]'
        )
        assert only_problem({self.NAME: text}).endswith("must not contain the name actions twice")

    def test_more_than_4096_characters_are_refused(self) -> None:
        assert "must be at most 4096 characters as statements of a policy, not " in self.problem(
            *[self.entry()] * 40
        )


class TestSecretReaders:
    NAME = "PAYMENT_API_DATABASE__SECRET_READER_ARNS"
    READERS = ("arn:aws:iam::123456789012:role/team/deploy", "arn:aws:iam::123456789012:user/eve@shop.test")

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).database.secret_reader_arns == ()

    def test_the_variable_contains_json(self) -> None:
        database = load_settings({self.NAME: json.dumps(self.READERS)}, {}).database
        assert database.secret_reader_arns == self.READERS

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"database": {"secret_reader_arns": list(self.READERS)}}}
        assert load_settings({}, context).database.secret_reader_arns == self.READERS

    @pytest.mark.parametrize(
        "value",
        [
            *NOT_JSON,
            "{}",
            "[1]",
            "arn:aws:iam::123456789012:role/deploy",
            '["deploy"]',
            '["*"]',
            '["arn:aws:iam::123456789012:root"]',
            '["arn:aws:iam::*:role/deploy"]',
            '["arn:aws:iam::123456789012:role/*"]',
            '["arn:aws:sts::123456789012:assumed-role/deploy/session"]',
        ],
    )
    def test_a_value_other_than_arns_of_users_and_roles_is_refused(self, value: str) -> None:
        assert "must be a JSON array of ARNs of IAM users and roles, such as" in only_problem(
            {self.NAME: value}
        )

    def test_an_arn_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: json.dumps([*self.READERS, self.READERS[0]])})
        assert problem.endswith("must contain each ARN only once: entries 1 and 3 are the same")

    def test_more_than_16384_characters_are_refused(self) -> None:
        many = [f"arn:aws:iam::123456789012:role/deploy-{number}" for number in range(500)]
        assert "must be at most 16384 characters" in only_problem({self.NAME: json.dumps(many)})


class TestMigrationCommand:
    NAME = "PAYMENT_API_SERVICE__MIGRATION_COMMAND"
    COMMAND = ("python", "-m", "app.migrate", " ")

    def test_by_default_there_is_none(self) -> None:
        assert load_settings({}, {}).service.migration_command is None

    def test_the_variable_contains_json(self) -> None:
        service = load_settings({self.NAME: json.dumps(self.COMMAND)}, {}).service
        assert service.migration_command == self.COMMAND

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"service": {"migration_command": list(self.COMMAND)}}}
        assert load_settings({}, context).service.migration_command == self.COMMAND

    @pytest.mark.parametrize(
        "value", [*NOT_JSON, "{}", "[]", "migrate", '"migrate"', "[1]", '["migrate", ""]', '[" "]']
    )
    def test_a_value_other_than_a_program_with_arguments_is_refused(self, value: str) -> None:
        assert "must be a JSON array of strings that are not empty" in only_problem({self.NAME: value})

    @pytest.mark.parametrize("text", ["${HOME}/log", "%{message}"])
    def test_a_terraform_expression_is_refused(self, text: str) -> None:
        assert "must not contain ${ or %{" in only_problem({self.NAME: json.dumps(["echo", text])})

    def test_more_than_4096_characters_are_refused(self) -> None:
        longest = json.dumps(["v" * (4096 - 4)])
        assert load_settings({self.NAME: longest}, {}).service.migration_command
        assert "must be at most 4096 characters" in only_problem({self.NAME: json.dumps(["v" * 4093])})


class TestImageReaders:
    NAME = "PAYMENT_API_IMAGES__READER_ACCOUNT_IDS"

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).images.reader_account_ids == ()

    def test_an_id_can_begin_with_zeros(self) -> None:
        images = load_settings({self.NAME: '["000000000001", "210987654321"]'}, {}).images
        assert images.reader_account_ids == ("000000000001", "210987654321")

    def test_the_context_contains_an_array(self) -> None:
        context = {"payment_api": {"images": {"reader_account_ids": ["210987654321"]}}}
        assert load_settings({}, context).images.reader_account_ids == ("210987654321",)

    @pytest.mark.parametrize(
        "value",
        [
            *NOT_JSON,
            "{}",
            "210987654321",
            "[210987654321]",
            '["21098765432"]',
            '["2109876543210"]',
            '["*"]',
            '["arn:aws:iam::210987654321:root"]',
            '["\\uff1210987654321"]',
        ],
    )
    def test_a_value_other_than_account_ids_is_refused(self, value: str) -> None:
        assert "must be a JSON array of the IDs of AWS accounts" in only_problem({self.NAME: value})

    def test_an_account_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '["210987654321", "000000000001", "210987654321"]'})
        assert problem.endswith("must contain each account only once: entries 1 and 3 are the same")

    def test_more_than_250_accounts_are_refused(self) -> None:
        ids = [f"{number:012}" for number in range(251)]
        assert "must be at most 250 accounts, not 251" in only_problem({self.NAME: json.dumps(ids)})
        assert len(load_settings({self.NAME: json.dumps(ids[1:])}, {}).images.reader_account_ids) == 250


class TestDestinations:
    NAME = "PAYMENT_API_NETWORK__DESTINATIONS"

    def problem(self, **destinations: object) -> str:
        named = {name.replace("_", "-"): value for name, value in destinations.items()}
        return only_problem({self.NAME: json.dumps(named)})

    def test_the_default_is_empty(self) -> None:
        assert load_settings({}, {}).network.destinations == {}

    @pytest.mark.parametrize(
        ("value", "destination"),
        [
            ("192.0.2.0/24:443", ("192.0.2.0/24", 443)),
            ("198.51.0.0/16:1", ("198.51.0.0/16", 1)),
            ("192.0.2.7/32:65535", ("192.0.2.7/32", 65535)),
            ("192.0.2.7:8443", ("192.0.2.7/32", 8443)),
        ],
    )
    def test_a_destination_is_a_cidr_block_and_a_port(self, value: str, destination: tuple[str, int]) -> None:
        network = load_settings({self.NAME: json.dumps({"card-network": value})}, {}).network
        assert network.destinations == {"card-network": destination}

    def test_the_context_contains_an_object(self) -> None:
        context = {"payment_api": {"network": {"destinations": {"bank": "192.0.2.7:443"}}}}
        assert load_settings({}, context).network.destinations == {"bank": ("192.0.2.7/32", 443)}

    def test_they_are_immutable(self) -> None:
        assert isinstance(load_settings({}, {}).network.destinations, MappingProxyType)

    def test_one_cidr_block_with_two_ports_is_accepted(self) -> None:
        destinations = {"bank": "192.0.2.7:443", "bank-events": "192.0.2.7:9093"}
        assert len(load_settings({self.NAME: json.dumps(destinations)}, {}).network.destinations) == 2

    @pytest.mark.parametrize("value", [*NOT_JSON, "[]", "null"])
    def test_a_value_other_than_an_object_is_refused(self, value: str) -> None:
        assert only_problem({self.NAME: value}).endswith(
            'must be a JSON object, such as {"card-network": "192.0.2.0/24:443"}'
        )

    @pytest.mark.parametrize("name", ["", "Bank", "card_network", "card--network", "bank ", "b" * 244])
    def test_a_name_that_is_not_kebab_case_or_too_long_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert (
            "must name destinations with up to 243 lower-case letters, digits and single hyphens" in problem
        )
        assert problem.endswith(f'not "{shown_name(name)}"')

    @pytest.mark.parametrize("name", sorted(RESERVED_DESTINATION_NAMES))
    def test_a_reserved_name_is_refused(self, name: str) -> None:
        problem = only_problem({self.NAME: json.dumps({name: "192.0.2.7:443"})})
        assert f"must not contain the name {name}, which is reserved" in problem

    def test_the_reserved_names_are_the_peers_of_the_stacks_own_rules(self, dev: Synthesized) -> None:
        sides = [(f"aws_vpc_security_group_{side}_rule", side) for side in ("ingress", "egress")]
        rules = [rule.removesuffix(f"-{side}") for type_, side in sides for rule in dev.all(type_)]
        peers = {peer for rule in rules for peer in rule.rpartition("-")[0].split("-to-")}
        assert peers == RESERVED_DESTINATION_NAMES

    @pytest.mark.parametrize(
        "value",
        [
            "192.0.2.0/24",
            "192.0.2.0/24:",
            "192.0.2.0/24:0",
            "192.0.2.0/24:65536",
            "192.0.2.0/24:https",
            "192.0.2.1/24:443",
            "[2001:db8::/32]:443",
            "bank.test:443",
            ":443",
            "",
            443,
            None,
            ["192.0.2.7:443"],
        ],
    )
    def test_a_value_other_than_a_cidr_block_and_a_port_is_refused(self, value: object) -> None:
        assert self.problem(card_network=value).endswith(
            "must map card-network to an IPv4 CIDR block and a port, such as 192.0.2.0/24:443"
        )

    @pytest.mark.parametrize("block", ["0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/15"])
    def test_a_block_larger_than_16_is_refused(self, block: str) -> None:
        assert self.problem(bank=f"{block}:443").endswith("must map bank to a CIDR block of /16 or smaller")

    def test_a_block_and_port_under_two_names_is_refused(self) -> None:
        problem = self.problem(bank="192.0.2.0/24:443", card_network="192.0.2.0/255.255.255.0:443")
        assert problem.endswith(
            "must contain each CIDR block and port only once, but bank and card-network have the same: EC2 "
            "rejects duplicate rules of a security group"
        )

    def test_a_name_that_is_there_twice_is_refused(self) -> None:
        problem = only_problem({self.NAME: '{"bank": "192.0.2.7:443", "bank": "192.0.2.8:443"}'})
        assert problem.endswith("must not contain the name bank twice")

    def test_more_than_50_destinations_are_refused(self) -> None:
        destinations = {f"bank-{number}": f"192.0.2.{number}:443" for number in range(51)}
        assert self.problem(**destinations).endswith("must be at most 50 destinations, not 51")
