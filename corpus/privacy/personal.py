"""Checks of personal data: whether an address is somebody's, a number a telephone's, a pair of numbers a place."""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from typing import Any, Final

from corpus.patterns import in_words
from corpus.privacy.rule import Candidate
from corpus.privacy.telephones import is_number

__all__ = [
    "coordinate",
    "coordinates",
    "email",
    "email_disguised",
    "email_encoded",
    "email_escaped",
    "email_spelt",
    "home_path",
    "ipv4",
    "ipv6",
    "mac",
    "matrix_id",
    "phone_international",
    "phone_national",
]

# RFC 2606 and RFC 6761: nobody's.
_RESERVED_DOMAINS: Final = (".example.com", ".example.net", ".example.org", ".example.edu")
_RESERVED_TOP: Final = frozenset({"example", "invalid", "localhost", "test", "tld"})
# `example.co.uk` is nobody's as well, though no standard says so; what a list's archive calls a message is no address.
_EXAMPLE: Final = re.compile(r"(?:^|\.)example(?:\.(?:com?|org|net|ac|gov))?\.[a-z]{2,}$")
_MESSAGE: Final = re.compile(r"(?:[\w.-]+/)*CA[A-Za-z0-9+=_-]{40,}@mail\.gmail\.com")
# What ends a name behind an `@` in programs and file names: `icon@2x.png`, `user@1000.service`.
_NO_TOP: Final = frozenset(
    """
    png jpg jpeg gif svg webp ico bmp pdf css scss less js mjs ts tsx jsx json xml yaml yml toml ini cfg txt
    html htm php asp jsp exe dll tar gz bz2 xz tgz whl jar log lock java kt swift cpp hpp cs vb lua rb pyc pyi
    ipynb ttf woff woff2 mp3 mp4 wav avi mov service socket target timer mount automount slice scope path device
    swap conf
    """.split()
)
_NOBODY: Final = frozenset({"git", "hg", "svn"})
# Resolvers that everybody may use, and what programs and books use for any address.
_PUBLIC_SERVERS: Final = frozenset(
    b"""
    8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 4.2.2.1 4.2.2.2
    1.2.3.4 4.3.2.1 1.2.3.0 5.6.7.8 4.4.4.4 2.2.2.2 3.3.3.3 5.5.5.5 6.6.6.6 7.7.7.7 11.22.33.44 12.34.56.78
    11.11.11.11 12.12.12.12 223.5.5.5 114.114.114.114 2001:4860:4860::8888 2001:4860:4860::8844
    2606:4700:4700::1111 2606:4700:4700::1001 2620:fe::fe
    """.split()
)
_PLAIN_USERS: Final = frozenset(
    """
    user username yourusername your_username youruser your-user yourname your_name name me runner ubuntu root
    admin administrator public default shared guest test vagrant node jenkins circleci travis gitpod codespace
    vscode app appuser web www www-data dev developer docker git pi ec2-user centos debian fedora linuxbrew
    build builder ci xxx foo bar example someone somebody somewhere vsts_azpcontainer jovyan coder postgres
    mysql nobody all_users alluser all
    """.split()
)


def email(found: Candidate) -> bool:
    """Whether an address can be somebody's: the names of RFC 2606 are nobody's, nor is what a program calls so."""
    if found.last in _IN_ADDRESS:
        return False
    local, _, domain = found.value.rpartition("@")
    after = found.after(8)
    if not _somebodys(domain) or local.strip("*.x") == "" or after[:1] == "@":
        return False
    if domain == "mail.gmail.com" and _MESSAGE.fullmatch(found.value):
        return False
    if local.lower() in _NOBODY and (after[:1] in {":", "/"} or found.before(3) == "://"):
        return False
    if after[:1] == "(" or (found.code and re.search(r"[a-z][A-Z]", domain)):
        return False
    # The password of an address: `://name:word@host` is another rule's.
    before = found.before(100)
    return "://" not in before or not _USER_OF_ADDRESS.search(before)


_WORD: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_IN_ADDRESS: Final = _WORD | frozenset(b".%+-")
_USER_OF_ADDRESS: Final = re.compile(r"://[^\s/@]*$")


def _somebodys(domain: str) -> bool:
    lower = domain.lower()
    top = lower.rpartition(".")[2]
    if top in _RESERVED_TOP or top in _NO_TOP:
        return False
    if "example" not in lower:
        return True
    return not _EXAMPLE.search(lower) and not f".{lower}".endswith(_RESERVED_DOMAINS)


