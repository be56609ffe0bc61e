"""Notebooks as they are stored."""

import pathlib


def read(path: pathlib.Path):
    """The notebook stored in ``path``, an ``nbformat.NotebookNode`` of format 4. ValueError where
    the file is none."""
    import nbformat  # here, because lessons load this file and read no notebook

    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError):
        notebook = {}
    if notebook.get("nbformat") != 4:
        raise ValueError(
            f"{path} is no Jupyter notebook of format 4: save it from JupyterLab again"
        )
    return notebook
