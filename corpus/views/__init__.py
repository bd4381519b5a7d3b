"""How things show themselves in a notebook: a summary with small charts, in dark and in light.

Everything is one `<div>` with its own style and inline SVG: no script, nothing fetched, no
package needed. Names and texts come from strangers' files, so all of them go
through `corpus.views.style.text`.
"""
