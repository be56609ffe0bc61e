"""The course as a folder of web pages that opens without a server, a network or a kernel.

nbconvert turns each lesson with its stored outputs into a page; formulas become MathML, which
browsers draw by themselves; a small index searches headings and glossary. Replays go on playing,
and the message attention explorer answers from what was asked beforehand.
"""

# ruff: noqa: F401 (the imports below are what this package offers)

from .site import build_site
