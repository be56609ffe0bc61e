"""What the message attention explorer shows follows from the record alone, and every choice of the
reader reaches it.

The teams are untrained and seeded, most of them with opinions (see test_recording), so that
messages matter.
"""

import dataclasses
import html.parser
import re

import numpy as np
import pytest
import torch
import traitlets
from support.contrast import contrast
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import (
    THREE_LAYER,
    TWO_LAYER,
    HierarchicalDefender,
    MessageConfig,
    MessageFunction,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
    influence_over_time,
)
from course_lib.hierarchy import record_attention as record_on_range
from course_lib.hierarchy.attention import counterfactual
from course_lib.hierarchy.attention.counterfactual import QUIET, expected, what_if
from course_lib.hierarchy.attention.provenance import comes_from
from course_lib.hierarchy.attention.record import EVENTS
from course_lib.hierarchy.spaces import ACTION_CLASSES, message_names
from course_lib.widgets.attention import (
    colours,
    heads_view,
    model,
    over_time,
    svg,
    timeline,
    tree_view,
    words,
)
from course_lib.widgets.attention.over_time import influences
from course_lib.widgets.attention.widget import explorer

HQ = ("ADM", "OFF", "PAZ")


@pytest.fixture(scope="module")
def record():
    return record_on_range(HierarchicalDefender(opinionated(THREE_LAYER)), seed=3, steps=60)


@pytest.fixture
def widget(record):
    return explorer(record, tick=12, unit="headquarters")


