"""Draws a CloudWatch dashboard with sample data, in CloudWatch's grid."""

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from constructs_lib.pictures.png import digest, with_metadata
from constructs_lib.pictures.samples import MINUTES
from constructs_lib.pictures.widgets import Board, Line, Threshold, Widget

_UNIT = 60
_COLUMNS = 24
_HEADER = 46
_DPI = 100
_GAP = 6
_FONT, _TITLE, _SMALL = 15.0, 18.0, 14.0

_BACKGROUND, _CARD, _EDGE = "#f2f3f3", "#ffffff", "#d5dbdb"
_TEXT, _FAINT, _GRID = "#16191f", "#545b64", "#eaeded"
_OK, _THRESHOLD = "#1d8102", "#d62728"
_LINES = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")

_FIRST_HOUR = 9
_HEADROOM = 1.18
_ALARMS_IN_A_ROW = 4
_NOTE = "sample data, not measured"
_LARGE = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def png(board: Board) -> bytes:
    """Draw the dashboard."""
    rows = max((widget.y + widget.height for widget in board.widgets), default=1)
    drawing = _Drawing(_COLUMNS * _UNIT, rows * _UNIT + _HEADER)
    drawing.text(14, _HEADER / 2, board.name, size=_TITLE, weight="bold")
    drawing.text(drawing.width - 14, _HEADER / 2, _NOTE, size=_TITLE, colour=_THRESHOLD, align="right")
    for widget in board.widgets:
        drawing.widget(widget)
    return with_metadata(drawing.image(), digest(source(board)))


def source(board: Board) -> str:
    """Return what the picture is drawn from."""
    return f"{board.name}\n{board.body}"


