"""What was to be decided, and by which hypothesis it is: the method's 37 tests, and the forerunner's 48 criteria.

A test or criterion that no hypothesis decides names where it is decided instead (while writing, at publishing, in the
library's own tests), or why it is no longer asked. `to_markdown` renders both tables for docs/falsification.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["CRITERIA", "TESTS", "Decided", "to_markdown"]


@dataclass(frozen=True)
class Decided:
    """One question, and where it is decided.

    Attributes:
        id: As the list it comes from has it.
        asked: What was asked, in a few words.
        by: The ids of the hypotheses that decide it now; none where it is not a property of rows.
        where: How it is read here, or where else it is decided, or why it is no longer asked.
    """

    id: str
    asked: str
    by: tuple[str, ...]
    where: str = ""


def _read(text: str) -> Iterator[Decided]:
    """A line `id | asked | hypotheses` for each, and below it, indented, where it is decided."""
    for block in ("\n" + text.strip()).replace("\n    ", "\t").split("\n")[1:]:
        head, *where = block.split("\t")
        id_, asked, by = (part.strip() for part in f"{head} ".split(" |", 2))
        yield Decided(id_, asked, tuple(by.split()), " ".join(where))


_TESTS: Final = """
A1 | schema, types, nulls, UTF-8 | I2 S2
A2 | ids unique and their own | I3
    an id follows from provenance, not from content: see the entry
A3 | file bytes as in the manifest |
    `corpus.load` and `falsify(path)` refuse a file with another hash or size
A4 | Parquet silently corrupt |
    written with page checksums and read back before it is put in place
A5 | provenance resolves | I5 I7 I8 I6
    texts, lines, origins, author, date and licence are read again from the source; by rows alone, what a row
    records must agree with its texts and with the rows of its file
A6 | conservation of units and rows | I4 I1
A7 | secrets and personal data | P1 P2
    rules of their own, a detector of somebody else's where one is named; the bytes that are written are
    searched while writing
A8 | exact and near duplicates | D1 D1b
    within a task, since a definition is asked in several, and by the rule of removal: answers must be alike
    as well
B1 | code parses | S1 S13
B2 | boundaries of extraction | I5
    the row is extracted again and compared byte for byte
B3 | chat template | S6 S4 S3
B4 | Markdown and front matter | S5 S8 I5 S11
    link targets and properties: by extracting the note again
B5 | truncation | T2 S5 S1 S10 C1m
    a cut behind a whole sentence is seen where another row tells the same text
B6 | encoding damage | S7 S2 S12 T4
    and its kin: text escaped for HTML, text in one case
B7 | token budget | S9
    untested without the tokenizer of the model
C1 | question and answer belong together | C1 C1b C1c C1d C1e C1f C1g C1h C1i C1k T1 T1b T3
C2 | documentation contradicts the signature | C5 C6 C7
    parameters, results and errors
C3 | the answer restates the question or the name | C2 C4
C4 | placeholders and boilerplate | C3 D5 D5b D5c D5d
C5 | answer grounded in the source | I5 C1h C1m
    extracted rows are compared with their source; a foreign sentence and another number are among the plants
C6 | the score means something | Q1 Q2 Q3 Q5 Q6
    the AUC of each signal on its plant: docs/quality.md, by `corpus.validate_score`
C7 | metamorphic laws | Q4
    on documentation, which the score was made for
C8 | labels of language and licence | C8 I5
    programming languages; the licence is read again as well
D1 | near-duplicates across the split | D2 D2b
D2 | split by source unit | D3
    groups always, whole sources where the split is by source
D3 | benchmark contamination | D7
    by hashes of HumanEval and MBPP
D4 | temporal leak | D3
    where the split is by time
D5 | sides can be told apart | D9 D4 D4b
    by group; where the split is by source or time they are meant to differ
D6 | dominance | D6 D5 D5c D5d
D7 | drift against the release before | D10
    not applicable without one
