"""The detector: what it finds and leaves alone, where its findings stand, and that it looks at a text but once."""

import base64
import hashlib
import pickle
import random
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import (
    ALNUM,
    HEX,
    SEEN,
    SEEN_TOKENS,
    UNSEEN,
    UNSEEN_TOKENS,
    URLSAFE,
    address,
    bip39,
    card,
    cpf,
    dni,
    iban,
    ipv6,
    mac,
    nino,
    nir,
    pem,
    place,
    planted,
    public_ip,
    seed,
    some,
    ssn,
)
from planted_words import NOT_TOLD, told

from corpus.errors import ConfigError
from corpus.patterns import at_start, compiled, search_of, unanchored
from corpus.privacy import RULES, Candidate, Detector, Finding, Rule, gitleaks_rules, kinds
from corpus.privacy import detector as module
from corpus.privacy.placeholders import entropy, varied
from corpus.privacy.rules import fingerprint, table
from corpus.privacy.strength import turns

DETECTOR = Detector()
CRC_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def found(text: str, language: str | None = None) -> list[tuple[str, str]]:
    return [(finding.kind, text[finding.start : finding.end]) for finding in DETECTOR.find(text, language=language)]


def kinds_in(text: str, language: str | None = None) -> set[str]:
    return {kind for kind, _ in found(text, language)}


@pytest.mark.parametrize("cases", [SEEN, UNSEEN], ids=["seen", "unseen"])
def test_what_was_planted_is_covered_from_end_to_end(cases) -> None:
    floors = {
        "prefix tokens": 0.99,
        "passwords assigned": 0.9,
        "passwords in URLs": 0.9,
        "passwords in prose": 0.75,
        "private-key": 1.0,
    }
    hits: dict[str, list[bool]] = {}
    for item in planted(cases, 1, per_personal=20):
        start = item.text.index(item.value)
        missing = {place for place in range(start, start + len(item.value)) if not item.text[place].isspace()}
        for finding in DETECTOR.find(item.text, language=item.language):
            missing.difference_update(range(finding.start, finding.end))
        hits.setdefault(item.group, []).append(not missing)
    short = {group: sum(all_of) / len(all_of) for group, all_of in hits.items()}
    assert {group: share for group, share in short.items() if share < floors.get(group, 0.97)} == {}


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD={}", "ansible_ssh_pass={}", "  - MYSQL_ROOT_PASSWORD={}", "ENV ADMIN_PASSWORD={}", '#define WIFI_PASSWORD "{}"',
        'psk="{}"', 'password = """{}"""', "requirepass {}", "net use \\\\srv\\x /user:bob {}", 'ConvertTo-SecureString "{}" -AsPlainText -Force',
        "rabbitmqctl add_user bob {}", "htpasswd -b f bob {}", 'echo "bob:{}" | chpasswd', 'sudo -S <<< "{}"', "sa_password {}",
        "<a>DB_PASSWORD={}</a>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["dragon5974", "qbIaUyipEQT7", "iF4Ac&MxuWQ3"])
def test_a_password_where_programs_are_given_one(text: str, value: str) -> None:
    assert value in {covered for _, covered in found(text.format(value))}


