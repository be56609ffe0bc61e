"""The policy function pi against plain numpy, its fallbacks, and doctrine: rules alone, the list,
editing, files."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.hierarchy import (
    NONE,
    STANDARD,
    Doctrine,
    Observation,
    PolicyConfig,
    PolicyFunction,
    Rule,
)
from course_lib.hierarchy import (
    spaces as layout,
)
from course_lib.hierarchy.doctrine import FULL
from course_lib.hierarchy.policy import (
    SLEEP_ACTION,
    class_probabilities,
    combine,
    expand,
    log_probability,
)

torch.set_num_threads(1)
ANALYSE, REMOVE, RESTORE, DECOY, ALLOW, BLOCK, MONITOR, SLEEP = range(8)
EVERYTHING = np.ones((1, 82), bool)
SERVER, USER, OTHER = 1, 8, 9
"""Slots of a server and of two user hosts."""


def indices(action_class, slots=range(16)):
    """Actions of a class on the hosts in these slots."""
    return {
        a
        for a in range(82)
        if layout.ACTION_CLASS[a] == action_class and layout.ACTION_SLOT[a] in slots
    }


def message(phase=0, **slots):
    """One raw message: process, connection = slots with an event; root, user, decoy = slots of that
    host priority."""
    raw = np.zeros((1, 76), np.int8)
    raw[0, layout.PHASE] = phase
    for name, part in (("process", layout.PROCESS), ("connection", layout.CONNECTION)):
        raw[0, part][list(slots.pop(name, ()))] = 1
    for value, name in enumerate(("root", "user", "decoy"), 1):
        raw[0, layout.PRIORITY][list(slots.pop(name, ()))] = value
    assert not slots
    return raw


def case(batch=5, seed=0):
    """Outputs, commands, doctrine rows (the first empty) and allowed actions of some units."""
    rng = np.random.default_rng(seed)
    outputs = rng.normal(size=(batch, 82)) * 2
    command = rng.choice([0.2, 1.0], (batch, 8))
    doctrine = np.zeros((batch, 82))
    doctrine[1:, :5] = 0.2
    allowed = rng.random((batch, 82)) < 0.7
    return outputs, command, doctrine, allowed


def tensors(*arrays):
    return [
        torch.as_tensor(a, dtype=torch.bool if a.dtype == bool else torch.float32) for a in arrays
    ]


# the weighted sum


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weights", ["softmax", "logits"])
def test_pi_is_the_papers_formula(weight, weights):
    outputs, command, doctrine, allowed = case()
    doctrine[0, 3], allowed[:, :5] = 1.0, True
    priority = command[:, layout.ACTION_CLASS]

    def softmax(z):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    modulated = softmax(outputs) * priority if weights == "softmax" else softmax(outputs * priority)
    kept = ((1 - weight) * modulated + weight * doctrine) * allowed
    wanted = kept / kept.sum(axis=1, keepdims=True)
    found = combine(*tensors(outputs, priority, doctrine, allowed), weight, weights)
    assert np.allclose(found.probabilities, wanted, atol=1e-6)
    assert np.allclose(found.base, softmax(outputs), atol=1e-6) and np.allclose(
        found.modulated, modulated, atol=1e-6
    )
    assert np.allclose(found.mixed, (1 - weight) * modulated + weight * doctrine, atol=1e-6)


def test_a_priority_times_a_negative_logit_pushes_the_wrong_way():
    """Why outputs are made positive first: with logits, asking for an unlikely class makes it less
    likely."""
    outputs = torch.zeros(1, 82)
    outputs[0, list(indices(RESTORE))] = -2.0
    ask = torch.ones(1, 8)
    ask[0, RESTORE] = 2.0
    share = {}
    for weights in ("softmax", "logits"):
        for command in (torch.ones(1, 8), ask):
            pi = combine(
                outputs, expand(command), torch.zeros(1, 82), torch.ones(1, 82).bool(), 0.0, weights
            )
            share.setdefault(weights, []).append(
                class_probabilities(pi.probabilities)[0, RESTORE].item()
            )
    assert share["softmax"][1] > 1.5 * share["softmax"][0]
    assert share["logits"][1] < share["logits"][0] / 2


def test_a_command_is_expanded_by_class():
    command = torch.arange(1.0, 9.0)[None]
    expanded = expand(command)[0]
    names = layout.action_names("RZA")
    for action, name in enumerate(names):
        assert expanded[action] == 1 + ACTION_CLASSES.index(name.split()[0]), name
    assert np.bincount(layout.ACTION_CLASS).tolist() == [16, 16, 16, 16, 8, 8, 1, 1]


def test_class_shares_add_up_the_actions_of_a_class():
    pi = torch.rand(3, 82)
    pi /= pi.sum(dim=1, keepdim=True)
    shares = class_probabilities(pi)
    assert torch.allclose(shares.sum(dim=1), torch.ones(3))
    for number, members in enumerate(layout.CLASS_MEMBERS):
        assert torch.allclose(shares[:, number], pi[:, members].sum(dim=1))


# the network


def test_the_network_is_76_256_256_82_and_starts_almost_undecided():
    policy = PolicyFunction()
    sizes = [(m.in_features, m.out_features) for m in policy.network if isinstance(m, nn.Linear)]
    assert sizes == [(76, 256), (256, 256), (256, 82)]
    pi = policy(seen(), torch.zeros(4, 82), torch.ones(4, 82).bool()).probabilities
    assert pi.min() > 0.9 / 82 and pi.max() < 1.1 / 82


def seen(batch=4, command=None, ioc=0.0):
    """Some observations."""
    torch.manual_seed(3)
    command = torch.ones(batch, 8) if command is None else command
    return Observation(
        torch.full((batch,), 0.5), command, torch.rand(batch, 76), torch.full((batch,), ioc)
    )


def test_observation_is_flattened_in_the_order_of_its_names():
    flat, names = seen(ioc=0.25).flat(), layout.observation_names()
    assert flat.shape == (4, 86) and len(names) == 86 and len(set(names)) == 86
    assert names[0].startswith("mission phase") and (flat[:, 0] == 0.5).all()
    assert names[1] == "command: Analyse" and names[9] == "message: mission phase"
    assert (
        torch.equal(flat[:, 9:85], seen().message)
        and names[85] == "IOC"
        and (flat[:, 85] == 0.25).all()
    )


def test_with_all_86_inputs_the_network_itself_reads_command_and_ioc():
    allowed, nothing = torch.ones(4, 82).bool(), torch.zeros(4, 82)
    for inputs, differs in (("message", False), ("observation", True)):
        torch.manual_seed(0)
        policy = PolicyFunction(PolicyConfig(inputs=inputs))
        calm, alarmed = (policy(seen(ioc=ioc), nothing, allowed).base for ioc in (0.0, 1.0))
        assert torch.equal(calm, alarmed) is not differs


def test_the_ioc_raises_the_doctrines_weight_and_without_a_rule_it_has_none():
    policy = PolicyFunction(PolicyConfig(doctrine_weight=0.5, ioc_gain=0.2))
    rule = torch.zeros(2, 82)
    rule[0, 4] = 1.0
    assert policy.doctrine_weight(torch.zeros(2), rule).squeeze(1).tolist() == [0.5, 0.0]
    assert policy.doctrine_weight(torch.ones(2), rule).squeeze(1).tolist() == pytest.approx(
        [0.6, 0.0]
    )
    off = PolicyFunction(PolicyConfig(doctrine_weight=0.0))
    assert not off.doctrine_weight(torch.ones(2), rule).any(), (
        "a weight of 0 means none, whatever the alert"
    )


def test_the_weight_can_be_learned():
    policy = PolicyFunction(PolicyConfig(learn_weight=True, doctrine_weight=0.25, ioc_gain=0.0))
    rule = torch.zeros(4, 82)
    rule[:, 4] = 1.0
    assert policy.doctrine_weight(torch.zeros(4), rule).squeeze(1).tolist() == pytest.approx(
        [0.25] * 4
    )
    policy(seen(), rule, torch.ones(4, 82).bool()).probabilities[:, 4].sum().backward()
    assert policy.weight_logit.grad > 0, "more weight makes what the rule says more likely"


# log-probabilities and fallbacks


def test_log_probabilities_come_from_pi_alone():
    """Not from the network's own softmax: else what is recomputed in an update would not be what
    was drawn from."""
    outputs, command, doctrine, allowed = case()
    stages = combine(*tensors(outputs, command[:, layout.ACTION_CLASS], doctrine, allowed), 0.5)
    chosen = torch.multinomial(stages.probabilities, 1).squeeze(1)
    found = log_probability(stages.probabilities, chosen)
    assert torch.allclose(found.exp(), stages.probabilities[range(5), chosen])
    assert not torch.allclose(found, log_probability(stages.base, chosen), atol=0.05)
    assert log_probability(torch.tensor([[1.0, 0.0]]), torch.tensor([1])).isfinite().all()


@pytest.mark.parametrize("weights", ["softmax", "logits"])
def test_no_absent_host_is_ever_acted_on_and_probabilities_sum_to_one(weights):
    outputs, command, doctrine, allowed = case(batch=50)
    doctrine *= allowed
    pi = combine(
        *tensors(outputs, command[:, layout.ACTION_CLASS], doctrine, allowed), 0.5, weights
    ).probabilities
    assert torch.allclose(pi.sum(dim=1), torch.ones(50)) and not pi[~torch.as_tensor(allowed)].any()


@pytest.mark.parametrize(
    ("command", "why"), [(torch.zeros(1, 8), "all zero"), (None, "its class has no host")]
)
def test_a_command_that_leaves_nothing_is_ignored(command, why):
    outputs, _, _, allowed = case(batch=1)
    if command is None:
        command = torch.zeros(1, 8)
        command[0, RESTORE], allowed[0, list(indices(RESTORE))] = 1.0, False
    outputs, allowed = tensors(outputs, allowed)
    pi = combine(outputs, expand(command), torch.zeros(1, 82), allowed, 0.0).probabilities
    free = combine(outputs, torch.ones(1, 82), torch.zeros(1, 82), allowed, 0.0).probabilities
    assert torch.allclose(pi, free, atol=1e-6), why


def test_a_command_that_leaves_nothing_of_the_network_leaves_the_doctrine():
    outputs, _, doctrine, _ = case(batch=2)
    pi = combine(
        *tensors(outputs, np.zeros((2, 82)), doctrine, np.ones((2, 82), bool)), 0.5
    ).probabilities
    assert pi[1, :5].sum().item() == pytest.approx(1)


def test_where_nothing_is_allowed_the_unit_sleeps():
    outputs, command, doctrine, _ = case(batch=2)
    nothing = np.zeros((2, 82), bool)
    pi = combine(
        *tensors(outputs, command[:, layout.ACTION_CLASS], doctrine, nothing), 0.5
    ).probabilities
    assert (pi[:, SLEEP_ACTION] == 1).all() and layout.ACTION_CLASS[SLEEP_ACTION] == SLEEP


def test_an_empty_doctrine_leaves_the_network_and_the_command():
    mask, decided = NONE.consult(message(root=[SERVER]), EVERYTHING)
    assert not mask.any() and decided.tolist() == [0]
    policy = PolicyFunction(PolicyConfig(doctrine_weight=0.9))
    nn.init.normal_(policy.network[-1].weight)
    pi = policy(seen(), torch.zeros(4, 82), torch.ones(4, 82).bool())
    assert torch.allclose(pi.probabilities, pi.base, atol=1e-6)


def test_gradients_are_finite_in_every_fallback():
    outputs, command, doctrine, allowed = case(batch=4)
    command[1], allowed[2] = 0.0, False
    outputs[3, 0] = 200.0  # a softmax that is 1 and 0 in float
    outputs, priority, doctrine, allowed = tensors(
        outputs, command[:, layout.ACTION_CLASS], doctrine, allowed
    )
    outputs.requires_grad_()
    priority.requires_grad_()
    pi = combine(outputs, priority, doctrine, allowed, 0.5).probabilities
    (log_probability(pi, pi.argmax(dim=1)).sum() + pi.square().sum()).backward()
    assert outputs.grad.isfinite().all() and priority.grad.isfinite().all()


@pytest.mark.parametrize(
    "options",
    [{"inputs": "all"}, {"weights": "raw"}, {"doctrine_weight": 1.2}, {"ioc_gain": -0.1}]
    + [{"learn_weight": True, "doctrine_weight": 0.0}],
)
def test_an_impossible_policy_configuration_is_one_line(options):
    with pytest.raises(ValueError, match=next(iter(options))) as problem:
        PolicyConfig(**options)
    assert "\n" not in str(problem.value)


# doctrine: each rule alone


def named_by(rule, raw, allowed=EVERYTHING):
    """The actions to which a doctrine of this one rule gives weight."""
    mask = Doctrine((rule,)).mask(raw, allowed)[0]
    assert (
        mask.sum() == pytest.approx(1 if mask.any() else 0)
        and len(set(mask[mask > 0].tolist())) <= 1
    )
    return set(np.flatnonzero(mask).tolist())


ORDERED = Doctrine(
    [
        Rule("restore what red holds as root", see="root file", do=("Restore",)),
        Rule("remove an exploit's session", see="exploit", do=("Remove",)),
        Rule("remove from servers", see="process event", do=("Remove",), hosts="servers"),
        Rule("remove a user-level session", see="user file", do=("Remove",)),
        Rule("clear a host that touched a decoy", see="decoy touched", do=("Remove",)),
        Rule("remove from users", see="process event", do=("Remove",), hosts="users"),
        Rule("look around", see="anything", do=("Analyse", "DeployDecoy")),
    ]
)
"""A doctrine of this file: the course's own is tuned, and edited in lessons."""
RULES = {rule.name: rule for rule in ORDERED.rules}
CASES = {
    "restore what red holds as root": (dict(root=[SERVER, USER]), indices(RESTORE, [SERVER, USER])),
    "remove an exploit's session": (
        dict(process=[USER, OTHER], connection=[USER]),
        indices(REMOVE, [USER]),
    ),
    "remove from servers": (dict(process=[SERVER, USER]), indices(REMOVE, [SERVER])),
    "remove a user-level session": (dict(user=[USER], root=[OTHER]), indices(REMOVE, [USER])),
    "clear a host that touched a decoy": (
        dict(decoy=[OTHER], user=[USER]),
        indices(REMOVE, [OTHER]),
    ),
    "remove from users": (dict(process=[SERVER, USER]), indices(REMOVE, [USER])),
    "look around": ({}, indices(ANALYSE) | indices(DECOY)),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rule_alone(name):
    shown, wanted = CASES[name]
    assert named_by(RULES[name], message(**shown)) == wanted
    if shown:
        assert named_by(RULES[name], message()) == set(), "nothing seen, nothing said"


SHOWN = {
    "root file": ["root"],
    "user file": ["user"],
    "decoy touched": ["decoy"],
    "process event": ["process"],
    "connection event": ["connection"],
    "exploit": ["process", "connection"],
}


@pytest.mark.parametrize("rule", FULL.rules, ids=lambda rule: rule.name)
def test_each_rule_of_the_course_names_its_actions_on_the_host_that_shows_its_sign(rule):
    hosts = {"all": range(16), "servers": range(6), "users": range(6, 16)}[rule.hosts]
    if rule.see in SHOWN:
        shown, hosts = {part: [hosts[1]] for part in SHOWN[rule.see]}, [hosts[1]]
        assert named_by(rule, message(phase=rule.phases[0])) == set()
    else:
        shown = {}
    wanted = set().union(*(indices(layout.ACTION_CLASSES.index(name), hosts) for name in rule.do))
    assert named_by(rule, message(phase=rule.phases[0], **shown)) == wanted
    for phase in {0, 1, 2} - set(rule.phases):
        assert named_by(rule, message(phase=phase, **shown)) == set()


def test_the_courses_doctrine_restores_before_it_does_anything_else():
    """The paper's example: "once it is detected that an attacker has gained host privileges ..."
    (3.5)."""
    everything = dict(root=[SERVER], user=[2], decoy=[3], process=[4, USER], connection=[USER])
    mask, decided = STANDARD.consult(message(**everything), EVERYTHING)
    assert set(np.flatnonzero(mask[0])) == indices(RESTORE, [SERVER]) and decided.tolist() == [0]


@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        ("root file", {"root": [USER]}),
        ("user file", {"user": [USER]}),
        ("decoy touched", {"decoy": [USER]}),
        ("process event", {"process": [USER]}),
        ("connection event", {"connection": [USER]}),
        ("exploit", {"process": [USER], "connection": [USER, OTHER]}),
    ],
)
def test_each_sign_is_seen_where_it_is(sign, shown):
    assert named_by(Rule("r", see=sign, do=("Analyse",)), message(**shown)) == indices(
        ANALYSE, [USER]
    )


