"""Security groups and their rules: the traffic matrix, and the detection of rules added outside Terraform."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize
from tests.variables import EVERYTHING_ON

Edge = tuple[str, str, int]

INTERNET = "0.0.0.0/0"

# What every deployment with the default port and a private image allows: source, target, port.
MATRIX: set[Edge] = {
    (INTERNET, "load-balancer", 443),
    (INTERNET, "load-balancer", 80),
    ("load-balancer", "service", 8080),
    ("service", "database", 5432),
    ("database-roles", "database", 5432),
    ("service", "endpoints", 443),
    ("database-roles", "endpoints", 443),
    ("service", "s3", 443),
}

# Pulling an image from a public registry requires this in addition.
PUBLIC_IMAGE: Edge = ("service", INTERNET, 443)

EGRESS = "aws_vpc_security_group_egress_rule"
INGRESS = "aws_vpc_security_group_ingress_rule"


def names(stack: Synthesized) -> dict[str, str]:
    """The names of security groups and of S3's prefix list, by the references to them in rules."""
    groups = {
        f"${{aws_security_group.{id_}.id}}": group["tags"]["Name"].removeprefix(f"{stack.prefix}-")
        for id_, group in stack.all("aws_security_group").items()
    }
    s3 = stack.ref("aws_vpc_endpoint", "prefix_list_id", vpc_endpoint_type="Gateway")
    return {**groups, s3: "s3"}


def peer_of(rule: Block, names_: dict[str, str]) -> str:
    """The name, or the CIDR block, of the only peer of a rule."""
    peers: list[str] = [
        rule[key] for key in ("referenced_security_group_id", "prefix_list_id", "cidr_ipv4") if key in rule
    ]
    assert len(peers) == 1
    assert "cidr_ipv6" not in rule
    return names_.get(peers[0], peers[0])


def edges(stack: Synthesized, type_: str) -> set[Edge]:
    """The rules of one direction as edges; each must allow exactly one TCP port."""
    names_, found = names(stack), []
    for rule in stack.all(type_).values():
        assert rule["ip_protocol"] == "tcp"
        assert rule["from_port"] == rule["to_port"]
        group, peer = names_[rule["security_group_id"]], peer_of(rule, names_)
        source, target = (group, peer) if type_ == EGRESS else (peer, group)
        found.append((source, target, rule["from_port"]))
    assert len(set(found)) == len(found)
    return set(found)


def rules(stack: Synthesized) -> set[str]:
    """The addresses of all rules."""
    return {f"{type_}.{name}" for type_ in (EGRESS, INGRESS) for name in stack.all(type_)}


def egress(matrix: set[Edge]) -> set[Edge]:
    """The edges that need an egress rule: the internet as a source has no security group."""
    return {edge for edge in matrix if edge[0] != INTERNET}


def ingress(matrix: set[Edge]) -> set[Edge]:
    """The edges that need an ingress rule, because their target has a security group."""
    return {edge for edge in matrix if edge[1] in {"load-balancer", "service", "database", "endpoints"}}


def expected_matrix(stack: Synthesized) -> set[Edge]:
    """The traffic matrix of a deployment, according to its settings."""
    settings = stack.settings
    matrix = MATRIX - {("load-balancer", "service", 8080)}
    matrix |= {("load-balancer", "service", settings.service.port)}
    matrix |= {("service", cidr, port) for cidr, port in settings.network.destinations.values()}
    return matrix | ({PUBLIC_IMAGE} if settings.service.image_repository_arn is None else set())


@pytest.fixture(params=["staging", "prod", EVERYTHING_ON])
def with_private_image(request: pytest.FixtureRequest) -> Synthesized:
    """The deployments whose image is in a private repository of the account."""
    return synthesize(request.param)


