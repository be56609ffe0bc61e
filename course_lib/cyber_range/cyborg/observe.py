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

import numpy as np

from ..constants import (
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
"""The simulator's subnet names in alphabetical order, which is the order of `names.ALPHABET`."""


class Watch:
    """What the five defenders of the simulator see, tick by tick, as VISIBLE records.

    It remembers one thing between ticks: on which ports the defenders' own decoys listen.
    """

    def __init__(self, controller, policy):
        """``controller`` is the simulator's, ``policy`` its policy bits, (3, 7, 9) of 0/1."""
        self.controller = controller
        self.policy = policy
        self.decoy_ports: dict[int, set[int]] = {}
        self.lost_callers = 0
        self.exists = existing_hosts(controller.state).reshape(-1, SLOTS)[:DEFENDED_ZONES]

    def look(self, messages=None):
        """VISIBLE record of the tick just executed, or of the start if no ``messages`` (5, 8) were
        sent."""
        visible = np.zeros(1, VISIBLE)[0]
        state = self.controller.state
        visible.phase = state.mission_phase
        visible.step = self.controller.step_count
        visible.exists[:] = self.exists
        visible.policy[:] = self.policy[state.mission_phase]
        visible.blocked[:] = blocked_traffic(state)[:DEFENDED_ZONES]
        if messages is not None:
            visible.told[: len(messages)] = messages
            for defender, agent in enumerate(OFFICIAL_DEFENDERS):
                running = self.controller.actions_in_progress.get(agent)
                visible.busy[defender] = running["remaining_ticks"] if running else 0
                shown = self.controller.observation[agent].observations
                self.read_own_result(visible, shown[0].data)
                self.read_events(visible, monitor_result(shown), defender)
        return visible

    def read_own_result(self, visible, result):
        """Take in the result of an own action that finished with success in this tick."""
        action = result.get("action")
        if action is None or result["success"].name != "TRUE" or not hasattr(action, "hostname"):
            return
        kind, host = type(action).__name__, HOST_NUMBER[action.hostname]
        shown = result.get(action.hostname, {})
        if kind == "Analyse":
            visible.analysed[host // SLOTS, host % SLOTS] = files_found(shown)
        elif kind == "DeployDecoy":
            names = [
                process["service_name"]
                for process in shown["Processes"]
                if "service_name" in process
            ]
            self.decoy_ports.setdefault(host, set()).update(DECOY_PORTS[name] for name in names)
        elif kind in ("Remove", "Restore"):
            visible.cleaned[host // SLOTS, host % SLOTS] = 1
            if kind == "Restore":
                self.decoy_ports.pop(host, None)

    def read_events(self, visible, events, defender):
        """Set the event bits and list who touched a decoy, from one agent's Monitor result."""
        for name, shown in events.items():
            host = HOST_NUMBER.get(name)  # routers and the entries that are no hosts have no number
            if host is None or OFFICIAL_OWNER[host // SLOTS] != defender:
                continue
            for process in shown.get("Processes", ()):
                contact = process.get("Connections", ({},))[0]
                if "remote_address" in contact:
                    visible.connection[host // SLOTS, host % SLOTS] = 1
                    if contact.get("local_port") in self.decoy_ports.get(host, ()):
                        self.note_caller(visible, host // SLOTS, contact["remote_address"])
                else:
                    visible.process[host // SLOTS, host % SLOTS] = 1

    def note_caller(self, visible, zone, address):
        """List a host that touched a decoy of this zone, once per tick."""
        caller = HOST_NUMBER[self.controller.state.ip_addresses[address]]
        listed = visible.caller_count
        if (zone, caller) in zip(
            visible.caller_zone[:listed], visible.caller_host[:listed], strict=True
        ):
            return
        if listed == MAX_CALLERS:
            self.lost_callers += 1
            return
        visible.caller_zone[listed] = zone
        visible.caller_host[listed] = caller
        visible.caller_count = listed + 1


def existing_hosts(state) -> np.ndarray:
    """(128,) bool: where there is a server or user host."""
    out = np.zeros(HOST_COUNT, bool)
    out[[HOST_NUMBER[name] for name in state.hosts if name in HOST_NUMBER]] = True
    return out


def blocked_traffic(state) -> np.ndarray:
    """(8, 9) of 0/1: traffic to this zone from that subnet (alphabetical) is blocked."""
    blocks = [state.blocks.get(subnet, ()) for subnet in SUBNETS]
    return np.array([[source in sources for source in FULL_NAMES] for sources in blocks], np.uint8)


def monitor_result(shown) -> dict:
    """Data of the Monitor that ended the tick, from an agent's list of observations."""
    for observation in reversed(shown):
        if type(observation.data.get("action")).__name__ == "Monitor":
            return observation.data
    raise RuntimeError("the simulator returned no Monitor result; is its commit the tested one?")


def files_found(shown: dict) -> int:
    """NO_FILES, USER_FILE or ROOT_FILE, from an Analyse result for one host."""
    names = [file["File Name"] for file in shown.get("Files", ())]
    if any("escalate" in name for name in names):
        return AnalyseResult.ROOT_FILE
    return AnalyseResult.USER_FILE if names else AnalyseResult.NO_FILES


def read_policy(wrapper) -> np.ndarray:
    """Policy bits (3, 7, 9) of 0/1 of the simulator's flat wrapper: 1 where its graph joins two
    subnets by no edge."""
    graphs, zones = [wrapper.comms_policies[phase] for phase in range(3)], SUBNETS[:DEFENDED_ZONES]
    bits = [
        [[not graph.has_edge(zone, other) for other in FULL_NAMES] for zone in zones]
        for graph in graphs
    ]
    return np.array(bits, np.uint8)
