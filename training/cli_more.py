"""What comes before a run and what follows one, in the shell: estimate, doctor, merge, export, run, handover."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from corpus.errors import ConfigError
from corpus.places import place_of

__all__ = ["add_commands", "examples"]

Out = Annotated[Path, typer.Argument(help="A new folder.", metavar="OUT")]


def merge(
    adapter: Annotated[Path, typer.Argument(help="The adapter's folder.", metavar="ADAPTER")],
    out: Out,
    base: Annotated[
        Path | None,
        typer.Option(help="The base model; by default the one that the adapter names.", metavar="MODEL"),
    ] = None,
    onto: Annotated[
        str | None, typer.Option(help="dequantised or original; by default as it was trained.", metavar="BASE")
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(help="A corpus: the loss is measured on its validation split.", metavar="DIR")
    ] = None,
    count: Annotated[int, typer.Option("--rows-count", min=1, help="Rows that are measured.")] = 100,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "bfloat16",
) -> None:
    """Add an adapter to its base, and refuse a merge that lost what was learned."""
    from training.merging import merge as merged

    print(merged(base, adapter, out, onto=onto, rows=None if rows is None else _held_out(rows, count), dtype=dtype))


def _held_out(corpus: Path, count: int) -> list[dict[str, Any]]:
    from training.rows import read_rows

    splits = read_rows(corpus).splits
    table = next((splits[name] for name in ("validation", "test") if name in splits), None)
    if table is None:
        raise ConfigError("the corpus has no rows that training did not see", where=corpus, hint="corpus.split() first")
    held_out: list[dict[str, Any]] = table.select(["messages"]).slice(0, count).to_pylist()
    return held_out


def combine(
    out: Out,
    adapters: Annotated[
        list[str], typer.Argument(help="Folders, each with =WEIGHT behind it or 1.", metavar="ADAPTER…")
    ],
    base: Annotated[
        Path | None, typer.Option(help="The base model; by default the one that the first names.", metavar="MODEL")
    ] = None,
    how: Annotated[str, typer.Option(help="cat (exact), svd, ties, dare_ties …")] = "cat",
    rank: Annotated[int | None, typer.Option(help="The rank afterwards, with svd.")] = None,
    density: Annotated[float | None, typer.Option(help="The share kept, with ties, dare and magnitude_prune.")] = None,
) -> None:
    """Put several adapters of one base together into one."""
    from training.merging import combine as combined

    print(combined(base, dict(map(_weighted, adapters)), out, how=how, rank=rank, density=density))


def _weighted(text: str) -> tuple[str, float]:
    folder, equals, weight = text.rpartition("=")
    if not equals:
        return text, 1.0
    try:
        return folder, float(weight)
    except ValueError:
        raise ConfigError("this is no weight", where=text, expected="FOLDER=0.5") from None


def export(
    model: Annotated[Path, typer.Argument(help="A merged model's folder, or an adapter's.", metavar="MODEL")],
    out: Out,
    quantisation: Annotated[str, typer.Option("--quantisation", "-q", help="f16, bf16, q8_0, q4_0 …")] = "f16",
    base: Annotated[Path | None, typer.Option(help="The base model of an adapter.", metavar="MODEL")] = None,
) -> None:
    """Write GGUF and an Ollama Modelfile."""
    from training.exporting import export as exported

    print(exported(model, out, quantisation=quantisation, base=base))


def run(
    prompt: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.", metavar="PROMPT")],
    model: Annotated[Path | None, typer.Option(help="A model's folder.", metavar="DIR")] = None,
    adapter: Annotated[Path | None, typer.Option(help="An adapter's folder.", metavar="DIR")] = None,
    gguf: Annotated[Path | None, typer.Option(help="A GGUF file, run by llama.cpp.", metavar="FILE")] = None,
    system: Annotated[str | None, typer.Option(help="A system prompt.")] = None,
    tokens: Annotated[int, typer.Option(min=1, help="Tokens at the most.")] = 256,
    temperature: Annotated[float, typer.Option(min=0.0, help="0 takes the likeliest token every time.")] = 0.0,
) -> None:
    """Try a model out."""
    from training.trial import run as ran

    said = sys.stdin.read() if prompt == "-" else prompt
    print(ran(said, model=model, adapter=adapter, gguf=gguf, system=system, tokens=tokens, temperature=temperature))


def estimate(
    model: Annotated[
        str | None, typer.Argument(help="A folder or a known name; without one all tiers.", metavar="[MODEL]")
    ] = None,
    method: Annotated[str, typer.Option(help="qlora, lora or full.")] = "qlora",
    length: Annotated[int, typer.Option(min=1, help="Tokens of a row.")] = 2048,
    batch: Annotated[int, typer.Option(min=1, help="Rows at once.")] = 1,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 16,
    optimizer: Annotated[str, typer.Option(help="auto, adamw_torch, paged_adamw_8bit …")] = "auto",
    checkpointing: Annotated[bool, typer.Option(help="Compute activations again.")] = True,
    device: Annotated[str, typer.Option(help="cuda or cpu.")] = "cuda",
) -> None:
    """Say how much memory a run needs, part by part."""
    from training.footprint import estimate as one
    from training.footprint import estimates

    settings: dict[str, Any] = {"length": length, "batch": batch, "rank": rank, "optimizer": optimizer}
    settings |= {"checkpointing": checkpointing, "device": device}
    print(estimates(**settings) if model is None else one(model, method=method, **settings))


def doctor(
    length: Annotated[int, typer.Option(min=1, help="Tokens of a row.")] = 2048,
    batch: Annotated[int, typer.Option(min=1, help="Rows at once.")] = 1,
    out: Annotated[Path, typer.Option(help="Where runs are to be written.", metavar="DIR")] = Path(),
) -> None:
    """Look at this machine: what it can train. Ends with 1 at warnings, with 2 where training would stop."""
    from training.machine import doctor as looked

    found = looked(length=length, batch=batch, out=out)
    print(found)
    raise typer.Exit(found.code)


def handover(
    config: Annotated[Path, typer.Argument(help="A run's YAML file or folder.", metavar="RUN")],
    out: Out,
    to: Annotated[str, typer.Option(help="axolotl, llama-factory or unsloth.")] = "axolotl",
) -> None:
    """Write the same run for another trainer."""
    from training.handing_over import handover as handed

    print(handed(place_of(config), out, to=to))


def gpu_check(
    tiny: Annotated[
        bool, typer.Option("--tiny", help="Tiny models, on a CPU too: whether the check itself works.")
    ] = False,
) -> None:
    """Check in minutes what needs a GPU; without one it says so and ends well."""
    from training.gpucheck import check_gpu

    found = check_gpu(tiny=tiny)
    print(found)
    if not found.passed:
        raise typer.Exit(1)


_COMMANDS: Final[dict[str, tuple[Callable[..., None], tuple[str, ...]]]] = {
    "merge": (merge, ("corpus-train merge my-run/adapter merged --rows my-corpus",)),
    "combine": (combine, ("corpus-train combine both adapter-a adapter-b=0.5",)),
    "export": (
        export,
        ("corpus-train export merged gguf --quantisation q8_0", "corpus-train export my-run/adapter lora --base model"),
    ),
    "run": (
        run,
        (
            'corpus-train run "What is a hash map?" --gguf gguf/model-q8_0.gguf',
            "corpus-train run - --adapter my-run/adapter < question.txt",
        ),
    ),
    "estimate": (
        estimate,
        ("corpus-train estimate", "corpus-train estimate Qwen2.5-Coder-7B --method lora --length 4096"),
    ),
    "doctor": (doctor, ("corpus-train doctor --length 4096 --out /data/runs",)),
    "handover": (handover, ("corpus-train handover run.yaml out --to llama-factory",)),
    "gpu-check": (gpu_check, ("corpus-train gpu-check", "corpus-train gpu-check --tiny")),
}
"""Name to the command and its examples."""


def examples(*lines: str) -> str:
    """What stands below the help of a command: lines as one types them."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for name, (command, lines) in _COMMANDS.items():
        app.command(name, epilog=examples(*lines))(command)
