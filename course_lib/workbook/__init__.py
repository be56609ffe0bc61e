"""The notebooks as material: their rules now, and with the exercises their checks, hints and progress."""
