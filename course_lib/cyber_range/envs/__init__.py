"""The environments of the range: a batch of many, PettingZoo, Gymnasium, and wrappers for
real-world nuisances."""
