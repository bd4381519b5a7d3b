"""The style that all views share, and the one door through which text becomes HTML.

A view has a background and a foreground of its own, so that it can be read wherever it lands: those of JupyterLab's
or VS Code's theme where there is one, else by what the reader's system prefers. A page that says itself whether it
is dark or light (JupyterLab, VS Code, Colab, mkdocs-material) wins over the system.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from corpus.show import plain

__all__ = ["DARK", "LIGHT", "chip", "clip", "page", "text"]

# Okabe and Ito's colours, told apart by colour-blind people; on a dark ground their blue is the light one.
LIGHT: Final = {
    "bg": "#ffffff", "fg": "#1f2328", "dim": "#59636e", "line": "#d1d9e0", "soft": "#f3f5f7", "link": "#0a5dab",
    "train": "#0072b2", "validation": "#e69f00", "test": "#009e73", "unknown": "#8c959f", "gone": "#d55e00",
    "k": "#9a2c72", "s": "#0a6640", "c": "#66707b", "m": "#8a4600", "n": "#0b57a4",
}  # fmt: skip
DARK: Final = {
    "bg": "#16191d", "fg": "#e4e7ea", "dim": "#a0a8b1", "line": "#3a4047", "soft": "#20252b", "link": "#7ab8ff",
    "train": "#56b4e9", "validation": "#e69f00", "test": "#2fb58f", "unknown": "#8c959f", "gone": "#ee7733",
    "k": "#e59bd0", "s": "#8fd6a8", "c": "#98a2ad", "m": "#f0b680", "n": "#8cc2ff",
}  # fmt: skip
_DARK_HOSTS: Final = (
    "body[data-jp-theme-light=false]", "body.vscode-dark", "html[theme=dark]", "html[data-theme=dark]",
    "[data-md-color-scheme=slate]",
)  # fmt: skip
_LIGHT_HOSTS: Final = (
    "body[data-jp-theme-light=true]", "body.vscode-light", "html[theme=light]", "html[data-theme=light]",
    "[data-md-color-scheme=default]",
)  # fmt: skip

# Doubled classes weigh more than what a notebook says of every table and `pre` in it.
_RULES: Final = """
.cv.cv{background:var(--jp-layout-color0,var(--vscode-editor-background,var(--cv-bg)));
color:var(--jp-content-font-color1,var(--vscode-editor-foreground,var(--cv-fg)));
font:13px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;padding:10px 12px;
border:1px solid var(--cv-line);border-radius:6px;max-width:64em;overflow-wrap:anywhere;text-align:left}
.cv.cv p{margin:0 0 .5em}
.cv.cv b{font-weight:600}
.cv.cv small,.cv.cv .cv-dim{font-size:12px;font-weight:400;color:var(--cv-dim)}
.cv.cv a{color:var(--cv-link);text-decoration:underline;text-underline-offset:2px}
.cv.cv code,.cv.cv pre{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
background:var(--cv-soft);color:var(--cv-fg)}
.cv.cv code{padding:1px 4px;border-radius:4px}
.cv.cv pre{margin:.3em 0 .6em;padding:8px 10px;border-radius:4px;white-space:pre-wrap;max-height:26em;overflow:auto}
.cv.cv .cv-say{white-space:pre-wrap;margin:.2em 0 .6em}
.cv.cv .cv-who{font-weight:600;margin-top:.5em}
.cv.cv .cv-chip{display:inline-block;font-size:12px;line-height:1.5;padding:0 7px;margin:0 .25em .15em 0;
border:1px solid var(--cv-line);border-radius:9px;color:var(--cv-fg);background:var(--cv-soft)}
.cv.cv .cv-flex{display:flex;flex-wrap:wrap;gap:14px 30px;align-items:flex-start}
.cv.cv figure{margin:0;min-width:0}
.cv.cv figcaption,.cv.cv caption{caption-side:top;text-align:left;font-weight:600;padding:0 0 3px;
color:inherit;font-size:13px}
.cv.cv table{border-collapse:collapse;border:0;margin:0;table-layout:auto;font-size:12.5px}
.cv.cv tr:nth-child(n){background:transparent}
.cv.cv td,.cv.cv th{border:0;padding:1px 10px 1px 0;text-align:left;vertical-align:middle;font-weight:400;
background:transparent;max-width:34em;color:inherit;white-space:normal}
.cv.cv thead th{color:var(--cv-dim);font-size:12px;border-bottom:1px solid var(--cv-line)}
.cv.cv .cv-n{text-align:right;font-variant-numeric:tabular-nums}
.cv.cv svg{display:block;max-width:100%;height:auto;overflow:visible}
.cv.cv td svg{width:150px;max-width:none}
.cv.cv svg text{fill:var(--cv-dim);font:10.5px system-ui,"DejaVu Sans",sans-serif}
.cv.cv details{margin-top:.6em}.cv.cv summary{cursor:pointer;color:var(--cv-dim)}
.cv.cv hr{border:0;border-top:1px solid var(--cv-line);margin:.8em 0}
.cv .cv-train{fill:var(--cv-train)}.cv .cv-validation{fill:var(--cv-validation)}.cv .cv-test{fill:var(--cv-test)}
.cv .cv-unknown{fill:var(--cv-unknown)}.cv .cv-gone{fill:var(--cv-gone)}.cv .cv-rule{stroke:var(--cv-line)}
.cv pre .t-k{color:var(--cv-k)}.cv pre .t-s{color:var(--cv-s)}.cv pre .t-c{color:var(--cv-c);font-style:italic}
.cv pre .t-n{color:var(--cv-m)}.cv pre .t-f{color:var(--cv-n)}
"""


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--cv-{name}:{value};" for name, value in colours.items())


def _style() -> str:
    light, dark = _variables(LIGHT), _variables(DARK)
    dark_hosts, light_hosts = (",".join(f"{host} .cv" for host in hosts) for hosts in (_DARK_HOSTS, _LIGHT_HOSTS))
    themes = (
        f".cv{{{light}}}@media (prefers-color-scheme:dark){{.cv{{{dark}}}}}"
        f"{dark_hosts}{{{dark}}}{light_hosts}{{{light}}}"
    )
    return f"<style>{themes}{_RULES.strip()}</style>".replace("\n", "")


_STYLE: Final = _style()


def page(*parts: str) -> str:
    """Parts of HTML as one view with its style."""
    return f'<div class="cv">{_STYLE}{"".join(parts)}</div>'


def text(value: object) -> str:
    """A value from somebody's data as HTML that is only text: nothing in it is markup or steers a terminal."""
    return escape(plain(str(value)))


def clip(value: str, most: int) -> str:
    """The first characters of a text, and how many more there are; all of it where that would take no less room."""
    told = f"… ({len(value) - most:,} more characters)"
    return value if len(value) <= most + len(told) else f"{value[:most]}{told}"


def chip(value: object) -> str:
    """A short fact in a frame of its own."""
    return f'<span class="cv-chip">{text(value)}</span>'
