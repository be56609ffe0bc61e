"""Widgets of the lessons: each is a pure function from a record to what is shown, and a thin view of it."""
