"""Templates of what `tidegate init` writes, with signs of their own: << value >> and <% statement %>."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def paper(folder: str) -> jinja2.Environment:
    """The templates of `folder`. Expressions of GitHub and templates of devices, `{{ }}`, go through as they are."""
    import jinja2

    top = files(__name__) / folder
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: top.joinpath(*name.split("/")).read_text(encoding="utf-8")),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML; what a person says is checked or quoted before
        trim_blocks=True,
        keep_trailing_newline=True,
    )