def cells(table):
    """Rows of an HTML table as lists of texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r)
        ]
        for r in rows
    ]


def seen_with(weights, entropy):
    """A `Look` at three children with the same weights in every head."""
    return model.Look(
        children=HQ,
        child_mask=np.ones(3, bool),
        head_names=(model.MEAN,),
        by_head=weights[None],
        weights=weights,
        versus="",
        entropy=entropy,
        pooling=np.ones(3) / 3,
        mixed=np.ones(3) / 3,
        influence=None,
        changes=None,
    )


class Balanced(html.parser.HTMLParser):
    """Counts what is opened and closed."""

    open_tags: tuple = ()

    def handle_starttag(self, tag, attributes):
        self.open_tags = (*self.open_tags, tag)

    def handle_endtag(self, tag):
        assert self.open_tags[-1] == tag, (tag, self.open_tags)
        self.open_tags = self.open_tags[:-1]


# What is shown


def test_the_matrix_names_senders_and_receivers_and_shows_the_sums_of_its_rows(record, widget):
    widget.head = "head 3"
    rows = cells(widget.matrix)
    assert rows[0] == ["", *HQ, "sum"] and [row[0] for row in rows[1:]] == list(HQ)
    shown = np.array([[float(value) for value in row[1:4]] for row in rows[1:]])
    assert np.allclose(shown, record.attention("headquarters")[12, 2], atol=0.006)
    assert [row[4] for row in rows[1:]] == ["1.00"] * 3


def test_a_link_of_the_tree_is_as_wide_as_its_weight_and_has_the_colour_of_the_order(
    record, widget
):
    weights = record.pooling("headquarters")[12]
    drawn = int(record.drawn[12, record.commanders.index("headquarters")])
    for child, weight in zip(HQ, weights, strict=True):
        title = rf"<title>{child} to headquarters: weight {weight:.2f}"
        link = re.search(rf'stroke="(\S+)" stroke-width="([\d.]+)"[^>]*>{title}', widget.tree)
        width = min(tree_view.WIDEST, max(1, tree_view.EVEN_WIDTH * 3 * float(weight)))
        assert float(link[2]) == pytest.approx(width, abs=0.06)
        assert link[1] == colours.CLASS_COLOURS[drawn]


def test_uniform_attention_is_white_and_the_scale_is_the_ratio_to_an_even_share():
    assert (colours.ratio_steps(np.full((64, 64), 1 / 64), 64) == 0).all()
    assert colours.ratio_steps(np.array([2 / 3, 1 / 6, 1 / 3]), 3).tolist() == [6, -6, 0]
    assert colours.ratio_steps(np.array([1.0, 0.0]), 2).tolist() == [6, -6]
    assert (colours.ratio_steps(np.array([1.0]), 1) == 0).all()
    assert colours.difference_steps(np.array([0.1, -0.1, 0.0]), 5).tolist() == [3, -3, 0]


def test_every_head_has_its_square_and_a_click_chooses_it(record, widget):
    for name in (model.MEAN, "head 1", "head 4"):
        assert f'data-set="head" data-value="{name}"' in widget.heads
    weights = np.array([[0.7, 0.2, 0.1], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.5, 0.5]])
    seen = seen_with(weights, np.array([0.5]))
    drawn = heads_view.heads_picture(model.Choices(12, "headquarters", sender="OFF"), seen)
    cell = heads_view.SQUARE / 3
    for receiver, sender in np.argwhere(colours.ratio_steps(weights, 3) != 0):
        assert f"M{cell * sender:.1f} {18 + cell * receiver:.1f}h" in drawn
    assert f"M{cell:.1f} {18 + cell:.1f}h" not in drawn  # an even share is white


def test_the_rows_over_time_are_shaded_by_the_weight_of_each_child(record, widget):
    steps = colours.ratio_steps(record.pooling("headquarters"), 3)  # (T, 3)
    for place, child in enumerate(HQ):
        assert f'data-set="sender" data-value="{child}"' in widget.strip
        y = timeline.EVENT_ROW * 5 + 8 + timeline.CHILD_ROW * place
        drawn = re.findall(
            rf'd="((?:M[\d.]+ {y}h[^"]*)+)" (fill="\S+" fill-opacity="\S+")', widget.strip
        )
        shades = {colours.step_fill(int(step)) for step in np.unique(steps[:, place]) if step}
        assert {look for _, look in drawn} == shades
    assert timeline._runs(np.array([0, 1, 1, 0, 1], bool)) == [(1, 2), (4, 1)]


def test_the_rows_can_show_influence_and_weight_after_mixing(record, widget):
    widget.rows = model.INFLUENCE
    moved = influence_over_time(record, "headquarters")
    for place in range(len(HQ)):
        y = timeline.EVENT_ROW * 5 + 8 + timeline.CHILD_ROW * place
        drawn = re.findall(rf'd="M[\d.]+ {y}h[^"]*" (fill="\S+" fill-opacity="\S+")', widget.strip)
        steps = colours.influence_steps(moved[:, place])
        assert set(drawn) == {colours.step_fill(int(step)) for step in np.unique(steps) if step}
    assert f"influence {moved[12, 0]:.2f} in tick 12" in widget.strip
    widget.rows = model.MIXED
    mixed = record.mixed_weights("headquarters")[12, 2]
    assert f"PAZ: weight after mixing {mixed:.2f} in tick 12" in widget.strip
    assert colours.influence_steps(np.array([0, 0.15, 0.3, 1])).tolist() == [0, 3, 6, 6]


def test_another_tick_asks_the_team_no_more_than_before(record, monkeypatch):
    """Influence over the whole episode is found once a child, not once a tick."""
    asked = []
    real = over_time.influence_over_time
    counted = lambda *given: (asked.append(given[2]), real(*given))[1]  # noqa: E731
    monkeypatch.setattr(over_time, "influence_over_time", counted)
    over_time.influence_rows.cache_clear()
    shown = explorer(record, tick=1, unit="headquarters", rows=model.INFLUENCE)
    for tick in range(2, 8):
        shown.tick = tick
    assert asked == [["ADM", "OFF", "PAZ"]], "together, for all share the pass with all messages"


def test_of_many_children_every_few_ticks_are_asked(record):
    assert over_time.influence_stride(record, "headquarters") == 1
    names = [f"site {number}" for number in range(40)]
    large = record_messages(
        opinionated(Tree.from_description({"centre": names})), some_messages(210, 40)
    )
    assert over_time.influence_stride(large, "centre") == 7
    found = over_time.influence_rows(large, "centre").of(["site 7", "site 3"])[:, 0]
    exact = influence_over_time(large, "centre", ["site 7"], [0, 7, 203])[:, 0]
    assert len(found) == 210 and found[[0, 7, 203]] == pytest.approx(exact, abs=1e-6)
    assert (found[[1, 6, 8, 209]] == found[[0, 0, 7, 203]]).all()
    shown = explorer(large, rows=model.INFLUENCE)
    assert "32 others: select one to see its row; influence is asked every 7 ticks" in shown.strip


def test_new_rows_of_influence_cost_little_where_there_are_many_children(large, monkeypatch):
    """Counted, not timed: messages that go through phi when another tick brings other rows."""
    shown = explorer(large, rows=model.INFLUENCE)
    heard = []
    real = MessageFunction.forward

    def counted(phi, messages, present):
        heard.append(messages.shape[0] * messages.shape[1])
        return real(phi, messages, present)

    monkeypatch.setattr(MessageFunction, "forward", counted)
    shown.tick = 250
    assert over_time.ROW_MESSAGES / 2 < sum(heard) < 2 * over_time.ROW_MESSAGES


def test_the_arithmetic_can_be_checked_with_a_calculator(record, widget):
    widget.head = "head 3"
    widget.receiver = "OFF"
    widget.sender = "PAZ"
    said = re.search(
        r"OFF hears PAZ: q·k = (\S+); divided by √19 = 4\.359: (\S+); e to that: (\S+); "
        r"divided by the sum (\S+): (\d\.\d+)\.",
        widget.sums,
    )
    product, score, exponential, total, weight = (float(text) for text in said.groups())
    assert score == pytest.approx(product / 19**0.5, abs=2e-3)
    assert exponential == pytest.approx(np.exp(score), abs=2e-3)
    assert weight == pytest.approx(exponential / total, abs=2e-3)
    assert weight == pytest.approx(record.attention("headquarters")[12, 2, 1, 2], abs=2e-3)
    rows = {row[0]: row[1:] for row in cells(widget.sums)}
    assert float(rows["sum"][3]) == 1 and float(rows["PAZ"][3]) == weight
    listed = [float(rows[name][5]) for name in HQ]
    assert float(rows["sum"][5]) == pytest.approx(sum(listed), abs=3e-3)
    terms = re.search(r"<p>([^<]* × [^<]*)</p>", widget.sums)[1].split(" + ")
    by_hand = sum(float(a) * float(b) for a, b in (term.split(" × ") for term in terms))
    assert len(terms) == 19 and by_hand == pytest.approx(product, abs=0.02)
    assert "with one entry left out" in widget.sums
    for entry in (0, 18):
        widget.value_entry = entry
        assert value_by_hand(record, entry) == pytest.approx(
            value_said(widget.sums, entry), abs=2e-3
        )
    widget.do("drop")
    assert "is absent, so nothing is computed" in widget.sums


def value_said(sums, entry):
    """What the arithmetic says of one number of the value: PAZ's, its product, the sum."""
    said = re.search(
        rf"a weighted sum of all its entries .* Number {entry} of the value of PAZ is (\S+); "
        r"times the share: (\S+); summed over all senders OFF gets (-?\d+\.\d+)\.",
        sums,
    )
    rows = {row[0]: row[1:] for row in cells(sums)}
    assert f"number {entry}</caption>" in sums and f">value {entry}</th>" in sums
    assert [rows["PAZ"][4], rows["PAZ"][5], rows["sum"][5]] == list(said.groups())
    return [float(text) for text in said.groups()]