def test_no_event_is_seen_on_the_quiet_hosts():
    rule = Rule("r", see="no event", do=("DeployDecoy",))
    noisy = dict(process=[0], connection=[1], root=[2], user=[3], decoy=[4])
    assert named_by(rule, message(**noisy)) == indices(DECOY, range(5, 16))


def test_hosts_and_phases_narrow_a_rule():
    rule = Rule("r", see="anything", do=("Analyse",), hosts="servers", phases=(1, 2))
    assert named_by(rule, message(phase=0)) == set()
    assert named_by(rule, message(phase=2)) == indices(ANALYSE, range(6))


def test_actions_without_a_host_are_named_once():
    rule = Rule("r", see="process event", do=("Monitor", "Restore"))
    assert named_by(rule, message(process=[USER, OTHER])) == indices(MONITOR) | indices(
        RESTORE, [USER, OTHER]
    )
    assert named_by(rule, message()) == set()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phases": ()}, "one or more of 0, 1, 2"),
        ({"phases": 1}, "phases=1 must be a tuple"),
        ({"do": "Restore"}, "do='Restore' must be a tuple"),
        ({"do": ()}, "one or more of Analyse"),
        ({"see": ["root file"]}, "see=.* is unknown"),
        ({"hosts": []}, "hosts=.* is unknown; allowed: all, servers, users"),
        ({"enabled": 1}, "enabled True or False"),
        ({"name": None}, "the name must be words"),
    ],
)
def test_a_rule_that_could_never_fire_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says) as problem:
        Rule(**{"name": "r", "see": "anything", "do": ("Analyse",), **wrong})
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("messages", "allowed", "says"),
    [
        (message(), np.ones((2, 82), bool), r"allowed has shape \(2, 82\); wanted \(1, 82\)"),
        (message()[0], EVERYTHING, r"messages have shape \(76,\); wanted \(B, 76\)"),
        (message(), EVERYTHING[:, :81], "wanted .1, 82."),
        (message() / 2, EVERYTHING, "whole numbers"),
        (message(phase=3), EVERYTHING, "phase 0..2"),
    ],
)
def test_a_doctrine_is_asked_with_one_mask_a_message(messages, allowed, says):
    with pytest.raises(ValueError, match=says):
        STANDARD.mask(messages, allowed)


