"""Formulas of a Markdown cell as MathML, so that a page needs no script from elsewhere."""

import re

NEEDED = (
    "the site needs latex2mathml for its formulas: install the course's extra `site`"
    " (pip install -e .[site])"
)
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
BLOCK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])")


def with_mathml(markdown: str) -> str:
    """The text with each ``$...$`` and ``$$...$$`` outside of code as MathML.

    ValueError where the package that does it is missing.
    """
    try:
        from latex2mathml.converter import convert
    except ImportError:
        raise ValueError(NEEDED) from None

    def block(found: re.Match[str]) -> str:
        return convert(found[1].strip(), display="block")

    def inline(found: re.Match[str]) -> str:
        return convert(found[1])

    pieces = CODE.split(markdown)
    for number in range(0, len(pieces), 2):  # every other piece is code
        pieces[number] = INLINE.sub(inline, BLOCK.sub(block, pieces[number]))
    return "".join(pieces)