class _Drawing:
    """A figure in which a unit is a pixel, from the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=_BACKGROUND)
        self._canvas = FigureCanvasAgg(self._figure)

    def image(self) -> Image.Image:
        written = io.BytesIO()
        self._figure.savefig(written, format="png", dpi=_DPI, metadata={"Software": None})
        return Image.open(written)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = _FONT,
        colour: str = _TEXT,
        align: str = "left",
        weight: str = "normal",
    ) -> float:
        """Write a line of text, and return where it ends."""
        written = self._figure.text(
            x / self.width,
            1 - y / self.height,
            text,
            fontsize=size * 72 / _DPI,
            color=colour,
            ha=align,
            va="center_baseline",
            weight=weight,
            # A "$" in a name does not begin a formula.
            parse_math=False,
        )
        return float(written.get_window_extent().x1)

    def rectangle(self, x: float, y: float, width: float, height: float, *, colour: str, edge: str) -> None:
        self._figure.add_artist(
            FancyBboxPatch(
                (x / self.width, 1 - (y + height) / self.height),
                width / self.width,
                height / self.height,
                boxstyle="square,pad=0",
                facecolor=colour,
                edgecolor=edge,
                linewidth=1,
                transform=self._figure.transFigure,
                zorder=-1,  # below the graphs
            )
        )

    def widget(self, widget: Widget) -> None:
        x, y = widget.x * _UNIT + _GAP / 2, widget.y * _UNIT + _HEADER + _GAP / 2
        width, height = widget.width * _UNIT - _GAP, widget.height * _UNIT - _GAP
        self.rectangle(x, y, width, height, colour=_CARD, edge=_EDGE)
        self.text(x + 12, y + 20, widget.title, size=_TITLE, weight="bold")
        match widget.kind:
            case "alarm":
                self._alarms(widget.alarms, x, y + 38, width, height - 44)
            case "metric":
                self._graph(widget, x, y, width, height)
            case "text":
                for row, line in enumerate(widget.text.splitlines()):
                    self.text(x + 12, y + 44 + row * 20, line)
            case other:
                self.text(x + 12, y + 44, f"a widget of type {other} is not drawn", colour=_FAINT)

    def _alarms(self, alarms: Sequence[str], x: float, y: float, width: float, height: float) -> None:
        rows = -(-len(alarms) // _ALARMS_IN_A_ROW) or 1
        tile, pitch = (width - 16) / _ALARMS_IN_A_ROW, height / rows
        for place, alarm in enumerate(alarms):
            row, column = divmod(place, _ALARMS_IN_A_ROW)
            left, top = x + 8 + column * tile, y + row * pitch
            self.rectangle(left + 2, top + 2, tile - 4, pitch - 4, colour=_CARD, edge=_EDGE)
            self.rectangle(left + 2, top + 2, 5, pitch - 4, colour=_OK, edge=_OK)
            self.text(left + 14, top + pitch / 2, alarm, size=_SMALL)

    def _graph(self, widget: Widget, x: float, y: float, width: float, height: float) -> None:
        colours = dict(zip(range(len(widget.lines)), _LINES * len(widget.lines), strict=False))
        right = any(line.axis == "right" for line in widget.lines)
        legend = self._legend(widget.lines, x + 14, y, width, height)
        left_margin, right_margin = 58, 58 if right else 28
        top, bottom = y + 62, y + height - 32 - legend
        axes = self._figure.add_axes(
            (
                (x + left_margin) / self.width,
                1 - bottom / self.height,
                (width - left_margin - right_margin) / self.width,
                (bottom - top) / self.height,
            )
        )
        axes.set_facecolor(_CARD)
        sides = {"left": axes, **({"right": axes.twinx()} if right else {})}
        for side, of_side in sides.items():
            lines = [(colours[number], line) for number, line in enumerate(widget.lines) if line.axis == side]
            thresholds = [each for each in widget.thresholds if each.axis == side]
            _plot(of_side, lines, thresholds, minimum=widget.axes.get(side, {}).get("min"))
            unit = widget.axes.get(side, {}).get("label", "")
            at = x + 12 if side == "left" else x + width - 12
            self.text(at, y + 46, unit, size=_SMALL, colour=_FAINT, align=side)
        _time_axis(axes)

    def _legend(self, lines: Sequence[Line], x: float, y: float, width: float, height: float) -> float:
        """Write the legend in as few rows as possible, and return its height."""
        rows: list[list[tuple[str, str]]] = [[]]
        used = 0.0
        for colour, line in zip(_LINES * len(lines), lines, strict=False):
            length = 36 + len(line.label) * _SMALL * 0.56
            if rows[-1] and used + length > width - 20:
                rows.append([])
                used = 0.0
            rows[-1].append((colour, line.label))
            used += length
        for number, row in enumerate(reversed(rows)):
            at, top = x, y + height - 16 - number * 20
            for colour, label in row:
                self.rectangle(at, top - 5, 11, 11, colour=colour, edge=colour)
                at = self.text(at + 17, top, label, size=_SMALL) + 16
        return 20.0 * len(rows)


def _plot(
    axes: Axes, lines: Sequence[tuple[str, Line]], thresholds: Sequence[Threshold], *, minimum: float | None
) -> None:
    values = [value for _, line in lines for value in line.values if value is not None]
    values += [each.value for each in thresholds]
    for colour, line in lines:
        minutes = [place * line.period_seconds / 60 for place in range(len(line.values))]
        shown = [float("nan") if value is None else value for value in line.values]
        axes.plot(minutes, shown, color=colour, linewidth=1.6, solid_joinstyle="round")
    highest = max(values, default=1.0) or 1.0
    lowest = min(values, default=0.0) if minimum is None else minimum
    axes.set_ylim(lowest, lowest + (highest - lowest) * _HEADROOM)
    for each in thresholds:
        colour = each.colour or _THRESHOLD
        axes.axhline(each.value, color=colour, linewidth=1.4, linestyle=(0, (6, 3)))
        axes.annotate(
            each.label,
            (0.99, each.value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=_SMALL * 72 / _DPI,
            color=colour,
            bbox={"facecolor": _CARD, "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
            parse_math=False,
        )
    axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    axes.tick_params(labelsize=_SMALL * 72 / _DPI, colors=_FAINT, length=0)
    axes.tick_params(axis="x", pad=7)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _time_axis(axes: Axes) -> None:
    axes.grid(color=_GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.set_xlim(0, MINUTES)
    hours = range(0, MINUTES + 1, 60)
    axes.set_xticks(list(hours), [f"{_FIRST_HOUR + minute // 60:02d}:00" for minute in hours])


def _number(value: float) -> str:
    for size, letter in _LARGE:
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