@pytest.mark.parametrize("rules", ["STANDARD", 3, ["restore"], [STANDARD]])
def test_a_doctrine_of_anything_but_rules_is_refused(rules):
    with pytest.raises(ValueError, match="is not a"):
        Doctrine(rules)


def test_a_rule_switched_off_never_fires():
    assert named_by(Rule("r", see="anything", do=("Analyse",), enabled=False), message()) == set()


# doctrine: the list


def test_the_first_rule_that_fires_decides():
    both = message(root=[OTHER], process=[USER], connection=[USER])
    mask, decided = ORDERED.consult(both, EVERYTHING)
    assert set(np.flatnonzero(mask[0])) == indices(RESTORE, [OTHER]) and decided.tolist() == [0]
    turned = Doctrine(tuple(reversed(ORDERED.rules[:-1])))
    mask, decided = turned.consult(both, EVERYTHING)
    assert set(np.flatnonzero(mask[0])) == indices(REMOVE, [USER])
    assert turned.rules[decided[0]].name == "remove from users"


def test_a_rule_that_names_only_absent_hosts_passes_to_the_next():
    doctrine = Doctrine(
        [Rule("one", see="root file", do=("Restore",)), Rule("two", see="anything", do=("Sleep",))]
    )
    allowed = EVERYTHING.copy()
    allowed[0, list(indices(RESTORE))] = False
    mask, decided = doctrine.consult(message(root=[USER]), allowed)
    assert set(np.flatnonzero(mask[0])) == indices(SLEEP) and decided.tolist() == [1]


