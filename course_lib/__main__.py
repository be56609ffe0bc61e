"""``python -m course_lib COMMAND``: the command line of the course.

This file must stay readable to a Python that is too old for the course, so that such a Python gets
a sentence and not a syntax error: no annotations, and no imports of the course before the version
is known to be good.
"""

import sys

OLDEST = (3, 11)


def main():
    """Check the Python version, then hand over to the commands. Returns the exit status."""
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            "This course needs Python 3.11 to 3.14 and this is Python {}.{}. Install a newer one "
            "from python.org and start it by its own name, for example: "
            "python3.13 -m course_lib lab".format(*sys.version_info[:2])
        )
    from course_lib.commands import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
