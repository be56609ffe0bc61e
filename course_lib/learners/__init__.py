"""Learning algorithms, one family per file. An environment or game is handed in, never imported.

* One decision: `bandits`, `classify`.
* A known or small world: `planning`, `ucbvi`, `tabular_q`.
* Networks: `ppo` on `advantages` and `clipped`, `dqn`, `memory` (a recurrent policy), `entities` (any number of hosts).
* Many agents in tables: `tabular`, run for many seeds at once; `tabular_table` counts which game defeats which method.
"""
