"""What the records are called in annotations; to Python each is a numpy record of its dtype."""

import numpy as np

Env = np.record
"""State of one environment, dtype `state.ENV`."""
Statistics = np.record
"""Counts of its episode, dtype `counters.STATISTICS`."""
Parameters = np.record
"""The options of the range, dtype `options.PARAMETERS`."""
Visible = np.record
"""What its defenders could see of a tick, dtype `visible.VISIBLE`."""
Memory = np.record
"""What its defenders remember, dtype `message.MEMORY`."""
