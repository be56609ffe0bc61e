"""The rules of CAGE Challenge 4, written once, as small plain functions that numba compiles.

Reading order: ``state`` (what is remembered), ``tick`` (the order of one tick), then the file of
the thing you wonder about. Section numbers such as "section 4.1" refer to the table of rules in
``tests/test_rule_sections.py``, where every section has a test.
"""
