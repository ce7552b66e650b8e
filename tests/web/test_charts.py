"""Pictures: they say in words what they draw, and draw what there is."""

from __future__ import annotations

import re

from app.web.charts import Slice, donut


def paths(drawn: str) -> list[str]:
    return re.findall(r'<path class="([^"]+)"', drawn)


def test_a_donut_has_a_part_for_everything_that_is_not_nothing() -> None:
    slices = [Slice("Common", 60, "f1"), Slice("Empty", 0, "f3"), Slice("Pool", 40, "f0 edge-on")]
    drawn = donut(slices, "Common 60.0%; Pool 40.0%", "100", "fully diluted")
    assert paths(drawn) == ["f1 rule", "f0 edge-on rule"]
    assert '<title id="donut-t">Common 60.0%; Pool 40.0%</title>' in drawn


def test_a_whole_of_one_part_is_drawn_as_a_ring_and_not_as_nothing() -> None:
    drawn = donut([Slice("Common", 5, "f1")], "Common 100.0%", "5", "fully diluted")
    [start, end] = re.findall(r"M(\S+ \S+?)A92 92 0 1 1 (\S+ \S+?)L", drawn)[0]
    assert start == "100.0 8.0"
    assert start != end


def test_a_donut_of_nothing_is_not_drawn() -> None:
    assert donut([], "", "0", "") == donut([Slice("Common", 0, "f1")], "", "0", "") == ""


def test_names_are_written_as_text_whatever_they_hold() -> None:
    drawn = donut([Slice("<b>&", 1, "f1")], "<b>& 100.0%", "<i>", "x")
    assert "<b>" not in drawn
    assert "&lt;b&gt;&amp; 100.0%" in drawn