@pytest.mark.parametrize(
    "text",
    [
        "user bob, pass {}", "you can log in with bob and {} as the password", "The admin account uses {} for its password.", "u: bob p: {}",
        "password??\n> {}", "Bob: whats the netflix pw?\nAnn: {}", "it's {} (the password)", "Wifi: Acme-Guest / {}", "the key to the wifi is {}",
        "the code for the safe is {}", "Пароль от вайфая: {}", "adgangskode: {}", "salasana on {}", "şifre: {}", "비밀번호는 {}", "jelszó: {}",
        "parola este {}", "ο κωδικός είναι {}", "הסיסמה היא {}", "كلمة المرور هي {}", "mật khẩu là {}", "kata sandi: {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["sommer2007!", "NeeuZe08bwltIv77", "Winter-maison-44"])
def test_a_password_that_people_tell_each_other(text: str, value: str) -> None:
    text = text.format(value)
    start = text.index(value)
    assert [f.kind for f in DETECTOR.find(text) if f.start <= start and f.end >= start + len(value)] == ["password"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('{{"name": "DB_PASSWORD", "value": "{}"}}', None), ('set {{\n  name  = "auth.password"\n  value = "{}"\n}}', None),
        ('variable "db_password" {{\n  type = string\n  default = "{}"\n}}', None), ("username ada privilege 15 password 0 {}", None),
        ("enable secret {}", None), ("option key '{}'", None), ('WiFi.begin("Home", "{}");', "c++"), ("ada:{}@tcp(db:3306)/shop", None),
        ("argv: ['mysql', '-u', 'ada', '-p{}']", None), ("isql -U ada -P {}", None), ("imappass {}", None), ("password:: {}", None),
        ('@Value("${{db.password:{}}}")', "java"), ("<tr><td>Password</td><td>{}</td></tr>", None), ("<pass><![CDATA[{}]]></pass>", None),
        ('public string Password {{ get; set; }} = "{}";', "c#"), ('Dim dbPassword As String = "{}"', None), ("CREATE USER ada IDENTIFIED BY {};", None),
        ("keytool -storepass {} -list", None), ("sqlplus ada/{}@ORCL", None), ("A password is generated for root@localhost: {}", None),
        ("the disk is encrypted with {}", None), ("log in as ada with {}", None), ("пароль поменял на {}", None), ("введи {} как пароль", None),
        ("<ada> what's the pw again?\n<bob> {}", None), ("[10:01] Ada: need the root pw\n[10:02] Bob: it's {}", None), ("SSID: Home, key: {}", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["k9Trellis4Q", "vT5nYq2wLx8"])
def test_a_password_in_other_places(text: str, language: str | None, value: str) -> None:
    assert value in {covered for _, covered in found(text.format(value), language)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('var shopToken string = "{}"', "secret"), ('SHOP_TOKEN ?= "{}"', "secret"), ("<apiKey>\n  {}\n</apiKey>", "secret"),
        ('#define API_KEY "{}"', "secret"), ("x-functions-key: {}", "secret"), ("https://shop.firm.io/feed?auth={}", "secret"),
        ("aws configure set aws_secret_access_key {}", "secret"), ("jwt.sign(payload, '{}')", "secret"), ("Authorization: ApiKey {}", "secret"),
    ],
)  # fmt: skip
def test_a_secret_in_other_places(text: str, kind: str) -> None:
    value = "7f0Qm3xVb81LtZ9kRw2YdC5nHs6A"
    assert (kind, value) in found(text.format(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("otpauth://totp/Shop:ada?secret=UNSNBAEDJHA6ZTSBMQAAZCDFPW7CYGWO&issuer=Shop", "UNSNBAEDJHA6ZTSBMQAAZCDFPW7CYGWO"),
        ("Your verification code is 220791", "220791"), ("my SIM pin 734235", "734235"), ("G-689161 is your Google verification code.", "G-689161"),
        ("write to ada at posteo dot de", "ada at posteo dot de"), ("ada\\u0040posteo.de", "ada\\u0040posteo.de"), ("(ada＠posteo.de)", "ada＠posteo.de"),
        ("iban de89370400440532013000", "de89370400440532013000"), ("DE89 3704 0044 0532 0130 00 ALL PAID", "DE89 3704 0044 0532 0130 00"),
        ("db:\n  user: shop\n  password: dragonfly", "dragonfly"), ("SHOP_PASSWORD=opensesame", "opensesame"),
    ],
)  # fmt: skip
def test_what_has_a_form_of_its_own(text: str, value: str) -> None:
    assert [covered for _, covered in found(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "Bump types-x from 4.19.0.4 to 4.20.0.0", "see https://archive.org/list/CAMZUoKneArC+YZ36YFwxNTKsDtJhEz5P2cosXKxJS8Rf_3Nyuw@mail.gmail.com",
        "user@example.co.uk", "user:pass@hostname.tld", "Rechnung Nr. 350493776", "EAN 4007767744767", "3fff::1:1", "@user:matrix.org",
        "at one point in time", "pass 3/10 done", "the login is broken on v2.3.1", "encrypted with AES256 and SHA512", "password: string",
        "The password hash is sha512 since 2.3.1rc2", "PIN 13 is the LED pin", "wifi is down since 10:30",
        "You can pass in HTTP2Client instead.", "Options to pass to Phoenix.HTML.Form.options_for_select/2.", "Decrypt a ChaCha20Poly1305 ciphertext.",
        "Patch Qwen3NextGatedDeltaNet to parse lengths and pass to chunk_g", "a reset of the password in v2.3.1-beta4.", "groups (all-pass or all-fail), too",
        "hashed_password: hash}, _token} when", 'password: ["should be at least 12 character(s)"]',
        "mscorlib, PublicKeyToken=b77a5c561934e089", "+1 212 555 0123", "212-555-0123", "call (212) 555-0188", "tel 2125550123", 'password = System.fetch_env!("AUTH_PASSWORD")',
    ],
)  # fmt: skip
def test_mistakes_that_were_made(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "path",
    [
        "/var/home/anna",
        "/usr/home/anna",
        "/export/home/anna",
        "/mnt/c/Users/anna",
        "/cygdrive/c/Users/anna",
        "%2Fhome%2Fanna",
    ],
)
def test_homes_of_other_systems(path: str) -> None:
    assert found(f"it lies in {path} now") == [("home-path", path)]
    assert found(f"it lies in {path.replace('anna', 'user')} now") == []


@pytest.mark.parametrize(
    "text",
    [
        "change the pass to «Hunter2xyz9»",
        "pass changed to «Hunter2xyz9»",
        "Passwort wurde geändert in «Hunter2xyz9»",
        "Größe: ruf +49 an: «+49 170 5550123»",
        "+1 212 555 0123, «+33 6 55 50 12 34»",
    ],
)
def test_what_is_like_those_mistakes_and_none(text: str) -> None:
    assert [value for _, value in found(text.replace("«", "").replace("»", ""))] == [text[text.index("«") + 1 : -1]]


@pytest.mark.parametrize("ends", ["\n", "\\n", "\r\n    "])
def test_a_key_in_base64_that_is_broken_into_lines_is_found_whole(ends: str) -> None:
    block = pem("EC PRIVATE KEY")(random.Random(4))
    lines = base64.encodebytes(block.encode()).decode().split()
    told = f"key: {ends.join(lines)}{ends}\nport: 22\n"
    [(kind, covered)] = found(told)
    assert (kind, covered) == ("private-key", ends.join(lines))


@pytest.mark.parametrize("quoted", [quote, quote_plus])
def test_a_key_in_an_address_is_found_whole(quoted: Callable[[str], str]) -> None:
    block = quoted(pem("OPENSSH PRIVATE KEY")(random.Random(4)).strip())
    assert found(f"https://vault.acme.net/put?key={block}&name=a") == [("private-key", block)]


@pytest.mark.parametrize("name", ["key_{}", "{}_old", "backup_{}_2.txt"])
@pytest.mark.parametrize(
    "group",
    ["aws-id", "databricks", "github-classic", "slack-bot", "stripe", "telegram", "twilio", "discord-bot", "terraform"],
)
def test_a_token_beside_an_underscore_is_one(group: str, name: str) -> None:
    """As symbols and files are named: what is part of a name is no less of use to who reads it."""
    draw = {**SEEN_TOKENS, **UNSEEN_TOKENS}[group]
    value = draw(random.Random(8))
    [(kind, covered)] = found(name.format(value))
    assert (kind, value in covered) == ("api-key", True)


@pytest.mark.parametrize(
    ("kind", "draw"),
    [
        ("email", address), ("card", card("4", " ")), ("iban", iban("DE", "0" * 18, True)), ("ip", public_ip), ("ip", ipv6),
        ("mac", mac(":")), ("national-id", ssn), ("national-id", cpf), ("national-id", nino), ("national-id", nir), ("national-id", dni),
        ("coordinates", place), ("passphrase", seed(12)), ("private-key", pem("RSA PRIVATE KEY")),
    ],
)  # fmt: skip
def test_each_kind_is_found_alone_and_whole(kind: str, draw: Callable[[random.Random], str]) -> None:
    value = draw(random.Random(5))
    assert found(f"Look: {value} !\n") == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("xs[2001::2]; ys[::2]; zs[a:b]", "python"), ("version 1.22.33.44 and v10.20.30.40", None), ("see 192.168.1.1, 10.0.0.7, 127.0.0.1, ::1", None),
        ("dns 8.8.8.8 and 1.1.1.1", None), ("write to anna@example.com or bob@mail.example.org", None), ("icon@2x.png user@1000.service", None),
        ("git@github.com:acme/tool.git", None), ("@decorator.with.name\ndef f(): pass", "python"), ("this@Main.finish()", "kotlin"),
        ("points = [0.12345, 0.54321, 12.34567]", "python"), ("weights: 23.45678, 12.34567, 99.12345", None), ("on 2024-01-02 03:04:05.678901", None),
        ("4111 1111 1111 1111 is the test card", None), ("4242 4242 4242 4243", None), ("ID 123-45-6789 and 000-12-3456", None),
        ("password = getpass.getpass()", "python"), ("password: str\ntoken: Token\nsecret = None", "python"), ("DB_PASSWORD=changeme", None),
        ("password?\nNo, thanks, it works.", None), ("the key to the network is patience", None), ("user bob, pass the salt", None),
        ("the code for the server is in src/server2.py", None), ("login bob and password reset", None),
        ("DB_PASSWORD=${DB_PASSWORD}", None), ("password: <your-password>", None), ('password = os.environ["DB_PASSWORD"]', "python"),
        ('password = ""', "python"), ("the password is required and must not be empty", None), ("das Passwort ist falsch", None), ("I forgot my password, is that bad?", None),
        ("postgres://user:password@localhost/db", None), ("postgres://user:${PW}@localhost/db", None), ("https://host:8080/x?mail=a%20b", None),
        ("tokenizer = Tokenizer('bert-base-uncased')", "python"), ('token_type = "access_token"', "python"), ('cache_key = "user_profile_v2"', "python"),
        ("if line == '-----BEGIN RSA PRIVATE KEY-----': pass", "python"), ("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", None),
        ("-----BEGIN CERTIFICATE-----\n" + "MIIB" * 30 + "\n-----END CERTIFICATE-----", None), ("abandon " * 11 + "about", None),
        ("commit 3f786850e387550fdab836ed7e6dc881de23001b", None), ("sha256:" + "0a1b2c3d" * 8, None), ("id 123e4567-e89b-12d3-a456-426614174000", None),
        ("/home/user/x /Users/runner/y /home/ubuntu C:\\Users\\Public\\z", None), ("{{schema:@Type:parent.child}}", None),
        ("10101 20202 30303 40404 50505 60606 70707", None), ("AK" + "IAIOSFODNN7EXAMPLE", None), ("gh" + "p_" + "x" * 36, None),
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text: str, language: str | None) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ADMIN_PW=«lemur.Saddle.19»", None), ("  - POSTGRES_PASSWORD=«blue_Otter_553»", None), ("ENV ADMIN_PASSWORD «sp1nney_Wood»", None),
        ("data:\n  password: «Q29ybjNyc3RvbmUheA==»", None), ("  - name: MYSQL_ROOT_PASSWORD\n    value: «gr4nite-Fox-8»", None),
        ('{"auths":{"ghcr.io":{"auth":"«Ym9iOlRoMXN0bGVfRG93bjg4»"}}}', None), ("db.firm.io:5432:shop:app:«w1llow_Herb»", None),
        ('<property name="hibernate.connection.password">«l1chen-Moss»</property>', None), ("<key>Password</key>\n<string>«C0rk_screw»</string>", None),
        ('DriverManager.getConnection(url, "sa", "«Gr4velRoad!»");', "java"), ("new mysqli('db', 'shop', '«n3ttle*Tea»', 'shop');", "php"),
        ('var signingKey = []byte("«vplGLkObq9eRDtILwIWvrzXqcBchyM12»")', "go"), ('c = "Server=db;User Id=sa;Password=«P1neC0ne!!»;"', "c#"),
        ("echo '«d0ve_Tail_5»' | sudo -S apt update", None), ("| user | password |\n|---|---|\n| ada | «Th4tch_Roof» |", None),
        ('site,username,password\n"a, b",ada,"«Fl1nt_lock_9»"\n', None), ("url;password\r\nx;«Fl1nt_lock_9»\r\n", None),
        ("the passphrase is «pencil badger staple moon»", None), ("admin / «Sp4rrow_hawk»", None), ("Netflix pw «oatmeal2019»", None),
        ("wifi (guest): «lavender-fields-12»", None), ("le code wifi c'est «pamplemousse-77»", None), ("ww: «tulpenbol77»", None),
        ("пин-код 4 цифры: «9031»", None), ("bel «06-12345678»", None),
    ],
)  # fmt: skip
def test_a_password_is_found_in_its_place_and_no_more(text: str, language: str | None) -> None:
    value = text[text.index("«") + 1 : text.index("»")]
    assert [one for _, one in found(text.replace("«", "").replace("»", ""), language)] == [value]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the passphrase is used to derive the key.", None), ("| name | password |\n|---|---|\n| str | string |", None), ("admin / settings / users", None),
        ("password,comment\n\nnext,hunter2xyz", None), ('q = "SELECT * WHERE password=%s;"', "python"), ("getConnection(url, user, password)", "java"),
        ("The wifi is 802.11ac", None), ("  - name: DB_PASSWORD\n    value: ${DB_PASSWORD}", None), ("password sha256", None), ("let x = a || b;", "rust"),
    ],
)  # fmt: skip
def test_places_of_passwords_without_one(text: str, language: str | None) -> None:
    assert found(text, language) == []


