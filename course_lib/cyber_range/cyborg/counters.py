"""Counts of one episode of the simulator, to the definitions of STATISTICS."""

import numpy as np

from ..constants import CON, REMOVE, RESTORE, SERVER_SLOTS, SLOTS
from ..engine.counters import CHECKPOINTS, STATISTICS
from .events import Events


class Counters:
    """Adds up one tick after the other; `record` is the STATISTICS record so far."""

    def __init__(self, exists: np.ndarray, steps: int):
        """``exists`` (128,) tells where there is a host."""
        self.records = np.zeros(1, STATISTICS)
        self.record = self.records[0]  # a view: what is written here stands in the array
        self.steps = steps
        self.held_since: dict[int, int] = {}
        for host in np.flatnonzero(exists):
            is_user = int(host % SLOTS >= SERVER_SLOTS)
            self.record.hosts[host // SLOTS, is_user] += 1
        self.defended = int(self.record.hosts.sum() - self.record.hosts[CON].sum())

    def add(self, tick: Events, visible: np.record) -> None:
        """Count one tick; ``visible`` is its VISIBLE record."""
        record = self.record
        now = int(visible.step)
        record.steps += 1
        record.phase_reward[tick.phase] += tick.reward
        if now < self.steps - 1:  # the official loop ends before it adds the last reward
            record.score += tick.reward
        record.restore_cost += tick.restores_submitted
        record.phished += tick.phished
        for zone, kind in tick.penalties:
            record.penalties[tick.phase, zone, kind] += 1
        for defender, started in enumerate(tick.started):
            if started >= 0:
                record.blue_actions[defender, started] += 1
        for action in tick.red:
            record.red_attempts[action.kind] += 1
            record.red_successes[action.kind] += action.success == 1
            record.red_dropped += action.success == -1
        self.count_bits(visible)
        self.count_recoveries(tick, now - 1)
        self.count_held(tick, now)

    def count_bits(self, visible: np.record) -> None:
        """Event bits shown, servers and users apart."""
        for bits, total in (
            (visible.process, self.record.process_bits),
            (visible.connection, self.record.connection_bits),
        ):
            total[:, 0] += bits[:, :SERVER_SLOTS].sum(1, dtype=np.int64)
            total[:, 1] += bits[:, SERVER_SLOTS:].sum(1, dtype=np.int64)

    def count_recoveries(self, tick: Events, start: int) -> None:
        """Remove and Restore that finished: were they needed, and did they free the host?

        Blue acts before red, so the sessions ``before`` the tick decide. ``start`` is the index of
        the tick.
        """
        record = self.record
        for kind, host in zip(tick.finished, tick.finished_host, strict=True):
            if kind not in (REMOVE, RESTORE) or host < 0:
                continue
            record.recover_actions += 1
            held = tick.before.pids.get(host)
            if held:
                record.recover_useful += 1
                if not held & tick.after.pids.get(host, set()):
                    record.recoveries += 1
                    record.recovery_ticks += start - self.held_since.pop(host)

    def count_held(self, tick: Events, now: int) -> None:
        """Hosts with a red session, and since which tick (index from 0) each is held."""
        record = self.record
        held = tick.after.pids
        for host in held:
            self.held_since.setdefault(host, now - 1)
        for host in self.held_since.keys() - held.keys():
            del self.held_since[host]
        defended_held = sum(host // SLOTS != CON for host in held)
        record.clean_host_ticks += self.defended - defended_held
        record.host_ticks += self.defended
        every = max(1, self.steps // CHECKPOINTS)
        over = now >= self.steps - 1
        place = CHECKPOINTS - 1 if over else now // every - 1
        if (over or now % every == 0) and 0 <= place < CHECKPOINTS:
            record.held_at[place] = len(held)
            record.root_at[place] = len(tick.after.root)
