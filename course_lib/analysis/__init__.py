"""Pictures: one figure style, network maps and replays drawn from a record, score curves.

Import from the files directly, e.g. ``from course_lib.analysis.figures import show``.
"""
