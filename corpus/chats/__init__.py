"""Conversations: what messengers export, as rows in one's own voice.

    model      people, chats, messages: what every reader gives
    signal_*   the readers of Signal's exports, databases and backups
    matrix     the reader of Matrix's events
    merge      the same conversation from several exports
    names      pseudonyms in texts
    pairs      rows from a conversation
    transcript a conversation to be read, with its edits and reactions

The sources are `corpus.SignalExport`, `SignalDesktop`, `SignalBackup` and `MatrixExport`; docs/chats.md says what is
read.
"""

from __future__ import annotations
