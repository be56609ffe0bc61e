"""Wrong answers to the exercises of lesson 04, as readers give them."""

import math
from collections import deque

import numpy as np
from pettingzoo.utils import BaseParallelWrapper

from course_lib.cyber_range.constants import ALPHABET, ZONES
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("04")


def decoded(vector, names=ALPHABET, process=28, connection=44):
    """A decoder with its tables and offsets as arguments."""
    return {
        "phase": int(vector[0]),
        "zone": names[int(np.argmax(vector[1:10]))],
        "process": np.flatnonzero(vector[process : process + 16]).tolist(),
        "connection": np.flatnonzero(vector[connection : connection + 16]).tolist(),
    }


@WRONG("read_flat", says="alphabetical order")
def zones_in_the_course_order(vector):
    return decoded(vector, names=(*ZONES, "INT"))


@WRONG("read_flat", says="process events are entries 28 to 43")
def one_entry_too_early(vector):
    return decoded(vector, process=27, connection=43)


@WRONG("read_flat", says="process events are entries 28 to 43")
def process_and_connection_swapped(vector):
    return decoded(vector, process=44, connection=28)


@WRONG("read_flat", says="slot 0 first")
def slots_counted_from_one(vector):
    found = decoded(vector)
    return {**found, "process": [slot + 1 for slot in found["process"]]}


@WRONG("joint_actions", says="product of the sizes")
def sum_of_the_sizes(sizes):
    return sum(sizes)


@WRONG("joint_actions", says="product of the sizes")
def numpy_overflows(sizes):
    return int(np.prod(np.array(sizes, dtype=np.int64)))


@WRONG("joint_actions", says="product of the sizes")
def all_as_large_as_the_largest(sizes):
    return max(sizes) ** len(sizes)


@WRONG("joint_actions", says="product of the sizes")
def floating_point(sizes):
    return int(math.exp(sum(math.log(size) for size in sizes)) + 0.5)


@WRONG("count_hosts", says="users among 6..15")
def users_are_what_is_left_of_six_servers(mask):
    hosts = int(mask[:16].sum())
    return min(hosts, 6), max(0, hosts - 6)


@WRONG("count_hosts", says="servers are True entries among 0..5")
def first_missing_server(mask):
    return int(np.argmin(mask[:6])), int(mask[6:16].sum())


@WRONG("count_hosts", says="servers are True entries among 0..5")
def five_servers(mask):
    return int(mask[:5].sum()), int(mask[5:16].sum())


class Delay(BaseParallelWrapper):
    """The right wrapper, in pieces that can be got wrong."""

    length = 1

    def __init__(self, env, ticks):
        super().__init__(env)
        self.ticks = ticks
        self.waiting = None

    def reset(self, seed=None, options=None):
        observations, infos = self.env.reset(seed=seed, options=options)
        self.waiting = self.start(observations)
        return observations, infos

    def start(self, observations):
        size = max(1, self.ticks + self.length)
        return deque([observations] * size, maxlen=size)

    def step(self, actions):
        observations, *rest = self.env.step(actions)
        self.waiting.append(observations)
        return (self.waiting[0], *rest)


@WRONG("ObservationDelay", says="observation of 1 ticks ago")
class OneTickTooShort(Delay):
    length = 0


@WRONG("ObservationDelay", says="until then the first one")
class ZerosAtFirst(Delay):
    def start(self, observations):
        nothing = {agent: np.zeros_like(seen) for agent, seen in observations.items()}
        return deque([nothing] * self.ticks + [observations], maxlen=self.ticks + 1)


@WRONG("ObservationDelay", says="rewards are not delayed")
class RewardsToo(Delay):
    def step(self, actions):
        observations, rewards, *rest = self.env.step(actions)
        late = self.earlier[0] if self.ticks else rewards
        self.earlier.append(rewards)
        self.waiting.append(observations)
        return (self.waiting[0], late, *rest)

    def start(self, observations):
        self.earlier = deque(
            [dict.fromkeys(observations, 0.0)] * max(1, self.ticks), maxlen=max(1, self.ticks)
        )
        return super().start(observations)


@WRONG("ObservationDelay", says="observation of 1 ticks ago")
class KeepsTheQueueOfTheFirstEpisode(Delay):
    def start(self, observations):
        return self.waiting or super().start(observations)


@WRONG("expected_loss", says="1/3 (local work)")
def forgets_that_users_do_other_things(reliability, points):
    return points * np.mean(1 - reliability / 100)


@WRONG("expected_loss", says="mean failure probability")
def worst_service_only(reliability, points):
    return points * (1 - reliability.min() / 100) / 3


