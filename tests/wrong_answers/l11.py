"""Wrong answers to the exercises of lesson 11, as readers give them."""

import numpy as np
import torch

from course_lib.hierarchy import Doctrine, PolicyConfig, Rule, UnitConfig
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_SLOT, PRIORITY
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("11")
RESTORE, REMOVE = ACTION_CLASS == 2, ACTION_CLASS == 1


@WRONG("expand_command", says="the 16 actions of a class on hosts")
def sixteen_times_each(command):
    return command.repeat_interleave(16, dim=1)[:, :82]


@WRONG("expand_command", says="the 16 actions of a class on hosts")
def tiled(command):
    return command.repeat(1, 11)[:, :82]


@WRONG("expand_command", says="Monitor is action 16")
def classes_in_the_order_of_sizes(command):
    sizes = torch.tensor([16, 1, 16, 16, 1, 8, 8, 16])
    return command[:, [0, 7, 1, 2, 6, 4, 5, 3]].repeat_interleave(sizes, dim=1)


@WRONG("expand_command", says="the 16 actions of a class on hosts")
def largest_priority_for_all(command):
    return command.amax(dim=1, keepdim=True).expand(-1, 82)


@WRONG("restore_touched", says="share a weight of 1")
def not_spread(messages):
    return ((messages[:, PRIORITY] == 3)[:, ACTION_SLOT] & RESTORE).astype(float)


@WRONG("restore_touched", says="only host priority 3")
def any_priority(messages):
    named = ((messages[:, PRIORITY] > 0)[:, ACTION_SLOT] & RESTORE).astype(float)
    return named / np.maximum(named.sum(axis=1, keepdims=True), 1)


@WRONG("restore_touched", says="the weight is on Restore")
def removes(messages):
    named = ((messages[:, PRIORITY] == 3)[:, ACTION_SLOT] & REMOVE).astype(float)
    return named / np.maximum(named.sum(axis=1, keepdims=True), 1)


@WRONG("restore_touched", says="no division by zero")
def divides_by_nothing(messages):
    named = ((messages[:, PRIORITY] == 3)[:, ACTION_SLOT] & RESTORE).astype(float)
    with np.errstate(invalid="ignore"):
        return named / named.sum(axis=1, keepdims=True)


ROOT = Rule("restore root", see="root file", do=("Restore",))
SERVERS = dict(see="exploit", hosts="servers", phases=(1, 2), do=("Analyse", "Remove"))
WRONG.value("two_rules", (Rule("exploit", **SERVERS), ROOT), says="more urgent than the exploit")
WRONG.value(
    "two_rules", (ROOT, Rule("exploit", **{**SERVERS, "hosts": "all"})), says="servers only"
)
WRONG.value(
    "two_rules",
    (ROOT, Rule("exploit", **{**SERVERS, "phases": (0, 1, 2)})),
    says="before the missions",
)
WRONG.value(
    "two_rules", (ROOT, Rule("exploit", **{**SERVERS, "do": ("Remove",)})), says="Analyse or Remove"
)
WRONG.value(
    "two_rules",
    (ROOT, Rule("exploit", **{**SERVERS, "see": "process event"})),
    says="is no exploit",
)


def normalised(kept):
    return kept / kept.sum(dim=1, keepdim=True)


@WRONG("combine_voices", says="without doctrine: softmax, times priority")
def priorities_on_logits(outputs, priority, doctrine, allowed, weight):
    return normalised(
        ((1 - weight) * torch.softmax(outputs * priority, dim=1) + weight * doctrine) * allowed
    )


@WRONG("combine_voices", says="the command does not touch the doctrine")
def command_last(outputs, priority, doctrine, allowed, weight):
    return normalised(
        ((1 - weight) * torch.softmax(outputs, dim=1) + weight * doctrine) * priority * allowed
    )


@WRONG("combine_voices", says="what is not allowed has probability 0")
def mask_forgotten(outputs, priority, doctrine, allowed, weight):
    return normalised((1 - weight) * torch.softmax(outputs, dim=1) * priority + weight * doctrine)


@WRONG("combine_voices", says="sums to 1 after the mask")
def normalised_before_the_mask(outputs, priority, doctrine, allowed, weight):
    return (
        normalised((1 - weight) * torch.softmax(outputs, dim=1) * priority + weight * doctrine)
        * allowed
    )


