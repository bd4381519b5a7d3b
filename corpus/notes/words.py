"""Words that decide how a heading is asked for, as plain lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["FOLDERS", "MAYBE_VERBS", "OVERVIEW", "PLURALS", "VERBS"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS: Final = _words(
    """
    activate add adjust allow append apply assign attach authorize automate avoid browse build bypass calculate
    cancel capture change choose clean clear clone collaborate collapse collect combine compare compile compute
    configure confirm connect convert create customize declare define delete deploy describe detect determine
    develop disable disconnect discover distinguish divide download drag duplicate embed enable encrypt enter
    evaluate exclude execute expand explore export extend extract find follow generate get give handle hide identify
    ignore implement import improve include increase initialize insert inspect install integrate join keep learn
    leave locate log make manage merge migrate minimize modify move multiply navigate open optimize organize
    override paste perform pin prepare preserve prevent prioritize protect prove publish put reconnect recover
    redirect redo reduce refactor register reload remove rename render reorder repair replace resize resolve restart
    restore restrict retrieve reuse revert rotate save secure see select send separate serve set show sign simplify
    skip solve specify stop subscribe summarize switch synchronize take tell toggle translate troubleshoot uninstall
    undo unlock upload use validate verify write
    """
)
"""Verbs that begin a heading which says what to do."""

MAYBE_VERBS: Final = _words(
    """
    access back block call check close copy cut debug design display draw edit exit filter fix focus fold force
    format group highlight invite jump launch limit link list load lock look mark measure mount name order pass
    pause plan play preview print process pull push query quit read refer refresh report request require reset
    return review run scan schedule search share sort split start store submit sync tag test track transfer turn
    update upgrade view visit watch work wrap zoom
    """
)
"""Words that do so before an article; before another noun they are nouns (`Sync history`)."""

OVERVIEW: Final = _words(
    """
    overview introduction intro summary about description general basics background definition preface abstract
    notes note content contents main tl;dr tldr übersicht einführung einleitung zusammenfassung beschreibung
    allgemein notizen introducción resumen descripción notas résumé présentation introduzione riassunto descrizione
    panoramica introdução resumo descrição 概述 简介 介绍 摘要 总结 定义 概要 はじめに 定義
    """
)
"""Headings that say no more than the title does."""

_OF: Final = _words(
    """
    advantages applications benefits causes characteristics components consequences cons disadvantages drawbacks
    effects features limitations parts pros properties symptoms types rules goals risks
    """
)
PLURALS: Final[Mapping[str, str]] = {
    **dict.fromkeys(sorted(_OF), "of"),
    **dict.fromkeys(
        ["next steps", "options", "prerequisites", "requirements", "settings", "steps", "use cases"], "for"
    ),
}
"""Headings that are asked for as what a thing has, with the word that ties them to it."""

FOLDERS: Final = _words(
    """
    notes note zettelkasten zettel inbox pages references reference resources archive misc docs wiki vault main
    content files moc mocs evergreen permanent literature fleeting slipbox concepts topics areas projects
    """
)
"""Folders that say how notes are kept, and not what they are about."""