def test_a_token_whose_checksum_is_wrong_cannot_be_in_use() -> None:
    import zlib

    body = some(random.Random(3), ALNUM, 30)
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = CRC_ALPHABET[digit] + check
    right, wrong = ("gh" + "p_" + body + end for end in (check, check[::-1]))
    assert [finding.action for finding in DETECTOR.find(right)] == ["remove"]
    assert [finding.action for finding in DETECTOR.find(wrong)] == ["redact"]


def test_a_seed_phrase_is_removed_if_its_checksum_is_right() -> None:
    words = seed(24)(random.Random(1)).split()
    assert [finding.action for finding in DETECTOR.find(" ".join(words))] == ["remove"]
    assert [finding.action for finding in DETECTOR.find(" ".join([*words[1:], words[0]]))] == ["redact"]


def test_bare_words_are_values_in_configuration_and_none_in_code() -> None:
    line = "password = " + some(random.Random(2), ALNUM, 14) + "7x"
    assert kinds_in(line) == {"password"}
    assert kinds_in(line, "python") == set()


@pytest.mark.parametrize("front", ["", "é ", "日本語", "\U0001f511\U0001f511 ", "\ud800 "])
def test_offsets_count_characters_whatever_stands_in_front(front: str) -> None:
    value = address(random.Random(4))
    assert found(f"{front} {value} \U0001f600") == [("email", value)]