def test_each_row_of_a_batch_is_decided_by_itself():
    rows = [
        message(root=[1]),
        message(),
        message(process=[8]),
        message(decoy=[9]),
        message(root=[1]),
    ]
    mask, decided = ORDERED.consult(np.concatenate(rows), np.repeat(EVERYTHING, 5, axis=0))
    alone = [ORDERED.consult(row, EVERYTHING) for row in rows]
    assert np.array_equal(mask, np.concatenate([m for m, _ in alone]))
    assert decided.tolist() == [int(d[0]) for _, d in alone] == [0, 6, 5, 4, 0]
    assert np.allclose(mask.sum(axis=1), 1)


def test_where_no_rule_fires_the_row_is_zero_and_the_place_is_the_length():
    doctrine = Doctrine(ORDERED.rules[:-1])
    mask, decided = doctrine.consult(
        np.concatenate([message(), message(root=[1])]), np.repeat(EVERYTHING, 2, axis=0)
    )
    assert not mask[0].any() and mask[1].any() and decided.tolist() == [6, 0]


def test_a_doctrine_is_edited_by_name():
    assert ORDERED.switched(look_around=False).rules[-1].enabled is False
    assert ORDERED.switched(**{"remove an exploit's session": False}).rules[1].enabled is False
    assert ORDERED.switched(remove_an_exploit_s_session=False, look_around=False) == Doctrine(
        [
            dataclasses.replace(rule, enabled=number not in (1, 6))
            for number, rule in enumerate(ORDERED.rules)
        ]
    )
    assert all(rule.enabled for rule in ORDERED.rules), "the original is as it was"
    with pytest.raises(
        ValueError, match="no rule 'pray'; there are restore_what_red_holds_as_root"
    ):
        ORDERED.switched(pray=True)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two rules are called 'look around'"):
        Doctrine([RULES["look around"], Rule("look around", see="anything", do=("Analyse",))])


