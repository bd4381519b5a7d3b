"""The detector: what it finds of what was planted, what it finds in clean texts, and how fast beside its peers.

    python benchmarks/redaction.py --recall                          coverage of the planted set, per group
    python benchmarks/redaction.py --clean FOLDER [--prose]          findings per megabyte, with what they are
    python benchmarks/redaction.py --speed FOLDER [--peers PYTHON]   MB/s on the same files in the same run
    python benchmarks/redaction.py --hostile FOLDER                  a megabyte of each nasty shape against one of code

`--peers` names an interpreter that has `credsweeper` and `detect-secrets`. All times are processor seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from corpus.code import language_of
from corpus.privacy import Detector

CODE = {".py", ".js", ".ts", ".go", ".rs", ".java", ".c", ".h", ".rb"}
PROSE = {".md", ".rst", ".txt"}
PEERS = Path(__file__).with_name("redaction_peers.py")


def texts(folder: Path, suffixes: Iterable[str], limit: int) -> list[tuple[Path, str]]:
    """Files of a folder, in the order of their paths, until there are so many bytes."""
    found, total = [], 0
    for path in sorted(folder.rglob("*")):
        if path.suffix not in suffixes or not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found.append((path, text))
        total += len(text)
        if total > limit:
            break
    return found


def covered(detector: Detector, text: str, value: str, language: str | None) -> bool:
    """Whether every character of the value is in some finding."""
    start = text.index(value)
    missing = set(range(start, start + len(value)))
    for found in detector.find(text, language=language):
        missing.difference_update(range(found.start, found.end))
    return not any(not text[place].isspace() for place in missing)


def recall(*, misses: int, unseen: bool) -> None:
    from planted import SEEN, UNSEEN, planted
    from planted_words import told

    detector = Detector()
    for name, cases, sets in [("seen", SEEN, "A"), *([("unseen", UNSEEN, "BCD")] if unseen else [])]:
        hits: dict[str, list[bool]] = defaultdict(list)
        lost: Counter[str] = Counter()
        words = (replace(i, group=f"plain words told in {i.group}") for one in sets for i in told(one))
        for item in chain(planted(cases, 20), words):
            hit = covered(detector, item.text, item.value, item.language)
            hits[item.group].append(hit)
            if not hit:
                lost[item.name] += 1
                if lost[item.name] <= misses:
                    print("   missed", item.name, repr(item.text[:160]))
        print(f"{name}: full-span coverage")
        for group, all_of in hits.items():
            print(f"  {group:<34} {sum(all_of):5} of {len(all_of):5}  {sum(all_of) / len(all_of):7.3f}")


def clean(folder: Path, *, prose: bool, show: int, limit: int) -> None:
    detector = Detector()
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    files = texts(folder, PROSE if prose else CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    for path, text in files:
        for found in detector.find(text, language=None if prose else language_of(path.name)):
            counts[found.kind, found.rule] += 1
            shown[found.rule] += 1
            if shown[found.rule] <= show:
                start = text.rfind("\n", 0, found.start) + 1
                print(
                    f"    {found.rule:<24} {text[found.start : found.end][:60]!r:<50} {text[start : found.end + 30][:110]!r} {path.name}"
                )
    print(f"{size:.1f} MB, {len(files)} files, {sum(counts.values()) / size:.1f} findings a megabyte")
    for (kind, rule), count in counts.most_common():
        print(f"  {kind:<14} {rule:<28} {count:5} {count / size:7.2f} a megabyte")


def seconds(detector: Detector, files: list[tuple[Path, str]]) -> float:
    started = time.process_time()
    for path, text in files:
        detector.find(text, language=language_of(path.name))
    return time.process_time() - started


def speed(folder: Path, *, peers: str | None, limit: int) -> None:
    detector = Detector()
    files = texts(folder, CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    seconds(detector, files[:20])
    ours = size / min(seconds(detector, files) for _ in range(3))
    print(f"{size:.1f} MB of code in {len(files)} files\nours            {ours:7.2f} MB/s")
    for peer in ("credsweeper", "detect-secrets") if peers else ():
        answer = subprocess.run(
            [str(peers), str(PEERS), peer],
            input="\n".join(str(path) for path, _ in files),
            capture_output=True,
            text=True,
            check=True,
        )
        theirs = size / json.loads(answer.stdout.splitlines()[-1])["seconds"]
        print(f"{peer:<15} {theirs:7.2f} MB/s   ours {ours / theirs:6.1f} x")


def hostile() -> dict[str, str]:
    """A megabyte of each shape that has taken detectors minutes."""
    rng = random.Random(7)
    size = 1_000_000
    base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    units = {
        "at signs": "@", "names and at signs": "a@", "addresses unfinished": "a.b@c.", "one line of base64": "".join(rng.choices(base64, k=size)),
        "one line of digits": "".join(rng.choices("0123456789", k=size)), "digits and spaces": "".join(rng.choices("0123456789 ", k=size)),
        "digits, dots and dashes": "".join(rng.choices("0123456789.-", k=size)), "password=": "password=", 'password="': 'password="',
        "password: ": "password: ", "my password is ": "my password is ", "BEGIN lines": "-----BEGIN PRIVATE KEY-----\n",
        "END lines": "-----END PRIVATE KEY-----\n", "BEGIN and no end": "-----BEGIN RSA PRIVATE KEY-----" + "".join(rng.choices(base64, k=70)),
        "colons": ":", "slashes": "/", "colons and slashes": "://", "users in addresses": "://a:b", "hexadecimal": "".join(rng.choices("0123456789abcdef", k=size)),
        "hexadecimal and colons": "".join(rng.choices("0123456789abcdef:", k=size)), "JWT heads": "eyJhbGciOiJIUzI1NiJ9.", "JWT heads apart": "eyJ ",
        "token prefixes": "ghp_ sk- AKIA xoxb- ", "short words": "".join(rng.choices("abcdefgh     ", k=size)), "quotes": "'\"", "escaped quotes": 'token="\\"',
        "key=": "key=", "flags": "--password ", "phones": "+1 202 555 ",
        "coordinates": "48.12345, 2.12345 ", "addresses of machines": "81.2.69.160 ", "nulls": "\0", "emoji": "\U0001f511",
        "questions for a password": "pass?\n", "passwords in Finnish": "salasana ",
        "words of the list": "abandon zoo ", "BSN words": "lat lon sin pin code login ", "spaces": " ", "newlines": "\n", "backslashes": "\\",
    }  # fmt: skip
    return {name: (unit * (size // len(unit) + 1))[:size] for name, unit in units.items()}


def different() -> dict[str, str]:
    """A megabyte of each shape of which every line is another candidate: nothing that repeats can be stepped over."""
    import planted as p

    def letters(rng: random.Random) -> str:
        return p.some(rng, "abcdefgh", 6)

    def octets(rng: random.Random) -> str:
        return f"{rng.randrange(11, 224)}.{rng.randrange(256)}.7.{rng.randrange(10, 255)}"

    def drawn(rng: random.Random) -> str:
        return p.some(rng, p.ALNUM, 32)

    def around(before: str, draw: p.Draw, behind: str = "\n") -> p.Draw:
        return lambda rng: before + draw(rng) + behind

    tokens = [*p.SEEN_TOKENS.values(), *p.UNSEEN_TOKENS.values()]
    assigned, urls = [*p.SEEN_ASSIGNED, *p.UNSEEN_ASSIGNED], [*p.SEEN_URLS, *p.UNSEEN_URLS]
    sentences = [*p.SEEN_PROSE, *p.UNSEEN_PROSE]
    draws: dict[str, p.Draw] = {
        "telephones": around("", p.number("+49 151 ########"), " "), "telephones of all countries": lambda rng: f"+{rng.randrange(1, 999)} {p.some(rng, p.DIGITS, 9)} ",
        "telephones in one": around("+", lambda rng: str(rng.randrange(10**10, 10**13)), " "), "national numbers": around("0", p.number("N## 555 ####"), ", "),
        "national numbers, American": p.number("(N##) N##-####\n"), "national numbers, French": p.number("0N ## ## ## ##\n"), "national numbers, named": p.number("tel 0N##/#####-## "),
        "national numbers in one": p.number("tel: 0N######## "), "national numbers of many countries": p.number("0#### ######% "), "national numbers, refused by all plans": p.number("tel 0999 999 999#\n"), "national numbers behind letters": p.number("Größe ☎ 0N##/#####-##\n"),
        "e-mail addresses": around("", p.address, " "), "e-mail addresses, disguised": lambda rng: f"{p.person(rng)} (at) {p.person(rng)} (dot) org, ",
        "e-mail addresses, encoded": lambda rng: f"{p.person(rng)}%40{p.person(rng)}.de ", "e-mail addresses, spelt": lambda rng: f"{p.person(rng)} at {p.person(rng)} dot com, ",
        "refused e-mail addresses": lambda rng: f"{p.person(rng)}@{p.person(rng)}.example ", "Matrix ids": lambda rng: f"@{p.person(rng)}:{p.person(rng)}.org ",
        "addresses of machines": around("", octets, " "), "addresses of machines, set aside": lambda rng: f"192.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)} ",
        "versions": lambda rng: f"v{rng.randrange(30)}.{rng.randrange(256)}.{rng.randrange(30)}.{rng.randrange(30)}, ", "IPv6": around("", p.ipv6, " "), "IPv6, short": around("", p.ipv6_short, " "),
        "MAC": around("", p.mac(":"), " "), "MAC with dots": lambda rng: f"{p.some(rng, p.HEX, 4)}.{p.some(rng, p.HEX, 4)}.{p.some(rng, p.HEX, 4)} ",
        "IBAN": around("", p.iban("DE", "0" * 18, False), " "), "IBAN in groups": around("", p.iban("FR", "0" * 10 + "AA" + "0" * 11, True), "\n"),
        "refused IBAN": around("DE", p.number("#" * 20), " "), "refused IBAN of no country": lambda rng: f"{p.some(rng, p.UPPER, 2)}{p.some(rng, p.DIGITS, 14)} ",
        "refused IBAN in groups": p.number("DE## #### #### #### #### ##\n"), "cards": around("", p.card("4", " "), "\n"), "cards in one": around("", p.card("52", ""), " "),
        "refused cards": p.number("4### #### #### ####\n"), "refused cards in one": p.number("4############### "),
        "SSN": around("", p.ssn, " "), "CPF": around("", p.cpf, " "), "refused CPF": p.number("###.###.###-## "), "NINO": around("", p.nino, ", "), "NIR": around("", p.nir, "\n"),
        "DNI": around("", p.dni, " "), "refused DNI": p.number("N#######A "), "twelve digits": p.number("N### #### ####, "), "tax ids": p.number("N# ### ### ###, "), "BSN": p.number("bsn ######### "),
        "coordinates": around("", p.place, "\n"), "coordinates, named": lambda rng: f"lat: {rng.uniform(35, 60):.5f} lon: {rng.uniform(5, 30):.5f}\n", "coordinates in addresses": around("maps?q=", p.place_named),
        "pairs of numbers": lambda rng: f"{rng.uniform(0, 99):.5f} {rng.uniform(0, 99):.5f}; ", "home folders": lambda rng: f"/home/{p.person(rng)} ", "home folders of Windows": lambda rng: f"C:\\Users\\{p.person(rng)} ",
        "passwords": around("password: ", p.password), "passwords refused": around("password: ", letters), "passwords in quotes": around('password = "', p.password, '"\n'),
        "passwords assigned": lambda rng: rng.choice(assigned)[0].format(p.plain_password(rng)), "passwords in prose": lambda rng: rng.choice(sentences).format(p.password(rng)) + "\n",
        "passwords in addresses": lambda rng: rng.choice(urls).format(p.plain_password(rng)) + "\n", "passwords in a command": around("mysql -u root -p", p.plain_password, " shop\n"),
        "passwords in elements": around("<password>", p.password, "</password>\n"), "passwords in connection strings": around("Server=db;Password=", p.plain_password, ";\n"),
        "flags": around("--password ", p.plain_password, "\n"), "pins": p.number("my pin is ####\n"), "basic credentials": lambda rng: "Basic " + p.base64.b64encode(f"ada:{p.plain_password(rng)}".encode()).decode() + "\n",
        "headers": around("Authorization: Bearer ", drawn), "headers refused": lambda rng: f"Authorization: Bearer {'-'.join(letters(rng) for _ in range(3))}\n", "headers of ones own": around("X-Api-Key: ", drawn),
        "API_KEY": around('API_KEY = "', drawn, '"\n'), "API_KEY, bare": around("API_KEY=", drawn), "API_KEY refused": lambda rng: f'api_key = "{letters(rng)}_{letters(rng)}"\n', "key of a table": around('"cacheKey": "', drawn, '",\n'),
        "secrets in queries": around("https://shop.firm.io/feed?auth=", drawn), "secrets in calls": around('sign(token, "', drawn, '")\n'), "secrets said": around("the token is ", drawn), "keys bare": around("some_key: ", drawn),
        "tokens of all providers": lambda rng: rng.choice(tokens)(rng) + "\n", "tokens of GitHub": around("", p.SEEN_TOKENS["github-classic"], " "), "key ids of AWS": around("", p.SEEN_TOKENS["aws-id"], " "),
        "tokens of Telegram": around("", p.SEEN_TOKENS["telegram"], " "), "JWT": around("", p.jwt), "JWT cut": lambda rng: f"eyJ{p.some(rng, p.ALNUM, 12)}.eyJ{p.some(rng, p.ALNUM, 12)}. ",
        "phrases of BIP 39": around("", p.seed(12), ".\n"), "runs of BIP 39's words": lambda rng: " ".join(rng.choices(p.bip39(), k=40)) + " 1. ", "words of BIP 39 without end": lambda rng: " ".join(rng.choices(p.bip39(), k=400)) + " ",
        "passphrases of Signal": lambda rng: " ".join(p.some(rng, p.DIGITS, 5) for _ in range(6)) + "\n\n", "groups of five": lambda rng: " ".join(p.some(rng, p.DIGITS, 5) for _ in range(8)) + ", ",
        "private keys": around("", p.pem("RSA PRIVATE KEY", 2)), "WireGuard": lambda rng: f"PrivateKey = {p.base64.b64encode(rng.randbytes(32)).decode()}\n", "UUIDs": around("", p.uuid),
        "digests": lambda rng: p.some(rng, p.HEX, 40) + "\n", "questions": lambda rng: f"password?\n> {p.password(rng)}\n",
    }  # fmt: skip
    size = 1_000_000
    made = {}
    for name, draw in draws.items():
        rng, lines, length = random.Random(name), list[str](), 0
        while length < size:
            lines.append(draw(rng))
            length += len(lines[-1])
        made[name + ", all different"] = "".join(lines)[:size]
    return made


def nasty(folder: Path, limit: int) -> None:
    """Each shape beside code that is read just before and behind it: a busy machine is not always equally fast."""
    detector = Detector()
    files = texts(folder, CODE, limit)
    size = sum(len(text.encode()) for _, text in files) / 1e6
    seconds(detector, files)
    ratios = {}
    for name, text in {**hostile(), **different()}.items():
        detector.find(text[:200_000])  # as code was seen before
        code = seconds(detector, files) / size
        started = time.process_time()
        found = len(detector.find(text))
        taken = (time.process_time() - started) / (len(text.encode()) / 1e6)
        code = (code + seconds(detector, files) / size) / 2
        ratios[name] = taken / code
        print(
            f"  {name:<48} {taken * 1000:6.0f} ms   code {code * 1000:4.0f} ms  {taken / code:6.2f} x   {found} findings",
            flush=True,
        )
    most = sorted(ratios, key=lambda name: -ratios[name])
    print(
        f"{sum(one > 10 for one in ratios.values())} of {len(ratios)} shapes over 10 x; most: {most[0]} {ratios[most[0]]:.1f} x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recall", action="store_true")
    parser.add_argument("--seen-only", action="store_true", help="leave out the generators kept apart")
    parser.add_argument("--misses", type=int, default=0, help="show so many misses of each generator")
    parser.add_argument("--clean", type=Path)
    parser.add_argument("--prose", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="show so many findings of each rule")
    parser.add_argument("--speed", type=Path)
    parser.add_argument("--peers")
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--limit", type=float, default=8, help="megabytes to read at most")
    options = parser.parse_args()
    limit = int(options.limit * 1e6)
    if options.recall:
        recall(misses=options.misses, unseen=not options.seen_only)
    if options.clean:
        clean(options.clean, prose=options.prose, show=options.show, limit=limit)
    if options.speed:
        speed(options.speed, peers=options.peers, limit=limit)
    if options.hostile:
        nasty(options.hostile, limit)


if __name__ == "__main__":
    main()