SECRETS = st.sampled_from([*SEEN, *UNSEEN]).flatmap(
    lambda case: st.integers(0, 9).map(lambda n: case[3].format(case[2](random.Random(n))))
)


@settings(max_examples=70, deadline=None)
@given(st.lists(st.one_of(SECRETS, st.text(max_size=40)), max_size=6).map("\n".join))
def test_findings_are_sorted_in_range_and_apart(text: str) -> None:
    findings = DETECTOR.find(text)
    places = [place for finding in findings for place in (finding.start, finding.end)]
    assert places == sorted(places)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)
    assert {finding.kind for finding in findings} <= set(kinds())
    assert findings == DETECTOR.find(text)


def replaced(text: str, findings: list[Finding]) -> str:
    for finding in reversed(findings):
        text = f"{text[: finding.start]}<{finding.kind.upper()}>{text[finding.end :]}"
    return text


@settings(max_examples=50, deadline=None)
@given(st.lists(SECRETS, min_size=1, max_size=3).map("\n".join))
def test_nothing_is_found_where_all_of_it_was_replaced(text: str) -> None:
    findings = DETECTOR.find(text)
    again = DETECTOR.find(replaced(text, findings))
    assert not {finding.kind for finding in again} & {finding.kind for finding in findings}


def test_of_two_that_overlap_the_more_severe_stays() -> None:
    token = "glp" + "at-" + some(random.Random(8), URLSAFE[:62], 20)
    text = f'api_token = "{token}"\n'
    assert [(finding.rule, finding.action) for finding in DETECTOR.find(text)] == [("gitlab-token", "remove")]


