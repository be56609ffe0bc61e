"""Two films in one player."""

import json
import re

import pytest
from support.records import made_up_record

from course_lib.viz import replay_pair
from course_lib.viz.replay import replay_html

ORDERS = [(0, {"RZA": "Restore", "OZA": ""}), (2, {"RZA": "Decoy", "OZA": "Block"})]


def data_of(page: str) -> dict:
    found = re.search(r"<script type='application/json' id='data'>(.*?)</script>", page)
    return json.loads(found[1])


def test_the_page_holds_both_films_and_the_orders():
    record = made_up_record()
    page = replay_pair.pair_html(record, record, ORDERS)
    data = data_of(page)
    first, second = data["films"]
    assert first == second == replay_html(record, more_style=replay_pair.BARE)
    assert data["orders"] == [[tick, held] for tick, held in ORDERS]
    assert f'max="{record.ticks}"' in page and "http://" not in page.replace(
        "http://www.w3.org", ""
    )


def test_every_zone_has_a_place_for_its_order_inside_the_map():
    record = made_up_record()
    places = data_of(replay_pair.pair_html(record, record))["places"]
    assert len(set(map(tuple, places.values()))) == 8
    assert all(0 < x < 1000 and 0 < y < 560 for x, y in places.values())


def test_the_bundle_says_it_in_words_and_shows_stills():
    record = made_up_record()
    bundle = replay_pair.pair_bundle(record, record, ORDERS)
    assert "side by side" in bundle["text/plain"] and "RZA: Restore" in bundle["text/plain"]
    assert bundle["text/html"].count('class="course-still"') == 2
    assert bundle["text/html"].count("<iframe title='Two animated") == 1


def test_films_of_different_lengths_do_not_go_together():
    short, longer = made_up_record(), made_up_record(ticks=made_up_record().ticks + 1)
    with pytest.raises(ValueError, match="give equal ones"):
        replay_pair.pair_html(short, longer)