def email_encoded(found: Candidate) -> bool:
    """As `email`, of an address whose `@` is encoded for a URL."""
    return _somebodys(found.value.rpartition("%40")[2])


def email_disguised(found: Candidate) -> bool:
    """As `email`, of an address whose `@` or dots are written out; its last word must be one that domains end with."""
    top = re.split(r"[^\w-]+", found.value.rstrip(")]}> "))[-1].lower()
    words = re.split(r"\W+", found.value.lower())
    if not (2 <= len(top) <= 4 and top.isalpha()) and top not in {"info", "online", "email"}:
        return False
    return "example" not in words and not found.code


def email_escaped(found: Candidate) -> bool:
    """As `email`, of an address whose `@` is written in another way."""
    return _somebodys(_SIGN.split(found.value)[-1]) and found.last not in _IN_ADDRESS


_SIGN: Final = re.compile("＠|\\\\u0040|\\\\x40|&#64;|&#x40;|&commat;")
_USUAL_TOPS: Final = frozenset(
    # none that are words
    "com org net edu gov info io eu de ch fr es pt br nl uk ie ru ua pl cz se dk fi ca au nz jp cn dev xyz".split()
)


def email_spelt(found: Candidate) -> bool:
    """As `email`, of an address that is spelt out in words, which much else is as well: it ends as most domains do."""
    words = re.split(r"[^\w-]+|_", found.value.lower())
    return words[-1] in _USUAL_TOPS and "example" not in words and not found.code


_IN_ID: Final = _WORD | frozenset(b".+:-")


def matrix_id(found: Candidate) -> bool:
    """Whether a Matrix id is on a server that somebody runs; `user@host:path` of a remote copy is none."""
    if found.last in _IN_ID or found.back(1) in {b"/", b"("}:
        return False
    if found.value[1:].partition(":")[0].lower() in {"user", "username", "localpart"}:
        return False
    return _somebodys(_PORT.sub("", found.value.partition(":")[2]))


_PORT: Final = re.compile(r":\d+$")


_PHONE: Final = in_words(
    r"(?i)\b(?:tel|phone|fon|mobile?|cell|handy|call|ring|fax|sms|text|whatsapp|signal|ruf|anruf|nummer|number|numéro|portable|appel\w*"
    r"|llam\w*|tel[eé]fono|m[oó]vil|celular|ligar?|telefone|telem[oó]vel|chiama\w*|cellulare|bel|mobiel|тел|звони|contact|kontakt|reach"
    r"|dial|nr|no)\b|☎|📞|📱"
)
# Germany first: its plan has nearly all that is grouped as its numbers are.
_REGIONS: Final = (
    ("DE", r"\(?0[1-9]\d{1,4}\)?[ /-]{0,3}\d{2,4}[ -]?\d{1,6}(?:[ -]?\d{1,6}){0,3}"),
    ("US", r"\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9]\d{2}[ .-]?\d{4}"),
    ("GB", r"\(?0[1-9]\d{1,4}\)?[ -]?\d{3,4}[ -]?\d{3,6}"),
    ("FR", r"0[1-9](?:[ .-]?\d{2}){4}"),
    ("IN", r"0?[6-9]\d{4}[ -]?\d{5}"),
    ("BR", r"\(?0?[1-9]{2}\)?[ -]?9?\d{4}[ -]?\d{4}"),
    ("ES", r"[6-9]\d{2}[ -]?\d{2,3}[ -]?\d{2,3}[ -]?\d{0,3}"),
    ("IT", r"(?:3\d{2}[ -]?\d{3}[ -]?\d{3,4}|0\d{1,3}[ /-]?\d{3,4}[ -]?\d{3,5})"),
    ("NL", r"0[1-9]\d{0,2}[ -]?\d{2,4}[ -]?\d{2,4}[ -]?\d{0,4}"),
    ("CH", r"0[1-9]\d[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"),
    ("AT", r"0[1-9]\d{0,4}[ /-]{0,3}\d{3,5}[ -]?\d{2,6}"),
    ("PT", r"[29]\d{2}[ -]?\d{3}[ -]?\d{3}"),
    ("PL", r"\d{3}[ -]\d{3}[ -]\d{3}"),
    ("RU", r"8[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"),
    ("AU", r"\(?0[23478]\)?[ -]?\d{2,4}[ -]?\d{3}[ -]?\d{3,4}"),
)