def value_by_hand(record, entry):
    """The same from the weights of the last layer: head 3 of 4, 19 numbers each."""
    place = record.wiring.position(record.wiring.number("headquarters"))
    unit = record.team.unit_at(*place).message_function
    heard = [record.units.index(child) for child in record.children("headquarters")]
    messages = torch.as_tensor(record.messages(12)[heard])[None]
    there = torch.as_tensor(record.child_mask("headquarters")[12])[None]
    tokens = messages
    *before, last = unit.layers
    for layer in before:
        tokens, _ = layer(tokens, there)
    with torch.no_grad():
        values = last.query_key_value(tokens)[0, :, 2 * 76 + 2 * 19 + entry].numpy()
    weights = record.attention("headquarters")[12, 2, 1]
    return [values[2], weights[2] * values[2], float(weights @ values)]


def test_the_rows_over_time_are_drawn_for_the_room_that_the_page_has(record, widget):
    assert f'viewBox="0 0 {timeline.PAGE_WIDTH} ' in widget.strip  # what a notebook stores
    wide = widget.strip
    widget.room = 640
    assert 'viewBox="0 0 640 ' in widget.strip and 'data-ends="116 636"' in widget.strip
    ends = [timeline.time_to_x(record, tick, 636) for tick in (0, record.ticks - 1)]
    assert ends == [116, 636]
    now = timeline.time_to_x(record, 12, 636)
    assert f"M{now:.1f} 2V" in widget.strip
    high = re.compile(r'viewBox="0 0 \d+ (\d+)"')
    assert high.search(wide)[1] == high.search(widget.strip)[1]  # only time is pressed together
    edges = re.findall(r"M(\d+\.\d)[^h]*h(\d+\.\d)v12", widget.strip)
    assert max(float(left) + float(width) for left, width in edges) <= 637
    with pytest.raises(traitlets.TraitError):
        widget.room = 100


def test_the_tree_names_every_unit_and_what_it_did(record, widget):
    for unit in record.units:
        assert f">{unit}</tspan>" in widget.tree
    tick, leaf = np.argwhere(record.chosen >= 66)[0]  # a DeployDecoy
    widget.tick, slot = int(tick), int(record.chosen[tick, leaf]) - 66
    host = f"server {slot}" if slot < 6 else f"user {slot - 6}"
    ioc = f"{record.leaves[leaf]}: IOC {record.ioc[tick, leaf]:.2f}; DeployDecoy {host}"
    assert f"<title>{ioc}</title>" in widget.tree
    drawn = ACTION_CLASSES[record.drawn[tick, -1]]
    assert f'>commander</tspan><tspan opacity="0.8"> → {drawn}<' in widget.tree


