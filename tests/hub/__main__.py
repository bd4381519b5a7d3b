"""`python -m tests.hub [--xet]`: the loopback Hub, until it is interrupted."""

import argparse
import signal

from tests.hub import Hub


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hub", description="A Hub on the loopback, for trying things."
    )
    parser.add_argument("--xet", action="store_true", help="take large files by xet instead of LFS")
    arguments = parser.parse_args()
    with Hub(xet=arguments.xet) as hub:
        print(f"export HF_ENDPOINT={hub.endpoint} HF_TOKEN=hf_owner HF_HOME=$(mktemp -d)", flush=True)
        if not arguments.xet:
            print("export HF_HUB_DISABLE_XET=1", flush=True)
        print("users: hf_owner writes as me, hf_reader reads as me, hf_other writes as other", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
