"""Wrong answers to the exercises of lesson 10b, as readers give them."""

from course_lib.hierarchy.tree import THREE_LAYER, TWO_LAYER
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("10b")

GOOD = {
    "share of ADM before": 1 / 3,
    "share of ADM after": 1 / 2,
    "share of OFF after": 0,
    "weights of phi changed": 0,
    "messages the top commander fuses": 3,
}
WRONG.value("lost_child", GOOD | {"share of ADM after": 1 / 3}, says="two children that remain")
WRONG.value(
    "lost_child", GOOD | {"messages the top commander fuses": 2}, says="OFF reports to headquarters"
)
WRONG.value("lost_child", GOOD | {"weights of phi changed": 76}, says="no weight of phi depends")
WRONG.value(
    "lost_child", GOOD | {"share of ADM before": 1 / 7}, says="three children that are present"
)


@WRONG("adopted", says="it reports to")
def orphans_report_to_the_top(superior, gone):
    (top,) = [unit for unit, above in superior.items() if above is None]
    after = {unit: above for unit, above in superior.items() if unit != gone}
    return {unit: top if above == gone else above for unit, above in after.items()}


@WRONG("adopted", says="every other unit keeps its entry")
def orphans_go_too(superior, gone):
    if superior[gone] is not None and superior[superior[gone]] is None and len(superior) == 3:
        return {
            unit: superior[gone] if above == gone else above
            for unit, above in superior.items()
            if unit != gone
        }
    return {unit: above for unit, above in superior.items() if gone not in (unit, above)}


@WRONG("adopted", says="it reports to")
def orphans_keep_their_lost_superior(superior, gone):
    return {unit: above for unit, above in superior.items() if unit != gone}


@WRONG("adopted", says="the arguments stay as they are")
def works_on_the_chain_itself(superior, gone):
    above = superior.pop(gone)
    for unit in superior:
        if superior[unit] == gone:
            superior[unit] = above
    return superior


@WRONG("adopted", says="is gone: it has no entry any more")
def only_the_orphans_move(superior, gone):
    orphans = [unit for unit, above in superior.items() if above == gone]
    kept = dict(superior)
    for unit in orphans:
        kept[unit] = superior[gone]
    if len(superior) == 3:
        del kept[gone]
    return kept


WRONG.value("my_tree", TWO_LAYER, says="four levels")
WRONG.value("my_tree", THREE_LAYER.without("PAZ"), says="each defended zone is a leaf")
WRONG.value(
    "my_tree",
    THREE_LAYER.without("headquarters")
    .without("restricted")
    .with_child("commander", {"deep": {"staff": ["RZA ops"]}}),
    says="each defended zone is a leaf",
)
SPREAD = (
    TWO_LAYER.without("RZA")
    .without("RZB")
    .with_child("commander", {"field": {"restricted": ["RZA", "RZB"]}})
)
WRONG.value("my_tree", SPREAD, says="is not the root")