def test_the_summary_gives_entropy_per_head_and_says_when_it_is_uniform(record, widget):
    from course_lib.hierarchy import attention_entropy

    found = attention_entropy(
        record.attention("headquarters")[12], record.child_mask("headquarters")[12]
    )
    assert ", ".join(f"{value:.2f}" for value in found) in widget.text
    even = seen_with(np.full((3, 3), 1 / 3), np.array([1.0, 0.99]))
    assert "1.00, 0.99 of 1: attention is nearly uniform" in words.entropy_words(even, 3)
    sharp = seen_with(np.eye(3), np.array([1.0, 0.2]))
    assert "head 2 chooses most" in words.entropy_words(sharp, 3)
    assert "nothing to choose" in words.entropy_words(sharp, 1)


def test_a_team_without_attention_is_called_so():
    plain = TeamConfig(UnitConfig(message=MessageConfig(kind="mean")))
    shown = explorer(record_messages(Team(THREE_LAYER, plain), some_messages(5, 7)))
    assert "has no attention" in shown.text and "nearly uniform" not in shown.text


def test_the_event_strip_marks_the_ticks_of_events_and_the_tick_shown(record, widget):
    widget.room = timeline.WIDTH
    alerts = np.flatnonzero(record.events[:, :, 2].any(axis=1))
    x = timeline.time_to_x(record, alerts)
    row = re.findall(r"M([\d.]+) 30v10", widget.strip)
    assert sorted(set(row)) == sorted({f"{value:.1f}" for value in x})
    assert f"M{timeline.time_to_x(record, 12):.1f} 2V" in widget.strip
    assert all(name in widget.strip for name in ("scan", "exploit", "alert", "remove", "restore"))


def test_events_are_told_in_words(record):
    tick = int(record.events[:, :, 1].sum(axis=1).argmax())
    zone = record.leaves[int(record.events[tick, :, 1].argmax())]
    assert re.search(rf"exploit [^;]*{zone}", words.just_happened(record, tick))
    assert words.just_happened(record, 0) == "nothing"


def test_all_76_entries_are_shown_by_name(record, widget):
    widget.sender = "OFF"
    rows = cells(widget.message)
    assert rows[0] == ["entry", "OFF says", "fused by headquarters (latent)"]
    assert [row[0] for row in rows[1:]] == list(message_names())
    said = record.messages(12)[record.leaves.index("OFF")]
    assert [float(row[1]) for row in rows[1:]] == pytest.approx(said.tolist(), abs=0.006)


def test_entries_of_a_fused_message_have_no_names_of_zones(record, widget):
    """They have been through a transformer: what stands there is no process event any more."""
    widget.sender = "operational"
    rows = cells(widget.message)
    assert [row[0] for row in rows[1:3]] == ["latent 0", "latent 1"] and len(rows) == 77
    assert "76 latent numbers" in widget.says
    widget.sender = "OFF"
    assert widget.says.startswith("<p>OFF says: ")


def test_weight_and_influence_stand_side_by_side(record, widget):
    rows = cells(widget.weights)
    power = influences(record, 12, "headquarters")
    pooling = record.pooling("headquarters")[12]
    order = np.argsort(-pooling, kind="stable")
    assert [row[0] for row in rows[1:]] == [HQ[i] for i in order]
    weights = [float(row[1]) for row in rows[1:]]
    assert weights == pytest.approx(pooling[order].tolist(), abs=0.006)
    assert [row[2] for row in rows[1:]] == [f"× {3 * pooling[i]:.2f}" for i in order]
    mixed = record.mixed_weights("headquarters")[12]
    assert [row[3] for row in rows[1:]] == [svg.number(mixed[i]) for i in order]
    assert [row[4] for row in rows[1:]] == [svg.percent(power[i]) for i in order]


@pytest.mark.parametrize(
    "share, said",
    [(0, "0.0 %"), (0.5, "50.0 %"), (0.0123, "1.2 %"), (1.23e-5, "< 0.1 %"), (-0.04, "-4.0 %")],
)
def test_percent_is_rounded_to_a_tenth(share, said):
    assert svg.percent(share) == said
    assert svg.percent(0.04, signed=True) == "+4.0 %" and svg.percent(0, signed=True) == "0.0 %"


# Choices


def test_two_heads_are_compared_as_a_signed_difference_whose_rows_sum_to_zero(record, widget):
    widget.head, widget.compare = "head 2", "head 1"
    rows = cells(widget.matrix)
    both = record.attention("headquarters")[12]
    shown = np.array([[float(value) for value in row[1:4]] for row in rows[1:]])
    assert np.allclose(shown, both[1] - both[0], atol=0.006) and shown.min() < 0 < shown.max()
    assert {row[4] for row in rows[1:]} <= {
        "+0.00",
        "-0.00",
    } and "head 2 minus head 1" in widget.matrix