def test_a_doctrine_survives_json():
    text = json.dumps(ORDERED.switched(look_around=False).to_list())
    back = Doctrine.from_list(json.loads(text))
    assert back == ORDERED.switched(look_around=False) and back != ORDERED
    assert Doctrine.from_list(json.loads(json.dumps(FULL.to_list()))) == FULL


@pytest.mark.parametrize(
    "foreign",
    [
        42,
        None,
        {"rules": []},
        ["restore"],
        [{}],
        [{"name": "x", "see": "root file", "do": ["Restore"]}],
        [{**ORDERED.to_list()[0], "code": "print()"}],
        [{**ORDERED.to_list()[0], "see": "the future"}],
        [{**ORDERED.to_list()[0], "see": ["root file"]}],
        [{**ORDERED.to_list()[0], "do": ["BlockTraffic"]}],
        [{**ORDERED.to_list()[0], "do": []}],
        [{**ORDERED.to_list()[0], "do": [["Restore"]]}],
        [{**ORDERED.to_list()[0], "hosts": "mine"}],
        [{**ORDERED.to_list()[0], "phases": [3]}],
        [{**ORDERED.to_list()[0], "phases": []}],
        [{**ORDERED.to_list()[0], "phases": [True]}],
        [{**ORDERED.to_list()[0], "phases": 1}],
        [{**ORDERED.to_list()[0], "enabled": "no"}],
        [{**ORDERED.to_list()[0], "name": 3}],
        ORDERED.to_list()[:1] * 2,
    ],
)
def test_a_foreign_list_is_one_clear_line(foreign):
    with pytest.raises(ValueError) as problem:
        Doctrine.from_list(foreign)
    assert str(problem.value) and "\n" not in str(problem.value)


