"""Learning algorithms, one family per file. An environment or game is handed in, never imported.

`tabular` is the multi-agent Q-learning family in tables, run for many seeds at once; `tabular_table` counts which game
defeats which method.
"""
