"""The minutes that a lesson states, beside those counted on its notebook."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.teaching import plans, reading
from course_lib.workbook.notebooks import read

LESSONS = sorted(plans.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_states_the_minutes_that_it_takes(path):
    stated = int(plans.TIME_ROW.search(read(path).cells[0].source)[1])
    assert stated == pytest.approx(reading.reading_minutes(read(path)), abs=reading.CLOSE_ENOUGH)


def test_minutes_by_hand():
    table = new_output("display_data", {"text/html": "<table></table>"})
    notebook = new_notebook(
        cells=[
            new_markdown_cell("word " * 160 + "$$x = 1$$ and $a + b$"),
            new_code_cell(
                "import numpy as np\nfrom os import (\n    path,\n)\n\none = 1\nguess.reveal(one)",
                outputs=[table],
            ),
            new_code_cell("assert one", metadata={"jupyter": {"source_hidden": True}}),
            new_code_cell('lesson("02").quiz'),
        ]
    )
    words = 60 + 60 * 2 / reading.WORDS_A_MINUTE  # "and", and the formula in the line as one
    code = 3 * reading.SECONDS_A_CODE_LINE
    rest = reading.SECONDS_A_FORMULA + reading.SECONDS_A_SHOWN + reading.SECONDS_A_PREDICTION
    seconds = words + code + rest + reading.SECONDS_A_QUIZ
    assert reading.reading_minutes(notebook) == pytest.approx(seconds / 60)
