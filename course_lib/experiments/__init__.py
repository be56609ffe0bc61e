"""Recorded experiments: the study of the paper's claims, and benchmarks of speed and fidelity."""
