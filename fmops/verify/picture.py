"""A picture of what was verified, as SVG with nothing from elsewhere: accounts, their stacks, and ways out or in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from fmops.verify.findings import Finding
from fmops.verify.values import World

WIDTH, ROW, HEAD, LEFT, BOX = 920, 46, 34, 16, 560
RIGHT = 780
"""Pixels: the width, a row's height, the head's, where boxes begin, how wide they are, where the internet is."""
NETWORK = ("Network-", "Change-Path-")
MOST = 60
"""Accounts that are drawn one by one."""


@dataclass(frozen=True)
class Row:
    """One account, or the templates that are for none."""

    name: str
    stacks: int
    resources: int
    found: int
    unproven: int
    paths: int

    @property
    def state(self) -> str:
        """`open` with a finding, `unproven`, or `closed`."""
        return "open" if self.found else "unproven" if self.unproven else "closed"


def rows(world: World, found: Sequence[Finding]) -> list[Row]:
    """What each account holds, and what was found in it."""
    home = {template.stack: template.account or "no account" for template in world.templates}
    stacks = Counter(home.values())
    resources: Counter[str] = Counter()
    for template in world.templates:
        resources[home[template.stack]] += len(template.resources)
    verdicts = Counter((home.get(finding.stack, ""), finding.verdict) for finding in found)
    paths = Counter(home.get(finding.stack, "") for finding in found if finding.rule.startswith(NETWORK))
    return [
        Row(name, count, resources[name], verdicts[(name, "found")], verdicts[(name, "not proven")], paths[name])
        for name, count in sorted(stacks.items())
    ]


def svg(world: World, found: Sequence[Finding]) -> str:
    """The picture: an account's box is red where something was found, and an arrow leads where a path does."""
    drawn = rows(world, found)
    shown = sorted(drawn, key=lambda row: (row.state == "closed", row.name))[:MOST]
    height = HEAD + ROW * len(shown) + 16
    ways = sum(row.paths for row in drawn)
    said = f"{len(drawn)} accounts, {ways} paths between them and the internet"
    parts = [
        f'<svg role="img" aria-label="{said}" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        f'<text x="{LEFT}" y="20" class="head">{said}</text>',
        f'<rect class="{"open" if ways else "closed"}" x="{RIGHT}" y="{HEAD}" width="124" height="{height - HEAD - 16}"'
        ' rx="8"/>',
        f'<text class="middle" x="{RIGHT + 62}" y="{(height + HEAD) / 2 - 4}">the internet</text>',
    ]
    for number, row in enumerate(shown):
        parts += _row(row, HEAD + ROW * number)
    return "".join([*parts, "</svg>"])


def _row(row: Row, top: int) -> list[str]:
    middle = top + ROW / 2 - 4
    says = f"{row.stacks} stacks · {row.resources} resources"
    says += f" · {row.found} findings" if row.found else ""
    says += f" · {row.unproven} not proven" if row.unproven else ""
    box = [
        f'<rect class="{row.state}" x="{LEFT}" y="{top}" width="{BOX}" height="{ROW - 10}" rx="6"/>',
        f'<text x="{LEFT + 12}" y="{middle + 4}" class="name">{escape(row.name)}</text>',
        f'<text x="{LEFT + 150}" y="{middle + 4}">{says}</text>',
    ]
    if row.paths:
        box += [
            f'<path class="way" marker-end="url(#tip)" d="M{LEFT + BOX} {middle}H{RIGHT}"/>',
            f'<text class="middle" x="{(LEFT + BOX + RIGHT) / 2}" y="{middle - 5}">{row.paths} paths</text>',
        ]
    else:
        end = LEFT + BOX + 40
        box.append(f'<path class="wall" d="M{LEFT + BOX} {middle}H{end}M{end} {middle - 9}V{middle + 9}"/>')
    return box