def test_only_the_kinds_that_are_asked_for_are_looked_for() -> None:
    text = f"{address(random.Random(1))} {public_ip(random.Random(1))}"
    assert {finding.kind for finding in Detector(kinds=["ip"]).find(text)} == {"ip"}
    with pytest.raises(ConfigError, match="No rule finds 'shoe-size'"):
        Detector(kinds=["shoe-size"])


def test_rules_and_finders_of_ones_own_are_heard() -> None:
    badge = Rule(
        name="badge",
        kind="badge",
        pattern=r"ACME-\d{6}",
        keywords=("acme-",),
        anchored=True,
        source="the company's handbook",
    )

    def names(text: str) -> list[Finding]:
        place = text.find("Anna")
        return [Finding(place, place + 4, "name", "people", "redact")] if place >= 0 else []

    both = Detector(extra=[badge], finders=[names])
    assert [finding.kind for finding in both.find("Anna has ACME-123456.")] == ["name", "badge"]
    with pytest.raises(ConfigError, match="Two rules are called 'badge'"):
        Detector(extra=[badge, badge])
    with pytest.raises(ConfigError, match="not RE2"):
        Detector(extra=[Rule(name="back", kind="x", pattern=r"(a)\1", source="nowhere")])


def test_rules_say_who_they_have_it_from_and_are_called_once() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(
        rule.source and rule.keywords == tuple(word.encode().decode() for word in rule.keywords) for rule in RULES
    )
    for rule in RULES:
        assert all(word == word.encode().lower().decode() for word in rule.keywords), rule.name


class Counting:
    """A pattern's search that counts the bytes which it is given to look at."""

    def __init__(self, search, counts: list[int]) -> None:
        self._search, self._counts = search, counts

    def __call__(self, where: Any, data: bytes, start: int, end: int):
        spans = self._search(where, data, start, end)
        over = spans[0][1] if spans[0][0] >= 0 else end
        self._counts.append(64 if where is at_start() else over - start)
        return spans


