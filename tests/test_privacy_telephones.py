"""Telephone numbers by the plans' patterns alone: the answers are those of `phonenumbers`, whatever the digits."""

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.privacy.telephones import is_number

# Those that the rules ask, and some whose plans have what theirs have not: a code that several countries share, a
# prefix that is turned into something else, leading zeros that are kept, services of no country.
REGIONS = ["US", "GB", "DE", "FR", "IN", "BR", "ES", "IT", "NL", "CH", "AT", "PT", "PL", "RU", "AU"]
OTHERS = ["MX", "AR", "GG", "KZ", "VA", "NO", "SJ", "CA", "JM", "CI", "BL", "SM", "LI"]
PREFIXES = ["", "", "0", "00", "011", "0011", "8", "1", "810"]


def told(digits: str, region: str | None, *, valid: bool) -> bool:
    try:
        number = phonenumbers.parse(digits if region else f"+{digits}", region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) if valid else phonenumbers.is_possible_number(number)


def examples() -> list[tuple[str, str, str]]:
    """A number of each kind of each region: where, its country's code, the number."""
    found = []
    for region in REGIONS + OTHERS:
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                nsn = phonenumbers.national_significant_number(number)
                found.append((region, str(number.country_code), nsn))
    return found


def changed(number: str, rng: random.Random) -> str:
    """A number with some digits changed, added or left out."""
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        place = rng.randrange(len(number) + 1)
        number = number[:place] + rng.choice(["", *"0123456789"]) + number[place + rng.randrange(2) :]
    return number


@pytest.mark.parametrize("valid", [True, False])
def test_numbers_of_all_kinds_and_their_neighbours_are_judged_as_phonenumbers_judges_them(valid: bool) -> None:
    rng = random.Random(4)
    seen = set()
    for region, code, number in examples():
        for digits in (number, *(changed(number, rng) for _ in range(4))):
            for place, dialled in (
                (None, code + digits),
                (region, rng.choice([*PREFIXES, code, "00" + code]) + digits),
            ):
                answer = told(dialled, place, valid=valid)
                seen.add(answer)
                assert is_number(dialled.encode(), place, valid=valid) == answer, (dialled, place)
    assert seen == {True, False}


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789", max_size=18), st.sampled_from([None, *REGIONS, *OTHERS]), st.booleans())
def test_any_digits_are_judged_as_phonenumbers_judges_them(digits: str, region: str | None, valid: bool) -> None:
    assert is_number(digits.encode(), region, valid=valid) == told(digits, region, valid=valid)


def test_numbers_of_services_that_no_country_has() -> None:
    assert is_number(b"80012345678", None, valid=True)
    assert not is_number(b"8001234567", None, valid=True)
