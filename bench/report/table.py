"""A table of words, and its forms in Markdown and LaTeX."""

from __future__ import annotations

from dataclasses import dataclass

LATEX_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "†": r"\textdagger{}", "‡": r"\ddag{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table: the first column names the row; `notes` are sentences below it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def as_markdown(table: Table) -> str:
    """Return the table with its title as a heading."""
    lines = [
        f"## {_markdown(table.title)}",
        "",
        _markdown_row(table.columns),
        _markdown_row(("---", *["---:"] * (len(table.columns) - 1)), escape=False),
        *map(_markdown_row, table.rows),
        "",
        *[f"{_markdown(note)}\n" for note in table.notes],
    ]
    return "\n".join(lines)


def as_latex(table: Table) -> str:
    r"""Return the table as a float for a document with `\usepackage{booktabs}`."""
    columns = "l" + "r" * (len(table.columns) - 1)
    body = [" & ".join(map(latex, row)) + r" \\" for row in table.rows]
    caption = " ".join((f"{table.title}.", *table.notes))
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex(caption)}}}",
            rf"\label{{tab:{table.name}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(map(latex, table.columns)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def latex(text: str) -> str:
    """Escape what LaTeX would read as a command."""
    return "".join(LATEX_SPECIAL.get(letter, letter) for letter in text)


def _markdown_row(cells: tuple[str, ...], *, escape: bool = True) -> str:
    return "| " + " | ".join(_markdown(cell) if escape else cell for cell in cells) + " |"


def _markdown(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;")
