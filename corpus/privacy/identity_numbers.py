"""Numbers that a state or a bank gives a person, by check digits; a weak check needs the number's name beside it."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import mul
from typing import Final

from corpus.patterns import in_words
from corpus.privacy.rule import Candidate
from corpus.privacy.validators import luhn

__all__ = [
    "br_cpf",
    "ca_sin",
    "card",
    "de_tax_id",
    "ean",
    "es_dni",
    "fr_nir",
    "gb_nino",
    "iban",
    "iban_alone",
    "in_aadhaar",
    "it_codice_fiscale",
    "nl_bsn",
    "pl_pesel",
    "ru_snils",
    "us_ssn",
]

# ISO 13616's registry, release 99: how long a country's IBAN is.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FO FI GL NL SD FK MN",
        19: "MK SI",
        20: "AT BA EE KZ XK LT LU",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG DZ",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV HN",
        29: "BR EG PS QA UA YE",
        30: "JO KW MU",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
# The numbers that networks and processors publish for trying things out.
_TEST_CARDS: Final = frozenset(
    """
    4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100
    5200828282828210 2223003122003222 378282246310005 371449635398431 378734493671000 6011111111111117
    6011000990139424 3056930009020004 30569309025904 38520000023237 3530111333300000 3566002020360505
    4222222222222 4000000000000002 4000000000000077
    """.split()
)
_NO_SSN: Final = frozenset({"078051120", "219099999", "123456789", "987654321", "111223333"})


_NO_DIGITS: Final = bytes(set(range(256)) - set(b"0123456789"))


def _digits(found: Candidate) -> str:
    return found.raw.translate(None, _NO_DIGITS).decode()


_JOINS: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.,+/=-")
_JOINED: Final = re.compile(r"[\w.,+/=-]$")
_SETTING: Final = re.compile(r"(?i)\b(?:cc|card|pan|cc_?num\w*|card_?n\w*|ssn)=$")
_GOING_ON: Final = re.compile(r"[-+=/]?\w|[.,]\d")


def _alone(found: Candidate) -> bool:
    """Whether no further digits, letters or decimals belong to it: a piece of a longer number is none."""
    last = found.last
    joined = last in _JOINS if last < 128 else _JOINED.search(found.before(16)) is not None
    return not (joined and not _SETTING.search(found.before(16))) and _ends(found.back(2))


@lru_cache(maxsize=4096)
def _ends(back: bytes) -> bool:
    return not _GOING_ON.match(back.decode("utf-8", "replace"))


def _around(found: Candidate) -> bytes:
    return found.front(60) + b" " + found.back(24)


def iban_alone(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """As much of a match as the country's numbers are long: words in capitals may follow."""
    text = data[start:end]
    length = _IBAN_LENGTHS.get(text[:2].decode("latin-1").upper(), 0)
    if text.isalnum():
        return [(start, start + length if 0 < length <= len(text) else end)]
    places = [place for place, code in enumerate(text, start) if code in _ALNUM]
    return [(start, places[length - 1] + 1 if 0 < length <= len(places) else end)]


def iban(found: Candidate) -> bool:
    """Whether the length is the country's and the number is 1 modulo 97 (ISO 7064), and not all zeros."""
    text = found.raw.upper().translate(None, _NO_ALNUM).decode()
    if _IBAN_LENGTHS.get(text[:2]) != len(text) or len(set(text[4:])) < 4:
        return False
    return int("".join([_VALUES[letter] for letter in text[4:] + text[:4]])) % 97 == 1


