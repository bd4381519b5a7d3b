"""What a peer needs for files: `python redaction_peers.py credsweeper|detect-secrets`, paths on standard input.

Run by an interpreter that has the peer, which this library's need not have. Prints the processor seconds as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def credsweeper(paths: list[str]) -> float:
    from credsweeper.app import CredSweeper
    from credsweeper.common.constants import Severity, ThresholdPreset
    from credsweeper.file_handler.text_content_provider import TextContentProvider

    sweeper = CredSweeper(ml_threshold=ThresholdPreset.medium, severity=Severity.INFO)
    _ = sweeper.ml_validator  # the model is loaded before the clock starts
    started = time.process_time()
    found = []
    for path in paths:
        found.extend(sweeper.file_scan(TextContentProvider(Path(path))))
    sweeper.credential_manager.set_credentials(found)
    sweeper.post_processing(None)
    return time.process_time() - started


def detect_secrets(paths: list[str]) -> float:
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    started = time.process_time()
    with default_settings():
        for path in paths:
            list(scan_file(path))
    return time.process_time() - started


def main() -> None:
    paths = sys.stdin.read().splitlines()
    print(json.dumps({"seconds": (credsweeper if sys.argv[1] == "credsweeper" else detect_secrets)(paths)}))


if __name__ == "__main__":
    main()
