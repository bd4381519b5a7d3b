"""Signal Desktop's database: SQLite, encrypted by SQLCipher, with a key that the operating system's keyring may hold.

It is opened on a copy, which is encrypted as the original is: Signal may be running, and nothing of its folder is
changed. Every page is authenticated before anything is read (`PRAGMA cipher_integrity_check`), so a flipped bit is an
error and not another text. What the tables are called has changed over the years; a record is its `json` with the
columns that there are laid over it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from corpus.chats.model import SheetWriter
from corpus.chats.signal_records import add_record, own_keys
from corpus.chats.signal_text import MALFORMED, aci_key, chat_keys, full_names, group_keys, number_key
from corpus.errors import MissingExtraError, SourceError
from corpus.sources.base import SkipUnit

__all__ = ["check_key", "database_key", "read_desktop"]

_KEY_DIGITS: Final = 64
_PAGE: Final = 4096
_NOT_A_DATABASE: Final = "file is not a database"  # SQLITE_NOTADB: what SQLCipher says of a page that fails its HMAC
_LOG_HEADER: Final = 32
_LOG_FRAME: Final = 24  # bytes before each page in the log
_BLOCK: Final = 16
_MAC: Final = 32
_LARGEST_TEXT: Final = 1 << 20
_COLUMNS: Final = (
    "id", "json", "type", "body", "conversationId", "sent_at", "timestamp", "source", "sourceServiceId", "sourceUuid",
    "isErased", "isViewOnce", "expireTimer", "storyId", "hasAttachments",
)  # fmt: skip
_NAMES: Final = ("name", "profileFullName", "systemNickname", "username")


def database_key(folder: Path, password: str | None = None) -> str:
    """The key of a Signal Desktop folder, from its `config.json` and, where that is encrypted, the keyring.

    Args:
        folder: Signal's configuration folder.
        password: What the keyring holds for Signal; asked of the keyring where it is None and needed.

    Raises:
        SourceError: There is no key, or it cannot be decrypted.
    """
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
        plain, encrypted = config.get("key"), config.get("encryptedKey")
        if isinstance(plain, str) and plain:
            return plain
        sealed = bytes.fromhex(encrypted)
    except (OSError, ValueError, TypeError, AttributeError):
        raise SourceError(
            "Signal Desktop's folder names no key",
            where=file,
            expected="config.json with key or encryptedKey",
            hint='give the key: corpus.SignalDesktop(path, key="64 hexadecimal digits")',
        ) from None
    key = _unsealed(sealed, password)
    if key is None:
        raise SourceError(
            "the database key of Signal Desktop cannot be decrypted with what the keyring holds",
            where=file,
            hint='unlock the keyring of the account that runs Signal, or give key="…" or password="…"',
        )
    return key


def _unsealed(sealed: bytes, password: str | None) -> str | None:
    """The key behind `encryptedKey`: Chromium's os_crypt, AES-128-CBC under a password stretched by PBKDF2-SHA1.

    On Linux `v11` is a password of the keyring and `v10` the fixed one of `basic_text`, with 1 round; on macOS it is
    `v10` with a password of the keychain and 1003 rounds. Windows' `v10` is bound to the Windows account.
    """
    version, data = sealed[:3], sealed[3:]
    if version not in {b"v10", b"v11"} or not data or len(data) % _BLOCK:
        return None
    rounds = 1003 if version == b"v10" and password is not None else 1
    secret = b"peanuts" if version == b"v10" and password is None else (password or _keyring()).encode()
    try:
        from cryptography.hazmat.primitives import hashes, padding
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
    except ImportError:
        raise MissingExtraError("cryptography", extra="signal", step="decrypting Signal Desktop's key") from None
    derived = PBKDF2HMAC(hashes.SHA1(), 16, b"saltysalt", rounds).derive(secret)  # noqa: S303 - Chromium's choice
    decryptor = Cipher(algorithms.AES128(derived), modes.CBC(b" " * _BLOCK)).decryptor()
    unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
    try:
        key = (unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()).decode("ascii")
        bytes.fromhex(key)
    except ValueError:
        return None
    return key


def _keyring() -> str:
    """Signal's password in the Secret Service (GNOME Keyring, KeePassXC, KWallet)."""
    try:
        import secretstorage
    except ImportError:
        raise MissingExtraError(
            "secretstorage", extra="signal", step="asking the keyring for Signal's password"
        ) from None
    try:
        with contextlib.closing(secretstorage.dbus_init()) as bus:
            for item in secretstorage.search_items(bus, {"application": "Signal"}):
                return str(bytes(item.get_secret()).decode())
    except Exception as error:  # noqa: BLE001 - D-Bus, a locked collection, a service that is not there
        raise SourceError("the keyring cannot be asked", got=error, hint='give key="…" or password="…"') from None
    raise SourceError("the keyring holds no password of Signal", hint='give key="…" or password="…"')


