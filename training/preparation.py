"""From a corpus to tokenised shards, and every check that can be made before an hour of a GPU.

Rows that are longer than `max_length` are left out whole and counted by category: a row that is cut has no stop token,
and a model that never sees one does not learn to stop. Shards are Arrow files that are memory-mapped; their folder is
named by a hash of the data, the tokenizer, the template and the options, so a second call reads them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from corpus.entry import MESSAGES
from corpus.errors import ConfigError
from corpus.places import place_of
from corpus.progress import bar
from training.checks import Check, split_checks
from training.errors import NotReadyError
from training.masking import IGNORED, RESERVED, Encoded, Template, encode_or_say, reserved_in, template_of
from training.models import load_config, load_tokenizer, stop_ids, tokenizer_digest
from training.packing import fits, packed_fault, positions
from training.rows import Rows, Source, read_rows

__all__ = ["SHARD_SCHEMA", "Prepared", "prepare"]

_VERSION: Final = 2  # of what this module writes: part of the name under which shards are found again
_BATCH: Final = 256

SHARD_SCHEMA: Final = pa.schema(
    [
        pa.field("input_ids", pa.list_(pa.int32()), nullable=False),
        pa.field("labels", pa.list_(pa.int32()), nullable=False),
        pa.field("position_ids", pa.list_(pa.int32()), nullable=False),
        pa.field("rows", pa.list_(pa.string()), nullable=False),
        pa.field("origins", pa.list_(pa.string()), nullable=False),
    ]
)
"""A packed row: its tokens, their labels and positions, which rows are in it, and of each whether it is replay."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tokenised corpus on disk.

    Attributes:
        path: Its folder.
        facts: What `prepared.json` says: model, template, options, counts, hashes.
        checks: What was looked at, and what was found.
        reused: Whether an earlier call had made it.
    """

    path: Path
    facts: dict[str, Any]
    checks: tuple[Check, ...]
    reused: bool

    @property
    def ready(self) -> bool:
        """Whether every check passed."""
        return all(found.passed for found in self.checks)

    def table(self, split: str) -> pa.Table:
        """The rows of a split with `SHARD_SCHEMA`, memory-mapped; none where there is no such split."""
        path = self.path / f"{split}.arrow"
        if not path.exists():
            return SHARD_SCHEMA.empty_table()
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    @property
    def lengths(self) -> dict[str, dict[str, int]]:
        """For each category, rows, how many were left out, tokens, tokens with loss, and how long rows are."""
        found: dict[str, dict[str, int]] = self.facts["lengths"]
        return found

    def __str__(self) -> str:
        facts = self.facts
        rows = ", ".join(f"{count} {split}" for split, count in facts["rows"].items())
        packed = (
            f"{facts['packed']} rows of at most {facts['options']['max_length']} tokens, {facts['filled']:.0%} full"
        )
        marks = [f"{'ok  ' if found.passed else 'FAIL'}  {found.name}: {found.detail}" for found in self.checks]
        lengths = [
            f"      {name}: {n['rows']} rows, {n['left_out']} left out, {n['tokens']} tokens "
            f"({n['with_loss']} with loss), half to {n['median']}, 95 % to {n['p95']}, the longest {n['longest']}"
            for name, n in self.lengths.items()
        ]
        return "\n".join([f"Rows: {rows}; training: {packed}", *marks, *lengths])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(slots=True)
class _Split:
    """Rows of a split while they are tokenised."""

    ids: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    encoded: list[Encoded] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    """What is counted on the way: lengths by category, and rows that are left out, by reason."""

    lengths: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def prepare(
    corpus: Source,
    model: str,
    *,
    max_length: int = 2048,
    packing: bool = True,
    replay: Source | None = None,
    replay_share: float = 0.05,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: bool | None = None,
) -> Prepared:
    """Tokenise a corpus for a model, with loss on the assistant's turns only, and look whether it can be trained on.

    Args:
        corpus: A folder that `Corpus.write` or `corpus.build` made, or a corpus in memory that is split.
        model: Name or folder of the model, for its tokenizer, chat template and generation config.
        max_length: Tokens of a row at the most; longer ones are left out and counted.
        packing: Put several training rows into one. Held-out rows never are: their losses are of one row each.
        replay: A general corpus, of which training rows are mixed in, with `replay` as their origin.
        replay_share: Its share of all training rows.
        out: Where shards are kept; None: the user's cache folder.
        force: Go on although a check failed or the corpus was refuted. Rows that cannot be trained on stay left out.
        progress: Show a bar; None: on a terminal and in a notebook.

    Raises:
        NotReadyError: A check failed.
        ConfigError: An option makes no sense, or there is no such model.
        IntegrityError: There is no complete corpus at the path.
        MissingExtraError: A package of the extra `train` is not installed.
    """
    if max_length < 8:
        raise ConfigError("a row cannot be that short", where="max_length", expected="8 or more", got=max_length)
    if not 0 <= replay_share < 1:
        raise ConfigError("this is a share", where="replay_share", expected="0 or more, less than 1", got=replay_share)
    rows = read_rows(corpus)
    _refuse_refuted(rows, force=force)
    tokenizer = load_tokenizer(model)
    template = template_of(tokenizer)
    stops = stop_ids(model)
    general = read_rows(replay) if replay is not None else None
    if general is not None and "train" not in general.splits:
        raise ConfigError("the corpus to replay has no training rows", where=general.where, hint="corpus.split() it")
    options = {"max_length": max_length, "packing": packing, "replay_share": replay_share if general else 0.0}
    facts = {
        "version": _VERSION,
        "data": rows.digest,
        "replay": general.digest if general else None,
        "tokenizer": tokenizer_digest(tokenizer),
        "stop_ids": sorted(stops),
        "vocabulary": int(load_config(model).get_text_config().vocab_size),
        "options": options,
    }
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    folder = _cache(out) / key
    found = _kept(folder) or _make(folder, facts, rows, general, tokenizer, template, stops, progress)
    if not (found.ready or force):
        wrong = "; ".join(f"{check.name}: {check.detail}" for check in found.checks if not check.passed)
        raise NotReadyError(
            "the corpus is not fit to be trained on with this model", where=rows.where, got=wrong,
            hint="mend it, or force=True to train on what is left",
        )  # fmt: skip
    return found


def _refuse_refuted(rows: Rows, *, force: bool) -> None:
    if rows.verdict == "refuted" and not force:
        raise NotReadyError(
            "the corpus was refuted", where=rows.where, hint="its report says why; force=True trains on it all the same"
        )


def _cache(out: str | PathLike[str] | None) -> Path:
    if out is not None:
        return place_of(out)
    import platformdirs

    return Path(platformdirs.user_cache_dir("sovereign-corpus")) / "prepared"


def _kept(folder: Path) -> Prepared | None:
    """What an earlier call made, or None where a file of it is not there or not whole."""
    try:
        facts = json.loads((folder / "prepared.json").read_bytes())
        if any((folder / name).stat().st_size != size for name, size in facts["files"].items()):
            return None
    except (OSError, ValueError):
        return None
    return Prepared(folder, facts, tuple(Check(**check) for check in facts["checks"]), reused=True)


def _make(
    folder: Path,
    facts: dict[str, Any],
    rows: Rows,
    general: Rows | None,
    tokenizer: Any,
    template: Template,
    stops: set[int],
    progress: bool | None,
) -> Prepared:
    options, tally = facts["options"], _Tally()
    reserved = reserved_in(tokenizer)
    splits: dict[str, _Split] = {}
    for name, table in rows.splits.items():
        splits[name] = _tokenised(
            tokenizer, template, table, "corpus", options["max_length"], reserved, tally, progress
        )
    seen = dict(rows.splits)
    if general is not None and "train" in splits:
        chosen = _replayed(general.splits["train"], len(splits["train"].ids), options["replay_share"])
        seen["train"] = pa.concat_tables([rows.splits["train"], chosen], promote_options="permissive")
        added = _tokenised(tokenizer, template, chosen, "replay", options["max_length"], reserved, tally, progress)
        splits["train"].ids += added.ids
        splits["train"].origins += added.origins
        splits["train"].encoded += added.encoded
    pad = _pad(tokenizer, template.stop_id)
    checks = (*split_checks(seen), *_model_checks(tokenizer, template, stops, pad), *_row_checks(tally, splits))
    checks = (*checks, _words(splits, facts["vocabulary"]))
    packed = {
        name: _packed(split, options, pack=options["packing"] and name == "train") for name, split in splits.items()
    }
    faults = [fault for table in packed.values() for fault in _faults(table, template.stop_id)]
    checks = (
        *checks,
        Check("packing", not faults, faults[0] if faults else "rows are apart, and end in the stop token"),
    )
    counts = {name: len(split.ids) for name, split in splits.items()}
    train = packed["train"] if "train" in packed else SHARD_SCHEMA.empty_table()
    said = {
        **facts,
        "template": asdict(template),
        "pad_id": pad,
        "rows": counts,
        "replayed": sum(origin == "replay" for split in splits.values() for origin in split.origins),
        "packed": len(train),
        "tokens": _tokens(train, "input_ids"),
        "filled": _tokens(train, "input_ids") / max(1, len(train) * options["max_length"]),
        "lengths": _lengths(tally),
        "left_out": dict(sorted(tally.left_out.items())),
        "checks": [asdict(check) for check in checks],
    }
    said = _write(folder, packed, said)
    return Prepared(folder, said, checks, reused=False)


def _tokenised(
    tokenizer: Any,
    template: Template,
    table: pa.Table,
    origin: str,
    max_length: int,
    reserved: frozenset[str],
    tally: _Tally,
    progress: bool | None,
) -> _Split:
    split = _Split()
    for row in bar(_each(table), f"tokenise {origin}", total=len(table), show=progress):
        category = row["category"] if origin == "corpus" else "replay"
        turns = row[MESSAGES.name]
        encoded, fault = encode_or_say(tokenizer, template, turns, max_length, reserved)
        tally.lengths[category].append(len(encoded.ids) if encoded else 0)
        if encoded is None or fault:
            tally.left_out[fault].append(row["id"])
        else:
            split.ids.append(row["id"])
            split.origins.append(origin)
            split.encoded.append(encoded)
            tally.kept[category].append((len(encoded.ids), int((encoded.labels != IGNORED).sum())))
    return split


def _each(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.select(["id", "category", MESSAGES.name]).to_batches(max_chunksize=1024):
        yield from batch.to_pylist()


def _replayed(table: pa.Table, rows: int, share: float) -> pa.Table:
    """So many of the general rows that they are this share of all, always the same ones: those of the least hashes."""
    wanted = min(len(table), round(rows * share / (1 - share)))
    digests = [hashlib.blake2b(one.encode(), digest_size=8).digest() for one in table["id"].to_pylist()]
    return table.take(sorted(sorted(range(len(table)), key=digests.__getitem__)[:wanted]))


def _pad(tokenizer: Any, stop_id: int) -> int:
    """A token to fill batches with that is not the stop token, where the tokenizer has one.

    No mask here is ever made from it: tokenizers whose padding is their stop token (SmolLM2, many of Llama) then lose
    the loss on the stop token, and the model never stops.
    """
    known = [tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id, *tokenizer.all_special_ids]
    return int(next((one for one in known if one is not None and one != stop_id), stop_id))


def _model_checks(tokenizer: Any, template: Template, stops: set[int], pad: int) -> tuple[Check, ...]:
    names = {one: tokenizer.convert_ids_to_tokens(one) for one in {*stops, template.stop_id, pad}}
    ends = ", ".join(str(names[one]) for one in sorted(stops)) or "nothing"
    stop = Check(
        "stop token",
        template.stop_id in stops,
        f"the template ends an answer with {names[template.stop_id]}, generation stops at {ends}",
    )
    same = tokenizer.pad_token_id in (None, template.stop_id)
    fill = f"{names[pad]} fills batches" + (", not the tokenizer's own, which is its stop token" if same else "")
    return stop, Check("padding", pad != template.stop_id, fill)


def _row_checks(tally: _Tally, splits: dict[str, _Split]) -> tuple[Check, ...]:
    reserved = len(tally.left_out.get(RESERVED, ()))
    known = (RESERVED, "longer than ")
    faults = {reason: len(ids) for reason, ids in tally.left_out.items() if not reason.startswith(known)}
    train = len(splits["train"].ids) if "train" in splits else 0
    said = "; ".join(f"{count} rows: {reason}" for reason, count in sorted(faults.items()))
    return (
        Check("reserved tokens", not reserved, f"{reserved} rows hold a token that the template reserves"),
        Check("mask", not faults, said or "each mask, decoded, is the assistant's answer and its stop token"),
        Check("something to train on", train > 0, f"{train} training rows are left"),
    )


def _words(splits: dict[str, _Split], vocabulary: int) -> Check:
    """Has the model an embedding for every token? On a GPU one that has none ends in an assertion of the device."""
    largest = max((int(row.ids.max()) for split in splits.values() for row in split.encoded), default=0)
    return Check("vocabulary", largest < vocabulary, f"tokens up to {largest}, and the model knows {vocabulary}")


def _packed(split: _Split, options: dict[str, Any], *, pack: bool) -> pa.Table:
    lengths = [len(row.ids) for row in split.encoded]
    bins = fits(lengths, options["max_length"]) if pack else [[row] for row in range(len(lengths))]
    columns: dict[str, list[Any]] = {name: [] for name in SHARD_SCHEMA.names}
    for chosen in bins:
        columns["input_ids"].append(np.concatenate([split.encoded[row].ids for row in chosen]))
        columns["labels"].append(np.concatenate([split.encoded[row].labels for row in chosen]))
        columns["position_ids"].append(positions([lengths[row] for row in chosen]))
        columns["rows"].append([split.ids[row] for row in chosen])
        columns["origins"].append([split.origins[row] for row in chosen])
    return pa.table(columns, schema=SHARD_SCHEMA)


def _faults(table: pa.Table, stop_id: int) -> Iterator[str]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        columns = [batch.column(name) for name in ("input_ids", "labels", "position_ids")]
        for at, ids in enumerate(batch.column("rows").to_pylist()):
            values = [column[at].values.to_numpy() for column in columns]
            fault = packed_fault(values[0], values[1], values[2], stop_id, len(ids))
            if fault:
                yield f"{fault} (row {ids[0]})"


def _tokens(table: pa.Table, name: str) -> int:
    return sum(len(batch.column(name).flatten()) for batch in table.to_batches())


def _lengths(tally: _Tally) -> dict[str, dict[str, int]]:
    return {category: _length(tally.lengths[category], tally.kept[category]) for category in sorted(tally.lengths)}


def _length(all_: Sequence[int], kept: Sequence[tuple[int, int]]) -> dict[str, int]:
    return {
        "rows": len(all_),
        "left_out": len(all_) - len(kept),
        "tokens": sum(length for length, _ in kept),
        "with_loss": sum(loss for _, loss in kept),
        "median": int(np.percentile(all_, 50)),
        "p95": int(np.percentile(all_, 95)),
        "longest": max(all_),
    }


def _write(folder: Path, tables: dict[str, pa.Table], facts: dict[str, Any]) -> dict[str, Any]:
    """Into a folder of another name, which is then renamed: whoever finds it finds it whole. It holds private text."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        for name, table in tables.items():
            with pa.OSFile(str(made / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, SHARD_SCHEMA) as writer:
                writer.write_table(table, max_chunksize=_BATCH)
        facts = {**facts, "files": {file.name: file.stat().st_size for file in sorted(made.iterdir())}}
        text = json.dumps(facts, indent=1, sort_keys=True) + "\n"
        (made / "prepared.json").write_text(text, encoding="utf-8")
        if _kept(folder) is None:  # another process may have made it meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            made.replace(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    found: dict[str, Any] = json.loads(text)
    return found