@WRONG("combine_voices", says="the network after the command counts 1 - w")
def normalised_after_the_command(outputs, priority, doctrine, allowed, weight):
    modulated = normalised(torch.softmax(outputs, dim=1) * priority)
    return normalised(((1 - weight) * modulated + weight * doctrine) * allowed)


TOUCHED = Rule("touched", see="decoy touched", do=("Restore",))
LOOK = Rule("look", see="anything", do=("Analyse",))
LOOK_AND_LAY = Rule("look and lay decoys", see="anything", do=("Analyse", "DeployDecoy"))
REMOVALS = Rule("remove", see="process event", do=("Remove",))
for rules, says in (
    ((ROOT, TOUCHED, LOOK), "better than -145"),  # nobody lays the decoys
    ((ROOT, REMOVALS, LOOK_AND_LAY), "better than -145"),  # nobody heeds them
    ((LOOK_AND_LAY, ROOT, TOUCHED), "better than -145"),
    ((ROOT, TOUCHED), "better than -145"),  # the rest of the time belongs to the network
    ((ROOT, TOUCHED, REMOVALS, LOOK_AND_LAY), "at most three"),
):
    WRONG.value("my_doctrine", Doctrine(rules), says=says)
USUAL = dict(doctrine_weight=0.8, ioc_gain=0.2)
for floor, policy, says in (
    (0.1, {}, "better than -200"),
    (0.3, {"ioc_gain": 1.0}, "better than -200"),
    (0.3, {"weights": "logits"}, "better than -200"),
    (0.0, {"doctrine_weight": 1.0}, "w stays 0.8"),
):
    unit = UnitConfig(
        command_from="sample", command_floor=floor, policy=PolicyConfig(**{**USUAL, **policy})
    )
    WRONG.value("my_unit", unit, says=says)


WRONG.value("two_rules", (ROOT,), says="the answer is a tuple of two rules")
SERVERS_ONLY = Rule("root", see="root file", do=("Restore",), hosts="servers")
WRONG.value(
    "two_rules", (SERVERS_ONLY, Rule("exploit", **SERVERS)), says="the rules name nothing, wanted"
)
WRONG.right_value("two_rules", [ROOT, Rule("exploit", **SERVERS)], "a_list")
WRONG.right_value("two_rules", Doctrine((ROOT, Rule("exploit", **SERVERS))), "a_doctrine")


@WRONG("combine_voices", says="the arguments stay as they are")
def weighs_the_doctrine_in_place(outputs, priority, doctrine, allowed, weight):
    base = torch.softmax(outputs, dim=1) * priority
    doctrine *= weight
    return normalised(((1 - weight) * base + doctrine) * allowed)


@WRONG("combine_voices", says="the call ends without an error")
def only_a_float_will_do(outputs, priority, doctrine, allowed, weight):
    weight, base = float(weight), torch.softmax(outputs, dim=1) * priority
    return normalised(((1 - weight) * base + weight * doctrine) * allowed)


@WRONG("combine_voices", says="one w for each unit")
def the_largest_weight_for_all(outputs, priority, doctrine, allowed, weight):
    weight = float(torch.as_tensor(weight).max())
    base = torch.softmax(outputs, dim=1) * priority
    return normalised(((1 - weight) * base + weight * doctrine) * allowed)


@WRONG("combine_voices", says="the gradient flows")
def detaches_the_network(outputs, priority, doctrine, allowed, weight):
    base = torch.softmax(outputs.detach(), dim=1) * priority
    return normalised(((1 - weight) * base + weight * doctrine) * allowed)


@WRONG("expand_command", says="the 16 actions of a class on hosts")
def the_first_unit_commands_all(command):
    return command[:1, ACTION_CLASS].expand(len(command), -1)


@WRONG("restore_touched", says="each of two hosts gets the same weight")
def forgets_slot_zero(messages):
    seen = messages[:, PRIORITY] == 3
    seen = seen & (np.arange(16) > 0)
    named = seen[:, ACTION_SLOT] & RESTORE
    return named / np.maximum(named.sum(axis=1, keepdims=True), 1)


@WRONG.right("combine_voices")
def with_a_where(outputs, priority, doctrine, allowed, weight):
    mixed = (1 - weight) * outputs.softmax(dim=-1) * priority + weight * doctrine
    kept = torch.where(allowed, mixed, torch.zeros_like(mixed))
    return kept / kept.sum(dim=-1, keepdim=True)
