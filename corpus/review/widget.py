"""The same review in a notebook: a widget, since a kernel's loopback need not be that of who looks at it."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, Any, Final

from corpus.errors import ConfigError, MissingExtraError
from corpus.review.page import row_payload
from corpus.review.session import Session
from corpus.review.verdicts import CRITERIA
from corpus.views.style import chip, page, text

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["Widget"]

_UNSAID: Final = ""  # a button of the value None cannot be chosen: ipywidgets takes None for no choice
_ANSWERS: Final = [("not said", _UNSAID), ("yes", True), ("no", False)]


class Widget:
    """One row at a time, in a notebook.

    Args:
        session: Whose rows are shown.

    Attributes:
        box: The ipywidgets widget to display.

    Raises:
        MissingExtraError: ipywidgets is not installed.
    """

    def __init__(self, session: Session) -> None:
        try:
            import ipywidgets as widgets
        except ImportError:
            raise MissingExtraError("ipywidgets", extra="notebook", step="the widget for review") from None
        self.session = session
        self._index: int | None = None
        self._since = time.monotonic()
        self.text, self.told = widgets.HTML(), widgets.HTML()
        self.progress = widgets.IntProgress(min=0, max=len(session), description="Rows")
        self.criteria = {
            name: widgets.ToggleButtons(options=_ANSWERS, description=name.capitalize(), style={"button_width": "7em"})
            for name in CRITERIA
        }
        self.note = widgets.Textarea(description="Note", rows=2, layout={"width": "36em"})
        self.correction = widgets.Textarea(description="Answer", rows=6, layout={"width": "95%"})
        self.good = self._button(widgets, "Good", "success", lambda: self._judge("good"))
        self.bad = self._button(widgets, "Bad", "danger", lambda: self._judge("bad"))
        self.skip = self._button(widgets, "Skip", "", self._skip)
        self.undo = self._button(widgets, "Undo", "", self._undo)
        self.next = self._button(widgets, "Next row", "info", lambda: self._show(self.session.next_open()))
        edit = widgets.Accordion([self.correction], titles=("Edit the answer",))
        buttons = widgets.HBox([self.good, self.bad, self.skip, self.next, self.undo])
        asked = widgets.GridBox(
            list(self.criteria.values()),
            layout={"grid_template_columns": "repeat(auto-fit, 24em)", "grid_gap": "0 1em"},
        )
        rows = [self.progress, self.text, asked, self.note, edit, buttons, self.told]
        self.box: ipywidgets.VBox = widgets.VBox(rows)
        self._show(session.next_open())

    @staticmethod
    def _button(widgets: Any, words: str, style: str, action: Any) -> Any:
        button = widgets.Button(description=words, button_style=style)
        button.on_click(lambda _: action())
        return button

    def _show(self, index: int | None, words: str = "") -> None:
        """Show a row, or that there are no more."""
        self._index, self._since = index, time.monotonic()
        row = None if index is None else self.session.row(index)
        said = (None if index is None else self.session.said(index)) or {}
        for name, toggle in self.criteria.items():
            toggle.value = _UNSAID if said.get(name) is None else said[name]
        self.note.value = said.get("note", "")
        self.correction.value = "" if row is None else said.get("correction") or row["output"]
        self.text.value = "<p>Every row has been seen.</p>" if row is None else _html(row)
        self._settle(words)

    def _settle(self, words: str) -> None:
        """Buttons as the row's state has them, and what is to be told."""
        said = None if self._index is None else self.session.said(self._index)
        is_open = self._index is not None and (said is None or said["status"] == "open")
        progress = self.session.progress()
        for one in (self.good, self.bad, self.skip, self.note, self.correction, *self.criteria.values()):
            one.disabled = not is_open
        self.next.disabled = is_open or self._index is None
        self.next.layout.display = "none" if self.next.disabled else None
        self.undo.disabled = progress["done"] == 0
        self.progress.value = progress["done"]
        self.told.value = f"<p>{escape(words)} {progress['done']} of {progress['rows']} rows.</p>"

    def _judge(self, verdict: str) -> None:
        if self._index is None:
            return
        row, was = self.session.row(self._index), self.correction.value
        try:
            self.session.judge(
                row["id"],
                verdict,
                criteria={name: None if one.value == _UNSAID else one.value for name, one in self.criteria.items()},
                note=self.note.value,
                correction=was,
                seconds=time.monotonic() - self._since,
            )
        except ConfigError as error:
            self._settle(error.what)
            return
        quality = "unknown" if row["quality"] is None else f"{row['quality']:.2f}"
        self._settle(f"Saved: {verdict}. Quality {quality}.")

    def _skip(self) -> None:
        if self._index is not None:
            self.session.skip(self.session.row(self._index)["id"], seconds=time.monotonic() - self._since)
            self._show(self.session.next_open(self._index), "Skipped.")

    def _undo(self) -> None:
        back = self.session.undo()
        if back is not None:
            self._show(back, "Taken back.")


def _html(row: dict[str, Any]) -> str:
    """A row as HTML in which everything that comes from the corpus is text, in the colours of the other views."""
    payload = row_payload(row)
    facts = "".join(map(chip, payload["facts"]))
    head = f"<p><b>{text(payload['title'])}</b> <small>{text(payload['place'])}</small></p><p>{facts}</p>"
    parts = [f'<div class="cv-who">{text(part["label"])}</div>{_blocks(part)}' for part in payload["parts"]]
    return page(head, *parts)


def _blocks(part: dict[str, Any]) -> str:
    # In full: what is judged must not be scrolled to.
    found = [
        f'<pre style="max-height:none">{_runs(block["runs"])}</pre>'
        if block["code"]
        else f'<div class="cv-say">{_runs(block["runs"])}</div>'
        for block in part["blocks"]
    ]
    told = [f"{part['replaced']} characters are shown as \N{REPLACEMENT CHARACTER}."] if part["replaced"] else []
    told += [f"{part['more']} more characters are not shown."] if part["more"] else []
    return "".join([*found, *(f"<p>{one}</p>" for one in told)])


def _runs(runs: list[tuple[str, str]]) -> str:
    return "".join(f'<span class="t-{kind}">{text(said)}</span>' if kind else text(said) for kind, said in runs)
