"""One figure: what was measured, what it should be, and how it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal` is None for what is only told for comparison; `at_least` turns the goal round."""

    name: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def ratio(self) -> float | None:
        """Measured ÷ goal."""
        return self.value / self.goal if self.goal else None

    def facts(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met, "ratio": self.ratio}

    def line(self) -> str:
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {_short(self.goal)}"
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        value = f"{_short(self.value)} {self.unit}"
        return f"{self.name:<4} {self.what:<48} {value:>12} {goal:>8}  {verdict:<6} {ratio:>5}  {self.note}".rstrip()


HEAD = f"{'':<4} {'figure':<48} {'measured':>12} {'goal':>8}  {'':<6} {'ratio':>5}  how"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so great a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
