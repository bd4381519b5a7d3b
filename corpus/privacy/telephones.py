"""Whether a country's plan has a telephone number: what `phonenumbers` answers, from its metadata, ten times as fast.

`phonenumbers.parse` and `is_valid_number` take 25 to 85 microseconds a number, most of it in objects, in looking for
what stands around digits, where nothing does here, and in one pattern after another. A megabyte may hold a hundred
thousand numbers. So the same steps are taken with the metadata's patterns alone; a test compares the answers.

Source of every step: https://github.com/google/libphonenumber, as `phonenumbers.phonenumberutil` has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

__all__ = ["is_number"]

_WORLD: Final = "001"  # the code of services that no country has
_SHORTEST: Final = 2
_LONGEST: Final = 17
_TYPES: Final = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip


_Form = Callable[[bytes], re.Match[bytes] | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's numbers.

    Args:
        code: Its calling code.
        calling: The same, as digits.
        abroad: What is dialled before another country's code.
        prefix: What is dialled before a number inside the country.
        rule: What a number becomes that has the prefix, if not simply the rest.
        general: Whether digits are of the form that all of its numbers have.
        lengths: Of its numbers.
        local: Lengths of what may be dialled without the area's code.
        kinds: By length, the forms of the kinds that have numbers so long.
        forms: The same, to be asked.
        leading: What its numbers begin with, where several countries share a code.
    """

    code: int
    calling: bytes
    abroad: re.Pattern[bytes] | None
    prefix: re.Pattern[bytes] | None
    rule: bytes
    general: _Form
    lengths: frozenset[int]
    local: frozenset[int]
    kinds: dict[int, str]
    forms: dict[int, _Form]
    leading: bytes

    def has(self, number: bytes) -> bool:
        """Whether a number is of one of the kinds."""
        form = self.forms.get(len(number))
        return form is not None and form(number) is not None and self.general(number) is not None

    def without_prefix(self, number: bytes) -> bytes:
        """A number without what is only dialled inside the country; as it is, if it would be none without it."""
        match = self.prefix.match(number) if self.prefix and number else None
        if match is None:
            return number
        if self.rule and match.group(match.re.groups) is not None:
            rest = match.re.sub(self.rule, number, count=1)
        else:
            rest = number[match.end() :]
        return rest if self.general(rest) or not self.general(number) else number

    def too_long(self, length: int) -> bool:
        """Whether no number is so long."""
        return length not in self.local and length > max(self.lengths)

    def not_enough(self, length: int) -> bool:
        """Whether what is left without a prefix is too little to be a number."""
        return length in self.local or (length not in self.lengths and length < max(self.lengths))


def is_number(digits: bytes, region: str | None, *, valid: bool) -> bool:
    """Whether a country's plan has such a number.

    Args:
        digits: The digits alone; those behind the `+` where no region is given.
        region: Where it is dialled, such as `DE`.
        valid: By the forms that the plan has; else by its lengths alone.
    """
    parsed = _parsed(digits, region)
    if parsed is None:
        return False
    code, number = parsed
    if valid:
        return _valid(code, number)
    plan = _main(code)
    return len(number) in plan.local or len(number) in plan.lengths


def _valid(code: int, number: bytes) -> bool:
    """Whether a country that has the code has the number: the first whose leading digits it has, or one before that."""
    shared = _sharing(code)
    match = shared.leading.match(number) if shared.leading else None
    plans, forms = shared.asked[match.lastindex if match and match.lastindex else 0]
    form = forms.get(len(number))
    if form is None or form(number) is None:
        return False
    return plans[0].has(number) or any(plan.has(number) for plan in plans[1:])


def _parsed(digits: bytes, region: str | None) -> tuple[int, bytes] | None:
    """The country's code, and the number without it and without what is dialled in front; None if it has neither."""
    if region is None:
        return _inside(*_code(digits))
    plan = _of(region)
    abroad = _dialled_abroad(digits, plan)
    if abroad is not None:
        return _inside(*_code(abroad))
    if digits.startswith(plan.calling):
        rest = plan.without_prefix(digits[len(plan.calling) :])
        if (plan.general(rest) and not plan.general(digits)) or plan.too_long(len(digits)):
            return _inside(plan.code, rest)
    return _inside(plan.code, digits, plan)


