"""What a run measured, as a picture: a line for each phase, from the median to the longest answer, on a scale of powers of ten."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

POINTS = (("p50_us", "median", "o", "#1f6f8b"), ("p99_us", "99%", "D", "#3c9d9b"), ("p999_us", "99.9%", "s", "#e0a030"),
          ("max_us", "longest", "|", "#b03a48"))
TURN = ("longest turn of the loop (CPU)", "x", "#555555")


def label(outcome: dict) -> str:
    return f"{outcome['server']}: {outcome['phase']['name'].replace('_', ' ')}"


def draw(outcomes: list[dict], file: Path) -> None:
    shown = [each for each in outcomes if each["load"] and each["phase"]["name"] != "warm_up"]
    shown.reverse()  # the first stands on top
    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "nacre", "font.size": 9})
    figure, axes = pyplot.subplots(figsize=(9, 0.27 * len(shown) + 1.4))
    places = range(len(shown))
    both = [each["load"]["both"] for each in shown]
    axes.hlines(places, [each["p50_us"] for each in both], [each["max_us"] for each in both], color="#d5d5d5", linewidth=3, zorder=1)
    for key, name, marker, color in POINTS:
        axes.scatter([each[key] for each in both], places, marker=marker, color=color, s=26, label=name, zorder=3)
    turns = [(each["turns"]["cpu_max_us"], place) for each, place in zip(shown, places) if each["turns"]]
    name, marker, color = TURN
    axes.scatter([us for us, _ in turns], [place for _, place in turns], marker=marker, color=color, s=20, label=name, zorder=2)
    axes.set_xscale("log")
    axes.set_yticks(list(places), [label(each) for each in shown])
    axes.set_xlabel("microseconds from the time when a request was due to its answer")
    axes.grid(axis="x", which="both", color="#eeeeee", zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5, frameon=False, fontsize=8)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
