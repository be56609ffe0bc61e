"""Scoring a defender by the official protocol, and recording what happened in an episode."""