def _inside(code: int, number: bytes, plan: _Plan | None = None) -> tuple[int, bytes] | None:
    """A number as its country counts it; the plan is the code's main country's unless another is given."""
    if not code or len(number) < _SHORTEST:
        return None
    plan = plan or _main(code)
    rest = plan.without_prefix(number)
    if not plan.not_enough(len(rest)):
        number = rest
    return (code, number) if _SHORTEST <= len(number) <= _LONGEST else None


def _dialled_abroad(digits: bytes, plan: _Plan) -> bytes | None:
    """What follows the prefix for calls abroad; None without one, or before a 0, as no country's code begins."""
    match = plan.abroad.match(digits) if plan.abroad else None
    if match is None or digits[match.end() : match.end() + 1] == b"0":
        return None
    return digits[match.end() :]


def _code(digits: bytes) -> tuple[int, bytes]:
    """The country's code that a number begins with, and the rest; 0 where there is none."""
    if len(digits) > _SHORTEST and not digits.startswith(b"0"):
        for length in (1, 2, 3):
            code = int(digits[:length])
            if code in _codes():
                return code, digits[length:]
    return 0, digits


@dataclass(frozen=True, slots=True)
class _Shared:
    """The countries of a calling code.

    Args:
        leading: What the numbers begin with of those that say so, each in a group of its own.
        asked: For each of these groups, and for none, the countries to ask, and by length whether it is worth asking.
    """

    leading: re.Pattern[bytes] | None
    asked: tuple[tuple[tuple[_Plan, ...], dict[int, _Form]], ...]


@cache
def _sharing(code: int) -> _Shared:
    forms: list[bytes] = []
    without: list[_Plan] = []
    asked: list[tuple[tuple[_Plan, ...], dict[int, _Form]]] = []
    for region in _codes()[code]:
        plan = _of(region) if region != _WORLD else _main(code)
        if plan.leading:
            forms.append(b"(" + plan.leading + b")")
            asked.append(_together(*without, plan))
        else:
            without.append(plan)
    return _Shared(re.compile(b"|".join(forms)) if forms else None, (_together(*without), *asked))


def _together(*plans: _Plan) -> tuple[tuple[_Plan, ...], dict[int, _Form]]:
    """Plans, and the forms of all of them at once."""
    lengths = {length for plan in plans for length in plan.kinds}
    every = {length: "|".join(plan.kinds[length] for plan in plans if length in plan.kinds) for length in lengths}
    return plans, {length: _form(form) for length, form in every.items()}


@cache
def _codes() -> dict[int, tuple[str, ...]]:
    import phonenumbers

    return dict(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@cache
def _main(code: int) -> _Plan:
    """The plan of the country that a calling code is mainly of."""
    region = _codes()[code][0]
    if region != _WORLD:
        return _of(region)
    import phonenumbers

    return _read(phonenumbers.PhoneMetadata.metadata_for_nongeo_region(code))


@cache
def _of(region: str) -> _Plan:
    import phonenumbers

    return _read(phonenumbers.PhoneMetadata.metadata_for_region(region))


def _form(pattern: str) -> _Form:
    """By Python's `re`, which is three times as fast as RE2 for so few digits, none of which it has to go back to."""
    return re.compile(pattern.encode()).fullmatch


def _read(data: Any) -> _Plan:  # the package's types leave open what its metadata always has
    general = data.general_desc
    kinds: dict[int, list[str]] = {}
    for name in _TYPES[:-1] if data.same_mobile_and_fixed_line_pattern else _TYPES:
        form = getattr(data, name)
        if form is not None and form.national_number_pattern:
            for length in set(general.possible_length).intersection(form.possible_length or general.possible_length):
                kinds.setdefault(length, []).append(form.national_number_pattern)
    return _Plan(
        code=data.country_code,
        calling=str(data.country_code).encode(),
        abroad=re.compile(data.international_prefix.encode()) if data.international_prefix else None,
        prefix=re.compile(data.national_prefix_for_parsing.encode()) if data.national_prefix_for_parsing else None,
        rule=(data.national_prefix_transform_rule or "").encode(),
        general=_form(general.national_number_pattern),
        lengths=frozenset(general.possible_length),
        local=frozenset(general.possible_length_local_only),
        kinds={length: "|".join(patterns) for length, patterns in kinds.items()},
        forms={length: _form("|".join(patterns)) for length, patterns in kinds.items()},
        leading=(data.leading_digits or "").encode(),
    )
