"""All that needs a GPU, in minutes: `python benchmarks/gpu.py`; `--tiny` tries the script itself, on a CPU too."""

from __future__ import annotations

import argparse
import sys

from training.gpucheck import check_gpu

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="tiny models: whether the check itself works")
    found = check_gpu(tiny=parser.parse_args().tiny)
    print(found)
    sys.exit(0 if found.passed else 1)
