"""Message attention of a playing team: recorded, measured, and what would have happened with other
messages."""
