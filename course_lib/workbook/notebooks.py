"""Notebooks as they are stored."""

import pathlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def read(path: pathlib.Path) -> "NotebookNode":
    """The notebook stored in ``path``, of format 4; ValueError where the file is none.

    In UTF-8, or as Windows tools write text, with a byte order mark or in UTF-16.
    """
    import nbformat  # here, because lessons load this file and read no notebook

    from course_lib import storage

    text = storage.read_text(path)
    unreadable = (nbformat.reader.NotJSONError, nbformat.ValidationError)
    wrong_kinds = (AttributeError, TypeError, KeyError, RecursionError)
    try:
        notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    except (*unreadable, *wrong_kinds):
        notebook = {}
    if notebook.get("nbformat") != 4:
        raise ValueError(
            f"{path} is no Jupyter notebook of format 4: save it from JupyterLab again"
        )
    return notebook
