"""From the simulator's own observations to the VISIBLE record of one tick.

Everything comes from what the simulator hands to its blue agents: the result of an own action that
finished, the events collected by the automatic Monitor, the messages, and the entries of its flat
vector (phase, blocked sources, policy). What is not said there is known to any defender: which port
a decoy of a given name listens on, and which host has a given address.

How the two kinds of event look in a Monitor result, one entry of ``Processes`` each:

* a network connection has a ``remote_address``, and a ``local_port`` only if red caused it (a port
  scan, a login attempt, an exploit of a decoy); green's visits and the trace of an exploit along
  its path have none;
* a new process has a ``PID`` (an exploit) or a local port without a remote address (green's false
    alarm).
"""

from typing import Any

import numpy as np

from ..constants import (
    ALPHABET_COUNT,
    DEFENDED_ZONES,
    HOST_COUNT,
    HOST_NUMBER,
    OFFICIAL_DEFENDERS,
    OFFICIAL_OWNER,
    SLOTS,
    SUBNETS,
    AnalyseResult,
)
from ..engine.visible import MAX_CALLERS, VISIBLE

DECOY_PORTS = {"apache2": 80, "tomcat": 443, "haraka": 25, "vsftpd": 80}
"""Port on which each decoy listens, by the service name in the result of DeployDecoy."""
FULL_NAMES = tuple(sorted((*SUBNETS, "internet_subnet")))
"""The simulator's subnet names in alphabetical order, the order of `constants.ALPHABET`."""


class Observer:
    """What the five defenders of the simulator see, tick by tick, as VISIBLE records.

    It remembers one thing between ticks: on which ports the defenders' own decoys listen.
    """

    def __init__(self, controller: Any, policy: np.ndarray):
        """``controller`` is the simulator's, ``policy`` its policy bits, (3, 7, 9) of 0/1."""
        self.controller = controller
        self.policy = policy
        self.decoy_ports: dict[int, set[int]] = {}
        self.lost_callers = 0
        self.exists = existing_hosts(controller.state).reshape(-1, SLOTS)[:DEFENDED_ZONES]

    def look(self, team_bits: np.ndarray | None = None) -> np.record:
        """VISIBLE record of the tick just executed, or of the start if no bits (5, 8) were
        sent."""
        visible = np.zeros(1, VISIBLE)[0]
        state = self.controller.state
        visible.phase = state.mission_phase
        visible.step = self.controller.step_count
        visible.exists[:] = self.exists
        visible.policy[:] = self.policy[state.mission_phase]
        visible.blocked[:] = blocked_traffic(state)[:DEFENDED_ZONES]
        if team_bits is not None:
            visible.told[: len(team_bits)] = team_bits
            for defender, agent in enumerate(OFFICIAL_DEFENDERS):
                running = self.controller.actions_in_progress.get(agent)
                visible.busy[defender] = running["remaining_ticks"] if running else 0
                results = self.controller.observation[agent].observations
                self.read_own_result(visible, results[0].data)
                self.read_events(visible, monitor_result(results), defender)
        return visible

    def read_own_result(self, visible: np.record, result: dict[str, Any]) -> None:
        """Take in the result of an own action that finished with success in this tick."""
        action = result.get("action")
        if action is None or result["success"].name != "TRUE" or not hasattr(action, "hostname"):
            return
        kind = type(action).__name__
        host = HOST_NUMBER[action.hostname]
        zone, slot = host // SLOTS, host % SLOTS
        shown = result.get(action.hostname, {})
        if kind == "Analyse":
            visible.analysed[zone, slot] = files_found(shown)
        elif kind == "DeployDecoy":
            ports = self.decoy_ports.setdefault(host, set())
            for process in shown["Processes"]:
                if "service_name" in process:
                    ports.add(DECOY_PORTS[process["service_name"]])
        elif kind in ("Remove", "Restore"):
            visible.cleaned[zone, slot] = 1
            if kind == "Restore":
                self.decoy_ports.pop(host, None)

    def read_events(self, visible: np.record, events: dict[str, Any], defender: int) -> None:
        """Set the event bits and list who touched a decoy, from one agent's Monitor result."""
        for name, shown in events.items():
            host = HOST_NUMBER.get(name)  # routers and the entries that are no hosts have no number
            if host is None or OFFICIAL_OWNER[host // SLOTS] != defender:
                continue
            zone, slot = host // SLOTS, host % SLOTS
            for process in shown.get("Processes", ()):
                contact = process.get("Connections", ({},))[0]
                if "remote_address" not in contact:
                    visible.process[zone, slot] = 1
                    continue
                visible.connection[zone, slot] = 1
                if contact.get("local_port") in self.decoy_ports.get(host, ()):
                    self.note_caller(visible, zone, contact["remote_address"])

    def note_caller(self, visible: np.record, zone: int, address: Any) -> None:
        """List a host that touched a decoy of this zone, once per tick."""
        caller = HOST_NUMBER[self.controller.state.ip_addresses[address]]
        listed = int(visible.caller_count)
        of_zone = visible.caller_zone[:listed] == zone
        if (of_zone & (visible.caller_host[:listed] == caller)).any():
            return
        if listed == MAX_CALLERS:
            self.lost_callers += 1
            return
        visible.caller_zone[listed] = zone
        visible.caller_host[listed] = caller
        visible.caller_count = listed + 1


def existing_hosts(state: Any) -> np.ndarray:
    """(128,) bool: where there is a server or user host."""
    out = np.zeros(HOST_COUNT, bool)
    out[[HOST_NUMBER[name] for name in state.hosts if name in HOST_NUMBER]] = True
    return out


def blocked_traffic(state: Any) -> np.ndarray:
    """(8, 9) of 0/1: traffic to this zone from that subnet (alphabetical) is blocked."""
    bits = np.zeros((len(SUBNETS), ALPHABET_COUNT), np.uint8)
    for zone, subnet in enumerate(SUBNETS):
        sources = state.blocks.get(subnet, ())
        bits[zone] = [source in sources for source in FULL_NAMES]
    return bits


def monitor_result(results: list[Any]) -> dict[str, Any]:
    """Data of the Monitor that ended the tick, from an agent's list of observations."""
    for observation in reversed(results):
        if type(observation.data.get("action")).__name__ == "Monitor":
            return observation.data
    raise RuntimeError("the simulator returned no Monitor result; is its commit the tested one?")


def files_found(shown: dict[str, Any]) -> AnalyseResult:
    """What an Analyse has found on one host, from its result."""
    names = [file["File Name"] for file in shown.get("Files", ())]
    if any("escalate" in name for name in names):
        return AnalyseResult.ROOT_FILE
    return AnalyseResult.USER_FILE if names else AnalyseResult.NO_FILES


def read_policy(wrapper: Any) -> np.ndarray:
    """Policy bits (3, 7, 9) of the simulator's flat wrapper: 1 where its graph joins two subnets
    by no edge."""
    bits = np.zeros((3, DEFENDED_ZONES, ALPHABET_COUNT), np.uint8)
    for phase in range(3):
        graph = wrapper.comms_policies[phase]
        for zone, subnet in enumerate(SUBNETS[:DEFENDED_ZONES]):
            bits[phase, zone] = [not graph.has_edge(subnet, other) for other in FULL_NAMES]
    return bits
