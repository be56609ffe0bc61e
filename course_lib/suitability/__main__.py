"""Should you use reinforcement learning for your problem, and of which kind? Asks the questions of
the guidelines, section by section, and prints a verdict with its argument.

Writes nothing but its answer, and with --html the page named there."""

import argparse
import sys
import textwrap

from course_lib import output, storage

from .assessment import assess
from .cases import case_names, load_case
from .interview import interview
from .report import WIDTH, read_answers, to_json, to_page, to_text


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0, 1 with a one-line reason, or 130 after
    Ctrl-C."""
    options = parsed(arguments)
    output.survive_code_pages()
    try:
        found = assess(_answers(options))
        print(to_json(found) if options.json else to_text(found))
        if options.case and not options.json:
            print(_worked(options.case))
        if options.html:
            storage.write_atomically(options.html, to_page(found))
    except (ValueError, OSError) as error:
        print(f"course_lib.suitability: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    made = argparse.ArgumentParser("python -m course_lib.suitability", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--case",
        type=_named,
        metavar="NAME",
        help=f"a worked case instead of questions: {', '.join(case_names())}",
    )
    source.add_argument(
        "--answers",
        type=_named,
        metavar="FILE",
        help="answers from a file, such as one made with --json",
    )
    made.add_argument(
        "--json", action="store_true", help="print one JSON object, to be read again with --answers"
    )
    made.add_argument(
        "--html", type=_named, metavar="FILE", help="also write the argument as a page of HTML"
    )
    return made.parse_args(arguments)


def _named(text: str) -> str:
    """The type of an option that names something: an empty name would begin the questions."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name names nothing")
    return text


def _answers(options: argparse.Namespace) -> dict[str, str]:
    if options.case:
        return load_case(options.case).answers
    if options.answers:
        return read_answers(options.answers)
    # With --json the questions go to the other stream, so that the answer can be sent to a file.
    stream = sys.stderr if options.json else sys.stdout
    return interview(
        ask=lambda prompt: _ask(prompt, stream), say=lambda line: print(line, file=stream)
    )


def _ask(prompt: str, stream) -> str:
    print(prompt, end="", file=stream, flush=True)
    return input()


def _worked(name: str) -> str:
    case = load_case(name)
    parts = (
        f"The case: {case.title}. {case.story}",
        f"In short: {case.because}",
        f"See lesson {case.lesson}: {case.experiment}.",
    )
    return "\n" + "\n".join(textwrap.fill(part, WIDTH) for part in parts)


if __name__ == "__main__":
    sys.exit(main())
