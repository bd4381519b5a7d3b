"""What people call a definition: a class is a class and not a type, a file of Bash a script."""

from __future__ import annotations

import re
from typing import Final

from corpus.code import LANGUAGES, Definition

__all__ = ["called", "is_value", "noun_of"]

_FILES: Final = {
    "bash": "script",
    "sql": "script",
    "c": "file",
    "cpp": "file",
    "csharp": "file",
    "php": "file",
    "ruby": "file",
    "swift": "file",
    "zig": "file",
    "go": "package",
    "java": "package",
}  # what a file that documents itself is called, where it is no module
_MEMBERS: Final = frozenset({"javascript", "typescript", "tsx", "swift"})  # what belongs to a type is a property there
_VALUES: Final = frozenset({"scala", "ocaml", "ocaml_interface", "haskell"})
_HEADER: Final = 200  # characters of a signature in which the words are that say what it is
_CONSTANT_WORD: Final = re.compile(r"\b(?:const|constexpr|final|define)\b")
_VARIABLE_WORD: Final = re.compile(r"\b(?:var|let|val|event)(?:\s+\w|\s*\Z)")
_ATTRIBUTE: Final = re.compile(r"^[^\S\n]*\[[^\n]*\][^\S\n]*$", re.MULTILINE)
_TYPE_WORD: Final = re.compile(r"\b(?:class|struct|enum|union|trait|interface|record|protocol|object|actor)\b")
_JAVA_MODULE: Final = re.compile(r"^(?:open )?module\s", re.MULTILINE)
_NAMES: Final = re.compile(r"[^\s,<>()]+(?:, [^\s,<>()]+)+")  # a declaration of several names
_RECEIVERS: Final = {
    "python": re.compile(r"def(?<!\wdef)\s+\w+(?:\[[^()]*\])?\(\s*(?:self|cls)\b"),
    "rust": re.compile(r"fn(?<!\wfn)\s+\w+(?:<[^()]*>)?\(\s*(?:&\s*(?:'\w+\s+)?)?(?:mut\s+)?self\b"),
}  # of a method, where functions of a type need not be methods; words come first, since they are searched for
_PROPERTY: Final = re.compile(r"^@(?:\w+\.)*(?:property|cached_property|\w+\.(?:setter|deleter))\s*$", re.MULTILINE)
_PROPERTIES: Final = frozenset({"property", "indexer", "event"})


def called(definition: Definition, language: str, noun: str) -> str:
    """The language and the noun, as in `Go method`; of a declaration of several names `group of Go constants`."""
    title = LANGUAGES[language].title.removesuffix(" interface")
    if definition.category in {"constant", "type"} and _NAMES.fullmatch(definition.symbol):
        return f"group of {title} {noun}s"
    return f"{title} {noun}"


def is_value(definition: Definition, noun: str) -> bool:
    """Whether it is something that does nothing: a constant, a property."""
    return definition.category == "constant" or noun in _PROPERTIES


def noun_of(definition: Definition, language: str) -> str:
    """What a definition is called."""
    signature = definition.signature
    if definition.noun:
        return definition.noun
    if definition.category == "type":
        match = _TYPE_WORD.search(signature)
        return match[0] if match else "type"
    if definition.category == "module" and not definition.symbol:
        declared = language == "java" and _JAVA_MODULE.search(definition.code) is not None
        return "module" if declared else _FILES.get(language, "module")
    if definition.category == "constant":
        return _noun_of_value(definition, language)
    return _noun_of_function(definition, language) if definition.category == "function" else definition.category


def _noun_of_function(definition: Definition, language: str) -> str:
    """A function that belongs to a type is a method where the language's people say so."""
    signature, symbol = definition.signature, definition.symbol
    if language == "csharp" and "(" not in _ATTRIBUTE.sub("", signature):
        return "indexer" if "this[" in signature else "property"
    if language in {"java", "csharp"}:
        of, _, name = symbol.rpartition(".")
        if language == "csharp" and re.search(r"\boperator\b", name):
            return "operator"
        return "constructor" if name and name == of.rpartition(".")[2] else "method"
    if language == "python" and "@" in signature and _PROPERTY.search(signature):
        return "property"
    if language in _RECEIVERS:
        return "method" if _RECEIVERS[language].search(signature) else "function"
    return "method" if language == "ruby" or (language == "go" and "." in symbol) else "function"


def _noun_of_value(definition: Definition, language: str) -> str:
    header = definition.signature[:_HEADER]
    if _CONSTANT_WORD.search(header):
        return "constant"
    word = _VARIABLE_WORD.search(header)
    if language == "csharp":
        return "event" if word and word[0].startswith("event") else "constant"
    if language == "kotlin" or (language in _MEMBERS and "." in definition.symbol):
        return "property"
    return "variable" if word and word[0].startswith("var") else "value" if language in _VALUES else "constant"
