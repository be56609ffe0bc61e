"""``engine="cyborg"``: the public simulator behind the same interface as the fast engine.

`locate` finds it, `load` imports it, `observe` reads what its defenders are shown, `events` notes
what really happened in a tick, `counters` adds that up, `true_state` shows the state behind it, and
`backend` ties these together. Nothing outside this folder knows the simulator.
"""