def test_another_team_is_compared_on_the_same_messages(record):
    trained = HierarchicalDefender(opinionated(THREE_LAYER, seed=5), name="trained")
    shown = explorer(record, other=trained, tick=12)
    assert shown.other.policy == "trained" and "compared with trained" in repr(shown)
    assert "trained" in model.comparisons(record, shown.other)
    shown.compare = "trained"
    gap = (record.attention("commander")[12] - shown.other.attention("commander")[12]).mean(axis=0)
    values = [[float(value) for value in row[1:4]] for row in cells(shown.matrix)[1:]]
    assert np.allclose(values, gap, atol=0.006) and np.abs(gap).max() > 0.01
    assert explorer(record, other=shown.other).other is shown.other
    elsewhere = record_on_range(trained, seed=4, steps=60)
    assert (explorer(record, other=elsewhere).other.raw == record.raw).all()


def test_two_records_that_cannot_be_compared_are_refused(record):
    other = record_messages(opinionated(TWO_LAYER), some_messages(5, 7))
    with pytest.raises(ValueError, match="the trees differ"):
        explorer(record, other=other)


def test_the_jump_goes_through_the_largest_changes(record, widget):
    change = model.change_of(record, widget.choices)
    order = np.argsort(-change, kind="stable")
    widget.do("largest")
    assert widget.tick == order[0]
    widget.do("largest")
    assert widget.tick == order[1]
    widget.tick = int(order[9])
    widget.do("largest")
    assert widget.tick == order[0]


def test_the_next_alert_is_that_of_the_zone_watched_whoever_listens(record, widget):
    """Whom does headquarters listen to when RZB, which is not its own, is attacked?"""
    place = record.leaves.index("RZB")
    ticks = np.flatnonzero(record.events[:, place, 2])
    widget.events = "RZB"
    widget.tick = int(ticks[0])
    widget.do("alert")
    assert (widget.tick, widget.unit) == (ticks[1], "headquarters")
    widget.tick = 58
    widget.do("alert")
    assert widget.tick == ticks[0]
    alone = model.watched_zones(record, widget.choices)
    assert alone.sum() == 1 and alone[place]
    widget.events = model.OWN_EVENTS
    assert model.watched_zones(record, widget.choices).sum() == 1, "those of the selected child"


def labels(widget):
    return {name: label for name, label, _ in widget.buttons}


def test_a_button_names_whom_it_changes_and_what_the_next_press_does(widget):
    assert labels(widget)["drop"] == "Drop the message of ADM"
    widget.sender = "PAZ"
    assert labels(widget)["poison"] == "Poison PAZ"
    widget.do("drop")
    assert labels(widget)["drop"] == "Hear PAZ again"
    assert "headquarters hears 2 of 3 children, not PAZ." in widget.text
    widget.do("drop")
    widget.do("silence")
    assert labels(widget)["silence"] == "Hear headquarters again"
    widget.do("undo")
    widget.do("copy")
    widget.sender = "copy of PAZ"
    assert labels(widget)["drop"] == "Take copy of PAZ away"
    widget.unit = "commander"
    widget.sender = "restricted"
    assert labels(widget)["silence"] == "Silence restricted"
    widget.zone = "RZB"
    assert labels(widget)["poison"] == "Poison RZB"


def test_the_rows_over_time_say_what_their_colours_mean(widget):
    assert timeline.WEIGHT_LEGEND in widget.strip
    widget.rows = model.INFLUENCE
    assert timeline.INFLUENCE_LEGEND in widget.strip


@pytest.fixture(scope="module")
def attacked(record):
    """The record with exploits in RZB, in the ticks 9, 31 and 40."""
    events = record.events.copy()
    events[:, record.leaves.index("RZB"), EVENTS.index("exploit")] = 0
    events[[9, 31, 40], record.leaves.index("RZB"), EVENTS.index("exploit")] = 1
    return dataclasses.replace(record, events=events)


def test_the_next_exploit_is_that_of_the_zone_watched(attacked):
    widget = explorer(attacked, tick=12, unit="headquarters", events="RZB")
    found = []
    for _ in range(3):
        widget.do("exploit")
        found.append(widget.tick)
    assert found == [31, 40, 9]
    assert widget.unit == "headquarters"