@pytest.mark.parametrize(
    "unit",
    ["@", "a@b.", "password=", 'password="', "password: ", "-----BEGIN PRIVATE KEY-----\n", "://a:b", "eyJ", "eyJ ", "1", "12 ", "a1:", "f" * 7 + " ",
     "key=", "token='\\'", "abandon zoo ", "ghp_", "AKIA", "a,password\n", "--password ", "mysql -p ", "login a password b "],
)  # fmt: skip
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    """What RE2 is given to look at grows with the text and not with its square; counted, since clocks lie."""

    def work(length: int) -> tuple[int, int]:
        counts: list[int] = []
        counted = Detector()
        counted._searches = [Counting(search, counts) for search in counted._searches]
        counted.find((unit * (length // len(unit) + 1))[:length])
        return sum(counts), len(counts)

    (small, few), (large, many) = work(10_000), work(20_000)
    assert large <= 2.2 * small + 50_000
    assert many <= 2.2 * few + 200


def test_what_repeats_is_stepped_over_and_judged_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings are those of a detector that judges all of it."""
    rng = random.Random(5)
    cases = [case[3].format(case[2](random.Random(n))) for case in (*SEEN, *UNSEEN) for n in range(2)]
    lines = ["password=", "--password x1y2z3 ", "48.12345, 2.12345 ", "1.48.12345, 2.12345;", "81.2.69.160 ", "v 81.2.69.160 ", "pw: a1!b2 é",
             'x = "Password=P1neC0ne!!;"', "Password=P1neC0ne!!;", "lat 0.51234 3.12345", *rng.sample(cases, 60)]  # fmt: skip
    texts = [
        "".join(rng.choices(lines, k=400)),
        "\n".join(rng.choices(lines, k=400)),
        *(line * 90 for line in lines[:10]),
    ]
    found_with = [[DETECTOR.find(text), DETECTOR.find(text, language="python")] for text in texts]
    monkeypatch.setattr(module, "_REPEATED", 1 << 60)
    assert found_with == [[DETECTOR.find(text), DETECTOR.find(text, language="python")] for text in texts]
    calls: list[Candidate] = []
    rule = Rule(
        name="shout", kind="x", pattern="HEY", source="here", check=lambda found: calls.append(found) is not None
    )
    monkeypatch.setattr(module, "_REPEATED", 64)
    monkeypatch.setattr(module, "RULES", (rule,))
    assert Detector().find("HEY " * 5_000) == []
    assert len(calls) < 1_000  # the last two thousand bytes are looked at
    calls.clear()
    monkeypatch.setattr(module, "RULES", ())
    assert Detector(extra=[rule]).find("HEY " * 500) == []  # who looks how far in a rule of one's own is not known
    assert len(calls) == 500


@pytest.mark.parametrize("unit", ["password: ", '"password": "word", ', "--password word\n", "pass?\n"])
def test_what_repeats_is_stepped_over_and_what_follows_is_found(unit: str) -> None:
    """Of a unit that a text repeats the detector looks at some hundred, and at what stands among and behind them."""
    counts: list[int] = []
    counted = Detector()
    counted._searches = [Counting(search, counts) for search in counted._searches]
    flood = unit * (60_000 // len(unit))
    counted.find(flood)
    assert len(counts) < 2_500
    secret = "\npassword = k9Trellis4Q\n"
    findings = DETECTOR.find(flood + secret + flood + secret + unit)
    places = {place for one in findings for place in range(one.start, one.end)}
    for start in (len(flood), 2 * len(flood) + len(secret)):
        assert places >= set(range(start + 12, start + 23))


def test_among_thousands_nothing_is_left_out_that_would_be_found_alone() -> None:
    rng = random.Random(3)
    values = ["".join(rng.choices(ALNUM, k=8)) + "7a" for _ in range(2_100)]
    words = ["".join(rng.choices("abcdefgh", k=7)) for _ in range(2_100)]
    numbers = [f"+49 151 {rng.randrange(10**7, 10**8)}" for _ in range(2_100)]
    for lines in ([f"password: {v}" for v in values], [f"<password>{w}</password>" for w in words], numbers):
        alone = [len(DETECTOR.find(line)) for line in lines[-20:]]
        text = "\n".join(lines)
        many = [one for one in DETECTOR.find(text) if one.start >= len(text) - len("\n".join(lines[-20:]))]
        assert len(many) >= sum(alone)
    messages = "\n".join(f'"password_{n}": "Enter your new password, {word}.",' for n, word in enumerate(words))
    calls = "\n".join(f'sign_in(user, password=hashed_password("{word}", {n}))' for n, word in enumerate(words))
    assert (found(messages), found(calls, "python")) == ([], [])


def test_another_make_of_re2_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "é password = 'k9Trellis4Q' 日本 anna@quorren.de\n-----BEGIN PGP PRIVATE KEY BLOCK-----\n"
        + "+49 30 901820 " * 3
    )
    for pattern in DETECTOR._patterns:
        usual = search_of(_WithoutInsides(pattern))
        direct = search_of(pattern)
        data = text.encode()
        for start, end in [(0, len(data)), (3, len(data) - 4), (14, 30)]:
            for where in (at_start(), unanchored()):
                spans = direct(where, data, start, end)
                assert usual(where, data, start, end) == (spans if spans[0][0] >= 0 else [(-1, -1)])


class _WithoutInsides:
    """A compiled pattern of which only what is public can be reached."""

    def __init__(self, pattern: Any) -> None:
        self.match, self.search, self.groups = pattern.match, pattern.search, pattern.groups


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from([2.5, 2.7, 3.0, 3.3, 4.0]))
def test_the_quick_measures_of_a_value_are_what_they_stand_for(value: str, floor: float) -> None:
    assert varied(value, floor) == (entropy(value) >= floor)
    drawn = "".join(chr(33 + ord(one) % 90) for one in value)  # and of ASCII
    assert varied(drawn, floor) == (entropy(drawn) >= floor)
    spelt = re.findall(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", drawn)
    assert turns(drawn) == len(spelt)


HITS = st.dictionaries(
    st.integers(0, 30), st.lists(st.integers(0, 300), min_size=1, unique=True).map(sorted), min_size=1
)


@settings(max_examples=100, deadline=None)
@given(HITS.map(lambda hits: list(hits.items())), st.integers(0, 40))
def test_windows_joined_as_arrays_are_those_joined_one_by_one(hits: list[tuple[int, list[int]]], behind: int) -> None:
    assert module._joined_at_once(hits, behind) == module._joined(hits, behind)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["password", " = ", ": ", "is ", '"', "'", "“", "”", "**", "`", "x1Y2z3", "é", " ", "\n", "пароль"]
        )
    ).map("".join)
)
def test_a_value_found_by_where_its_match_ends_is_the_groups(text: str) -> None:
    data = text.encode()
    for rule in (rule for rule in RULES if rule.closing):
        pattern = compiled(rule.pattern, rule.name)
        quick, full = module._search(rule, pattern), search_of(pattern)
        at = 0
        while at < len(data):
            spans, told = full(unanchored(), data, at, len(data)), quick(unanchored(), data, at, len(data))
            if spans[0][0] < 0:
                assert told[0] == (-1, -1)
                break
            assert (told[0], module._value(told, None)) == (spans[0], module._value(spans, None))
            at = spans[0][1]


@pytest.mark.parametrize(
    "octets", ["81.2.69.160", "100.63.7.9", "100.128.7.9", "172.32.0.9", "198.20.4.5", "203.0.114.7", "223.9.9.8"]
)
def test_an_address_of_the_open_network_is_one(octets: str) -> None:
    assert found(f"Look: {octets} !") == [("ip", octets)]


@pytest.mark.parametrize(
    "octets",
    [
        "100.64.7.9",
        "169.254.7.9",
        "172.31.0.9",
        "198.19.4.5",
        "203.0.113.7",
        "224.9.9.8",
        "81.2.69.256",
        "81.02.69.1",
        "77.77.77.77",
    ],
)
def test_an_address_that_is_set_aside_or_none_is_not_found(octets: str) -> None:
    assert found(f"Look: {octets} !") == []


def test_a_text_without_a_keyword_meets_only_the_patterns_that_have_none() -> None:
    counts: list[int] = []
    counted = Detector()
    counted._searches = [Counting(search, counts) for search in counted._searches]
    counted.find("x\n" * 5_000)
    assert len(counts) == sum(not rule.keywords for rule in RULES)


def test_checks_take_what_no_validator_expects() -> None:
    rng = random.Random(11)
    for _ in range(200):
        junk = "".join(rng.choice(HEX + "GJPQ .:-/@+(){}[]=\"'\\\n") for _ in range(300))
        assert isinstance(DETECTOR.find(junk, language=rng.choice([None, "python", "yaml"])), list)


def test_the_version_is_for_the_manifest() -> None:
    assert module.VERSION.isdigit()


def test_other_rules_are_another_version() -> None:
    assert (module.VERSION, fingerprint()) == ("4", module.FINGERPRINT), (
        "the rules have changed: raise VERSION in corpus/privacy/detector.py and here, and put their fingerprint beside it"
    )


def test_the_page_lists_every_rule_and_every_kind() -> None:
    page = (Path(__file__).parents[1] / "docs" / "privacy.md").read_text("utf-8")
    assert table() in page
    assert all(f"| `{kind}` |" in page for kind in kinds())


def test_the_word_list_is_the_standards() -> None:
    text = (files("corpus.privacy") / "data" / "bip39-english.txt").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


@pytest.mark.parametrize("separator", ["\n", ".\n", ",\n- "])
def test_phrases_one_a_line_are_found_each_and_the_list_is_none(separator: str) -> None:
    rng = random.Random(4)
    phrases = [seed(words)(rng) for words in (12, 24, 12, 15, 18)]
    text = separator.join(phrases)
    found = Detector(kinds=["passphrase"]).find(text)
    assert [text[one.start : one.end] for one in found] == phrases
    in_rows = [" ".join(bip39()[at : at + 12]) for at in range(0, 2048, 12)]
    assert Detector(kinds=["passphrase"]).find(separator.join(in_rows)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("export DB_PASSWORD=Gh7kLq92Zm; make", "Gh7kLq92Zm"),
        ("cd x;DB_PASSWORD=Gh7kLq92Zm;\n", "Gh7kLq92Zm"),
        ("passord: Gh7kLq92Zm", "Gh7kLq92Zm"),
        ("PASSWORD=getPassword();", None),
        ("int MAX_PASSWORD=max_password;", None),
        ("PASS=$OTHER;", None),
    ],
)
def test_a_semicolon_ends_what_a_shell_sets(text: str, value: str | None) -> None:
    found = Detector().find(text)
    assert [text[one.start : one.end] for one in found] == ([] if value is None else [value])


def test_a_gitleaks_configuration_of_ones_own_is_read(tmp_path) -> None:
    path = tmp_path / "gitleaks.toml"
    path.write_text(
        """
        [[rules]]
        id = "acme"
        description = "ACME's key"
        regex = '''(acme)_([a-z0-9]{12})'''
        secretGroup = 2
        entropy = 2.5
        keywords = ["ACME_"]
        [[rules.allowlists]]
        stopwords = ["sandbox"]
        [[rules]]
        id = "by-path"
        path = '''secret$'''
        """
    )
    detector = Detector(extra=gitleaks_rules(path), kinds=["secret"])
    drawn = some(random.Random(6), HEX, 12)
    text = f"see acme_{drawn}, acme_aaaaaaaaaaaa and acme_sandbox12345"
    assert [(finding.rule, text[finding.start : finding.end]) for finding in detector.find(text)] == [
        ("gitleaks:acme", drawn)
    ]
    path.write_text("[[rules]]\nregex = 'x'")
    with pytest.raises(ConfigError, match="without an id"):
        gitleaks_rules(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        gitleaks_rules(tmp_path / "none.toml")


def test_a_detector_goes_to_a_worker() -> None:
    text = f"{address(random.Random(1))} {public_ip(random.Random(1))}"
    assert pickle.loads(pickle.dumps(Detector(kinds=["ip"]))).find(text) == Detector(kinds=["ip"]).find(text)


@pytest.mark.parametrize("which", ["A", "B", "C", "D"])
def test_plain_words_that_are_told_as_passwords_are_covered(which) -> None:
    items = list(told(which, most=2))
    missed = [item for item in items if item.value.rstrip("!*$") not in "".join(v for _, v in found(item.text))]
    assert len(missed) <= 0.15 * len(items), [item.text for item in missed]


def test_what_is_said_of_passwords_is_none() -> None:
    texts = [f"We met yesterday.\n{sentence}\nSee you.\n" for sentence in NOT_TOLD]
    assert [text for text in texts if found(text)] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the password's Sonnenblume, don't tell", "Sonnenblume"),
        ("das Passwort auf sunflower geändert", "sunflower"),
        ("use marmalade as the password", "marmalade"),
        ("the password `install` is used", "install"),
        ("a senha é girassol", "girassol"),
    ],
)
def test_a_plain_word_is_found_by_its_place(text, value) -> None:
    assert [(kind, what.rstrip(",.")) for kind, what in found(text)] == [("password", value)]


def test_a_plain_word_in_code_is_a_word() -> None:
    assert found("password = sunflower\n", "python") == []


@pytest.mark.parametrize(
    "text",
    ["the password's owner, of course", "adds a password to accounts", "with guidelines for a password", "a password is sunflower"],
)  # fmt: skip
def test_another_place_makes_no_password_of_a_word(text) -> None:
    assert found(text) == []
