"""Line charts as SVG, side by side, with logarithmic horizontal axes; colours work on light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

COLOURS: Final = ("#d9480f", "#1c7ed6", "#2b8a3e", "#ae3ec9", "#868e96")
WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 460, 330, 60, 36, 370, 220
GREY: Final = "#868e96"

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """What one chart shows.

    Attributes:
        title: above it.
        across: what the horizontal axis counts.
        series: points by name, each (where, how much), with whole positive numbers as `where`.
    """

    title: str
    across: str
    series: Mapping[str, Points]


def svg(charts: Sequence[Chart]) -> str:
    """Draw the charts beside each other, all with vertical axes from 0."""
    width = WIDTH * len(charts)
    drawn = "\n".join(
        f'<g transform="translate({WIDTH * number} 0)">\n{_draw(chart)}\n</g>' for number, chart in enumerate(charts)
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif"'
    return f'{head} font-size="11" fill="{GREY}">\n{drawn}\n</svg>\n'


def _draw(chart: Chart) -> str:
    wheres = sorted({where for points in chart.series.values() for where, _ in points})
    most = _round_up(max(value for points in chart.series.values() for _, value in points))
    low, high = math.log(wheres[0]), math.log(wheres[-1])

    def x(where: float) -> float:
        return LEFT + PLOT_WIDTH * ((math.log(where) - low) / (high - low) if high > low else 0.5)

    def y(value: float) -> float:
        return TOP + PLOT_HEIGHT * (1 - value / most)

    parts = [_text(LEFT, TOP - 16, chart.title, size=13)]
    for step in range(5):
        value = most * step / 4
        faint = 0.25 if step else 0.8
        parts.append(f'<path d="M{LEFT} {y(value):.1f}h{PLOT_WIDTH}" stroke="{GREY}" stroke-opacity="{faint}"/>')
        parts.append(_text(LEFT - 6, y(value) + 4, f"{value:g}", anchor="end"))
    parts += [_text(x(where), TOP + PLOT_HEIGHT + 16, f"{where:,.0f}", anchor="middle") for where in wheres]
    parts.append(_text(LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 32, chart.across, anchor="middle"))
    for number, (name, points) in enumerate(chart.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(f"{x(where):.1f},{y(value):.1f}" for where, value in sorted(points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(w):.1f}" cy="{y(v):.1f}" r="3" fill="{colour}"/>' for w, v in points]
        parts.append(_text(LEFT + 120 * number, HEIGHT - 12, f"● {name}", colour=colour))
    return "\n".join(parts)


def _text(x: float, y: float, said: str, *, anchor: str = "start", size: int = 11, colour: str = GREY) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} font-size="{size}" fill="{colour}">{escape(said)}</text>'


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 8 times a power of ten."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)