def check_key(database: Path, key: str) -> None:
    """Refuse a key that does not open the database.

    Raises:
        SourceError: It is no key, or not this database's.
    """
    if len(key) != _KEY_DIGITS or not all(digit in "0123456789abcdefABCDEF" for digit in key):
        raise SourceError("this is no key of Signal Desktop", where=database, expected="64 hexadecimal digits")
    try:
        with _opened(database, key, head=True) as db:
            db.execute("PRAGMA user_version").fetchone()  # reads the first page and no other
    except _database_errors() as error:
        if database.stat().st_size < _PAGE or _NOT_A_DATABASE not in str(error):
            return  # damaged, which reading it will say
        raise SourceError(
            "the key does not open Signal Desktop's database, or the beginning of the file is damaged",
            where=database,
            hint="take the key of the same folder's config.json, or let corpus.SignalDesktop(path) find it",
        ) from None


def _database_errors() -> tuple[type[Exception], ...]:
    sqlcipher3 = _sqlcipher()
    return (sqlcipher3.DatabaseError, sqlite3.DatabaseError)


def _sqlcipher() -> Any:
    try:
        import sqlcipher3
    except ImportError:
        raise MissingExtraError("sqlcipher3", extra="signal", step="reading Signal Desktop's database") from None
    return sqlcipher3


