"""Names found by a model: a stand-in of presidio's interface and spaCy's, as no test needs a model or the packages."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import corpus
from corpus.curate import Redactor, Settings
from corpus.errors import ConfigError, IntegrityError, MissingExtraError
from corpus.privacy import Detector, presidio_finder
from corpus.privacy.presidio import from_values

# As in presidio-analyzer 2.2.366, as far as it is used: another call is an AttributeError or a TypeError.
ANALYZER = """
import re

class RecognizerRegistry:
    def __init__(self, recognizers, supported_languages):
        (self.recognizer,), self.languages = recognizers, supported_languages

class Result:
    def __init__(self, entity_type, start, end, score):
        self.entity_type, self.start, self.end, self.score = entity_type, start, end, score

class AnalyzerEngine:
    def __init__(self, registry, nlp_engine, supported_languages):
        assert registry.languages == supported_languages
        self.nlp, self.recognizer = nlp_engine, registry.recognizer

    def analyze(self, text, language, entities, score_threshold):
        assert len(text) <= 1_000_000 and language == self.recognizer.language
        for name, entity, score in reversed(self.nlp.nlp[language]):
            if entity in entities and score >= score_threshold:
                yield from (Result(entity, m.start(), m.end(), score) for m in re.finditer(name, text))
"""
ENGINE = """
class SpacyNlpEngine:
    def __init__(self, models):
        self.models, self.nlp = models, None
"""
RECOGNIZERS = """
class SpacyRecognizer:
    def __init__(self, supported_language, supported_entities):
        self.language, self.entities = supported_language, supported_entities
"""
SPACY = """
import json

def load(path):
    return [tuple(one) for one in json.loads((path / "names.json").read_text())]
"""
NAMES = [
    ["Marta Ziegler(?: of <EMAIL>)?", "PERSON", 0.85],
    ["Lisbon", "LOCATION", 0.85],
    ["PERSON|EMAIL", "PERSON", 0.85],
    ["Rook", "PERSON", 0.3],
    ["key sk-\\w+", "LOCATION", 0.85],
]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand-ins on the path, with what says their version."""
    place = tmp_path / "site"
    for name, text in {
        "presidio_analyzer/__init__.py": ANALYZER,
        "presidio_analyzer/nlp_engine.py": ENGINE,
        "presidio_analyzer/predefined_recognizers.py": RECOGNIZERS,
        "spacy.py": SPACY,
        "presidio_analyzer-2.2.366.dist-info/METADATA": "Name: presidio-analyzer\nVersion: 2.2.366\n",
        "spacy-3.8.18.dist-info/METADATA": "Name: spacy\nVersion: 3.8.18\n",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.syspath_prepend(str(place))
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in _STOOD_IN}
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in _STOOD_IN]:
        del sys.modules[name]
    sys.modules.update(before)


_STOOD_IN = ("spacy", "presidio_analyzer")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "meta.json").write_text(json.dumps({"lang": "en", "name": "people", "version": "1.2.0"}))
    (folder / "config.cfg").write_text("[nlp]\n")
    (folder / "names.json").write_text(json.dumps(NAMES))
    return folder


@pytest.mark.usefixtures("packages")
def test_names_of_a_model_are_findings(model: Path) -> None:
    text = "Marta Ziegler went to Lisbon, Rook and <PERSON> stayed."
    detector = Detector(finders=[presidio_finder(model)])
    assert [(text[f.start : f.end], f.kind, f.rule) for f in detector.find(text)] == [
        ("Marta Ziegler", "person", "presidio"),
        ("Lisbon", "location", "presidio"),
    ]
    assert pickle.loads(pickle.dumps(detector)).find(text) == detector.find(text)
    only = Detector(finders=[presidio_finder(model, entities=["PERSON"], score=0.2)])
    assert [text[f.start : f.end] for f in only.find(text)] == ["Marta Ziegler", "Rook"]


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("filler", ["words and words\n", "w" * 50, "é words "])
def test_a_long_text_is_shown_in_pieces(model: Path, filler: str) -> None:
    text = (filler * (1_100_000 // len(filler))) + " Marta Ziegler"
    (found,) = presidio_finder(model)(text)
    assert text[found.start : found.end] == "Marta Ziegler"


@pytest.mark.usefixtures("packages")
def test_a_redactor_asks_it_about_prose_and_once(model: Path) -> None:
    finder = presidio_finder(model)
    redactor = Redactor(Settings(salt="00" * 16, finders=(finder.name,)), (), bytes(32), (finder,))
    done, hits = redactor.text("Marta Ziegler of m.ziegler@firm.org, in Lisbon")
    assert done == "<PERSON> of <EMAIL>, in <LOCATION>"
    assert [hit.rule for hit in hits] == ["presidio", "email", "presidio"]
    assert redactor.text(done) == (done, ())
    assert redactor.text("city = 'Lisbon'", "python")[0] == "city = 'Lisbon'"
    public = Redactor(Settings(public=("Lisbon",), keep=("person",)), (), bytes(32), (finder,))
    assert public.text("Marta Ziegler in Lisbon")[0] == "Marta Ziegler in Lisbon"


@pytest.mark.usefixtures("packages")
def test_a_corpus_redacted_with_a_model_is_verified_with_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "vault" / ".obsidian").mkdir(parents=True)
    note = "# The trip\n\nMarta Ziegler showed us around the old town of Lisbon.\n"
    (tmp_path / "vault" / "Trip.md").write_text(note)
    done = corpus.extract(tmp_path / "vault", workers=1).normalize().redact(model=model)
    texts = "\n".join(entry.output for entry in done)
    assert "<PERSON> showed us around" in texts
    assert "Lisbon" not in texts
    assert done.lineage[-1]["redacted"]["person"] == {"presidio": sum("<PERSON>" in entry.output for entry in done)}
    place = tmp_path / "corpus"
    done.write(place)
    assert str(model) not in (place / "manifest.json").read_text()
    loaded = corpus.load(place)
    assert loaded.reread() == [None] * len(done)
    assert loaded.replay(loaded.lineage[-1]).finders
    (model / "names.json").write_text("[]")  # another model
    with pytest.raises(IntegrityError, match="not at hand"):
        corpus.load(place).reread()
    assert from_values("junk") == from_values([{"presidio": 1}]) == ()


def test_what_is_missing_is_said(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="PyPI has none"):
        presidio_finder(tmp_path / "en_core_web_sm")
    with pytest.raises(ConfigError, match="no model is asked for that"):
        presidio_finder(model, entities=["SHOES"])
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(MissingExtraError, match=r"sovereign-corpus\[presidio\]"):
        presidio_finder(model)
