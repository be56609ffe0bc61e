"""The helper library of the course. Import the room you need, e.g. ``from course_lib import
cyber_range``."""
