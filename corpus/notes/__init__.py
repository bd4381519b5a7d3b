"""Notes as Obsidian reads them: Markdown with links, embeds, tags, properties, callouts and block ids.

    properties   the YAML between the first two `---`
    inline       what stands in running text: links, tags, comments, math, code
    parse        one note's blocks and sections, with their text made readable; runs in a worker
    canvas       canvases and bases
    links        which file a link means
    vault        which files there are, and what `.obsidian` says of them
    compose      texts of a vault with the embeds in them resolved
    questions    what a section answers
    entries      the entries of one note
    graph        nodes and edges of a whole vault

The rules are written down in docs/notes.md.
"""

from __future__ import annotations
