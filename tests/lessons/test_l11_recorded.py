"""What lesson 11 reads of its recorded choices."""

import pytest

from course_lib.lessons import l11_recorded


def test_every_weight_was_played_with_three_networks():
    found = l11_recorded.by_weight()
    assert list(found) == sorted(found) and found[1.0] and 0.0 in found
    assert {len(networks) for networks in found.values()} == {3}


def test_the_figure_and_the_tables_hold_what_was_recorded(capsys):
    (ax,) = l11_recorded.draw_weights().axes
    assert len(ax.containers) == 3
    line = ax.containers[1].lines[0]
    at_the_end = float(l11_recorded.by_weight()[1.0][1]["score"])
    assert line.get_ydata()[-1] == -at_the_end and ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()][::6] == ["0", "1"]
    l11_recorded.show_weights()
    l11_recorded.show_recorded("command_floor", "priority")
    shown = capsys.readouterr().out
    assert f"{at_the_end:,.0f}" in shown and "-1,891 to -1,689" in shown


def test_an_unknown_group_is_named():
    with pytest.raises(ValueError, match="no group 'weight'; recorded are .*command_floor"):
        l11_recorded.recorded("weight")
