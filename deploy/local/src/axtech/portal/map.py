"""The map of events: a drawing of who reacts to whom, and the list behind it."""

import math
from collections import Counter
from html import escape

from common.contracts import map as contract_map
from common.contracts.map import SERVICES
from common.events.contract import Contract, Event

_WIDTH, _HEIGHT = 760, 520
_RADIUS_X, _RADIUS_Y = 290, 200
_BOX_WIDTH, _BOX_HEIGHT = 128, 40
Point = tuple[float, float]


def drawing() -> str:
    """SVG: the services around an ellipse, an arrow from each publisher to each reader."""
    places = {service: _place(number) for number, service in enumerate(SERVICES)}
    arrows = [_arrow(places[source], places[target], count) for (source, target), count in sorted(_pairs().items())]
    boxes = [_box(service, place) for service, place in places.items()]
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    described = "Services and the events that go between them; the table below says the same."
    parts = "\n".join([marker, *arrows, *boxes])
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{described}">{parts}</svg>'


def readers() -> str:
    """Rows of a table: event, publisher, durables that read it."""
    events = [contract for contract in Contract.registry.values() if issubclass(contract, Event)]
    rows = []
    for event in sorted(events, key=lambda event: (event.service, event.name, event.version)):
        read_by = sorted(spec.durable for spec in contract_map.CONSUMERS if event in spec.events)
        cells = f"<td>{event.service}</td><td>{escape(', '.join(read_by)) or '–'}</td>"
        rows.append(f'<tr><th scope="row"><code>{escape(event.name)}</code> v{event.version}</th>{cells}</tr>')
    return "\n".join(rows)


def _pairs() -> Counter[tuple[str, str]]:
    """How many kinds of events go from one service to another."""
    found: Counter[tuple[str, str]] = Counter()
    for spec in contract_map.CONSUMERS:
        found.update((event.service, spec.service) for event in spec.events if event.service != spec.service)
    return found


def _place(number: int) -> Point:
    angle = 2 * math.pi * number / len(SERVICES) - math.pi / 2
    return _WIDTH / 2 + _RADIUS_X * math.cos(angle), _HEIGHT / 2 + _RADIUS_Y * math.sin(angle)


def _box(service: str, place: Point) -> str:
    x, y = place
    corner = f'x="{x - _BOX_WIDTH / 2:.0f}" y="{y - _BOX_HEIGHT / 2:.0f}"'
    box = f'<rect {corner} width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6"/>'
    return f'<a href="/messages/{service}">{box}<text x="{x:.0f}" y="{y + 5:.0f}">{service}</text></a>'


def _arrow(source: Point, target: Point, count: int) -> str:
    """A curve to the right of the straight line, so that two directions stay apart; from edge to edge of the boxes."""
    (x1, y1), (x2, y2) = source, target
    length = math.hypot(x2 - x1, y2 - y1)
    bend = (x1 + x2) / 2 - (y2 - y1) / length * 26, (y1 + y2) / 2 + (x2 - x1) / length * 26
    (sx, sy), (tx, ty) = _edge(source, bend), _edge(target, bend)
    lx, ly = tx + (bend[0] - tx) * 0.22, ty + (bend[1] - ty) * 0.22
    path = f'<path class="arrow" d="M{sx:.0f} {sy:.0f} Q{bend[0]:.0f} {bend[1]:.0f} {tx:.0f} {ty:.0f}"/>'
    return f'{path}<text class="count" x="{lx:.0f}" y="{ly + 4:.0f}">{count}</text>'


def _edge(place: Point, towards: Point) -> Point:
    """Where the line from the middle of a box leaves it."""
    (x, y), (dx, dy) = place, (towards[0] - place[0], towards[1] - place[1])
    reach = min((_BOX_WIDTH / 2 + 3) / abs(dx) if dx else math.inf, (_BOX_HEIGHT / 2 + 3) / abs(dy) if dy else math.inf)
    return x + dx * reach, y + dy * reach
