"""How often gander shows something where nothing differs, how often it finds what does, and whether its sizes are right.

    python3 benches/calibration.py TEXTS.jsonl [--gander PATH] [--runs 40] [--jobs 2] [--only WORD]

TEXTS.jsonl has lines with `text` and `label`: many short texts of many kinds, such as the questions of BANKING77. Two "models" draw
from these kinds at rates that are known; docs/methods.md has the tables. Standard library only; the vectors are cached.
"""
import argparse
import collections
import json
import math
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile


def read(path):
    kinds = collections.defaultdict(set)
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            kinds[row["label"]].add(row["text"])
    return {k: sorted(v) for k, v in sorted(kinds.items())}


class Urn:
    """Texts of a kind, none twice while there are others."""

    def __init__(self, kinds, rng):
        self.kinds, self.rng, self.left = kinds, rng, collections.defaultdict(list)

    def draw(self, kind):
        if not self.left[kind]:
            self.left[kind] = self.rng.sample(self.kinds[kind], len(self.kinds[kind]))
        return self.left[kind].pop()


# A design gives rows (model, text, prompt, rates of the text's kind in either model) from an urn and a random generator.
def plain(left, right, tail=0.0):
    def rows(urn, rng):
        kinds = rng.sample(list(urn.kinds), len(urn.kinds))
        weights = [(i + 1) ** -tail for i in range(len(kinds))]
        drawn = [urn.draw(rng.choices(kinds, weights)[0]) for _ in range(left + right)]
        rng.shuffle(drawn)
        return [("base" if i < left else "tuned", t, None, None) for i, t in enumerate(drawn)]

    return rows


def prompts(shared, own, answers, spread, models=("base", "tuned")):
    def rows(urn, rng):
        out = []
        sides = rng.sample(list(models) * own, len(models) * own)
        for p, asked in enumerate([models] * shared + [(m,) for m in sides]):
            kinds = rng.sample(list(urn.kinds), spread)
            out += [(m, urn.draw(rng.choice(kinds)), f"prompt {p}", None) for m in asked for _ in range(answers)]
        return out

    return rows


def copies(texts, draws, tail=0.0):
    def rows(urn, rng):
        pool = [urn.draw(rng.choice(list(urn.kinds))) for _ in range(texts)]
        weights = [(i + 1) ** -tail for i in range(texts)]
        return [(m, rng.choices(pool, weights)[0], None, None) for m in ("base", "tuned") for _ in range(draws)]

    return rows


def new_topic(a_side, share, paired=False):
    def rows(urn, rng):
        new, *rest = rng.sample(list(urn.kinds), len(urn.kinds))
        many, out = round(a_side * share), []
        for i in range(a_side):
            prompt = f"prompt {i}" if paired else None
            out.append(("base", urn.draw(rng.choice(rest)), prompt, (1, 1 - share)))
            is_new = i < many
            out.append(("tuned", urn.draw(new if is_new else rng.choice(rest)), prompt, (0, 1) if is_new else (1, 1 - share)))
        return out

    return rows


def tilted(a_side, kinds, of, odds):
    def rows(urn, rng):
        chosen = rng.sample(list(urn.kinds), of)
        weights = [[1.0] * of, [odds if i < kinds else 1.0 for i in range(of)]]
        rates = [[w / sum(side) for w in side] for side in weights]
        out = []
        for side, model in enumerate(("base", "tuned")):
            for at in rng.choices(range(of), rates[side], k=a_side):
                out.append((model, urn.draw(chosen[at]), None, (rates[0][at], rates[1][at])))
        return out

    return rows