D8 | passages that are learnt by heart | D8
    a definition counts once, whatever its tasks
E1 | a second build is the same | R1
E2 | a crash leaves nothing broken |
    of the library: its test suite kills builds and resumes them
E3 | incremental is full | R1
    a rebuild reads no cache, a build does; the test suite changes a source and compares with a fresh build
E4 | faults of input and output |
    of the library: its test suite makes writes fail
E5 | environment on record | R2
E6 | published is local |
    asked when it is published: the commit is downloaded again before anyone sees it
"""

_CRITERIA: Final = """
1 | source commits exist | I5
2 | source files exist | I5
3 | line numbers valid | I5 I7
4 | no empty inputs | S3
    an instruction must be there, material need not
5 | no empty outputs | S3
6 | UUIDs unique | I3
7 | UUIDs valid | I2 I3
8 | schema matches | I2
    the file's own, not a list of constants
9 | no duplicate content | D1 D1b
10 | timestamps valid | I2 I5 I8
    the date is read again from the commit
11 | inputs parse | S1
    in every language that there is a parser for
12 | outputs are doc comments |
    no longer asked: comment markers are taken off when documentation is read
13 | valid UTF-8 | S2 S7
14 | valid Markdown | S5 S8
15 | code blocks compile | C6
    Python's compiler, a parser elsewhere: an example of Rust needs its crate to compile, and nothing that was
    read is built
16 | balanced delimiters | S1 S5 T2
17 | no control characters | S2
18 | lines of 100 at most |
    no longer asked: a matter of style, and long lines that are data are a gate
19 | LF only | S2
20 | no trailing white space |
    no longer asked: normalising takes it away, and a model does not mind it
21 | documentation describes the function | C1 C1b C1e C1g C1h C1i C1k T1
22 | argument documentation matches | C5
23 | return documentation matches | C5
24 | error documentation matches | C5
25 | examples use the item | C7 C6
26 | no invented parameters | C5
27 | no invented types | C1i I5
    a type in words need not be in the code; the text is that of the source
28 | documentation in English | T1
    no longer asked of the language: a corpus may have any; that its words are in an order that people write
    is asked
29 | no inappropriate content |
    no longer asked: not decidable without a taste; what people say of rows is criterion 48
30 | no personal data | P1 P2
31 | share of functions | D4
    no fixed shares: what a project has is what it has; the sides must agree
32 | share of arguments | D4
    as 31
33 | share of examples | D4
    as 31
34 | share of errors | D4
    as 31
35 | share of modules | D4
    as 31
36 | five repositories or more | D6
    one person's vault is a corpus; of several sources none may be nearly all
37 | no repository above 40 % | D6
    as 36
38 | extraction idempotent | R1 I5
39 | dependencies pinned | R2
40 | environment documented | R2
41 | sources cloneable | I5
    what lies at the source now is what the rows say
42 | pipeline runnable | R1
43 | output hash documented |
    `corpus.load` and `falsify(path)` compare every file with the manifest
44 | mean quality | Q2
45 | no very low score | Q2
46 | tokens within bounds | S9
    shorter than 10 tokens: a gate of the filter
47 | ratio of input and output |
    no longer asked: a gate of the filter, and no fault of a corpus
48 | human review | Q5
    untested until enough rows were judged
"""

TESTS: Final = tuple(_read(_TESTS))
"""The tests of the method, A1 to E6."""

CRITERIA: Final = tuple(_read(_CRITERIA))
"""The criteria of the forerunner, of which 29 points were always given."""


def to_markdown() -> str:
    """Both tables."""
    parts = []
    for title, rows in (("test of the method", TESTS), ("criterion of the forerunner", CRITERIA)):
        lines = [f"| | {title} | decided by | read as, or decided where |", "|---|---|---|---|"]
        lines += [f"| {one.id} | {one.asked} | {' '.join(one.by) or '-'} | {one.where} |" for one in rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
