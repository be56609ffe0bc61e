"""Formulas of a Markdown cell as MathML, so that a page needs no script from elsewhere."""

import re

from latex2mathml.converter import convert

CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
BLOCK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])")


def with_mathml(markdown: str) -> str:
    """The text with each ``$...$`` and ``$$...$$`` outside of code as MathML."""

    def block(found: re.Match[str]) -> str:
        return convert(found[1].strip(), display="block")

    def inline(found: re.Match[str]) -> str:
        return convert(found[1])

    pieces = CODE.split(markdown)
    for number in range(0, len(pieces), 2):  # every other piece is code
        pieces[number] = INLINE.sub(inline, BLOCK.sub(block, pieces[number]))
    return "".join(pieces)
