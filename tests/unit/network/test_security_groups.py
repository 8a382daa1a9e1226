"""Who may talk to whom: the whole traffic matrix, and nothing besides."""

import pytest

from tests.unit.synthesis import Block, Synthesized, synthesize

Edge = tuple[str, str, int]

INTERNET = "0.0.0.0/0"

# What every deployment opens, with the tasks on the default port: source, target, port.
MATRIX: set[Edge] = {
    (INTERNET, "load-balancer", 443),
    (INTERNET, "load-balancer", 80),
    ("load-balancer", "service", 8080),
    ("service", "database", 5432),
    ("service", "endpoints", 443),
    ("service", "s3", 443),
}

# What the default image, in a public registry, adds to it.
PUBLIC_IMAGE: Edge = ("service", INTERNET, 443)

EGRESS = "aws_vpc_security_group_egress_rule"
INGRESS = "aws_vpc_security_group_ingress_rule"


def names(stack: Synthesized) -> dict[str, str]:
    """What each reference in a rule stands for."""
    prefix = stack.one("aws_ecs_cluster")["name"]
    groups = {
        f"${{aws_security_group.{id_}.id}}": group["tags"]["Name"].removeprefix(f"{prefix}-")
        for id_, group in stack.all("aws_security_group").items()
    }
    s3 = stack.ref("aws_vpc_endpoint", "prefix_list_id", vpc_endpoint_type="Gateway")
    return {**groups, s3: "s3"}


def other_end(rule: Block, known: dict[str, str]) -> str:
    """The one peer of a rule; an address range goes by itself."""
    peers: list[str] = [
        rule[key] for key in ("referenced_security_group_id", "prefix_list_id", "cidr_ipv4") if key in rule
    ]
    assert len(peers) == 1
    assert "cidr_ipv6" not in rule
    return known.get(peers[0], peers[0])


def edges(stack: Synthesized, type_: str) -> set[Edge]:
    """The rules of one direction as edges, each exactly one TCP port wide."""
    known, found = names(stack), []
    for rule in stack.all(type_).values():
        assert rule["ip_protocol"] == "tcp"
        assert rule["from_port"] == rule["to_port"]
        ours, theirs = known[rule["security_group_id"]], other_end(rule, known)
        source, target = (ours, theirs) if type_ == EGRESS else (theirs, ours)
        found.append((source, target, rule["from_port"]))
    assert len(set(found)) == len(found)
    return set(found)


def rules(stack: Synthesized) -> set[str]:
    """The addresses of all rules."""
    return {f"{type_}.{name}" for type_ in (EGRESS, INGRESS) for name in stack.all(type_)}


def outgoing(matrix: set[Edge]) -> set[Edge]:
    """What of a matrix needs a rule at its source: the internet has no security group of ours."""
    return {edge for edge in matrix if edge[0] != INTERNET}


def incoming(matrix: set[Edge]) -> set[Edge]:
    """What of a matrix needs a rule at its target."""
    return {edge for edge in matrix if edge[1] in {"load-balancer", "service", "database", "endpoints"}}


@pytest.fixture(params=["staging", "prod"])
def closed(request: pytest.FixtureRequest) -> Synthesized:
    """The profiles whose image is the account's own."""
    return synthesize(request.param, PAYMENT_API_SERVICE__PORT="8080")


class TestMatrix:
    def test_nothing_else_may_go_out(self, closed: Synthesized) -> None:
        assert edges(closed, EGRESS) == outgoing(MATRIX)

    def test_nothing_else_may_come_in(self, closed: Synthesized) -> None:
        """Parity 11, 19."""
        assert edges(closed, INGRESS) == incoming(MATRIX)

    def test_devs_public_image_opens_https_from_the_tasks_and_no_more(self, dev: Synthesized) -> None:
        assert edges(dev, EGRESS) == outgoing(MATRIX) | {PUBLIC_IMAGE}
        assert edges(dev, INGRESS) == incoming(MATRIX)

    def test_dev_with_an_image_of_its_own_is_as_closed_as_prod(self) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/payment-api:1.0.0"
        stack = synthesize("dev", PAYMENT_API_SERVICE__IMAGE=image)
        assert edges(stack, EGRESS) == outgoing(MATRIX)

    def test_the_containers_port_is_the_one_open_to_the_load_balancer(self) -> None:
        """Parity 19."""
        stack = synthesize("dev", PAYMENT_API_SERVICE__PORT="80")
        assert ("load-balancer", "service", 80) in edges(stack, EGRESS) & edges(stack, INGRESS)
        assert ("load-balancer", "service", 8080) not in edges(stack, EGRESS) | edges(stack, INGRESS)

    def test_a_destination_opens_its_port_to_its_addresses_alone(self) -> None:
        stack = synthesize("prod", PAYMENT_API_NETWORK__DESTINATIONS='{"cards": "203.0.113.0/24:8443"}')
        assert edges(stack, EGRESS) == outgoing(MATRIX) | {("service", "203.0.113.0/24", 8443)}
        assert edges(stack, INGRESS) == incoming(MATRIX)


