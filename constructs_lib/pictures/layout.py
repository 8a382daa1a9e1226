"""Where everything stands in the picture of the architecture: points, from the top left.

Connections go from left to right. Zones are rows; the load balancer, the service and the database are columns
across them, because each is one thing in several zones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from constructs_lib.pictures.architecture import CLIENTS, DESTINATIONS, Architecture, Arrow, Node
from constructs_lib.pictures.places import OTHER
from constructs_lib.pictures.resources import Resource

WIDTH = 830.0
"""GitHub shows a README about this wide."""

ICON = 36.0
LINE = 12.0
_MARGIN = 6.0
_TITLE = 26.0

_VPC = (176.0, 652.0)
_ZONE = (182.0, 646.0)
_SUBNETS = {"public": (188.0, 346.0), "private": (392.0, 482.0), "database": (534.0, 640.0)}
_COLUMNS = {"load-balancer": (260.0, 340.0), "service": (396.0, 478.0), "database": (538.0, 636.0)}
_REGION = (660.0, 826.0)
_CLIENTS_X, _EDGE_X, _NAT_X = 40.0, 124.0, 224.0

_HEADER, _COLUMN_TITLE = 18.0, 34.0
_ZONE_HEIGHT, _ZONE_GAP = 118.0, 8.0
_SUBNET_TOP, _SUBNET_BOTTOM = 18.0, 6.0
_BAND_GAP, _BAND_HEIGHT, _BAND_BOTTOM = 32.0, 96.0, 16.0
# Below the top of a subnet: what comes from the clients, and what leaves through a NAT gateway.
_INBOUND, _OUTBOUND = 26.0, 62.0

_STRAIGHT = 2
_LEGEND = (
    ("group", "security group"),
    ("allowed", "allowed connection"),
    ("other", "route, name, certificate"),
    ("zone", "Availability Zone"),
    ("public", "public subnet"),
    ("private", "private subnet"),
    ("database", "database subnet"),
)
_OF_REGION = (
    *("secrets", "keys", "registry", "logs", "alarms", "topic"),
    *("backup", "log-bucket", "iam", "state-bucket", "migration"),
)


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def x(self) -> float:
        """The middle."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """The middle."""
        return (self.top + self.bottom) / 2


Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A box around other things; `kind` is its style."""

    id: str
    kind: str
    box: Box
    lines: Sequence[str]
    resources: Sequence[Resource] = ()


@dataclass(frozen=True, kw_only=True)
class Icon:
    """The icon of a node, with its label below; several icons may stand for one node."""

    id: str
    kind: str
    x: float
    y: float
    lines: Sequence[str]
    resources: Sequence[Resource] = ()
    size: float = ICON

    @property
    def box(self) -> Box:
        """Without the label."""
        half = self.size / 2
        return Box(self.x - half, self.y - half, self.x + half, self.y + half)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A line with right angles, and an arrow head at its end; dotted without rules."""

    points: Sequence[Point]
    rules: Sequence[Resource] = ()
    ports: Sequence["Text"] = ()


@dataclass(frozen=True, kw_only=True)
class Text:
    """A line of text at a point."""

    at: Point
    line: str
    resources: Sequence[Resource] = ()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Everything with its place."""

    height: float
    frames: Sequence[Frame]
    groups: Sequence[Frame]
    icons: Sequence[Icon]
    routes: Sequence[Route]
    texts: Sequence[Text]
    legend: Sequence[tuple[str, Box, str]]


def layout(shown: Architecture, *, title: bool) -> Layout:
    """Give everything its place; with `title`, leave a line at the top."""
    return _Layout(shown, _TITLE if title else 0.0).whole()


