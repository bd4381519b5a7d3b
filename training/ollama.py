"""An Ollama `Modelfile`: the template of the chat in Go's language, and a stop for every token that ends a turn.

A chat template in Jinja is a program; most are a few pieces of text around roles and contents. The pieces are found
by rendering conversations of marked words and cutting at the marks, and what they would put together is compared
with what the template renders for other conversations. Where that agrees (ChatML, Llama 3, Zephyr, Gemma's roles …) the
Modelfile has the same text for the same turns; where it does not (templates that look at the date, at tools, at the
position of a turn) nothing is guessed, and Ollama is left with the template inside the GGUF.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Pieces", "modelfile", "pieces_of"]

Turns = Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a chat template writes around the turns.

    Attributes:
        opening: What stands before the first turn where there is no system prompt (a default one, or nothing).
        system: Before and after a system prompt.
        user: Before and after what the user says.
        assistant: Before and after what the assistant says.
        prompt: What invites the assistant to speak.
    """

    opening: str
    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    prompt: str

    def render(self, turns: Turns) -> str:
        """What these pieces make of a conversation, with the invitation at its end."""
        around = {"system": self.system, "user": self.user, "assistant": self.assistant}
        said = "".join(turn["content"].join(around[turn["role"]]) for turn in turns)
        return ("" if turns[0]["role"] == "system" else self.opening) + said + self.prompt

    def go(self) -> str:
        """The same as a Go template with Ollama's variables (its `docs/template.md`)."""
        first, *others = ("system", self.system), ("user", self.user), ("assistant", self.assistant)
        branches = f'{{{{ if eq .Role "{first[0]}" }}}}{"{{ .Content }}".join(first[1])}'
        for role, around in others:
            branches += f'{{{{ else if eq .Role "{role}" }}}}{"{{ .Content }}".join(around)}'
        opening = f"{{{{ if not .System }}}}{self.opening}{{{{ end }}}}" if self.opening else ""
        return f"{opening}{{{{ range .Messages }}}}{branches}{{{{ end }}}}{{{{ end }}}}{self.prompt}"


def pieces_of(render: Callable[[Turns, bool], str], bos: str = "") -> Pieces | None:
    """Take a chat template apart.

    Args:
        render: Conversation and whether to invite the assistant, to text; raises what Jinja raises.
        bos: A text that begins every prompt and that the program which runs the model puts there itself.

    Returns:
        The pieces, or None where pieces do not say what the template does.
    """
    try:
        return _pieces(lambda turns, invite: render(turns, invite).removeprefix(bos))
    except Exception:  # noqa: BLE001 a template is a program of somebody else's: what it cannot render has no pieces
        return None


_PROBES: tuple[Turns, ...] = (
    [{"role": "user", "content": "Why?"}],
    [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "a\nb"}],
    [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
        {"role": "assistant", "content": "four\n\nfive"},
        {"role": "user", "content": "six"},
    ],
    [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "y"},
        {"role": "user", "content": "z"},
    ],
)


def _pieces(render: Callable[[Turns, bool], str]) -> Pieces | None:
    system, user, assistant = "@S@", "@U@", "@A@"
    told = [{"role": "user", "content": user}]
    answer = [{"role": "assistant", "content": assistant}]
    bare, invited = render(told, False), render(told, True)
    before_first, after_user = bare.split(user)
    before_assistant, after_assistant = render([*told, *answer], False).removeprefix(bare).split(assistant)
    # A second turn of the user stands after no opening: what is before it, and not after the answer, is its own.
    second = render([*told, *answer, *told], False).split(user)[1]
    before_user = second.split(assistant)[1].removeprefix(after_assistant)
    before_system, after_system = (
        render([{"role": "system", "content": system}, *told], False).split(user)[0].split(system)
    )
    found = Pieces(
        opening=before_first.removesuffix(before_user),
        system=(before_system, after_system.removesuffix(before_user)),
        user=(before_user, after_user),
        assistant=(before_assistant, after_assistant),
        prompt=invited.removeprefix(bare),
    )
    agrees = invited.startswith(bare) and all(found.render(turns) == render(turns, True) for turns in _PROBES)
    texts = "".join((found.opening, found.prompt, *found.system, *found.user, *found.assistant))
    return found if agrees and "{{" not in texts and '"""' not in texts else None


def modelfile(file_name: str, pieces: Pieces | None, stops: Sequence[str], **parameters: Any) -> str:
    """The text of a Modelfile.

    Args:
        file_name: The GGUF file beside it.
        pieces: The chat template, or None to leave Ollama with the one inside the GGUF.
        stops: Every token that ends a turn, as text.
        **parameters: Further `PARAMETER`s, such as `num_ctx`.
    """
    lines = [f"FROM ./{file_name}"]
    if pieces is None:
        lines.append("# The chat template does more than put text around turns: Ollama uses the one inside the GGUF.")
    else:
        lines.append(f'TEMPLATE """{pieces.go()}"""')
    lines += [f"PARAMETER stop {_quoted(stop)}" for stop in stops]
    lines += [f"PARAMETER {name} {value}" for name, value in parameters.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f'"""{text}"""' if '"' in text else f'"{text}"'
