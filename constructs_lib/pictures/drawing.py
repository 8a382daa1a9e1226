"""Draws the architecture with the icons of AWS: the package `diagrams` describes it, Graphviz renders it."""

import io
import subprocess
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import diagrams
from diagrams import Cluster, Diagram, Edge, Node
from PIL import Image

from constructs_lib.pictures.architecture import Architecture, actions
from constructs_lib.pictures.layout import LINE, WIDTH, Box, Frame, Icon, Layout, Point, Route, layout
from constructs_lib.pictures.png import digest, with_metadata
from constructs_lib.pictures.resources import Action, PictureError, Resource
from constructs_lib.pictures.themes import PALETTES, Palette, Theme

# The icons' paths are relative to this folder, so that no path of this machine gets into the source.
_ICONS = Path(diagrams.__file__).parents[1]
_ICON_FILES: Mapping[str, str] = {
    "alarms": "management/cloudwatch",
    "backup": "storage/backup",
    "certificate": "security/certificate-manager",
    "clients": "general/users",
    "database-roles": "compute/lambda",
    "destinations": "general/internet-alt1",
    "dns": "network/route-53",
    "endpoints": "network/endpoint",
    "firewall": "security/waf",
    "gateway-endpoint": "network/endpoint",
    "iam": "security/identity-and-access-management-iam",
    "instance": "database/aurora",
    "internet-gateway": "network/internet-gateway",
    "keys": "security/key-management-service",
    "load-balancer": "network/elastic-load-balancing",
    "log-bucket": "storage/simple-storage-service-s3",
    "logs": "management/cloudwatch-logs",
    "migration": "compute/lambda",
    "nat": "network/nat-gateway",
    "registry": "compute/ec2-container-registry",
    "secrets": "security/secrets-manager",
    "service": "compute/fargate",
    "state-bucket": "storage/simple-storage-service-s3",
    "topic": "integration/simple-notification-service-sns",
}

_FONT = "DejaVu Sans Condensed"
_FONT_SIZE = "10"
_POINTS_PER_INCH = 72
_PIXELS_PER_POINT = 2
_ARROW_LENGTH = 6.0
_COLOURED_LABELS = ("vpc", "zone")
# Icons that are dark lines without a background of their own.
_LINE_ART = ("clients", "destinations", "endpoints", "gateway-endpoint", "internet-gateway", "logs", "nat")


_SIGNS: Mapping[Action, str] = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
_VERBS: Mapping[Action, str] = {
    "create": "to add",
    "update": "to change",
    "replace": "to replace",
    "delete": "to destroy",
}


def source(shown: Architecture, *, theme: Theme, resources: Sequence[Resource] | None = None) -> str:
    """Return the picture in Graphviz's language; with the resources of a plan it says what changes."""
    places = layout(shown, title=resources is not None)
    diagram = Diagram(
        "architecture",
        show=False,
        graph_attr={
            "bgcolor": PALETTES[theme].background,
            "dpi": str(_POINTS_PER_INCH * _PIXELS_PER_POINT),
            "label": "",
            "pad": "0",
            "splines": "line",
            "fontname": _FONT,
        },
    )
    diagrams.setdiagram(diagram)
    try:
        _Drawing(places, PALETTES[theme], title=_title(resources)).draw()
    finally:
        diagrams.setdiagram(None)
    return str(diagram.dot.source).replace(f"{_ICONS}/", "")


