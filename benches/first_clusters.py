#!/usr/bin/env python3
"""Measures when the explorer shows the first clusters, the differences, and all judgements, in seconds from its start.

    python3 -m venv venv && venv/bin/pip install pyte
    venv/bin/python benches/first_clusters.py --gander target/release/gander A.jsonl B.jsonl

It runs the explorer in a pseudo-terminal, first with an empty cache of vectors and then with the one that this filled, and reads
the screen. Ratios are to the time from the start until the texts of the cold run were embedded.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import struct
import tempfile
import termios
import time
from pathlib import Path

import pyte

COLUMNS, ROWS = 120, 40
# What the screen says from when on; each after the one before.
STAGES = [
    ("texts embedded", re.compile(r"clustering …|\d+ of \d+ clusters")),
    ("clusters", re.compile(r"\d+ of \d+ clusters|\d+ differences?")),
    ("differences", re.compile(r"judging|\d+ differences?(?!.*comparing)")),
    ("all judged", re.compile(r"^(?!.*↻)(?!.*embedding|.*clustering …)", re.S)),
]


def run(command, state, cache):
    """Seconds until each stage."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", XDG_STATE_HOME=state, XDG_CACHE_HOME=cache)
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    start, reached = time.monotonic(), []
    while len(reached) < len(STAGES):
        ready, _, _ = select.select([terminal], [], [], 600)
        if not ready:
            raise SystemExit("\n".join(screen.display))
        stream.feed(os.read(terminal, 65536))
        shown = "\n".join(screen.display)
        while "gander" in shown and len(reached) < len(STAGES) and STAGES[len(reached)][1].search(shown):
            reached.append(time.monotonic() - start)
    os.write(terminal, b"Q")
    os.waitpid(pid, 0)
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gander", default="target/release/gander")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    gander = str(Path(args.gander).resolve())
    files = [str(Path(f).resolve()) for f in args.files]
    with tempfile.TemporaryDirectory() as folder:
        cache = os.path.join(folder, "cache")
        embedding = None
        for kind in ("cold", "warm"):
            session = os.path.join(folder, f"{kind}.gander")
            reached = run([gander, *files, "--session", session], folder, cache)
            embedding = embedding or reached[0]
            for (name, _), seconds in zip(STAGES, reached):
                print(f"{kind}  {name:<15}{seconds:>8.2f} s  {seconds / embedding:>6.2f} × embedding")


if __name__ == "__main__":
    main()
