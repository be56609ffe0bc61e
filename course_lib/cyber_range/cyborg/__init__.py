"""``engine="cyborg"``: the public simulator behind the same interface as the fast engine.

``find`` looks for it, ``load`` imports it, ``seen`` reads what its defenders are shown,
``happened`` notes what really happened, ``tally`` counts it, ``picture`` draws on it, and
``backend`` ties these together. Nothing outside this folder knows the simulator.
"""