def test_of_a_watched_zone_the_next_exploit_is_asked_about(attacked):
    """The unit's hearing, whether it matters, and the order without it, all in that tick."""
    record, tick = attacked, 31
    widget = explorer(record, tick=12, unit="headquarters", events="RZB")
    heard, matters, without = widget.questions[:3]
    most = HQ[int(record.pooling("headquarters")[tick].argmax())]
    power = influences(record, tick, "headquarters")[HQ.index(most)]
    assert heard["ask"] == f"headquarters, tick {tick}: whose message has the largest weight?"
    assert (
        f"RZB is attacked. How far does the command move without the message of {most}"
        in (matters["ask"])
    )
    places = {"by less than 5 %": 0, "by 5 to 25 %": 0.05, "by more than 25 %": 0.25}
    answer = [words for words, least in places.items() if power >= least][-1]
    changed = what_if(record, tick, "headquarters", drop=[most]).after
    order = ACTION_CLASSES[
        int(changed.class_probabilities[record.units.index("headquarters")].argmax())
    ]
    widget.answers = {"0": most, "1": answer, "2": order}
    assert all(said.startswith("Right") for said in widget.verdicts[:3])
    widget.answers = {"0": next(name for name in HQ if name != most)}
    assert f"until tick {tick}" in widget.verdicts[0]
    assert len(explorer(record, tick=12, unit="headquarters").questions) < len(widget.questions)


def test_selecting_a_message_of_another_commander_selects_that_commander(record, widget):
    widget.drop = ("OFF",)
    widget.sender = "RZB"
    assert (widget.unit, widget.sender, widget.drop) == ("restricted", "RZB", ())
    widget.sender = "operational"
    assert widget.unit == "commander" and "operational says" in widget.message
    widget.unit = "headquarters"
    assert widget.sender == "ADM"


def test_dropping_adding_and_poisoning_change_message_command_and_actions(record, widget):
    widget.sender = "PAZ"
    quiet = (widget.matrix, widget.effect, widget.text)
    assert "No message is changed yet" in widget.effect
    widget.do("drop")
    assert widget.drop == ("PAZ",) and "hears 2 of 3" in widget.text
    assert [row[4] for row in cells(widget.matrix)[1:]] == ["1.00", "1.00", "0.00"]
    moved = re.search(
        r"command of headquarters by ([\d.]+) % and its fused message by (\d[\d.]*\d)",
        widget.effect,
    )
    assert float(moved[1]) >= 0.1 and float(moved[2]) > 0.1
    assert svg.percent(widget._seen.changes.action_change.max()) in widget.effect
    widget.do("drop")
    assert widget.drop == () and (widget.matrix, widget.effect, widget.text) == quiet

    widget.do("copy")
    widget.do("quiet")
    assert [row[0] for row in cells(widget.matrix)[1:]] == [*HQ, "copy of PAZ", QUIET]
    widget.sender = "copy of PAZ"
    widget.do("drop")
    assert widget.add == (QUIET,) and widget.sender == "ADM"
    widget.do("undo")
    assert widget.add == () and widget.matrix == quiet[0]

    widget.entry, widget.value = "host priority: server_host_2", 0.65
    widget.do("poison")
    assert widget.poison == {"ADM": {62: 0.65}}
    assert ["host priority: server_host_2", "0.65 poisoned"] == cells(widget.message)[63][:2]
    widget.entry = "all process events"
    widget.do("poison")
    assert len(widget.poison["ADM"]) == 17
    widget.compare = model.RECORDED
    assert "minus as recorded" in widget.matrix


def test_a_commander_is_silenced_and_heard_again(widget):
    widget.do("silence")
    assert widget.silence == "headquarters" and "headquarters is silenced" in widget.effect
    widget.do("silence")
    assert widget.silence == "" and "No message is changed yet" in widget.effect
    widget.sender = "operational"
    widget.do("silence")
    assert widget.silence == "operational" and "hears 2 of 3" in widget.text
    widget.do("undo")
    assert not widget.choices.edited


def test_the_other_trainings_messages_are_heard_where_there_is_one(record, widget):
    assert "theirs" not in [name for name, *_ in widget.buttons]
    widget.do("theirs")
    assert not widget.theirs
    other = HierarchicalDefender(opinionated(THREE_LAYER, seed=5), name="other")
    beside = explorer(record, other, tick=12, unit="commander")
    assert "theirs" in [name for name, *_ in beside.buttons]
    beside.do("theirs")
    assert beside.theirs and beside._seen.changes.message_change > 0.1
    beside.do("undo")
    assert not beside.theirs


def test_what_the_changes_cost_is_said_until_something_moves(widget, monkeypatch):
    monkeypatch.setattr("course_lib.widgets.attention.widget.COPIES", 3)
    widget.do("silence")
    widget.do("score")
    said = re.search(
        r"from tick 12 for 47 ticks in 3 common futures: \S+ points as recorded, \S+ changed; "
        r"difference (\S+) \[(\S+), (\S+)\]",
        widget.effect,
    )
    low, middle, high = (float(said[place]) for place in (2, 1, 3))
    assert low <= middle <= high
    widget.tick = 13
    assert "common futures" not in widget.effect
    widget.tick = 0
    widget.do("score")
    assert "It cannot be played on: nothing has happened before tick 0" in widget.effect


