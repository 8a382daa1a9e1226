"""Sample series for the dashboard: three hours of a quiet day with a short disturbance, always the same."""

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

MINUTES = 180
_DISTURBED = range(100, 112)

Values = Sequence[float]

_AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """A level with noise; `during` is the level of the disturbance, and `whole` stands for a count."""

    level: float
    noise: float = 0.0
    during: float | None = None
    whole: bool = False


# By metric, or by metric and statistic or by metric and the value of a dimension where these differ.
_SHAPES: Mapping[str, _Shape] = {
    "TargetResponseTime": _Shape(level=0.09, noise=0.01, during=0.15),
    "TargetResponseTime p99": _Shape(level=0.38, noise=0.05, during=0.8),
    "RequestCount": _Shape(level=2400, noise=160, whole=True),
    "HTTPCode_Target_5XX_Count": _Shape(level=2, noise=2, during=34, whole=True),
    "HTTPCode_ELB_5XX_Count": _Shape(level=0.3, noise=0.5, during=12, whole=True),
    "HTTPCode_ELB_503_Count": _Shape(level=0),
    "HealthyHostCount": _Shape(level=4, during=3, whole=True),
    "UnHealthyHostCount": _Shape(level=0, during=0),
    "CPUUtilization": _Shape(level=48, noise=4, during=63),
    "CPUUtilization WRITER": _Shape(level=42, noise=4, during=58),
    "CPUUtilization READER": _Shape(level=23, noise=3, during=29),
    "MemoryUtilization": _Shape(level=57, noise=0.8),
    "RunningTaskCount": _Shape(level=4, during=3, whole=True),
    "DesiredTaskCount": _Shape(level=4),
    "AllowedRequests": _Shape(level=2380, noise=160, whole=True),
    "BlockedRequests": _Shape(level=14, noise=6, during=90, whole=True),
    "DatabaseConnections": _Shape(level=96, noise=5, during=118, whole=True),
    "FreeableMemory": _Shape(level=6.1e9, noise=4e7, during=5.6e9),
    "AuroraReplicaLag": _Shape(level=19, noise=3, during=46),
}
_UNKNOWN = _Shape(level=50, noise=5)


def sample(name: str, dimensions: Mapping[str, str], statistic: str, period_seconds: int) -> list[float]:
    """Return the series of a metric with one value for each period."""
    keys = (*(f"{name} {value}" for value in (statistic, *dimensions.values())), name)
    shape = next((_SHAPES[key] for key in keys if key in _SHAPES), _UNKNOWN)
    # The same in every process, unlike `hash`.
    generator = random.Random(zlib.crc32(" ".join(keys).encode()))  # noqa: S311 - not for cryptography
    minutes = [_value(shape, minute, generator) for minute in range(MINUTES)]
    length = max(period_seconds // 60, 1)
    aggregate = _AGGREGATES.get(statistic, fmean)
    return [float(aggregate(minutes[start : start + length])) for start in range(0, MINUTES, length)]


def _value(shape: _Shape, minute: int, generator: random.Random) -> float:
    level = shape.level if shape.during is None or minute not in _DISTURBED else shape.during
    value = max(level + shape.noise * generator.gauss(0, 1), 0)
    return round(value) if shape.whole else value