class _Layout:
    def __init__(self, shown: Architecture, top: float) -> None:
        self._shown = shown
        self._nodes = shown.nodes
        self._top = top + _MARGIN
        # In the picture of a plan, a column has one more line.
        self._zones_top = self._top + _HEADER + _COLUMN_TITLE + (LINE if top else 0)
        rows = max(len(shown.zones), 1)
        self._zones_bottom = self._zones_top + rows * (_ZONE_HEIGHT + _ZONE_GAP) - _ZONE_GAP
        self._band = Box(
            _ZONE[0], self._zones_bottom + _BAND_GAP, _ZONE[1], self._zones_bottom + _BAND_GAP + _BAND_HEIGHT
        )
        self._bottom = self._band.bottom + _BAND_BOTTOM
        self._inbound = self._subnet_top(rows // 2) + _INBOUND
        self._outbound = self._subnet_top(rows - 1) + _OUTBOUND

    def whole(self) -> Layout:
        groups = {frame.id: frame for frame in self._groups()}
        icons = {icon.id: icon for icon in self._icons()}
        return Layout(
            height=self._bottom + _MARGIN + (LINE if OTHER in self._nodes else 0),
            frames=list(self._frames()),
            groups=list(groups.values()),
            icons=list(icons.values()),
            routes=[*self._other_routes(groups, icons), *self._rules(groups, icons)],
            texts=list(self._texts()),
            legend=list(self._legend()),
        )

    def _texts(self) -> Iterator[Text]:
        if endpoints := self._nodes.get("endpoints"):
            top = self._band.y + 8 - LINE * (len(endpoints.lines) - 2) / 2
            for row, line in enumerate(endpoints.lines[1:]):
                yield Text(at=(463, top + row * LINE), line=line)
        if other := self._nodes.get(OTHER):
            yield Text(
                at=(_MARGIN, self._bottom + LINE),
                line=f"Other: {', '.join(other.lines[1:])}",
                resources=other.resources,
            )

    def _legend(self) -> Iterator[tuple[str, Box, str]]:
        for row, (kind, line) in enumerate(_LEGEND):
            y = self._band.top + 6 + row * 14.5
            yield kind, Box(_ZONE[0] + 8, y - 4, _ZONE[0] + 30, y + 4), line

    def _zone_top(self, row: int) -> float:
        return self._zones_top + row * (_ZONE_HEIGHT + _ZONE_GAP)

    def _subnet_top(self, row: int) -> float:
        return self._zone_top(row) + _SUBNET_TOP

    # Frames

    def _frames(self) -> Iterator[Frame]:
        bottom = self._bottom
        if network := self._nodes.get("network"):
            box = Box(_VPC[0], self._top, _VPC[1], bottom)
            yield Frame(id="vpc", kind="vpc", box=box, lines=network.lines, resources=network.resources)
        box = Box(_REGION[0], self._top, _REGION[1], bottom)
        yield Frame(id="region", kind="region", box=box, lines=["AWS services"])
        for row, zone in enumerate(self._shown.zones):
            top = self._zone_top(row)
            yield Frame(
                id=zone,
                kind="zone",
                box=Box(_ZONE[0], top, _ZONE[1], top + _ZONE_HEIGHT),
                lines=[zone],
            )
        for subnet in self._shown.subnets:
            if subnet.zone in self._shown.zones:
                row = self._shown.zones.index(subnet.zone)
                left, right = _SUBNETS[subnet.kind]
                top, bottom = self._subnet_top(row), self._zone_top(row) + _ZONE_HEIGHT - _SUBNET_BOTTOM
                yield Frame(
                    id=subnet.node.id,
                    kind=subnet.kind,
                    box=Box(left, top, right, bottom),
                    lines=subnet.node.lines,
                    resources=subnet.node.resources,
                )

    def _groups(self) -> Iterator[Frame]:
        band = self._band
        boxes = {
            name: Box(left, self._top + _HEADER - 2, right, self._zones_bottom + 6)
            for name, (left, right) in _COLUMNS.items()
        } | {
            "endpoints": Box(422, band.top, 540, band.bottom),
            "database-roles": Box(568, band.top, 640, band.bottom),
        }
        for name, box in boxes.items():
            if node := self._nodes.get(name):
                # The services of the endpoints stand beside their icon.
                lines = node.lines[:1] if name == "endpoints" else node.lines
                yield Frame(id=name, kind="group", box=box, lines=lines, resources=node.resources)

    # Icons

    def _icons(self) -> Iterator[Icon]:
        yield from self._of_the_edge()
        for row, zone in enumerate(self._shown.zones):
            yield from self._of_a_zone(row, zone)
        band = self._band
        if "endpoints" in self._nodes:
            yield Icon(id="endpoints", kind="endpoints", x=443, y=band.y + 4, lines=[], size=30)
        if "database-roles" in self._nodes:
            yield Icon(id="database-roles", kind="database-roles", x=604, y=band.y + 14, lines=[])
        yield from self._placed("gateway-endpoint", 362, band.y - 8)
        present = [id_ for id_ in _OF_REGION if id_ in self._nodes]
        pitch = (self._bottom - self._top - _HEADER) / max((len(present) + 1) // 2, 1)
        for place, id_ in enumerate(present):
            row, column = divmod(place, 2)
            x = _REGION[0] + (_REGION[1] - _REGION[0]) * (0.25 + column / 2)
            yield from self._placed(id_, x, self._top + _HEADER + pitch * row + 30)

    def _placed(self, id_: str, x: float, y: float) -> Iterator[Icon]:
        if node := self._nodes.get(id_):
            yield Icon(id=id_, kind=id_, x=x, y=y, lines=node.lines, resources=node.resources)

    def _of_the_edge(self) -> Iterator[Icon]:
        upper = self._zones_top - 8
        yield from self._placed("dns", _CLIENTS_X, upper)
        yield from self._placed("certificate", _EDGE_X, upper)
        yield from self._placed(CLIENTS, _CLIENTS_X, self._inbound)
        yield from self._placed("firewall", _EDGE_X, self._inbound)
        yield from self._placed("internet-gateway", _EDGE_X, self._outbound)
        yield from self._placed(DESTINATIONS, _CLIENTS_X, self._outbound)
        if "load-balancer" in self._nodes:
            x = sum(_COLUMNS["load-balancer"]) / 2
            yield Icon(id="load-balancer", kind="load-balancer", x=x, y=self._inbound, lines=[])

    def _of_a_zone(self, row: int, zone: str) -> Iterator[Icon]:
        top = self._subnet_top(row)
        if node := self._nodes.get(f"nat {zone}"):
            yield Icon(
                id=node.id,
                kind="nat",
                x=_NAT_X,
                y=top + _OUTBOUND,
                lines=node.lines,
                resources=node.resources,
                size=30,
            )
        private = [each for each in self._shown.subnets if (each.zone, each.kind) == (zone, "private")]
        if private and "service" in self._nodes:
            x = sum(_COLUMNS["service"]) / 2
            yield Icon(id=f"task {zone}", kind="service", x=x, y=top + 48, lines=[])
        x = sum(_COLUMNS["database"]) / 2
        instances = [node for node in self._nodes.values() if _is_instance_in(node, zone)]
        for place, node in enumerate(instances):
            yield Icon(
                id=node.id,
                kind="instance",
                x=x + 46 * (place - (len(instances) - 1) / 2),
                y=top + 44,
                lines=node.lines,
                resources=node.resources,
            )

    # Lines

    def _rules(self, groups: dict[str, Frame], icons: dict[str, Icon]) -> Iterator[Route]:
        for arrow in self._shown.arrows:
            if DESTINATIONS in (arrow.source, arrow.target) and "internet-gateway" in icons:
                start, end = icons["internet-gateway"].box, icons[DESTINATIONS].box
                yield _labelled(arrow, [(start.left, start.y), (end.right, end.y)])
            elif arrow.source == CLIENTS and "firewall" in icons and arrow.target in groups:
                start, firewall, end = icons[CLIENTS].box, icons["firewall"].box, groups[arrow.target].box
                yield _labelled(arrow, [(start.right, start.y), (firewall.left, start.y)])
                yield Route(points=[(firewall.right, start.y), (end.left, start.y)], rules=arrow.rules)
            else:
                ends = [
                    groups[id_].box if id_ in groups else icons[id_].box if id_ in icons else None
                    for id_ in (arrow.source, arrow.target)
                ]
                # "Other" has no place of its own: what it is connected to stands in the text.
                boxes = [each for each in ends if each is not None]
                if len(boxes) == len(ends):
                    yield _labelled(arrow, self._between(*boxes))

    def _between(self, start: Box, end: Box) -> list[Point]:
        """Go straight where the boxes are opposite each other, otherwise around one corner."""
        top, bottom = max(start.top, end.top), min(start.bottom, end.bottom)
        left, right = max(start.left, end.left), min(start.right, end.right)
        if top < bottom:
            y = self._inbound if top < self._inbound < bottom else (top + bottom) / 2
            return [(start.right, y), (end.left, y)] if start.x < end.x else [(start.left, y), (end.right, y)]
        if left < right:
            x = (left + right) / 2
            return [(x, start.bottom), (x, end.top)] if start.y < end.y else [(x, start.top), (x, end.bottom)]
        x = start.left + 8 if end.x < start.x else start.right - 8
        return [
            (x, start.bottom if start.y < end.y else start.top),
            (x, end.y),
            (end.right if end.x < x else end.left, end.y),
        ]

    def _other_routes(self, groups: dict[str, Frame], icons: dict[str, Icon]) -> Iterator[Route]:
        if {CLIENTS, "dns"} <= icons.keys():
            start, end = icons[CLIENTS].box, icons["dns"].box
            label_height = LINE * len(icons["dns"].lines) + 4
            yield Route(points=[(start.x, start.top), (start.x, end.bottom + label_height)])
        if "certificate" in icons and "load-balancer" in groups:
            start, end = icons["certificate"].box, groups["load-balancer"].box
            yield Route(points=[(start.right, start.y), (end.left, start.y)])
        for icon in (icon for icon in icons.values() if icon.kind == "nat"):
            if "service" in groups:
                yield Route(points=[(groups["service"].box.left, icon.y), (icon.box.right, icon.y)])
            if "internet-gateway" in icons:
                gateway = icons["internet-gateway"].box
                corner = _VPC[0] - 10
                yield Route(
                    points=[
                        (icon.box.left, icon.y),
                        (corner, icon.y),
                        (corner, gateway.y),
                        (gateway.right, gateway.y),
                    ]
                )
        if "endpoints" in groups:
            box = groups["endpoints"].box
            below = self._bottom - 8
            yield Route(points=[(box.x, box.bottom), (box.x, below), (_REGION[0], below)])


def _is_instance_in(node: Node, zone: str) -> bool:
    return any(
        each.type == "aws_rds_cluster_instance" and each.values.get("availability_zone") == zone
        for each in node.resources
    )


def _labelled(arrow: Arrow, points: list[Point]) -> Route:
    """The route with its ports, one a line: above a horizontal line, otherwise beside the vertical part."""
    (x, y), (next_x, next_y) = points[:2]
    ports = list(arrow.ports.items())[::-1]
    if y == next_y:
        middle, lowest = (x + next_x) / 2, y - 7
    else:
        longest = max(map(len, arrow.ports))
        middle = x + (5 + longest * 2.6) * (1 if len(points) == _STRAIGHT else -1)
        lowest = (y + next_y) / 2 + (len(ports) - 1) * LINE / 2
    texts = [
        Text(at=(middle, lowest - row * LINE), line=port, resources=rules)
        for row, (port, rules) in enumerate(ports)
    ]
    return Route(points=points, rules=arrow.rules, ports=texts)