class TestMatrix:
    def test_only_the_traffic_matrix_has_egress_rules(self, every: Synthesized) -> None:
        assert edges(every, EGRESS) == egress(expected_matrix(every))

    def test_only_the_traffic_matrix_has_ingress_rules(self, every: Synthesized) -> None:
        assert edges(every, INGRESS) == ingress(expected_matrix(every))

    @pytest.mark.parametrize("profile", ["staging", "prod"])
    def test_the_default_matrix_of_staging_and_prod_is_closed(self, profile: str) -> None:
        stack = synthesize(profile)
        assert edges(stack, EGRESS) == egress(MATRIX)
        assert edges(stack, INGRESS) == ingress(MATRIX)

    def test_the_public_image_of_dev_adds_only_https_from_the_tasks(self, dev: Synthesized) -> None:
        assert edges(dev, EGRESS) == egress(MATRIX) | {PUBLIC_IMAGE}
        assert edges(dev, INGRESS) == ingress(MATRIX)

    def test_a_private_image_in_dev_removes_https_to_the_internet(self) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0"
        stack = synthesize("dev", PAYMENT_API_SERVICE__IMAGE=image)
        assert edges(stack, EGRESS) == egress(MATRIX)

    def test_only_the_container_port_is_open_to_the_load_balancer(self) -> None:
        stack = synthesize("dev", PAYMENT_API_SERVICE__PORT="9090")
        assert ("load-balancer", "service", 9090) in edges(stack, EGRESS) & edges(stack, INGRESS)
        assert ("load-balancer", "service", 8080) not in edges(stack, EGRESS) | edges(stack, INGRESS)

    def test_a_destination_allows_only_its_port_and_cidr_block(self) -> None:
        stack = synthesize("prod", PAYMENT_API_NETWORK__DESTINATIONS='{"cards": "203.0.113.0/24:8443"}')
        assert edges(stack, EGRESS) == egress(MATRIX) | {("service", "203.0.113.0/24", 8443)}
        assert edges(stack, INGRESS) == ingress(MATRIX)


class TestInternet:
    def test_only_ports_80_and_443_of_the_load_balancer_are_open_to_the_internet(
        self, with_private_image: Synthesized
    ) -> None:
        stack = with_private_image
        to_internet = [
            (type_, rule["to_port"], names(stack)[rule["security_group_id"]])
            for type_ in (EGRESS, INGRESS)
            for rule in stack.all(type_, cidr_ipv4=INTERNET).values()
        ]
        assert sorted(to_internet) == [(INGRESS, 80, "load-balancer"), (INGRESS, 443, "load-balancer")]

    def test_rules_reference_no_cidr_block_except_the_internet_and_the_destinations(
        self, every: Synthesized
    ) -> None:
        ranges = {
            rule["cidr_ipv4"]
            for type_ in (EGRESS, INGRESS)
            for rule in every.all(type_).values()
            if "cidr_ipv4" in rule
        }
        assert ranges == {INTERNET} | {cidr for cidr, _ in every.settings.network.destinations.values()}


class TestGroups:
    def test_security_groups_have_no_inline_rules(self, every: Synthesized) -> None:
        """Inline rules conflict with rules that are resources, and are not in the traffic matrix."""
        groups = every.all("aws_security_group")
        assert len(groups) == 5
        assert not any({"ingress", "egress"} & set(group) for group in groups.values())

    def test_there_are_no_other_resources_with_security_group_rules(self, every: Synthesized) -> None:
        types = {type_ for type_ in every.document["resource"] if "security_group" in type_}
        assert types == {EGRESS, INGRESS, "aws_security_group", "aws_default_security_group"}

    def test_the_default_security_group_has_no_rules(self, every: Synthesized) -> None:
        """With empty lists, the provider also removes rules that are added later."""
        group = every.one("aws_default_security_group")
        assert group["vpc_id"] == every.ref("aws_vpc")
        assert group["ingress"] == group["egress"] == []

    def test_the_database_has_no_egress_rule(self, every: Synthesized) -> None:
        database = every.one("aws_rds_cluster")["vpc_security_group_ids"]
        assert len(database) == 1
        assert names(every)[database[0]] == "database"
        assert not every.all(EGRESS, security_group_id=database[0])

    def test_the_database_accepts_connections_only_from_the_tasks_and_the_role_manager(
        self, every: Synthesized
    ) -> None:
        database = every.one("aws_rds_cluster")["vpc_security_group_ids"][0]
        tasks = every.one("aws_ecs_service")["network_configuration"]["security_groups"]
        manager = every.one("aws_lambda_function", function_name=f"{every.prefix}-database-roles")
        roles = manager["vpc_config"]["security_group_ids"]
        rules = every.all(INGRESS, security_group_id=database).values()
        assert {rule["referenced_security_group_id"] for rule in rules} == {*tasks, *roles}
        assert {(rule["from_port"], rule["to_port"]) for rule in rules} == {(5432, 5432)}

    def test_the_tasks_accept_connections_only_from_the_load_balancer(self, every: Synthesized) -> None:
        tasks = every.one("aws_ecs_service")["network_configuration"]["security_groups"][0]
        rule = every.one(INGRESS, security_group_id=tasks)
        assert [rule["referenced_security_group_id"]] == every.one("aws_lb")["security_groups"]

    def test_every_security_group_rule_has_a_description(self, every: Synthesized) -> None:
        found = [*every.all(EGRESS).values(), *every.all(INGRESS).values()]
        assert found
        assert all(rule["description"] for rule in found)

    def test_a_replacement_of_a_security_group_is_created_before_it_is_destroyed(
        self, every: Synthesized
    ) -> None:
        for group in every.all("aws_security_group").values():
            assert group["lifecycle"] == {"create_before_destroy": True}