@contextlib.contextmanager
def _opened(database: Path, key: str, *, head: bool = False) -> Iterator[Any]:
    """A connection to a copy of the database and of what is not yet written into it (`-wal`), or of its first page."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        copy = Path(folder) / "db.sqlite"
        log = database.with_name(database.name + "-wal")
        if head:
            with database.open("rb") as file:
                copy.write_bytes(file.read(_PAGE))
        else:
            shutil.copyfile(database, copy)
            if log.is_file() and not log.is_symlink():
                shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
                _check_log(copy.with_name(copy.name + "-wal").read_bytes())
        with contextlib.closing(_sqlcipher().connect(str(copy), isolation_level=None)) as db:
            db.execute("PRAGMA cipher_log_level = NONE")  # what is wrong is said in an error, and not on stderr
            db.execute(f"PRAGMA key = \"x'{key}'\"")
            for setting in ("temp_store = MEMORY", "trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
                db.execute(f"PRAGMA {setting}")
            yield db


def _check_log(log: bytes) -> None:
    """Refuse a log that SQLite would read only the beginning of, in silence: what was committed after a changed bit.

    Frames of an earlier round, with other salts, may follow the last one, and frames that were not committed yet.
    (sqlite.org, fileformat2, 4.1 and 4.2.)

    Raises:
        SkipUnit: A frame that was committed is not what was written, or the file is cut.
    """
    if not log:
        return
    order = ">" if log[3:4] == b"\x83" else "<"
    size = int.from_bytes(log[8:12], "big") + _LOG_FRAME
    sums = _log_sums(log[:24].ljust(24, b"\0"), order, (0, 0))
    sound = struct.pack(">2I", *sums) == log[24:_LOG_HEADER] and (len(log) - _LOG_HEADER) % size == 0
    intact = sound
    for at in range(_LOG_HEADER, len(log), size) if sound else ():
        ours = log[at + 8 : at + 16] == log[16:24]
        if intact:
            sums = _log_sums(log[at : at + 8] + log[at + _LOG_FRAME : at + size], order, sums)
            intact = ours and struct.pack(">2I", *sums) == log[at + 16 : at + _LOG_FRAME]
        if not intact and ours and any(log[at + 4 : at + 8]):
            sound = False
            break
    if not sound:
        raise SkipUnit("damaged", "the log of the database (db.sqlite-wal) is cut, or not what was written")


def _log_sums(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


def read_desktop(database: Path, key: str, keep: Collection[str]) -> bytes:
    """The sheet of a Signal Desktop database.

    Args:
        database: `sql/db.sqlite` in Signal's folder.
        key: 64 hexadecimal digits.
        keep: Reasons to be disregarded.

    Raises:
        SkipUnit: It is damaged, or no database of Signal's.
    """
    try:
        with _opened(database, key) as db:
            damaged = db.execute("PRAGMA cipher_integrity_check").fetchall()
            if damaged:
                raise SkipUnit("damaged", f"{len(damaged)} pages are not what was written: {damaged[0][0]}")
            return _Reader(db, database.parent.parent, keep).sheet()
    except _database_errors() as error:
        raise SkipUnit("damaged", f"the database cannot be read: {error}") from None


class _Reader:
    """One database; what it lacks of today's tables and columns is as if it were empty."""

    def __init__(self, db: Any, folder: Path, keep: Collection[str]) -> None:
        self._db = db
        self._folder = folder
        self._keep = keep
        self._writer = SheetWriter()
        self._tables = {name: self._columns(name) for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if "messages" not in self._tables or "conversations" not in self._tables:
            raise SkipUnit("not-signal", "the database has no tables messages and conversations")

    def _columns(self, table: str) -> list[str]:
        return [row[1] for row in self._db.execute("SELECT * FROM pragma_table_info(?)", (table,)).fetchall()]

    def _select(self, table: str, wanted: Collection[str]) -> tuple[list[str], str]:
        have = [name for name in self._tables.get(table, ()) if name in wanted]
        return have, ", ".join(f'"{name}"' for name in have)

    def sheet(self) -> bytes:
        """Read everything."""
        items = dict(self._items())
        self._writer.person(["self", *own_keys(items)], me=True)
        chats = dict(self._conversations())
        long = self._long_messages()
        have, columns = self._select("messages", _COLUMNS)
        order = self._db.execute(f"SELECT rowid FROM messages ORDER BY {self._order()}").fetchall()  # noqa: S608 - names of columns that this file lists
        query = f"SELECT {columns} FROM messages WHERE rowid = ?"  # noqa: S608 - names of columns that this file lists
        for rowid in order:
            row = dict(zip(have, self._db.execute(query, rowid).fetchone(), strict=True))
            self._message(row, chats, long)
        return self._writer.finish()

    def _order(self) -> str:
        """As Signal shows them: a counter of what was received, then the time."""
        return ", ".join([name for name in ("received_at", "sent_at") if name in self._tables["messages"]] + ["rowid"])

    def _message(self, row: dict[str, Any], chats: Mapping[str, int], long: Mapping[tuple[str, int], Any]) -> None:
        chat = chats.get(row.get("conversationId") or "")
        if chat is None:
            chat = self._writer.chat([f"file:{row.get('conversationId')}"])
        try:
            record = {**json.loads(row.get("json") or "{}"), **{k: v for k, v in row.items() if v is not None}}
            if (row.get("id"), -1) in long:
                record["bodyAttachment"] = long[row["id"], -1]
            for index, version in enumerate(record.get("editHistory") or ()):
                if (row.get("id"), index) in long:
                    version["bodyAttachment"] = long[row["id"], index]
            add_record(self._writer, chat, record, self._keep, self._long_text)
        except MALFORMED:
            self._writer.message(chat, -1, 0, "malformed")

    def _items(self) -> Iterator[tuple[str, Any]]:
        if "items" not in self._tables:
            return
        for name, text in self._db.execute(
            "SELECT id, json FROM items WHERE id IN ('uuid_id', 'number_id')"
        ).fetchall():
            with contextlib.suppress(*MALFORMED):
                yield name, json.loads(text)["value"]

    def _conversations(self) -> Iterator[tuple[str, int]]:
        wanted = ("id", "json", "type", "e164", "serviceId", "uuid", "groupId", "name", "profileName")
        have, columns = self._select("conversations", (*wanted, "profileFamilyName", "profileFullName"))
        query = f"SELECT {columns} FROM conversations ORDER BY id"  # noqa: S608 - names of columns that this file lists
        for row in self._db.execute(query).fetchall():
            values = dict(zip(have, row, strict=True))
            with contextlib.suppress(*MALFORMED):
                record = {**json.loads(values.get("json") or "{}"), **{k: v for k, v in values.items() if v}}
                yield values["id"], self._conversation(record)

    def _conversation(self, record: Mapping[str, Any]) -> int:
        if record.get("type") == "group":
            keys = [*group_keys(record.get("masterKey"), record.get("groupId")), f"desktop:{record['id']}"]
            return self._writer.chat(keys, group=True)
        number = number_key(record.get("e164") or record["id"])  # before version 20 the number is the id
        found = [aci_key(record.get("serviceId") or record.get("uuid")), number]
        keys = [key for key in found if key] or [f"file:{record['id']}"]
        names = [
            *full_names(record.get("profileName"), record.get("profileFamilyName")),
            *full_names(record.get("systemGivenName"), record.get("systemFamilyName")),
            *full_names(record.get("nicknameGivenName"), record.get("nicknameFamilyName")),
            *(record.get(name) for name in _NAMES),
            "+" + number.removeprefix("e164:") if number else None,
        ]
        self._writer.person([*keys, f"file:{record['id']}"], names)
        return self._writer.chat([*chat_keys(keys), f"desktop:{record['id']}"])

    def _long_messages(self) -> dict[tuple[str, int], dict[str, Any]]:
        """The attachments that hold the whole of a long text, by message and version (-1 is the current one).

        They are in a table of their own since 2025.
        """
        have, columns = self._select(
            "message_attachments", ("messageId", "path", "localKey", "size", "version", "editHistoryIndex")
        )
        if "messageId" not in have:
            return {}
        query = f"SELECT {columns} FROM message_attachments WHERE attachmentType = 'long-message'"  # noqa: S608 - names of columns that this file lists
        rows = [dict(zip(have, row, strict=True)) for row in self._db.execute(query).fetchall()]
        return {
            (row["messageId"], -1 if row.get("editHistoryIndex") is None else row["editHistoryIndex"]): row
            for row in rows
        }

    def _long_text(self, attachment: Mapping[str, Any]) -> str | None:
        """The text in an attachment's file, authenticated; None where it is not there or not what it was."""
        path = attachment.get("path")
        root = (self._folder / "attachments.noindex").resolve()
        if not isinstance(path, str) or not path:
            return None
        file = (root / path.replace("\\", "/")).resolve()
        if not file.is_relative_to(root) or not file.is_file() or file.stat().st_size > _LARGEST_TEXT:
            return None
        data: bytes | None = file.read_bytes()
        if (attachment.get("version") or 1) >= 2:
            data = _decrypted(data or b"", str(attachment.get("localKey") or ""), int(attachment.get("size") or 0))
        return None if data is None else data.decode(errors="replace")


def _decrypted(data: bytes, local_key: str, size: int) -> bytes | None:
    """An attachment in its own encryption: IV, AES-256-CBC, HMAC-SHA256 over both; None where it does not fit."""
    import base64
    import hmac

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(local_key)
    body, mac = data[:-_MAC], data[-_MAC:]
    if len(key) != 64 or len(body) % _BLOCK or not hmac.compare_digest(hmac.digest(key[32:], body, "sha256"), mac):
        return None
    decryptor = Cipher(algorithms.AES256(key[:32]), modes.CBC(body[:_BLOCK])).decryptor()
    return (decryptor.update(body[_BLOCK:]) + decryptor.finalize())[:size]