def png(text: str) -> bytes:
    """Render the source. Raises PictureError if Graphviz is not installed or fails."""
    try:
        finished = subprocess.run(
            ("neato", "-n2", "-Tpng"),  # noqa: S607 - the Graphviz on the path
            cwd=_ICONS,
            input=text.encode(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise PictureError(
            "Graphviz is not installed (its program neato is not on the path): install the package graphviz"
        ) from None
    if finished.returncode != 0:
        said = finished.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise PictureError(f"Graphviz failed: {said[0]}")
    return with_metadata(Image.open(io.BytesIO(finished.stdout)), digest(text))


def _title(resources: Sequence[Resource] | None) -> list[tuple[str, Action]]:
    if resources is None:
        return []
    found = actions(resources)
    return [(f"{_SIGNS[action]} {found.count(action)} {verb}", action) for action, verb in _VERBS.items()]


class _Drawing:
    def __init__(self, places: Layout, palette: Palette, *, title: Sequence[tuple[str, Action]]) -> None:
        self._places = places
        self._palette = palette
        self._title = title

    def draw(self) -> None:
        places = self._places
        for number, corner in enumerate([(0.0, 0.0), (WIDTH, places.height)]):
            self._node(f"corner {number}", "", corner, 0, 0, style="invis", shape="point")
        for frame in places.frames:
            self._frame(frame)
        for frame in places.groups:
            self._group(frame)
        for icon in places.icons:
            self._icon(icon)
        for number, route in enumerate(places.routes):
            self._route(str(number), route)
        for number, each in enumerate(places.texts):
            signs, colour = self._mark(each.resources)
            self._text(f"text {number}", f"{each.line} {signs}".strip(), each.at, colour, begins=True)
        for kind, box, line in places.legend:
            self._legend(kind, box, line)
        for number, (text, action) in enumerate(self._title):
            self._text(
                f"title {number}", text, (110 + number * 200, 14), self._palette.actions[action], size="13"
            )

    def _at(self, point: Point) -> str:
        return f"{point[0]:g},{self._places.height - point[1]:g}"

    def _node(
        self, id_: str, label: str, center: Point, width: float, height: float, **attributes: str
    ) -> Node:
        sizes = {"width": f"{width / _POINTS_PER_INCH:.4f}", "height": f"{height / _POINTS_PER_INCH:.4f}"}
        fonts = {"fontname": _FONT, "fontsize": _FONT_SIZE, "fontcolor": self._palette.text}
        return Node(label, nodeid=id_, pos=self._at(center), **(sizes | fonts | attributes))

    def _text(
        self,
        id_: str,
        text: str,
        at: Point,
        colour: str = "",
        *,
        size: str = _FONT_SIZE,
        begins: bool = False,
    ) -> None:
        """Write one line around a point, or one that begins at it."""
        # A label is in the middle of its node; "\\l" moves it to the left edge of a node that is wide enough.
        width = WIDTH - at[0] if begins else 0.0
        self._node(
            id_,
            f"{text}\\l" if begins else text,
            (at[0] + width / 2, at[1]),
            width,
            0,
            shape="none",
            labelloc="c",
            margin="0",
            fontsize=size,
            fontcolor=colour or self._palette.text,
        )

    def _legend(self, kind: str, box: Box, line: str) -> None:
        if kind in self._palette.frames:
            pen, fill = self._palette.frames[kind]
            style = "rounded,dashed" if kind in ("group", "zone") else "rounded,filled"
            size = box.right - box.left, box.bottom - box.top
            self._node(
                f"legend {kind}",
                "",
                (box.x, box.y),
                *size,
                shape="box",
                style=style,
                color=pen,
                fillcolor=fill,
            )
        else:
            points = [(box.left, box.y), (box.right, box.y)]
            self._line(
                f"legend {kind}", points, self._palette.text, "solid" if kind == "allowed" else "dotted"
            )
        self._text(f"legend {kind} text", line, (box.right + 6, box.y), self._palette.faint, begins=True)

    def _mark(self, resources: Sequence[Resource]) -> tuple[str, str]:
        """What a plan does to the resources, in signs and as a colour; empty if nothing."""
        found = actions(resources)
        signs = " ".join(f"{sign}{found.count(action)}" for action, sign in _SIGNS.items() if action in found)
        kinds = set(found)
        action: Action = found[0] if len(kinds) == 1 else "update"
        return signs, self._palette.actions[action] if found else ""

    def _frame(self, frame: Frame) -> None:
        pen, fill = self._palette.frames[frame.kind]
        signs, colour = self._mark(frame.resources)
        label = "  ".join([*frame.lines, *([signs] if signs else [])])
        box = frame.box
        cluster = Cluster(
            # Graphviz places the label of a cluster only when it lays out the graph itself.
            label="",
            graph_attr={
                "bb": f"{self._at((box.left, box.bottom))},{self._at((box.right, box.top))}",
                "bgcolor": fill,
                "pencolor": colour or pen,
                "penwidth": "2" if colour else "1",
                "style": "rounded,dashed" if frame.kind == "zone" else "rounded",
            },
        )
        cluster.dot.name = f"cluster {frame.id}"
        with cluster:
            pass
        text = colour or (pen if frame.kind in _COLOURED_LABELS else self._palette.faint)
        self._text(f"{frame.id} label", label, (box.left + 6, box.top + 9), text, begins=True)

    def _group(self, frame: Frame) -> None:
        signs, colour = self._mark(frame.resources)
        pen, _ = self._palette.frames["group"]
        box = frame.box
        self._node(
            f"group {frame.id}",
            "",
            (box.x, box.y),
            box.right - box.left,
            box.bottom - box.top,
            shape="box",
            style="rounded,dashed",
            color=colour or pen,
            penwidth="2" if colour else "1",
        )
        for number, line in enumerate([*frame.lines, *([signs] if signs else [])]):
            at = (box.x, box.top + 10 + number * LINE)
            self._text(f"group {frame.id} {number}", line, at, colour if line == signs else "")

    def _icon(self, icon: Icon) -> None:
        signs, colour = self._mark(icon.resources)
        lines = [*icon.lines, *([signs] if signs else [])]
        if icon.kind == "nat":  # there is no room for a second line
            lines = [" ".join(lines)]
        on_tile = icon.kind in _LINE_ART and self._palette.tile != "transparent"
        if colour or on_tile:
            self._node(
                f"{icon.id} tile",
                "",
                (icon.x, icon.y),
                icon.size + 4,
                icon.size + 4,
                shape="box",
                style="rounded,filled",
                color=colour or self._palette.tile,
                fillcolor=self._palette.tile if on_tile else "transparent",
                penwidth="3" if colour else "0",
            )
        self._node(
            f"{icon.id} icon",
            "",
            (icon.x, icon.y),
            icon.size,
            icon.size,
            shape="none",
            image=f"{_ICONS}/resources/aws/{_ICON_FILES[icon.kind]}.png",
        )
        for number, line in enumerate(lines):
            at = (icon.x, icon.y + icon.size / 2 + (11 if colour else 8) + number * LINE)
            self._text(f"{icon.id} {number}", line, at, colour if signs and signs in line else "")

    def _route(self, id_: str, route: Route) -> None:
        _, colour = self._mark(route.rules)
        deleted = bool(route.rules) and all(rule.action == "delete" for rule in route.rules)
        style = "dashed" if deleted else "solid" if route.rules else "dotted"
        self._line(
            f"route {id_}", route.points, colour or self._palette.line, style, "2" if colour else "1.2"
        )
        for text in route.ports:
            signs, colour = self._mark(text.resources)
            # Both directions of a connection are rules of their own, so a count would be misleading.
            sign = signs[0] if signs and len(signs.split()) == 1 else ""
            self._text(f"route {id_} port {text.line}", f"{sign}{text.line}", text.at, colour)

    def _line(self, id_: str, points: Sequence[Point], colour: str, style: str, width: str = "1.2") -> None:
        ends = [
            self._node(f"{id_} {end}", "", point, 0, 0, shape="point", style="invis")
            for end, point in (("start", points[0]), ("end", points[-1]))
        ]
        edge = Edge(
            forward=True,
            color=colour,
            style=style,
            pos=self._spline(points),
            penwidth=width,
            arrowsize="0.6",
        )
        ends[0].connect(ends[1], edge)

    def _spline(self, points: Sequence[Point]) -> str:
        """A line through the points, which ends where the arrow head begins."""
        (before_x, before_y), (x, y) = points[-2:]
        length = abs(x - before_x) + abs(y - before_y)
        shortened = (
            x - _ARROW_LENGTH * (x - before_x) / length,
            y - _ARROW_LENGTH * (y - before_y) / length,
        )
        corners = [*points[:-1], shortened]
        curve = [self._at(corners[0])]
        for start, end in pairwise(corners):
            curve += [self._at(start), self._at(end), self._at(end)]
        return f"e,{self._at(points[-1])} {' '.join(curve)}"