# Numbers of other things.
_COUNTED: Final = in_words(
    r"(?i)(?:rechnung\w*|bestell\w*|auftrag\w*|kunden\w*|artikel\w*|serien\w*|sendung\w*|vorgang\w*|order|invoice|part|ticket|issue"
    r"|item|serial|model|tracking|factura|facture|commande|pedido|ordine|fattura|заказ\w*|счёт|ean|isbn|gtin|sku)"
    r"[ .:_-]{0,3}(?:nr|no|num|number|nummer|id|#|№)?[ .:#]{0,3}$"
)
_FIELD: Final = re.compile(r"(?i)(?:tel|phone|fon|mobile|fax|cell|handy|whatsapp)\w{0,8}[=:]$")


# Bytes behind which a number is a piece of something, or only where a digit stands in front of them.
_JOINS: Final = _WORD | frozenset(b".,:/=#%+-")
_PARTS: Final = frozenset(b" ,.-")
_DIGITS: Final = frozenset(b"0123456789")
_JOINED: Final = re.compile(r"[\w.,:/=#%+-]$|\d[ ,.-]$")
_JOINING: Final = re.compile(r"[-+*/:=#%]?\w|[.,]\d| \d|\)?[-+*/] ?\d")


def _apart(found: Candidate) -> bool:
    """Whether it is no piece of a longer number, of a name or of arithmetic."""
    last, second = found.last, found.data[found.start - 2] if found.start > 1 else 10
    if last > 127 or second > 127:
        joined = _JOINED.search(found.before(16)[-2:].lstrip()) is not None
    else:
        joined = last in _JOINS or (last in _PARTS and second in _DIGITS)
    return not (joined and not _FIELD.search(found.before(16))) and _ends(found.back(3))


@lru_cache(maxsize=4096)
def _ends(back: bytes) -> bool:
    return not _JOINING.match(back.decode("utf-8", "replace"))


_NO_DIGITS: Final = bytes(set(range(256)) - set(b"0123456789"))
_NO_WORDS: Final = bytes(code for code in range(128) if not chr(code).isalpha())
_PIECE_BEFORE: Final = _WORD | frozenset(b".)]")
_PIECE_AFTER: Final = re.compile(r"\w|[.,]\d")
# North American numbers that are kept for films and examples: https://nationalnanpa.com, "555 line numbers"
_FICTIONAL: Final = re.compile(rb"\d{3}55501\d\d")


@lru_cache(maxsize=4096)
def _goes_on(back: bytes) -> bool:
    return _PIECE_AFTER.match(back.decode("utf-8", "replace")) is not None


def phone_international(found: Candidate) -> bool:
    """Whether a number with its country's code is one that the country's plan allows."""
    if found.last in _PIECE_BEFORE or _goes_on(found.back(2)):
        return False
    value = found.raw
    prefixed = value.startswith(b"00")
    if prefixed and found.code:
        return False
    digits = value.translate(None, _NO_DIGITS)[2 if prefixed else 0 :]
    if digits.startswith(b"1") and _FICTIONAL.fullmatch(digits, 1):
        return False
    return is_number(digits, None, valid=prefixed or found.code or b" " not in value)


def phone_national(found: Candidate) -> bool:
    """Whether a number without one has the form and the digits of some country's numbers.

    Without separators, or in source code, a word about telephones must stand in front.
    """
    value = found.raw
    digits = value.translate(None, _NO_DIGITS)
    if not 9 <= len(digits) <= 13:
        return False
    front = found.front(48)
    named = bool(front.translate(None, _NO_WORDS)) and _PHONE(front)
    bare = not value.translate(None, _NO_SEPARATORS)
    if not named and (bare or found.code or not _TELLING.match(value)):
        return False
    if (
        len(set(digits)) < 3
        or not _apart(found)
        or _DATE.fullmatch(value)
        or (front.translate(None, _NO_WORDS) and _COUNTED(front))
    ):
        return False
    for number in sorted(_shapes().Match(value) or ()):
        region = _REGIONS[number][0]
        if (region != "US" or not _FICTIONAL.fullmatch(digits)) and is_number(digits, region, valid=bare or not named):
            return True
    return False