@WRONG("expected_loss", says="mean failure probability")
def all_services_must_work(reliability, points):
    return points * (1 - np.prod(reliability / 100)) / 3


@WRONG("expected_loss", says="mean failure probability")
def adds_over_the_services(reliability, points):
    return points * np.sum(1 - reliability / 100) / 3


@WRONG("firewall_action", says="block the first forbidden source")
def forgets_that_the_own_zone_is_left_out(policy, blocked, own):
    wanted = [p for p in range(9) if p != own and policy[p] and not blocked[p]]
    surplus = [p for p in range(9) if p != own and blocked[p] and not policy[p]]
    return 58 + wanted[0] if wanted else 50 + surplus[0] if surplus else 49


@WRONG("firewall_action", says="that is open")
def blocks_what_is_blocked_already(policy, blocked, own):
    others = [p for p in range(9) if p != own]
    wanted = [item for item, p in enumerate(others) if policy[p]]
    return 58 + wanted[0] if wanted else 49


@WRONG("firewall_action", says="allow the first permitted one")
def never_allows(policy, blocked, own):
    others = [p for p in range(9) if p != own]
    wanted = [item for item, p in enumerate(others) if policy[p] and not blocked[p]]
    return 58 + wanted[0] if wanted else 49


@WRONG("firewall_action", says="block the first forbidden source")
def allow_and_block_swapped(policy, blocked, own):
    others = [p for p in range(9) if p != own]
    wanted = [item for item, p in enumerate(others) if policy[p] and not blocked[p]]
    surplus = [item for item, p in enumerate(others) if blocked[p] and not policy[p]]
    return 50 + wanted[0] if wanted else 58 + surplus[0] if surplus else 49


@WRONG("read_flat", says="process events are entries 28 to 43")
def forgets_the_last_slot(vector):
    return {**decoded(vector), "process": np.flatnonzero(vector[28:43]).tolist()}


class LateInfos(BaseParallelWrapper):
    """Everything but the reward arrives late, action masks too."""

    def __init__(self, env, ticks):
        super().__init__(env)
        self.ticks = ticks

    def reset(self, seed=None, options=None):
        self.seen = [self.env.reset(seed=seed, options=options)]
        return self.seen[0]

    def step(self, actions):
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        self.seen.append((observations, infos))
        observations, infos = self.seen[max(0, len(self.seen) - 1 - self.ticks)]
        return observations, rewards, terminated, truncated, infos


WRONG("ObservationDelay", says="infos are not delayed")(LateInfos)


@WRONG("firewall_action", says="the arguments stay as they are")
def empties_its_own_bit_in_place(policy, blocked, own):
    policy[own] = 0
    forbidden, wrongly = np.flatnonzero(policy > blocked), np.flatnonzero(blocked > policy)
    first, where = (58, forbidden) if len(forbidden) else (50, wrongly)
    return first + int(where[0]) - int(where[0] > own) if len(where) else 49


@WRONG.right("count_hosts")
def servers_and_users_as_a_list(mask):
    return [mask[:6].sum(), mask[6:16].sum()]


@WRONG.right("ObservationDelay")
class RemembersEverything(BaseParallelWrapper):
    """A list of all observations instead of a queue."""

    def __init__(self, env, ticks):
        super().__init__(env)
        self.ticks = ticks

    def reset(self, seed=None, options=None):
        observations, infos = self.env.reset(seed=seed, options=options)
        self.seen = [observations]
        return observations, infos

    def step(self, actions):
        observations, *rest = self.env.step(actions)
        self.seen.append(observations)
        return self.seen[max(0, len(self.seen) - 1 - self.ticks)], *rest


def traffic_action(policy, blocked, others):
    wanted = [item for item, p in enumerate(others) if policy[p] and not blocked[p]]
    surplus = [item for item, p in enumerate(others) if blocked[p] and not policy[p]]
    return 58 + wanted[0] if wanted else 50 + surplus[0] if surplus else 49


@WRONG("firewall_action", says="block the first forbidden source")
def forgets_the_last_source(policy, blocked, own):
    return traffic_action(policy, blocked, [p for p in range(9) if p != own][:-1])


@WRONG("firewall_action", says="sleep (49)")
def zero_is_taken_for_nothing(policy, blocked, own):
    others = [p for p in range(9) if p != own]
    wanted = sum(item for item, p in enumerate(others) if policy[p] and not blocked[p]) and next(
        item for item, p in enumerate(others) if policy[p] and not blocked[p]
    )
    return 58 + wanted if wanted else traffic_action(np.zeros(9), blocked * (1 - policy), others)
