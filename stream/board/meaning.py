"""What a well-formed layout file means under the settings: its boards, and what in it cannot be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from schemas.events import Channel, Priority
from stream.board.grid import places
from stream.board.layout import MOST_ROWS, Board, Bound, Filter, Layouts, Page, Threshold, Tile
from stream.board.metric import METRICS, Metric
from stream.board.shape import POLICY, BoardPart, Filters, LayoutPart, PagePart, TilePart
from stream.board.values import read_value
from stream.core.labels import OTHER, UNKNOWN
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.policy_file.scalars import got, near
from stream.yaml_lines import Place

Problem = tuple[Place, str]

_VALUES: dict[str, tuple[str, ...]] = {"channel": get_args(Channel), "priority": get_args(Priority)}
_BOUNDS: dict[str, Bound] = {"worse": "at_most", "better": "at_least"}


def problems(layout: LayoutPart, policy: Policy) -> Iterator[Problem]:
    """Yield everything that cannot be shown under these settings, each with its place."""
    named: dict[str, int] = {}
    for i, board in enumerate(layout.boards):
        where: Place = ("boards", i)
        if board.name in named:
            taken = f"which is the name of boards[{named[board.name] + 1}] already"
            yield (*where, "name"), f"got {got(board.name)}, {taken}; accepts another name"
        named.setdefault(board.name, i)
        yield from _of_filter((*where, "filter"), board.filter, policy)
        for j, page in enumerate(board.pages):
            yield from _of_page((*where, "pages", j), page, policy)


def _of_page(where: Place, page: PagePart, policy: Policy) -> Iterator[Problem]:
    sizes = []
    for k, tile in enumerate(page.tiles):
        at: Place = (*where, "tiles", k)
        yield from _of_tile(at, tile, policy)
        if tile.width > page.columns:
            accepts = f"up to {page.columns}, the columns of the page"
            yield (*at, "width"), f"got '{tile.width}'; accepts {accepts}"
        sizes.append((min(tile.width, page.columns), tile.height))
    for k, place in enumerate(places(sizes, page.columns, MOST_ROWS)):
        if place is None:
            room = f"a page of {page.columns} columns has {MOST_ROWS} rows, and the tiles before it take them"
            advice = "accepts fewer or smaller tiles, more columns, or another page for it"
            yield (*where, "tiles", k), f"does not fit without scrolling: {room}; {advice}"


def _of_tile(at: Place, tile: TilePart, policy: Policy) -> Iterator[Problem]:
    metric = METRICS[tile.metric]
    if metric.number.name in policy.definitions.numbers_off:
        switched = f"as the policy file switches off {metric.number.name} (numbers_off)"
        yield (*at, "metric"), f"got {got(metric.name)}, which is not counted, {switched}; accepts another metric"
    if tile.window is not None:
        yield from _of_window((*at, "window"), tile.window, metric, policy)
    elif metric.book is not None and metric.usual_window(policy) is None:
        yield (*at, "metric"), f"got {got(metric.name)}, which needs a window; the settings have none for it"
    if not metric.labelled:
        for key, given in (("filter", tile.filter), ("by", tile.by)):
            if given:
                yield (*at, key), f"{metric.name} is of the whole desk; accepts no such key"
    else:
        yield from _of_filter((*at, "filter"), tile.filter, policy)
        if tile.by is not None and tile.by not in policy.labels:
            yield (*at, "by"), _no_label(tile.by, policy)
    if tile.kind is not None and tile.kind not in metric.kinds:
        yield (*at, "kind"), f"got {got(tile.kind)}; accepts {', '.join(metric.kinds)} for {metric.name}"
    elif tile.kind == "breakdown" and tile.by is None:
        yield (*at, "kind"), f"got 'breakdown' without by; name a label under by: {', '.join(policy.labels)}"
    yield from _of_threshold(at, tile, metric, policy)


def _of_window(at: Place, window: str, metric: Metric, policy: Policy) -> Iterator[Problem]:
    known = metric.windows(policy)
    if metric.book is None:
        yield at, f"got {got(window)}; {metric.name} is of now, and accepts no window"
    elif window not in known:
        source = "the settings windows" + ("" if metric.book == "tickets" else " and survey_windows")
        yield at, f"got {got(window)}{near(window, known)}; accepts {', '.join(known)} ({source})"


def _of_filter(at: Place, filters: Filters, policy: Policy) -> Iterator[Problem]:
    for label, values in filters.items():
        if label not in policy.labels:
            yield (*at, label), _no_label(label, policy)
            continue
        if label in _VALUES:
            accepted = (*_VALUES[label], *((UNKNOWN,) if OTHER in _VALUES[label] else (OTHER, UNKNOWN)))
            for value in values:
                if value not in accepted:
                    hint = near(value, accepted)
                    yield (*at, label), f"got {got(value)}{hint}; accepts {', '.join(accepted)}"


def _no_label(name: str, policy: Policy) -> str:
    return f"got {got(name)}{near(name, policy.labels)}; accepts {', '.join(policy.labels)} (the setting labels)"


def _of_threshold(at: Place, tile: TilePart, metric: Metric, policy: Policy) -> Iterator[Problem]:
    try:
        threshold = _threshold(tile, metric, policy)
    except _WrongThresholdError as error:
        yield (*at, error.key), str(error)
        return
    if threshold is None or threshold.target is None or threshold.warn is None:
        return
    bound, target, warn = threshold.bound, threshold.target, threshold.warn
    if (warn > target) if bound == "at_most" else (warn < target):
        accepts, beyond = ("up to the target", "over") if bound == "at_most" else ("from the target on", "under")
        why = f"as {beyond} the target it is bad already"
        yield (*at, "warn"), f"got {got(tile.warn)}; accepts values {accepts}, {why}"


class _WrongThresholdError(ValueError):
    def __init__(self, key: str, message: object) -> None:
        super().__init__(str(message))
        self.key = key


def _threshold(tile: TilePart, metric: Metric, policy: Policy) -> Threshold | None:
    if tile.target is None and tile.warn is None:
        return None
    natural = _BOUNDS.get(metric.direction(policy))
    bound, text = (None, None) if tile.target is None else tile.target
    if natural is not None and bound not in (None, natural):
        raise _WrongThresholdError("target", f"got {bound}; accepts {natural} for {metric.name}, or the value alone")
    side = bound or natural
    if side is None:
        accepts = f"a side too, such as {{at_most: 40}}, as no side of {metric.name} is bad by itself"
        key = "warn" if text is None else "target"
        raise _WrongThresholdError(key, f"got {got(text or tile.warn)}; accepts {accepts}")
    from_policy = text == POLICY
    if from_policy and metric.promised is None:
        measured = ", ".join(name for name, each in METRICS.items() if each.promised)
        accepts = f"a value: the policy file promises first responses and replies only ({measured})"
        raise _WrongThresholdError("target", f"got 'policy'; accepts {accepts}")
    return Threshold(
        side,  # type: ignore[arg-type]  # shape.py has made sure that it is one of the two
        None if text is None or from_policy else _value("target", text, metric),
        None if tile.warn is None else _value("warn", tile.warn, metric),
        from_policy,
    )


def _value(key: str, text: str, metric: Metric) -> float:
    try:
        return read_value(text, metric.unit)
    except ValueError as error:
        raise _WrongThresholdError(key, error) from error


def layouts(layout: LayoutPart, policy: Policy) -> Layouts:
    """Return the boards that a layout without problems states."""
    return {board.name: _board(board, policy) for board in layout.boards}


def _board(board: BoardPart, policy: Policy) -> Board:
    return Board(
        name=board.name,
        title=board.title or board.name,
        language=board.language,
        theme=board.theme,
        sound=board.sound,
        rotate_seconds=board.rotate // SECOND_US,
        filter=_filter(board.filter),
        pages=tuple(_page(i, page, board, policy) for i, page in enumerate(board.pages)),
    )


def _page(number: int, page: PagePart, board: BoardPart, policy: Policy) -> Page:
    found = places([(tile.width, tile.height) for tile in page.tiles], page.columns, MOST_ROWS)
    tiles = tuple(
        _tile(f"p{number}t{i}", tile, place, board, policy)
        for i, (tile, place) in enumerate(_fitting(page.tiles, found))
    )
    rows = max((tile.row + tile.height for tile in tiles), default=0)
    return Page(page.title, page.columns, rows, tiles)


def _fitting(
    tiles: Sequence[TilePart], found: Sequence[tuple[int, int] | None]
) -> Iterator[tuple[TilePart, tuple[int, int]]]:
    for tile, place in zip(tiles, found, strict=True):
        if place is None:
            raise ValueError("a layout with problems")
        yield tile, place


def _tile(tile_id: str, tile: TilePart, place: tuple[int, int], board: BoardPart, policy: Policy) -> Tile:
    metric = METRICS[tile.metric]
    usual = "breakdown" if tile.by is not None and metric.kind == "number" else metric.kind
    return Tile(
        id=tile_id,
        metric=metric,
        kind=tile.kind or usual,
        title=tile.title,
        window=tile.window or metric.usual_window(policy),
        filter=_filter({**board.filter, **tile.filter}) if metric.labelled else (),
        by=tile.by,
        threshold=_threshold(tile, metric, policy),
        width=tile.width,
        height=tile.height,
        row=place[0],
        column=place[1],
        trend=tile.trend,
    )


def _filter(filters: Filters) -> Filter:
    return tuple((label, tuple(dict.fromkeys(values))) for label, values in sorted(filters.items()))