def test_a_view_is_saved_as_a_page_that_needs_nothing(widget, tmp_path):
    sent = []
    widget.send = sent.append
    widget.do("page")
    (message,) = sent
    assert message["name"] == "attention-hierarchy-headquarters-tick-12.html"
    text = message["page"]
    assert "http" not in text and "<script" not in text and "tabindex" not in text
    for heading in ("Command tree", "Arithmetic", "What the changes did"):
        assert f"<h2>{heading}</h2>" in text
    widget.save_page(tmp_path / "view.html")
    assert (tmp_path / "view.html").read_text("utf-8") == text


def test_the_class_shares_before_and_after_are_those_of_what_if(record, widget):
    widget.drop = ("OFF",)
    changes, place = widget._seen.changes, record.units.index("headquarters")
    rows = {row[0]: row[1:] for row in cells(widget.effect)}
    for c, name in enumerate(ACTION_CLASSES):
        before, after = (
            changes.before.class_probabilities[place, c],
            changes.after.class_probabilities[place, c],
        )
        assert rows[name][:2] == [svg.percent(before), svg.percent(after)]


def test_questions_are_answered_by_the_record_and_the_reason_is_given(record):
    shown = explorer(record, tick=12, unit="commander")
    power = influences(record, 12, "commander")
    children = record.children("commander")
    most = children[int(power.argmax())]
    asked = [one["ask"] for one in shown.questions]
    (place,) = [n for n, ask in enumerate(asked) if "without whose message" in ask]
    weakest = children[int(power.argmin())]
    assert shown.verdicts[place] == ""
    shown.answers = {str(place): weakest}
    assert shown.verdicts[place].startswith("Not so.") and most not in shown.verdicts[place]
    shown.answers = {str(place): most}
    assert shown.verdicts[place].startswith("Right.")
    assert svg.percent(power.max()) in shown.verdicts[place]

    (place,) = [n for n, ask in enumerate(asked) if f"without the message of {most}" in ask]
    number = record.units.index("commander")
    after = what_if(record, 12, drop=[most]).after.class_probabilities[number]
    shown.answers = {str(place): ACTION_CLASSES[int(after.argmax())]}
    assert shown.verdicts[place].startswith("Right.")

    (place,) = [n for n, ask in enumerate(asked) if "lies: all host priorities are 1" in ask]
    zone = record.tree.find(most).leaves[0].name
    lied = what_if(record, 12, poison={zone: dict.fromkeys(range(60, 76), 1.0)}).class_change[
        number
    ]
    further = "yes, further than silence" if lied > power.max() else "no, silence moves it further"
    shown.answers = {str(place): further}
    assert shown.verdicts[place].startswith("Right.")


def test_a_question_without_one_answer_is_not_asked():
    silent = UnitConfig(message=MessageConfig(kind="zeros"))
    tree = Tree.from_description({"centre": ["a", "b"]})
    record = record_messages(Team(tree, TeamConfig(silent)), some_messages(5, 2))
    assert explorer(record).questions == [], "no weight, head or message stands out"


def test_a_commander_is_poisoned_through_a_zone_below_whose_entries_have_names(record, widget):
    """After phi, entry 1 does not say "this is zone CON" any more."""
    widget.unit = "commander"
    assert widget.sender == "restricted" and widget.zone == "RZA"
    (zones,) = (c["options"] for c in widget.controls if c["name"] == "zone")
    assert zones == ["RZA", "RZB"]
    (entries,) = (c["options"] for c in widget.controls if c["name"] == "entry")
    assert entries[0] == "all host priorities" and not [e for e in entries if "latent" in e]
    widget.zone, widget.entry = "RZB", "host priority: server_host_1"
    widget.do("poison")
    assert widget.poison == {"RZB": {61: 1.0}} and "Your changes move" in widget.effect
    lied = what_if(record, 12, "commander", poison={"RZB": {61: 1.0}})
    assert svg.percent(lied.class_change[record.units.index("commander")]) in widget.effect
    with pytest.raises(traitlets.TraitError, match="zone: 'PAZ' is not there; there is RZA, RZB"):
        widget.zone = "PAZ"
    widget.do("quiet")
    widget.sender = "quiet zone"
    assert widget.zone == "quiet zone"


def test_latent_entries_say_what_they_come_from(record, widget):
    widget.unit = "commander"
    rows = {row[0]: row[1:] for row in cells(widget.message)[1:]}
    found = comes_from(record, "restricted")
    entry = int(np.nanargmax(found.correlation))
    below, straight, alike = rows[f"latent {entry}"][2:]
    assert below == message_names()[entry]
    assert straight == f"{100 * found.residual[entry]:.0f} %"
    assert alike == f"{found.correlation[entry]:+.2f}"
    assert rows["latent 1"][4] == "–", "an entry that never changes correlates with nothing"
    widget.sender = "PAZ"
    assert "correlation" not in widget.message