_ALNUM: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NO_ALNUM: Final = bytes(set(range(256)) - _ALNUM)
_VALUES: Final = {letter: str(value) for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


_PRODUCT: Final = in_words(r"(?i)\b(?:ean|gtin|isbn|upc|barcode|sku)(?:-?1[34])?[ :=#]{0,3}$")


def card(found: Candidate) -> bool:
    """Whether an issuer has such numbers, of that length, and the check digit is right."""
    digits = _digits(found)
    if not luhn(digits) or not _issued(digits) or digits in _TEST_CARDS or len(set(digits)) < 4 or not _alone(found):
        return False
    if len(digits) in {13, 14} and _PRODUCT(found.front(16)):
        return False
    return not (found.code and found.raw.isdigit() and found.last not in b"\"'")


def _issued(digits: str) -> bool:
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return len(digits) in {13, 16, 19}
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return len(digits) == 16
    if two in {34, 37}:
        return len(digits) == 15
    if two in {36, 38} or 300 <= three <= 305:
        return len(digits) == 14
    return (two in {35, 62, 65, 50, 56, 57, 58, 63, 67} or four == 6011 or 644 <= three <= 649) and 16 <= len(
        digits
    ) <= 19


def us_ssn(found: Candidate) -> bool:
    """Whether such a number has been given: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    digits = _digits(found)
    given = digits[:3] not in {"000", "666"} and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"
    return given and digits not in _NO_SSN and len(set(digits)) > 2 and _alone(found)


def br_cpf(found: Candidate) -> bool:
    """Whether the last two digits are the weighted sums of those in front, modulo 11."""
    digits = _digits(found)
    if len(set(digits)) == 1 or digits == "12345678909":
        return False
    values = list(map(int, digits))
    if sum(map(mul, values, _CPF[1:])) * 10 % 11 % 10 != values[9]:
        return False
    total: int = sum(map(mul, values, _CPF))
    return total * 10 % 11 % 10 == values[10]


_CPF: Final[tuple[int, ...]] = (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)


def gb_nino(found: Candidate) -> bool:
    """Whether the prefix is one that is given: not BG, GB, KN, NK, NT, TN or ZZ; `QQ` stands in examples."""
    text = found.raw.translate(None, b" -").decode()
    if text[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "QQ"} or text[2:8] in {"123456", "000000"}:
        return False
    return _alone(found)


_TAX: Final = in_words(r"(?i)steuer|tax|idnr|id-nr|tin\b|identifikation")


def de_tax_id(found: Candidate) -> bool:
    """Whether one digit comes twice or thrice and the last is right, in groups or with its name beside it."""
    digits = _digits(found)
    kinds = set(digits[:10])
    if len(kinds) != 9:  # that many kinds are there where one comes twice and no other does
        counts = {digits.count(one, 0, 10) for one in kinds}
        if max(counts) != 3 or 2 in counts:
            return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    if (11 - product) % 10 != int(digits[10]) or not _alone(found):
        return False
    return found.raw.count(b" ") == 3 or found.raw.count(b"/") == 3 or _TAX(_around(found))


def fr_nir(found: Candidate) -> bool:
    """Whether the key is 97 minus the number modulo 97; Corsica's 2A counts as 19, 2B as 18."""
    text = found.raw.translate(None, b" |/-").decode().replace("2A", "19").replace("2B", "18")
    return len(text) == 15 and text.isdigit() and 97 - int(text[:13]) % 97 == int(text[13:]) and _alone(found)


def es_dni(found: Candidate) -> bool:
    """Whether the letter is the number's, modulo 23."""
    text = found.raw.translate(None, b" .-").decode()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:-1]
    if "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] != text[-1] or len(set(number)) < 3 or number == "12345678":
        return False
    return _alone(found)


_D: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_P: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


_SUMS: Final = tuple(tuple(map(int, row)) for row in _D)
_TURNED: Final = tuple(tuple(map(int, row)) for row in _P)


def in_aadhaar(found: Candidate) -> bool:
    """Whether Verhoeff's sum is zero, in groups or with its name beside it; twelve digits more would be a card."""
    digits = _digits(found)
    state = 0
    for place, digit in enumerate(digits[::-1].encode()):
        state = _SUMS[state][_TURNED[place & 7][digit - 48]]
    if state or len(set(digits)) < 3 or not _alone(found):
        return False
    if _DIGIT_BEFORE.search(found.before(2)) or _DIGIT_BEHIND.match(found.after(2)):
        return False
    return (found.raw.count(b" ") == 2 and not found.code) or _AADHAAR(_around(found))


_DIGIT_BEFORE: Final = re.compile(r"\d[ -]$")
_DIGIT_BEHIND: Final = re.compile(r"[ -]\d")
_AADHAAR: Final = in_words(r"(?i)aadh?aa?r|uid\b|uidai|आधार")


def nl_bsn(found: Candidate) -> bool:
    """Whether the digits pass the test of eleven: weights 9 to 2, and minus one for the last."""
    digits = _digits(found)
    return sum(map(mul, map(int, digits), (9, 8, 7, 6, 5, 4, 3, 2, -1))) % 11 == 0 and len(set(digits)) > 2


_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def it_codice_fiscale(found: Candidate) -> bool:
    """Whether the last letter is the sum of the others, modulo 26."""
    text = found.value
    total = sum(_ODD[c] if n % 2 == 0 else int(c, 36) - (0 if c.isdigit() else 10) for n, c in enumerate(text[:15]))
    return chr(65 + total % 26) == text[15]


def ean(found: Candidate) -> bool:
    """Whether the last digit is the check digit of EAN-13."""
    digits = _digits(found)
    return (10 - sum(int(d) * (1 + 2 * (n % 2)) for n, d in enumerate(digits[:12])) % 10) % 10 == int(digits[12])


def ca_sin(found: Candidate) -> bool:
    """Whether the check digit of ISO/IEC 7812-1 is right."""
    digits = _digits(found)
    return luhn(digits) and len(set(digits)) > 2


def pl_pesel(found: Candidate) -> bool:
    """Whether the last digit is the weighted sum of the others."""
    digits = _digits(found)
    return (
        10 - sum(int(d) * w for d, w in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=False)) % 10
    ) % 10 == int(digits[10])


def ru_snils(found: Candidate) -> bool:
    """Whether the last two digits are the weighted sum of the others, modulo 101, 100 being 0."""
    digits = _digits(found)
    return sum(map(mul, map(int, digits), range(9, 0, -1))) % 101 % 100 == int(digits[9:]) and len(set(digits)) > 2