# the layout: names, scales, IOC


def test_messages_are_normalised_and_priorities_become_severities():
    raw = message(phase=2, root=[0], user=[1], decoy=[2], process=[3])
    scaled = layout.normalised(raw)
    assert (
        scaled.dtype == np.float32 and scaled.min() == 0 and scaled.max() == 1 and scaled[0, 0] == 1
    )
    assert np.allclose(scaled[0, layout.PRIORITY][:4], [1, 2 / 3, 1 / 3, 0]) and raw[0, 0] == 2


@pytest.mark.parametrize(
    ("shown", "ioc"),
    [
        ({}, 0),
        ({"root": [1]}, 1),
        ({"user": [1]}, 2 / 3),
        ({"decoy": [1]}, 1 / 3),
        ({"process": [1]}, 1 / 3),
        ({"process": [1], "connection": [1]}, 2 / 3),
        ({"process": [1], "connection": [2]}, 1 / 3),
        ({"decoy": [1], "root": [2]}, 1),
    ],
)
def test_the_ioc_of_a_zone_is_the_severity_of_its_worst_host(shown, ioc):
    assert layout.zone_ioc(message(**shown)).tolist() == pytest.approx([ioc])


def test_names_say_what_the_entries_are():
    names = layout.message_names()
    assert len(names) == len(set(names)) == 76
    assert names[layout.PRIORITY][0] == "host priority: server_host_0"
    assert names[layout.PROCESS][15] == "process event: user_host_9"
    assert len(set(layout.action_names("PAZ"))) == 82 and layout.action_names(
        "PAZ"
    ) != layout.action_names("ADM")
    with pytest.raises(ValueError, match="zone 'CON' has no defender"):
        layout.action_names("CON")