WRONG = {
    "tick": (59, -1),
    "unit": ("RZA",),
    "head": ("head 5",),
    "value_entry": (19, -1),
    "compare": ("trained",),
    "sender": ("x",),
    "drop": (("RZA",),),
    "add": (("x",),),
    "entry": ("colour",),
    "value": (4,),
    "zone": ("x",),
}


@pytest.mark.parametrize(
    "wrong", [{name: value} for name, values in WRONG.items() for value in values]
)
def test_choices_that_are_not_there_are_refused(record, wrong):
    with pytest.raises((traitlets.TraitError, ValueError)):
        explorer(record, **wrong)


# The static twin


def test_the_static_twin_says_the_same_and_is_the_same_every_time(record):
    bundles = [explorer(record, tick=12, unit="headquarters")._repr_mimebundle_() for _ in range(2)]
    for kind in ("text/plain", "text/html"):
        assert bundles[0][kind] == bundles[1][kind]
    plain, page = bundles[0]["text/plain"], bundles[0]["text/html"]
    assert plain.startswith(
        "Message attention explorer: hierarchy, seed 3, 59 ticks, 11 units\nTick 12 of 58."
    )
    assert page.count('<img alt="') == 3 and "<table>" in page and "Entropy per head" in page
    assert page.count("<svg") == 3, "beside each image the drawing, which exported pages show"
    named = page.replace("http://www.w3.org/", "")  # the name of SVG, which nobody fetches
    assert "0x" not in plain and not re.search(r'\bid="', page) and "http" not in named
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


def test_the_panels_are_whole_html_and_names_are_escaped():
    tree = Tree.from_description({"a <b> & c": ["<x>", "y\"'"]})
    shown = explorer(record_messages(opinionated(tree), some_messages(4, 2)))
    for panel in (
        shown.strip,
        shown.tree,
        shown.heads,
        shown.says,
        shown.matrix,
        shown.weights,
        shown.message,
        shown.effect,
    ):
        parser = Balanced()
        parser.feed(panel)
        assert parser.open_tags == () and "<x>" not in panel


def test_text_reads_on_the_strongest_shade_in_both_themes():
    for share in (1.0, -1.0):
        red, green, blue, opacity = (float(part) for part in colours.shade(share)[5:-1].split(","))
        for page, text in ((255, 33), (17, 255)):
            seen = tuple(opacity * part + (1 - opacity) * page for part in (red, green, blue))
            assert contrast((text, text, text), seen) > 4.5


# Size


@pytest.fixture(scope="module")
def large():
    torch.set_num_threads(1)
    tree = Tree.from_description({"centre": [f"site {i}" for i in range(64)]})
    return record_messages(opinionated(tree, seed=1), some_messages(500, 64))


def test_64_children_are_a_heat_map_and_the_row_in_words(large):
    shown = explorer(large, tick=3, sender="site 9")
    assert "<table" not in shown.matrix and "Rows sum to 1.00 to 1.00" in shown.matrix
    row = large.attention("centre")[3].mean(axis=0)[9]
    most = f"The row of site 9 has most at site {row.argmax()} {row.max():.3f}"
    assert most in shown.matrix and ">site 63</tspan>" in shown.tree
    named = [row[0] for row in cells(shown.weights)[1:]]
    heaviest = int(large.pooling("centre")[3].argmax())
    assert named[0] == f"site {heaviest}" and "site 9" in named and named[-1] == "56 others"
    assert shown.strip.count('data-set="sender"') == timeline.MOST_ROWS
    assert 'data-value="site 9"' in shown.strip and "and 56 others" in shown.strip


def test_500_ticks_of_64_children_send_little_to_the_page(large):
    """How fast a change is answered depends on the machine; what is sent to the page does not."""
    shown = explorer(large, tick=17, sender="site 9")
    panels = ("strip", "tree", "heads", "matrix", "weights", "message", "effect", "says")
    assert sum(len(getattr(shown, panel)) for panel in panels) < 500_000


def test_500_ticks_of_64_children_need_few_passes(large, monkeypatch):
    """What an answer costs is counted, not timed: passes of the team."""
    shown = explorer(large)
    passes = []

    def counted(team, observation, messages, only=None):
        passes.append(len(messages))
        return expected(team, observation, messages, only)

    monkeypatch.setattr(counterfactual, "expected", counted)
    changes = [{"tick": 17}, {"sender": "site 9"}, {"head": "head 2"}, {"compare": "head 1"}]
    acts = [lambda change=change: shown.set_trait(*list(change.items())[0]) for change in changes]
    acts += [lambda what=what: shown.do(what) for what in ("drop", "copy", "poison", "largest")]
    for act in acts:
        passes.clear()
        act()
        # As recorded, changed, and for another tick once more with each of 64 messages left out.
        assert 1 <= len(passes) <= 3 and sum(passes) <= 2 + 65