class TestChangedRules:
    """A rule that is no longer allowed must exist until the last task that uses it is stopped."""

    def test_tasks_start_after_the_rules_are_created(self, every: Synthesized) -> None:
        assert rules(every) <= set(every.one("aws_ecs_service")["depends_on"])

    def test_a_removed_rule_is_deleted_after_the_tasks_are_updated(self, every: Synthesized) -> None:
        """Terraform destroys what has create_before_destroy after its dependents."""
        for type_ in (EGRESS, INGRESS):
            for rule in every.all(type_).values():
                assert rule["lifecycle"] == {"create_before_destroy": True}


class TestUnmanagedRules:
    """Rules that were added outside Terraform, which the resources of single rules do not detect."""

    def test_every_plan_reads_the_rules_of_all_security_groups(self, every: Synthesized) -> None:
        (existing,) = every.document["data"]["aws_vpc_security_group_rules"].values()
        (filter_,) = existing["filter"]
        assert filter_["name"] == "group-id"
        assert set(filter_["values"]) == {
            f"${{aws_security_group.{id_}.id}}" for id_ in every.all("aws_security_group")
        }

    def test_existing_rules_are_read_after_the_rules_of_the_stack_are_created(
        self, every: Synthesized
    ) -> None:
        (existing,) = every.document["data"]["aws_vpc_security_group_rules"].values()
        assert set(existing["depends_on"]) == rules(every)

    def test_all_rules_of_the_stack_and_no_others_count_as_managed(self, every: Synthesized) -> None:
        unmanaged = every.document["locals"]["foreign-rules"]
        managed = unmanaged.partition("[")[2].partition("]")[0].split(", ")
        assert set(managed) == {f"{address}.id" for address in rules(every)}

    def test_the_rules_of_the_last_apply_count_as_managed(self, every: Synthesized) -> None:
        """The plan that removes a rule still finds it."""
        last = "one(data.terraform_remote_state.last-state).outputs.security_group_rule_ids"
        assert f"], try({last}, [])))" in every.document["locals"]["foreign-rules"]

    def test_an_output_records_the_rules_after_the_service_is_updated(self, every: Synthesized) -> None:
        """If the service fails, the rules that its tasks still use are not deleted, and stay recorded."""
        output = every.document["output"]["security_group_rule_ids"]
        assert output["depends_on"] == [every.address("aws_ecs_service")]
        recorded = output["value"].removeprefix("${[").removesuffix("]}").split(", ")
        assert set(recorded) == {f"{address}.id" for address in rules(every)}

    def test_a_warning_lists_the_ids_of_unmanaged_rules(self, every: Synthesized) -> None:
        (warning,) = every.document["check"]["security-group-rules"]["assert"]
        assert warning["condition"] == "${length(local.foreign-rules) == 0}"
        assert '${join(", ", local.foreign-rules)}' in warning["error_message"]
