"""A model's folder as `save_pretrained` writes it, read tensor by tensor: never more than one in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from corpus.errors import ConfigError, IntegrityError
from corpus.places import place_of
from training.extras import needs

__all__ = ["ModelFolder", "Stored", "opened", "sizes"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight in a file.

    Attributes:
        handle: The open file.
        name: The name of the weight.
    """

    handle: Any
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, without reading it."""
        return tuple(self.handle.get_slice(self.name).get_shape())

    def read(self) -> Any:
        """The weight as a torch tensor."""
        return self.handle.get_tensor(self.name)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What the small files of a model's folder say.

    Attributes:
        folder: Where it lies.
        config: `config.json`, or `adapter_config.json` of an adapter.
        generation: `generation_config.json`, empty where there is none.
        is_adapter: Whether it holds an adapter and no model.
    """

    folder: Path
    config: Mapping[str, Any]
    generation: Mapping[str, Any] = field(default_factory=dict)
    is_adapter: bool = False

    @property
    def architecture(self) -> str:
        """The class in `architectures`, or the `model_type` where it names none."""
        return str((self.config.get("architectures") or [self.config.get("model_type")])[0])

    @property
    def bits(self) -> int | None:
        """How many bits the weights on disk are quantised to, or None where they are whole."""
        said = self.config.get("quantization_config")
        if not said:
            return None
        return 8 if said.get("load_in_8bit") else int(said.get("bits", 4))

    @contextmanager
    def tensors(self) -> Iterator[dict[str, Stored]]:
        """Every weight by its name, in the order of the names; each is read when it is asked for.

        Raises:
            IntegrityError: A file of weights is missing or broken.
        """
        safetensors = needs("safetensors", "reading weights")
        with ExitStack() as stack:
            try:
                handles = [stack.enter_context(safetensors.safe_open(file, framework="pt")) for file in self._files()]
            except (OSError, safetensors.SafetensorError) as error:
                raise IntegrityError("the weights cannot be read", where=self.folder, got=error) from None
            found = {name: handle for handle in handles for name in handle.keys()}  # noqa: SIM118 a handle, not a dict
            yield {name: Stored(found[name], name) for name in sorted(found)}

    def _files(self) -> list[Path]:
        single = self.folder / ("adapter_model.safetensors" if self.is_adapter else "model.safetensors")
        index = self.folder / "model.safetensors.index.json"
        if single.is_file():
            return [single]
        if index.is_file():
            return [self.folder / name for name in sorted(set(_json(index)["weight_map"].values()))]
        raise IntegrityError(
            "there are no weights here",
            where=self.folder,
            expected=f"{single.name} or its shards",
            hint="save it with save_pretrained, as safetensors",
        )


def sizes(config: Mapping[str, Any], names: Iterable[str], where: object) -> dict[str, int]:
    """Whole numbers that a model's configuration must say.

    Args:
        config: The configuration.
        names: Their keys.
        where: The model, for the error.

    Raises:
        ConfigError: One is missing or no positive number.
    """
    wrong = [name for name in names if not isinstance(config.get(name), int) or config[name] < 1]
    if wrong:
        raise ConfigError(
            "the configuration does not say how large the model is", where=where, expected=", ".join(wrong),
            got=", ".join(f"{name}: {config.get(name)!r}" for name in wrong),
        )  # fmt: skip
    return {name: config[name] for name in names}


def opened(path: str | PathLike[str]) -> ModelFolder:
    """Read what a model's or an adapter's folder says of itself.

    Raises:
        ConfigError: There is no model there; names of the Hub are not looked up.
    """
    folder = place_of(path)
    adapter = (folder / "adapter_config.json").is_file()
    name = "adapter_config.json" if adapter else "config.json"
    if not (folder / name).is_file():
        raise ConfigError(
            "there is no model here",
            where=folder,
            expected="a folder with config.json or adapter_config.json",
            hint="give the folder that save_pretrained wrote; nothing is fetched from the Hub",
        )
    generation = folder / "generation_config.json"
    return ModelFolder(
        folder, _json(folder / name), _json(generation) if generation.is_file() else {}, is_adapter=adapter
    )


def _json(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise IntegrityError("the file cannot be read", where=file, got=error) from None
    if not isinstance(said, dict):
        raise IntegrityError("the file is not an object", where=file, got=type(said).__name__)
    return said