NOTHING = {
    "200 a side": plain(200, 200),
    "1,000 a side": plain(1000, 1000),
    "25 a side": plain(25, 25),
    "20 against 400": plain(20, 400),
    "a long tail of topics": plain(300, 300, 1.0),
    "200 shared prompts, one answer": prompts(200, 0, 1, 12),
    "6 shared prompts, 40 answers": prompts(6, 0, 40, 12),
    "20 own prompts, 10 answers": prompts(0, 20, 10, 6),
    "30 % of the prompts shared, five answers": prompts(12, 14, 5, 8),
    "copies: 20 texts, 200 draws": copies(20, 200),
    "copies: 250 texts, Zipf": copies(250, 300, 1.0),
    "four rounds, shared prompts": prompts(60, 0, 2, 12, ("r0", "r1", "r2", "r3")),
}
SOMETHING = {
    f"a new topic, {share:.0%} of {n} a side{', paired' if paired else ''}": new_topic(n, share, paired)
    for n, share, paired in [(300, 0.04, False), (300, 0.06, False), (300, 0.09, False), (500, 0.02, False), (500, 0.05, False)]
    + [(2000, 0.01, False), (2000, 0.02, False), (300, 0.04, True), (300, 0.06, True)]
}
TILTED = {
    f"{k} of {of} topics at odds {odds}, {n} a side": tilted(n, k, of, odds)
    for n, k, of, odds in [(200, 4, 20, 3.0), (400, 4, 20, 2.0), (1000, 6, 30, 1.5)]
}


def analyze(rows, gander, seed):
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "run.jsonl"), os.path.join(folder, "out.json")
        with open(path, "w", encoding="utf-8") as f:
            for i, (model, text, prompt, _) in enumerate(rows):
                row = {"id": str(i), "model": model, "text": text, **({"prompt": prompt} if prompt else {})}
                f.write(json.dumps(row) + "\n")
        rounds = ["--rounds"] if any(r[0] == "r0" for r in rows) else []
        command = [gander, "analyze", path, "--seed", str(seed), "--json", out, *rounds]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "RAYON_NUM_THREADS": "1"})
        if done.returncode:
            raise RuntimeError(done.stderr[-300:])
        with open(out, encoding="utf-8") as f:
            return json.load(f)


def one(task):
    group, name, run, args = task
    rng = random.Random(f"{name} {run}")
    rows = {"nothing": NOTHING, "something": SOMETHING, "tilted": TILTED}[group][name](Urn(read(args.texts), rng), rng)
    rng.shuffle(rows)
    rows.sort(key=lambda r: r[0])
    said = analyze(rows, args.gander, run + 1)
    members = [[int(i) for i in h["members"]] for h in said["hotspots"]]
    stars = [c for c in said["clusters"] if c["q"] is not None and c["q"] < 0.05]
    total = collections.Counter(r[0] for r in rows)
    if group == "nothing":
        inside = any(c["shift"] and c["shift"]["q"] is not None and c["shift"]["q"] < 0.05 for c in said["clusters"])
        return {"listed": bool(members or stars), "inside a cluster": inside}
    if group == "something":
        new = {i for i, r in enumerate(rows) if r[3] == (0, 1)}
        hit = any(len(new & set(m)) >= 0.3 * max(len(new), len(m)) for m in members)
        smallest = said["overall"]["smallest_detectable_share"]
        return {"found": hit, "smallest share": smallest}
    out = []
    for finding, m in zip(said["hotspots"], members):
        tuned = sum(rows[i][3][1] / sum(rows[i][3]) for i in m)
        true = tuned / total["tuned"] - (len(m) - tuned) / total["base"]
        sign = 1 if finding["toward"] == 1 else -1
        shown = finding["rates"][1] - finding["rates"][0]
        out.append((100 * sign * (shown - true), 100 * abs(true), finding["ci"][0] <= true <= finding["ci"][1]))
    return {"sizes": out}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts")
    parser.add_argument("--gander", default="gander")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    with multiprocessing.Pool(args.jobs) as pool:
        for group, designs in (("nothing", NOTHING), ("something", SOMETHING), ("tilted", TILTED)):
            for name in [n for n in designs if args.only in n]:
                runs = pool.map(one, [(group, name, run, args) for run in range(args.runs)], chunksize=1)
                if group == "tilted":
                    sizes = [s for r in runs for s in r["sizes"]]
                    mean = lambda k: sum(s[k] for s in sizes) / len(sizes) if sizes else math.nan
                    print(f"| {name} | {len(sizes)} findings, {mean(1):.1f} points, shown {mean(0):+.1f}, {mean(2):.0%} covered |", flush=True)
                    continue
                counts = {k: sum(r[k] for r in runs) for k in runs[0]}
                if "smallest share" in counts:
                    counts["smallest share"] = f"{counts['smallest share'] / len(runs):.1%}"
                print(f"| {name} | {', '.join(f'{k} {v}' for k, v in counts.items())} of {len(runs)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