class TestAnywhere:
    def test_only_the_load_balancers_two_ports_are_open_to_anywhere(self, closed: Synthesized) -> None:
        anywhere = [
            (type_, rule["to_port"], names(closed)[rule["security_group_id"]])
            for type_ in (EGRESS, INGRESS)
            for rule in closed.all(type_, cidr_ipv4=INTERNET).values()
        ]
        assert sorted(anywhere) == [(INGRESS, 80, "load-balancer"), (INGRESS, 443, "load-balancer")]

    def test_no_rule_names_an_address_range_besides(self, closed: Synthesized) -> None:
        ranges = {
            rule["cidr_ipv4"]
            for type_ in (EGRESS, INGRESS)
            for rule in closed.all(type_).values()
            if "cidr_ipv4" in rule
        }
        assert ranges == {INTERNET}


class TestGroups:
    def test_a_group_holds_no_rule_of_its_own(self, every: Synthesized) -> None:
        """Inline rules would take away those that are resources, and open what no edge shows."""
        groups = every.all("aws_security_group")
        assert len(groups) == 4
        assert not any({"ingress", "egress"} & set(group) for group in groups.values())

    def test_there_are_no_rules_of_another_kind(self, every: Synthesized) -> None:
        types = {type_ for type_ in every.document["resource"] if "security_group" in type_}
        assert types == {EGRESS, INGRESS, "aws_security_group", "aws_default_security_group"}

    def test_the_default_group_is_emptied(self, every: Synthesized) -> None:
        """That it has no rules is said: else the provider would keep one that somebody added later."""
        group = every.one("aws_default_security_group")
        assert group["vpc_id"] == every.ref("aws_vpc")
        assert group["ingress"] == group["egress"] == []

    def test_the_database_may_open_no_connection(self, every: Synthesized) -> None:
        """Parity 11."""
        database = every.one("aws_rds_cluster")["vpc_security_group_ids"]
        assert len(database) == 1
        assert names(every)[database[0]] == "database"
        assert not every.all(EGRESS, security_group_id=database[0])

    def test_the_database_answers_the_tasks_alone(self, every: Synthesized) -> None:
        """Parity 11."""
        database = every.one("aws_rds_cluster")["vpc_security_group_ids"][0]
        tasks = every.one("aws_ecs_service")["network_configuration"]["security_groups"]
        rule = every.one(INGRESS, security_group_id=database)
        assert [rule["referenced_security_group_id"]] == tasks
        assert (rule["from_port"], rule["to_port"]) == (5432, 5432)

    def test_the_tasks_answer_the_load_balancer_alone(self, every: Synthesized) -> None:
        """Parity 19."""
        tasks = every.one("aws_ecs_service")["network_configuration"]["security_groups"][0]
        rule = every.one(INGRESS, security_group_id=tasks)
        assert [rule["referenced_security_group_id"]] == every.one("aws_lb")["security_groups"]

    def test_every_rule_says_what_it_is_for(self, every: Synthesized) -> None:
        found = [*every.all(EGRESS).values(), *every.all(INGRESS).values()]
        assert found
        assert all(rule["description"] for rule in found)

    def test_a_group_is_replaced_before_the_old_one_goes(self, every: Synthesized) -> None:
        for group in every.all("aws_security_group").values():
            assert group["lifecycle"] == {"create_before_destroy": True}


class TestWatch:
    """What single rules cannot see: rules that others add."""

    def test_every_plan_looks_at_the_rules_of_all_groups(self, every: Synthesized) -> None:
        (standing,) = every.document["data"]["aws_vpc_security_group_rules"].values()
        (where,) = standing["filter"]
        assert where["name"] == "group-id"
        assert set(where["values"]) == {
            f"${{aws_security_group.{id_}.id}}" for id_ in every.all("aws_security_group")
        }

    def test_it_looks_after_the_stacks_own_rules_are_made(self, every: Synthesized) -> None:
        (standing,) = every.document["data"]["aws_vpc_security_group_rules"].values()
        assert set(standing["depends_on"]) == rules(every)

    def test_it_takes_all_of_the_stacks_rules_and_no_others_for_its_own(self, every: Synthesized) -> None:
        foreign = every.document["locals"]["foreign-rules"]
        listed = foreign.partition("[")[2].partition("]")[0].split(", ")
        assert set(listed) == {f"{address}.id" for address in rules(every)}

    def test_it_warns_of_the_others_by_name(self, every: Synthesized) -> None:
        (warning,) = every.document["check"]["security-group-rules"]["assert"]
        assert warning["condition"] == "${length(local.foreign-rules) == 0}"
        assert '${join(", ", local.foreign-rules)}' in warning["error_message"]