_NO_SEPARATORS: Final = bytes(set(range(256)) - set(b" ()/-"))
_DATE: Final = re.compile(
    rb"(?:19|20)\d{2}[ ./-]\d{1,2}[ ./-]\d{1,2}"
    rb"|\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)?\d{2}(?: \d{1,2}(?:[.:]\d{2})?)?"
)
# Grouped as telephone numbers are and little else.
_TELLING: Final = re.compile(rb"\(?0|\(|[2-9]\d{2}[-. ]\d{3}[-. ]\d{4}$|[6-9]\d{4} \d{5}$|[1-9]{2} 9\d{4}-\d{4}$")


@cache
def _shapes() -> Any:
    """How the countries group their numbers, all at once: fifteen patterns in turn take fifteen times as long."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    shapes = re2.Set.FullMatchSet(options)
    for _, shape in _REGIONS:
        shapes.Add(shape.encode())
    shapes.Compile()
    return shapes


_ABOUT_HOSTS: Final = in_words(
    r"(?i)\b(?:ip|ips|host|addr\w*|server|from|ping|ssh|client|peer|remote|gateway|dns|listen|bind|nameserver|log)\b"
)
_ABOUT_VERSIONS: Final = in_words(
    r"(?i)(?:\bv|\bversion\w*|\brelease\w*|\brev\w*|\bbuild|section|chapter|§|==|>=|<=|~=|\boid\b|\d-)[\s:='\"]{0,4}$"
)


# What a log of changes says of two versions, whose "from" is not a host's.
_ABOUT_CHANGES: Final = in_words(r"(?i)\b(?:bump|upgrad|updat|downgrad|requir|depend)\w*\b")


# How object identifiers begin (ITU-T X.660): addresses there need a word about hosts in front.
_ARCS: Final = (b"1.2.", b"1.3.", b"2.5.", b"2.16.", b"2.23.")


# IANA's registry of special purposes, and multicast: what is not of the open network. Python's `ipaddress` knows them
# too, each of its versions a little differently, and takes ten times as long.
_SET_ASIDE: Final = tuple(
    (int.from_bytes(bytes(map(int, (net + ".0.0.0").split(".")[:4])), "big") >> (32 - int(bits)), 32 - int(bits))
    for net, _, bits in (
        block.partition("/")
        for block in """
        0/8 10/8 100.64/10 127/8 169.254/16 172.16/12 192.0.0/24 192.0.2/24 192.168/16 198.18/15 198.51.100/24
        203.0.113/24 224/3
        """.split()
    )
)
# Of those the ones that addresses with a first number may be in.
_ASIDE_BY_FIRST: Final = {
    first: [
        (net, low) for net, low in _SET_ASIDE if (net << low) >> 24 <= first <= ((net << low) + (1 << low) - 1) >> 24
    ]
    for first in range(256)
}


_OCTETS: Final = {str(number).encode(): number for number in range(256)}


def _octets(value: bytes) -> list[int] | None:
    """The four numbers of an address of the open network; None where it is none."""
    try:
        octets = [_OCTETS[part] for part in value.split(b".")]
    except KeyError:  # a number above 255, or with a zero in front
        return None
    for net, low in _ASIDE_BY_FIRST[octets[0]]:
        if int.from_bytes(bytes(octets), "big") >> low == net:
            return None
    return octets if octets[1:] != octets[:-1] else None


_NO_VERSIONS: Final = b"0123456789 \t.,:;()/+"
_NAMED_BEFORE: Final = _WORD | frozenset(b".-")
_NAMED_AFTER: Final = re.compile(r"\.\d|[A-Za-z_]|-\w")


@lru_cache(maxsize=4096)
def _is_named(back: bytes) -> bool:
    return _NAMED_AFTER.match(back.decode("utf-8", "replace")) is not None


def ipv4(found: Candidate) -> bool:
    """Whether an address is one of the open network, and no version, section or object identifier."""
    value = found.raw
    octets = _octets(value)
    if octets is None or value in _PUBLIC_SERVERS or found.last in _NAMED_BEFORE or _is_named(found.back(3)):
        return False
    front = found.front(120)
    near = front[-40:]
    if found.last > 127 and re.search(r"\w$", near.decode("utf-8", "replace")):
        return False
    short = near[-16:] if near.isascii() else near.decode("utf-8", "replace")[-16:].encode()
    if short.translate(None, _NO_VERSIONS) and _ABOUT_VERSIONS(short):
        return False
    if front.translate(None, _NO_WORDS) and _ABOUT_CHANGES(front):
        return False
    unsure = max(octets) < 32 or octets[3] == 0 or value.startswith(_ARCS)
    return not unsure or _ABOUT_HOSTS(near)


_IN_GROUPS: Final = _WORD | frozenset(b":.")


def ipv6(found: Candidate) -> bool:
    """Whether an address is one of the open network; a slice of a list is too short or has too few groups."""
    value = found.value.rstrip(":") if not found.value.endswith("::") else found.value
    if len(value) < 8 or found.last in _IN_GROUPS or sum(map(bool, value.split(":"))) < 3:
        return False
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    # RFC 9637: documentation, which older versions of Python take for the open network.
    return address.is_global and value.lower().encode() not in _PUBLIC_SERVERS and not value.lower().startswith("3fff:")


_NO_MACS: Final = frozenset(
    {
        "001122334455",
        "aabbccddeeff",
        "112233445566",
        "123456789abc",
        "010203040506",
        "0123456789ab",
        "deadbeefcafe",
        "665544332211",
    }
)


def mac(found: Candidate) -> bool:
    """Whether a hardware address is a device's: not part of a fingerprint, not a group's, not a book's."""
    if found.last in _IN_MAC or _more_groups(found.back(2)):
        return False
    digits = found.raw.lower().translate(None, b":.-").decode()
    if len(set(digits)) < 4 or digits in _NO_MACS or digits.startswith(("00005e00", "01005e", "3333")):
        return False
    return b"." not in found.raw or not (digits.isalpha() or digits.isdigit())


