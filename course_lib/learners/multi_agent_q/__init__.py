"""Tabular Q-learning with several learners, run for many seeds at once."""
