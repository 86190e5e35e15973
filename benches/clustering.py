#!/usr/bin/env python3
"""Nearest texts and clusters by gander and by scikit-learn, of the same vectors, in alternating runs on the same threads.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python benches/clustering.py [ROWS …]

scikit-learn: KMeans (k-means++, 2 starts, as many as gander takes) and NearestNeighbors (50 of each row, by brute
force, as it is the fastest there for 384 dimensions). gander: the same two (`timings.neighbours_s` and `timings.kmeans_s`), and
the whole stage (`timings.cluster_s`), in which it also reduces dimensions, builds the tree of clusters, and clusters again
with other seeds for the stability.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

DIMS, NEIGHBOURS, CLUSTERS, RUNS = 384, 50, 100, 3


def vectors(n):
    """Texts lie in clouds of unequal size around topics that share parts of their directions."""
    random = np.random.default_rng(7)
    parts = random.normal(size=(40, DIMS))
    topics = random.normal(size=(3 * CLUSTERS, 40)) @ parts
    share = random.dirichlet(np.ones(len(topics)))
    x = topics[random.choice(len(topics), n, p=share)] / 6 + random.normal(size=(n, DIMS))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def gander(binary, folder, threads):
    env = dict(os.environ, RAYON_NUM_THREADS=str(threads))
    files = [f"{folder}/base.jsonl", f"{folder}/tuned.jsonl"]
    command = [binary, "analyze", *files, "--vectors", f"{folder}/x.npy", "--clusters", str(CLUSTERS), "--json", f"{folder}/out.json"]
    subprocess.run(command, check=True, env=env, stderr=subprocess.DEVNULL)
    timings = json.loads(Path(folder, "out.json").read_text())["timings"]
    return timings["neighbours_s"] + timings["kmeans_s"], timings["cluster_s"]


def scikit(x):
    from sklearn.cluster import KMeans
    from sklearn.neighbors import NearestNeighbors

    start = time.perf_counter()
    NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(x).kneighbors(x)
    KMeans(CLUSTERS, n_init=2, random_state=0).fit(x)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, default=[5_000, 20_000, 50_000])
    parser.add_argument("--gander", default="target/release/gander")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    for n in args.rows:
        x = vectors(n)
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/x.npy", x)
            for name, part in (("base", range(n // 2)), ("tuned", range(n // 2, n))):
                rows = (json.dumps({"text": f"{name} text number {i}"}) + "\n" for i in part)
                Path(folder, f"{name}.jsonl").write_text("".join(rows))
            ours, theirs = [], []
            for _ in range(RUNS):
                ours.append(gander(args.gander, folder, args.threads))
                theirs.append(scikit(x))
        (same, stage), theirs = map(statistics.median, zip(*ours)), statistics.median(theirs)
        print(
            f"{n} rows: gander {same:.2f} s (whole stage {stage:.2f} s), scikit-learn {theirs:.2f} s, "
            f"ratio {theirs / same:.2f} (whole stage {theirs / stage:.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