_IN_MAC: Final = _WORD | frozenset(b":.-")
_MORE: Final = re.compile(r"[:.-]?\w")


@lru_cache(maxsize=4096)
def _more_groups(back: bytes) -> bool:
    return _MORE.match(back.decode("utf-8", "replace")) is not None


_ABOUT_PLACES: Final = in_words(
    r"(?i)(?:\b|_)(?:lat|lon|lng|latlng|gps|coord\w*|geo\w*|loc\w*|position|point|map\w*|place|home|marker|center)(?:\b|_)"
)


def coordinates(found: Candidate) -> bool:
    """Whether a pair of numbers is a place: in range, fine enough, no part of a list of numbers."""
    front, back = found.front(3), found.back(5)
    if not (front.isascii() and back.isascii()):
        front, back = found.front(64), found.back(8)
    if _among_figures(front, back):
        return False
    value = found.value
    numbers = _FIGURE.findall(value)
    latitude, longitude = float(numbers[0]), float(numbers[1])
    if abs(latitude) > 90 or abs(longitude) > 180 or (abs(latitude) < 1 and abs(longitude) < 1):
        return False
    if not any(number.partition(".")[2].strip("0") for number in numbers):
        return False
    if not found.code and ("," in value or ";" in value):
        return True
    return "°" in value or _ABOUT_PLACES(found.front(64))


_FIGURE: Final = re.compile(r"[-+]?\d{1,3}\.\d+")
_FIGURE_BEFORE: Final = re.compile(r"[\w.%$€]$|\d[eE,;]\s?$")
_FIGURE_BEHIND: Final = re.compile(r"\d|\.\d|[eE][-+]?\d|\s?[%$€]|\s?[,; ]\s?[-+]?\d")


@lru_cache(maxsize=8192)
def _among_figures(front: bytes, back: bytes) -> bool:
    """Whether other numbers, units or letters stand beside a number: of ASCII three bytes and five say so."""
    before, after = front.decode("utf-8", "replace"), back.decode("utf-8", "replace")
    return _FIGURE_BEFORE.search(before) is not None or _FIGURE_BEHIND.match(after) is not None


def coordinate(found: Candidate) -> bool:
    """Whether a number is in a coordinate's range and not a round one."""
    return abs(float(found.value)) <= 180 and len(set(found.value.partition(".")[2])) > 2


def home_path(found: Candidate) -> bool:
    """Whether a folder is a person's and not a machine's or an example's."""
    name = _FOLDERS.split(found.value)[-1].rstrip(".")
    if name.lower() in _PLAIN_USERS or found.last in _IN_PATH or name[:1] in set("<{$%*"):
        return False
    before = found.before(100)
    return "://" not in before or not _PAGE.search(before)


_FOLDERS: Final = re.compile(r"[/\\]|%2[Ff]")
_IN_PATH: Final = _WORD | frozenset(b".")
_PAGE: Final = re.compile(r"https?://[^\s\"']*$")
