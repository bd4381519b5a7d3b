"""Secrets and personal data that are drawn at run time and planted in texts; none stands in this file.

`SEEN` is what the detector's rules were tried against while they were written, `UNSEEN` was kept apart and measured at
the end: other providers, other words, other forms. A generator takes a `random.Random` and gives a value, and where the
words around it matter, the text too.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["SEEN", "UNSEEN", "Planted", "planted"]

LOWER, UPPER, DIGITS, HEX = string.ascii_lowercase, string.ascii_uppercase, string.digits, "0123456789abcdef"
ALNUM = string.ascii_letters + DIGITS
URLSAFE = ALNUM + "-_"
Draw = Callable[[random.Random], str]


@dataclass(frozen=True)
class Planted:
    """A text, the value in it (found once), its group and its generator's name."""

    text: str
    value: str
    group: str
    name: str
    language: str | None


def some(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def token(prefix: str, alphabet: str, length: int, suffix: str = "") -> Draw:
    return lambda rng: prefix + some(rng, alphabet, length) + suffix


def uuid(rng: random.Random) -> str:
    return "-".join(some(rng, HEX, n) for n in (8, 4, 4, 4, 12))


def jwt(rng: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join(
        [part({"alg": rng.choice(["HS256", "RS256"]), "typ": "JWT"}), part({"sub": some(rng, DIGITS, 9), "iat": rng.randrange(10**9)}),
         some(rng, URLSAFE, 42) + rng.choice(ALNUM)]
    )  # fmt: skip


def pem(label: str, lines: int = 12) -> Draw:
    def draw(rng: random.Random) -> str:
        body = "\n".join(some(rng, ALNUM + "+/", 64) for _ in range(lines)) + "\n" + some(rng, ALNUM, 30) + "=="
        dashes = "-" * 5
        return f"{dashes}BEGIN {label}{dashes}\n{body}\n{dashes}END {label}{dashes}"

    return draw


PASSWORD_WORDS = """
    sunrise copper falcon orchid tiger marble river dragon summer winter coffee guitar planet monkey silver
    shadow
    """.split()


def password(rng: random.Random) -> str:
    kind = rng.randrange(5)
    word = rng.choice(PASSWORD_WORDS)
    if kind == 0:
        return some(rng, ALNUM, 11) + rng.choice(DIGITS) + rng.choice(LOWER)
    if kind == 1:
        return word.title() + str(rng.randrange(10, 9999)) + rng.choice("!?#$*")
    if kind == 2:
        return word + some(rng, DIGITS, 3) + rng.choice(PASSWORD_WORDS)
    if kind == 3:
        return (
            rng.choice(ALNUM)
            + "".join(rng.choice(ALNUM + "!#%*+-_^~?") for _ in range(12))
            + rng.choice(DIGITS)
            + rng.choice(UPPER)
        )
    return (
        word[0].upper()
        + word[1:-1].replace("e", "3").replace("i", "1").replace("o", "0")
        + rng.choice("@#!")
        + some(rng, DIGITS, 2)
    )


def plain_password(rng: random.Random) -> str:
    """One that an address or a command line needs no quoting for."""
    return some(rng, ALNUM, rng.randrange(8, 16)) + rng.choice(DIGITS) + rng.choice(LOWER)


SEEN_TOKENS: dict[str, Draw] = {
    "github-classic": token("gh" + "p_", ALNUM, 36),
    "github-fine": lambda rng: "github_" + "pat_" + some(rng, ALNUM, 22) + "_" + some(rng, ALNUM, 59),
    "gitlab": token("glp" + "at-", URLSAFE, 20),
    "npm": token("np" + "m_", ALNUM, 36),
    "pypi": token("pyp" + "i-AgEIcHlwaS5vcmc", URLSAFE, 150),
    "aws-id": token("AK" + "IA", UPPER + "234567", 16),
    "google-api": token("AI" + "za", URLSAFE, 34, "x"),
    "openai-project": token("sk-" + "proj-", ALNUM + "_", 120),
    "anthropic": token("sk-" + "ant-api03-", URLSAFE, 93, "AA"),
    "huggingface": token("h" + "f_", string.ascii_letters, 34),
    "slack-bot": lambda rng: "xo" + f"xb-{some(rng, DIGITS, 12)}-{some(rng, DIGITS, 12)}-{some(rng, ALNUM, 24)}",
    "slack-webhook": lambda rng: "https://hooks.sl" + f"ack.com/services/T{some(rng, UPPER + DIGITS, 8)}/B{some(rng, UPPER + DIGITS, 8)}/{some(rng, ALNUM, 24)}",
    "telegram": lambda rng: f"{rng.randrange(10**9, 9 * 10**9)}:" + "AA" + some(rng, URLSAFE, 32) + "q",
    "stripe": token("sk_" + "live_", ALNUM, 24),
    "twilio": token("S" + "K", HEX, 32),
    "sendgrid": lambda rng: "S" + f"G.{some(rng, URLSAFE, 22)}.{some(rng, URLSAFE, 42)}x",
    "digitalocean": token("do" + "p_v1_", HEX, 64),
    "databricks": token("da" + "pi", HEX, 32),
    "shopify": token("shp" + "at_", HEX, 32),
    "vault": token("hv" + "s.", URLSAFE, 90, "x"),
    "matrix": lambda rng: "sy" + f"t_{base64.b64encode(some(rng, LOWER, 6).encode()).decode()}_{some(rng, string.ascii_letters, 20)}_{some(rng, ALNUM, 6)}",
    "grafana": lambda rng: "gl" + f"sa_{some(rng, ALNUM, 32)}_{some(rng, HEX, 8)}",
    "jwt": jwt,
    "tavily": token("tv" + "ly-dev-", ALNUM, 32),
    "e2b": token("e2" + "b_", HEX, 40),
    "elevenlabs": token("s" + "k_", HEX, 48),
    "jina": lambda rng: "ji" + f"na_{some(rng, HEX, 32)}{some(rng, URLSAFE, 27)}k",
    "voyage": token("p" + "a-", URLSAFE, 42, "k"),
    "langfuse": lambda rng: "sk-" + f"lf-{some(rng, HEX, 8)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 12)}",
    "cerebras": token("cs" + "k-", LOWER + DIGITS, 48),
    "axiom": lambda rng: "xa" + f"at-{some(rng, HEX, 8)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 12)}",
    "linkedin": lambda rng: "WPL_" + f"AP1.{some(rng, ALNUM, 16)}.{some(rng, ALNUM, 6)}==",
    "deno": token("dd" + "p_", ALNUM, 36),
    "temporal": lambda rng: "tmp" + f"rl_{some(rng, ALNUM, 32)}_{some(rng, ALNUM, 32)}",
    "infisical": lambda rng: "s" + f"t.{some(rng, HEX, 24)}.{some(rng, HEX, 32)}.{some(rng, HEX, 32)}",
    "launchdarkly": lambda rng: "sd" + f"k-{some(rng, HEX, 8)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 12)}",
    "artifactory-reference": token("cmVm" + "dGtu", ALNUM, 56),
    "twitch": token("oau" + "th:", LOWER + DIGITS, 30),
    "azure-devops": lambda rng: some(rng, ALNUM, 76) + "AZ" + "DO" + some(rng, ALNUM, 4),
}  # fmt: skip

UNSEEN_TOKENS: dict[str, Draw] = {
    "github-oauth": token("gh" + "o_", ALNUM, 36),
    "gitlab-runner": token("glr" + "t-", URLSAFE, 19, "z"),
    "rubygems": token("ruby" + "gems_", HEX, 48),
    "docker": token("dc" + "kr_pat_", URLSAFE, 26, "k"),
    "google-oauth": token("GOC" + "SPX-", URLSAFE, 27, "k"),
    "openai-old": lambda rng: "s" + f"k-{some(rng, ALNUM, 20)}T3Blb" + f"kFJ{some(rng, ALNUM, 20)}",
    "groq": token("gs" + "k_", ALNUM, 52),
    "slack-app": lambda rng: "xa" + f"pp-1-A{some(rng, UPPER + DIGITS, 10)}-{some(rng, DIGITS, 13)}-{some(rng, HEX, 64)}",
    "discord-bot": lambda rng: base64.b64encode(str(rng.randrange(10**17, 9 * 10**17)).encode()).decode().rstrip("=") + f".G{some(rng, ALNUM, 5)}.{some(rng, URLSAFE, 37)}k",
    "discord-webhook": lambda rng: "https://disc" + f"ord.com/api/webhooks/{some(rng, '123456789', 18)}/{some(rng, URLSAFE, 67)}k",
    "stripe-restricted": token("rk_" + "live_", ALNUM, 99),
    "stripe-webhook": token("wh" + "sec_", ALNUM, 32),
    "mailgun": token("ke" + "y-", HEX, 32),
    "mailchimp": token("", HEX, 32, "-us14"),
    "doppler": token("dp" + ".pt.", ALNUM, 43),
    "linear": token("lin" + "_api_", ALNUM, 40),
    "notion": token("nt" + "n_", ALNUM, 46),
    "figma": token("fi" + "gd_", URLSAFE, 39, "k"),
    "atlassian": token("ATA" + "TT3", URLSAFE + "=", 183, "=5A1B2C3D"),
    "airtable": lambda rng: "pa" + f"t{some(rng, ALNUM, 14)}.{some(rng, HEX, 64)}",
    "new-relic": token("NR" + "AK-", UPPER + DIGITS, 27),
    "sentry": token("sntr" + "yu_", HEX, 64),
    "terraform": lambda rng: some(rng, ALNUM, 14) + ".atl" + "asv1." + some(rng, URLSAFE, 66) + "k",
    "square": token("EA" + "AA", ALNUM, 60),
    "netlify": token("nf" + "p_", ALNUM, 36),
    "tailscale": lambda rng: "tsk" + f"ey-auth-k{some(rng, ALNUM, 11)}CNTRL-{some(rng, ALNUM, 32)}",
    "postman": lambda rng: "PM" + f"AK-{some(rng, HEX, 24)}-{some(rng, HEX, 34)}",
    "pulumi": token("pu" + "l-", HEX, 40),
}  # fmt: skip

# Seven places that a token can stand in: what is around it, and the language.
HOSTS: dict[str, tuple[str, str | None]] = {
    "py": ('import client\n\nTIMEOUT = 30\nservice = client.connect("{}", timeout=TIMEOUT)\n', "python"),
    "env": ("DEBUG=1\nPORT=8080\nSERVICE_ACCESS={}\nREGION=eu\n", None),
    "yaml": ("service:\n  host: api\n  access: {}\n  retries: 3\n", None),
    "json": ('{{"host": "api", "access": "{}", "retries": 3}}\n', None),
    "markdown": ("# Setup\n\nRun it with `{}` and wait.\n\n- done\n", None),
    "chat": ("ok so try {} and tell me if that works, bye\n", None),
    "diff": ("@@ -1,2 +1,2 @@\n-access = old\n+access = {}\n context\n", None),
}
UNSEEN_HOSTS: dict[str, tuple[str, str | None]] = {
    "go": ('package main\n\nvar c = New("{}")\n', "go"),
    "ini": ("[service]\naccess={}\nport = 1\n", None),
    "shell": ("set -e\nexport ACCESS='{}'\nrun --now\n", "bash"),
    "xml": ("<conf><access>{}</access></conf>\n", None),
    "table": ("| what | value |\n|---|---|\n| access | {} |\n", None),
    "quote": ("Anna schrieb:\n> nimm {}, das geht.\nDanke!\n", None),
    "log": ("2026-01-02T03:04:05Z INFO connecting with ({}) to api\n", None),
}

SEEN_ASSIGNED = [
    ('password = "{}"\n', "python"), ('    db_password: str = "{}"\n', "python"), ('{{"user": "anna", "password": "{}"}}\n', None),
    ("DB_PASSWORD={}\nDB_HOST=db\n", None), ("database:\n  user: app\n  password: {}\n", None), ("password={}\nuser=app\n", None),
    ('const password = "{}";\n', "javascript"), ("<password>{}</password>\n", None), ("+ADMIN_PASSWORD='{}'\n", None),
    ('os.environ["PGPASSWORD"] = "{}"\n', "python"), ('conn = connect(user="app", password="{}")\n', "python"),
    ("machine api.acme.io login anna password {}\n", None), ("mysql -u root --password={} shop\n", "bash"),
    ("Server=db;Database=x;User Id=sa;Password={};\n", None), ("CREATE USER app IDENTIFIED BY '{}';\n", "sql"),
]  # fmt: skip
UNSEEN_ASSIGNED = [
    ('String dbPassword = "{}";\n', "java"), ('let passwd = "{}"\n', "swift"), ("smtp_pass: '{}'\n", None),
    ('setPassword("{}");\n', "java"), ('"adminPwd" => "{}",\n', "php"), ("export REDIS_PASSWORD={}\n", "bash"),
    ("spring.datasource.password={}\n", None), ('<add key="DbPassword" value="{}" />\n', None), ("curl -u anna:{} https://api.acme.io/x\n", "bash"),
    ("sshpass -p '{}' ssh anna@host\n", "bash"), ('kennwort = "{}"\n', "python"), ('  "senha": "{}",\n', None),
    ('password := "{}"\n', "go"), ("ALTER ROLE app WITH PASSWORD '{}';\n", "sql"), ("docker login -u anna -p {} registry.acme.io\n", "bash"),
    ('    auth=("anna", "{}"),\n', "python"),
]  # fmt: skip
SEEN_URLS = [
    "postgres://app:{}@db.acme.io:5432/shop", "https://anna:{}@git.acme.io/x.git", "redis://:{}@cache:6379/0",
    "mongodb+srv://app:{}@cluster0.acme.mongodb.net/shop", "amqp://app:{}@mq:5672/%2f",
]  # fmt: skip
UNSEEN_URLS = [
    "mysql+pymysql://root:{}@127.0.0.1/shop", "ftp://anna:{}@files.acme.io/pub", "smtp://mailer%40acme.io:{}@smtp.acme.io:587",
    "jdbc:postgresql://db/shop?user=app&password={}&ssl=true", "ssh://deploy:{}@build.acme.io:2222/srv", "socks5://u1:{}@10.1.2.3:1080",
]  # fmt: skip
SEEN_PROSE = [
    "hey, my password is {} ok?", "das Passwort lautet {}", "a senha é {}", "le mot de passe est {}", "la contraseña es {}",
    "la password è {}", "het wachtwoord is {}", "пароль: {}", "pw: {}", "the wifi password is {}, have fun", "Passwort: {}",
    "pass is `{}`", "new password for the NAS: {}",
]  # fmt: skip
UNSEEN_PROSE = [
    "I changed the router password to {} yesterday", "mein Kennwort ist jetzt {}.", "minha senha do banco é {}!", "mdp: {}",
    "te paso la clave: {}", "ecco la password del wifi: {}", "wachtwoord voor de nas: {}", "мой пароль теперь {}", "pwd = {}",
    "password for the guest network is \"{}\"", "use {} as the password", "login: anna / {}", "das WLAN-Passwort war {} oder so",
    "el password es {} , guárdalo", "passwd {} -> don't share", "can you log in? the pass is {} :)",
]  # fmt: skip


def in_hosts(
    tokens: dict[str, Draw], hosts: dict[str, tuple[str, str | None]], group: str
) -> Iterator[tuple[str, str, Draw, str, str | None]]:
    for name, draw in tokens.items():
        for host, (text, language) in hosts.items():
            yield group, f"{name}/{host}", draw, text, language


def in_texts(
    texts: list[tuple[str, str | None]], draw: Draw, group: str
) -> Iterator[tuple[str, str, Draw, str, str | None]]:
    for number, (text, language) in enumerate(texts):
        yield group, f"{group}/{number}", draw, text, language


# A key's block changes its shape with its host: indented, quoted, escaped, commented, cut.
def indented(block: str) -> str:
    return "\n".join("    " + line for line in block.split("\n"))


def escaped(block: str) -> str:
    return block.replace("\n", "\\n") + "\\n"


def commented(block: str) -> str:
    return "\n".join("# " + line for line in block.split("\n"))


def added(block: str) -> str:
    return "\n".join("+" + line for line in block.split("\n"))


def cut(block: str) -> str:
    return block.rpartition("\n")[0]


def joined(block: str) -> str:
    return "\n".join(f'    "{line}\\n" +' for line in block.split("\n"))


def beheaded(block: str) -> str:
    return block.partition("\n")[2]


def cited(block: str) -> str:
    return "\n".join("> " + line for line in block.split("\n"))


def tabbed(block: str) -> str:
    return block.replace("\n", "\r\n\t")


def yaml_block(block: str) -> str:
    return "key: |\n" + "\n".join("  " + line for line in block.split("\n"))


def cut_and_escaped(block: str) -> str:
    return escaped(cut(block))[:-2]


KEYS_SEEN = {"rsa": pem("RSA PRIVATE KEY"), "pkcs8": pem("PRIVATE KEY"), "openssh": pem("OPENSSH PRIVATE KEY", 6)}
KEYS_UNSEEN = {
    "ec": pem("EC PRIVATE KEY", 2),
    "encrypted": pem("ENCRYPTED PRIVATE KEY", 20),
    "pgp": pem("PGP PRIVATE KEY BLOCK", 30),
    "dsa": pem("DSA PRIVATE KEY", 8),
}
SHAPES_SEEN = {
    "plain": str,
    "indented": indented,
    "escaped": escaped,
    "commented": commented,
    "added": added,
    "cut": cut,
    "joined": joined,
}
SHAPES_UNSEEN = {
    "beheaded": beheaded,
    "cited": cited,
    "tabbed": tabbed,
    "yaml": yaml_block,
    "cut-escaped": cut_and_escaped,
    "plain": str,
}


def keys(
    draws: dict[str, Draw], shapes: dict[str, Callable[[str], str]]
) -> Iterator[tuple[str, str, Draw, str, str | None]]:
    for name, draw in draws.items():
        for shape, reshape in shapes.items():
            yield (
                "private-key",
                f"{name}/{shape}",
                lambda rng, d=draw, r=reshape: r(d(rng)).strip(),
                "before\n\n{}\n\nafter it\n",
                None,
            )


def luhn_digit(digits: str) -> str:
    total = sum(sum(divmod(int(c) * (2 - n % 2), 10)) for n, c in enumerate(reversed(digits)))
    return str(-total % 10)


def card(prefix: str, groups: str) -> Draw:
    def draw(rng: random.Random) -> str:
        digits = prefix + some(rng, DIGITS, 15 - len(prefix))
        digits += luhn_digit(digits)
        return groups.join(digits[n : n + 4] for n in range(0, 16, 4))

    return draw


def iban(country: str, form: str, spaced: bool) -> Draw:
    def draw(rng: random.Random) -> str:
        account = "".join(some(rng, UPPER if c == "A" else DIGITS, 1) for c in form)
        number = int("".join(str(int(c, 36)) for c in account + country + "00"))
        text = f"{country}{98 - number % 97:02}{account}"
        return " ".join(text[n : n + 4] for n in range(0, len(text), 4)) if spaced else text

    return draw


def public_ip(rng: random.Random) -> str:
    return f"{rng.choice([81, 93, 185, 203, 46, 151])}.{rng.randrange(40, 250)}.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}"


def ipv6(rng: random.Random) -> str:
    return rng.choice(["2a02:810d:", "2003:e4:", "2600:1700:"]) + ":".join(
        f"{rng.randrange(4096, 65535):x}" for _ in range(6)
    )


def ipv6_short(rng: random.Random) -> str:
    return f"2a01:4f8:{rng.randrange(256, 65535):x}:{rng.randrange(256, 65535):x}::{rng.randrange(1, 99)}"


def mac(separator: str) -> Draw:
    return lambda rng: separator.join(f"{rng.randrange(256):02x}" for _ in range(6))


def number(form: str) -> Draw:
    """`#` is a digit, `N` one from 2 to 9, anything else itself."""
    return lambda rng: "".join(
        rng.choice("0123456789") if c == "#" else rng.choice("23456789") if c == "N" else c for c in form
    )


def ssn(rng: random.Random) -> str:
    return f"{rng.choice([*range(100, 665), *range(667, 899)])}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}"


def cpf(rng: random.Random) -> str:
    digits = some(rng, DIGITS, 9)
    for length in (9, 10):
        digits += str(sum(int(digits[n]) * (length + 1 - n) for n in range(length)) * 10 % 11 % 10)
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def nino(rng: random.Random) -> str:
    return (
        rng.choice(["AB", "CE", "HJ", "PR", "SX"])
        + f" {some(rng, '23456789', 2)} {some(rng, DIGITS, 2)} {some(rng, DIGITS, 2)} "
        + rng.choice("ABCD")
    )


def nir(rng: random.Random) -> str:
    body = f"{rng.choice('12')}{rng.randrange(40, 99)}{rng.randrange(1, 12):02}{rng.randrange(10, 95)}{some(rng, DIGITS, 3)}{some(rng, DIGITS, 3)}"
    key = f"{97 - int(body) % 97:02}"
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"


def dni(rng: random.Random) -> str:
    digits = some(rng, "23456789", 8)
    return digits + "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23]


def place(rng: random.Random) -> str:
    return f"{rng.uniform(-80, 80):.6f}, {rng.uniform(2, 170):.6f}"


def place_named(rng: random.Random) -> str:
    return f"{rng.uniform(35, 60):.5f},{rng.uniform(5, 30):.5f}"


def person(rng: random.Random) -> str:
    return (
        some(rng, "bdfklmnprst", 1)
        + rng.choice("aeiou")
        + some(rng, "lmnrs", 1)
        + rng.choice("aeio")
        + some(rng, DIGITS, 1)
    )


def address(rng: random.Random) -> str:
    return f"{person(rng)}.{person(rng)}@{rng.choice(['gmail.com', 'web.de', 'acme-tools.io', 'uni-x.ac.uk'])}"


def address_tagged(rng: random.Random) -> str:
    return f"{person(rng)}+{person(rng)}@mail.{rng.choice(['posteo.de', 'yahoo.co.jp', 'kolabnow.ch'])}"


@cache
def bip39() -> list[str]:
    return (files("corpus.privacy") / "data" / "bip39-english.txt").read_text("ascii").split()


def seed(words: int) -> Draw:
    def draw(rng: random.Random) -> str:
        import hashlib

        bits = words * 32 // 3
        entropy = rng.randbytes(bits // 8)
        check = bits // 32
        whole = int.from_bytes(entropy, "big") << check | hashlib.sha256(entropy).digest()[0] >> (8 - check)
        return " ".join(bip39()[whole >> 11 * n & 2047] for n in reversed(range(words)))

    return draw


SEEN_PERSONAL: dict[str, tuple[Draw, str]] = {
    "email": (address, "write to {} please"), "phone-us": (number("(Nx3) N55-####".replace("x3", "0N")), "call {} tomorrow"),
    "phone-de": (number("+49 151 N#######"), "meine Nummer {} bitte"), "phone-gb": (number("+44 7911 N#####"), "ring {} later"),
    "phone-fr": (number("06 N2 ## ## ##"), "mon numéro {} merci"), "iban-de": (iban("DE", "0" * 18, True), "IBAN {} danke"),
    "iban-gb": (iban("GB", "AAAA" + "0" * 14, False), "pay to {} thanks"), "card": (card("4", " "), "my card {} ok"),
    "ipv4": (public_ip, "the server {} is down"), "ipv6": (ipv6, "ping {} now"), "mac": (mac(":"), "the printer has {} as id"),
    "ssn": (ssn, "it is {} I think"), "cpf": (cpf, "meu CPF {} certo"), "coordinates": (place, "meet at {} at noon"),
    "matrix-id": (lambda rng: f"@{person(rng)}:matrix.org", "ask {} about it"), "home-linux": (lambda rng: f"/home/{person(rng)}", "see {}/notes.txt there"),
    "signal-passphrase": (lambda rng: " ".join(some(rng, DIGITS, 5) for _ in range(6)), "backup: {}\n"), "bip39-12": (seed(12), "keep this: {}."),
    "bip39-24": (seed(24), "words\n{}\n"), "wireguard": (lambda rng: base64.b64encode(rng.randbytes(32)).decode(), "[Interface]\nPrivateKey = {}\nListenPort = 51820\n"),
    "azure-account-key": (lambda rng: base64.b64encode(rng.randbytes(64)).decode(), "DefaultEndpointsProtocol=https;AccountName=x;AccountKey={};EndpointSuffix=core.windows.net\n"),
}  # fmt: skip
UNSEEN_PERSONAL: dict[str, tuple[Draw, str]] = {
    "email-tagged": (address_tagged, "Von: Anna <{}>\n"), "phone-br": (number("+55 11 9N###-####"), "me liga no {} amanhã"),
    "phone-in": (number("9N### #####"), "whatsapp me on {} ok"), "phone-us-dashed": (number("4N5-NN#-####"), "his cell: {}."),
    "phone-es": (number("+34 6N# ## ## ##"), "llámame al {} mañana"), "iban-fr": (iban("FR", "0" * 10 + "AA" + "0" * 11, True), "RIB : {}\n"),
    "iban-nl": (iban("NL", "AAAA" + "0" * 10, True), "naar {} overmaken"), "card-dashed": (card("52", "-"), "Karte: {} gültig"),
    "card-plain": (card("4539", ""), "visa {} exp 12/29"), "ipv6-short": (ipv6_short, "addr={}\n"), "mac-dashed": (mac("-"), "Physical Address: {}\n"),
    "nino": (nino, "NI number {} on file"), "nir": (nir, "n° sécu {} voilà"), "dni": (dni, "mi DNI es {} vale"),
    "coordinates-url": (place_named, "https://maps.google.com/?q={}\n"), "home-mac": (lambda rng: f"/Users/{person(rng)}", "File \"{}/src/x.py\", line 3\n"),
    "home-windows": (lambda rng: f"C:\\Users\\{person(rng)}", "in {}\\Documents\n"), "matrix-id-subdomain": (lambda rng: f"@{person(rng)}.{person(rng)}:chat.acme-tools.io", "<{}> hello\n"),
    "signal-passphrase-lines": (lambda rng: "\n".join(" ".join(some(rng, DIGITS, 5) for _ in range(3)) for _ in range(2)), "Signal Sicherung\n{}\n\nok\n"),
    "bip39-15": (seed(15), "seed phrase {}\n"), "bip39-18": (seed(18), "'{}'\n"),
    "wireguard-said": (lambda rng: base64.b64encode(rng.randbytes(32)).decode(), "the wireguard key is {} for you\n"),
}  # fmt: skip


def personal(kinds: dict[str, tuple[Draw, str]]) -> Iterator[tuple[str, str, Draw, str, str | None]]:
    for name, (draw, text) in kinds.items():
        yield f"personal {name}", name, draw, text, None


SEEN = [
    *in_hosts(SEEN_TOKENS, HOSTS, "prefix tokens"), *in_texts(SEEN_ASSIGNED, password, "passwords assigned"),
    *in_texts([(f"url = {url}\n", None) for url in SEEN_URLS], plain_password, "passwords in URLs"),
    *in_texts([(text + "\n", None) for text in SEEN_PROSE], password, "passwords in prose"), *keys(KEYS_SEEN, SHAPES_SEEN),
    *personal(SEEN_PERSONAL),
]  # fmt: skip
UNSEEN = [
    *in_hosts(UNSEEN_TOKENS, UNSEEN_HOSTS, "prefix tokens"), *in_hosts(UNSEEN_TOKENS, HOSTS, "prefix tokens"),
    *in_hosts(SEEN_TOKENS, UNSEEN_HOSTS, "prefix tokens"), *in_texts(UNSEEN_ASSIGNED, password, "passwords assigned"),
    *in_texts([(f"{url}\n", None) for url in UNSEEN_URLS], plain_password, "passwords in URLs"),
    *in_texts([(text + "\n", None) for text in UNSEEN_PROSE], password, "passwords in prose"), *keys(KEYS_UNSEEN, SHAPES_UNSEEN),
    *keys(KEYS_SEEN, SHAPES_UNSEEN), *personal(UNSEEN_PERSONAL),
]  # fmt: skip


def planted(
    cases: list[tuple[str, str, Draw, str, str | None]], seeds: int, *, per_personal: int = 60
) -> Iterator[Planted]:
    """Every case with so many draws; each case of personal data with more, since each is a group of its own."""
    for group, name, draw, text, language in cases:
        for number in range(per_personal if group.startswith("personal") else seeds):
            drawn = draw(random.Random(f"{name} {number}"))
            # The signs of a comment, a diff or a string around a key's block are no part of the key.
            value = (
                drawn.removeprefix("key: |\n").strip('#+> "\t').removesuffix("\\n") if group == "private-key" else drawn
            )
            yield Planted(text.format(drawn), value, group, name, language)
