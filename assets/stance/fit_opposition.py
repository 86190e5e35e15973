#!/usr/bin/env python3
"""Fits `detector.json`: which splits of a cluster are opposed, and what speaks against a label.

    python3 fit_opposition.py GANDER SEEN_FOLDER UNSEEN_FOLDER LABEL_EVIDENCE.jsonl

GANDER is the program, which embeds. The folders hold one JSONL a topic with `text` and `stance` (pro or contra): the topics
that the stance space was fitted to, and others. LABEL_EVIDENCE.jsonl is what the test `the_label_of_a_side_beats_the_opposite_one`
prints (`cargo test --test label_stance -- --nocapture`, lines in braces). Needs numpy, pyarrow and scikit-learn.

The regressions are fitted to the unseen topics alone: the seen ones flatter the space. Each topic is judged by what was
fitted without it and without its mixtures. `figures` does what `src/trust/sides.rs` does.
"""
import json, os, re, subprocess, sys, tempfile
import numpy as np, pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, roc_auc_score

COLUMNS = ["cosine", "log distance", "valley", "gap over spread", "explained", "negation"]
NEGATIONS = set("""not no never cannot nor neither without none nothing nobody against oppose disagree refuse hate dislike
avoid""".split())
# Log-odds subtracted: one-sided clusters are flagged by the split alone about as often as the README says.
LIMIT = 0.6
DOUBTFUL = [0.2, 0.9]
# Regression on the log-odds of the split and on what reading pairs says (set by hand on 30 unseen topics; see the README).
READ = {"mean": [0, 0.55], "sd": [1, 0.16], "weights": [1, 0.7], "bias": 0}
# Mean probability of contradiction up to which a label agrees with its texts, and the least cosine of those that do.
AGREES, AGREES_FROM = 0.4, 0.2
unit = lambda x: x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def embed(gander, texts):
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/in.jsonl", "w") as f:
            f.writelines(json.dumps({"id": f"p{k}", "model": "m", "text": t}) + "\n" for k, t in enumerate(texts))
        subprocess.run([gander, "embed", f"{d}/in.jsonl", "-o", f"{d}/out.parquet"], check=True, stdout=subprocess.DEVNULL)
        t = pq.read_table(f"{d}/out.parquet", columns=["id", "gander_vector", "gander_stance"])
    order = np.argsort([int(i[1:]) for i in t["id"].to_pylist()])
    return [np.array(t[c].to_pylist(), np.float64)[order] for c in ("gander_vector", "gander_stance")]


def negated(text):
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))
    return any(w in NEGATIONS or w.endswith("n't") for w in words)


def two_means(x, y):
    for _ in range(30):
        if min(y.sum(), (~y).sum()) < 1:
            break
        a, b = x[y].mean(0), x[~y].mean(0)
        new = ((x - (a + b) / 2) @ (a - b)) > 0
        if min(new.sum(), (~new).sum()) < 3 or (new == y).all():
            break
        y = new
    a, b = x[y].mean(0), x[~y].mean(0)
    return y.sum() * (~y).sum() / len(x) * ((a - b) ** 2).sum(), y


def figures(x, negations):
    c, axes, best = x - x.mean(0), [], None
    for start in range(1, 6):
        v = np.modf(np.arange(1, x.shape[1] + 1) * start * 0.6180339887498949)[0] - 0.5
        for _ in range(12):
            v = c.T @ (c @ v)
            for before in axes:
                v = v - before * (before @ v)
            v /= np.linalg.norm(v) + 1e-12
        axes.append(v)
        found = two_means(x, c @ v > np.median(c @ v))
        best = found if best is None or found[0] > best[0] else best
    between, y = best
    a, b = x[y].mean(0), x[~y].mean(0)
    gap = np.linalg.norm(a - b)
    p = c @ (a - b) / gap
    h = np.convolve(np.histogram(p / p.std(), bins=24, range=(-2.4, 2.4))[0], [1, 2, 3, 2, 1], "same")
    low = np.argmin(h[8:16]) + 8
    return y, [-float(unit(a) @ unit(b)), np.log(gap), 1 - h[low] / max(min(h[:low].max(), h[low + 1:].max()), 1),
               gap / (p[y].std() + p[~y].std() + 1e-9), between / (c**2).sum(), abs(negations[y].mean() - negations[~y].mean())]


def load(gander, folders):
    topics = []
    for seen, folder in zip((True, False), folders):
        for name in sorted(os.listdir(folder)):
            rows = [json.loads(line) for line in open(os.path.join(folder, name), encoding="utf-8")]
            topics.append((name, seen, [r["text"] for r in rows], np.array([r["stance"] == "pro" for r in rows])))
    vectors, stance = embed(gander, [t for topic in topics for t in topic[2]])
    ends = np.cumsum([len(t[2]) for t in topics])[:-1]
    return [(*t, v, s) for t, v, s in zip(topics, np.split(vectors, ends), np.split(stance, ends))]


def clusters(topics, centre, rng):
    """(kind, opposed, topics, truth, stances, negations): single topics, few texts, three to
    one, and each mixed with its nearest neighbour."""
    x = [unit(t[5] - centre) for t in topics]
    n = [np.array([negated(text) for text in t[2]], float) for t in topics]
    means = unit(np.array([t[4].mean(0) for t in topics]))
    near = means @ means.T - 9 * np.eye(len(topics))
    ids = [{s: np.where(t[3] == s)[0] for s in (True, False)} for t in topics]
    for i, t in enumerate(topics):
        of = lambda k, s, count: (k, ids[k][s][:count] if k == i and count >= 150 else rng.choice(ids[k][s], count, False))
        j = int(near[i].argmax())
        side = lambda k, s: x[k][ids[k][s]].mean(0)
        plans = [("single", True, [of(i, True, 150), of(i, False, 150)])] + [("single", False, [of(i, s, 300)]) for s in (True, False)]
        plans += [("mixture", True, [of(k, s, 75) for k in (i, j) for s in (True, False)])]
        for s in (True, False):
            like = side(i, s) @ side(j, True) > side(i, s) @ side(j, False)
            plans.append(("mixture", False, [of(i, s, 150), of(j, bool(like), 150)]))
        plans.append(("small", True, [of(i, s, 20) for s in (True, False)]))
        plans += [("skewed", True, [of(i, s, 90), of(i, not s, 30)]) for s in (True, False)]
        plans += [(kind, False, [of(i, s, count)]) for kind, count in (("small", 40), ("skewed", 120)) for s in (True, False)]
        for kind, opposed, parts in plans:
            truth = np.concatenate([topics[k][3][at] for k, at in parts])
            yield kind, opposed, (i, j if kind == "mixture" else i), truth, np.concatenate([x[k][at] for k, at in parts]), np.concatenate([n[k][at] for k, at in parts])


def regression(rows, labels, c=0.08):
    mean, sd = rows.mean(0), rows.std(0)
    fit = LogisticRegression(C=c, class_weight="balanced").fit((rows - mean) / sd, labels)
    return mean, sd, fit


def as_json(mean, sd, fit, limit=0.0):
    return {"mean": mean.round(6).tolist(), "sd": sd.round(6).tolist(), "weights": fit.coef_[0].round(6).tolist(),
            "bias": round(float(fit.intercept_[0] - limit), 6)}


def opposition(topics, centre):
    kinds, labels, owners, rows, rand = [], [], [], [], []
    for kind, opposed, of, truth, x, negations in clusters(topics, centre, np.random.default_rng(5)):
        y, f = figures(x, negations)
        kinds.append(kind), labels.append(opposed), owners.append(of), rows.append(f)
        rand.append(adjusted_rand_score(truth, y) if opposed else np.nan)
    kinds, labels, owners, rows, rand = map(np.array, (kinds, labels, owners, rows, rand))
    unseen = np.array([not topics[i][1] and not topics[j][1] for i, j in owners])
    out = np.zeros(len(labels))
    for t in range(len(topics)):
        mean, sd, fit = regression(*(v[unseen & (owners != t).all(1)] for v in (rows, labels)))
        mine = owners[:, 0] == t
        out[mine] = fit.decision_function((rows[mine] - mean) / sd) - LIMIT
    first = [not t[1] for t in topics].index(True)
    groups = {"seen by the space": (0, first), "first 26 unseen": (first, first + 26), "other unseen": (first + 26, len(topics))}
    for kind in ("single", "mixture", "small", "skewed"):
        for name, (low, high) in groups.items():
            at = (kinds == kind) & (owners[:, 0] >= low) & (owners[:, 0] < high)
            mixed, one = out[at & labels], out[at & ~labels]
            print(f"{kind}, {name}: AUC {roc_auc_score(labels[at], out[at]):.3f}, {(mixed > 0).sum()} of {len(mixed)} flagged, "
                  f"{(one > 0).sum()} of {len(one)} falsely, split {np.nanmean(rand[at]):.3f}", flush=True)
    return as_json(*regression(rows[unseen], labels[unseen]), LIMIT)


def label_of(path):
    """Each topic judged by what was fitted without it; the limit where 1 in 33 own labels would be called contradicted."""
    lines = [json.loads(line) for line in open(path) if line.startswith("{")]
    topic = np.array([l["topic"] for l in lines])
    flat = lambda keep: (np.array([e for l, k in zip(lines, keep) if k for e in l["own"] + l["opposite"]]),
                         np.array([v for l, k in zip(lines, keep) if k for v in [0] * len(l["own"]) + [1] * len(l["opposite"])]))
    means = np.zeros((len(lines), 2))
    for t in np.unique(topic):
        mean, sd, fit = regression(*flat(topic != t), 1.0)
        for i in np.where(topic == t)[0]:
            means[i] = [fit.predict_proba((np.array(lines[i][k]) - mean) / sd)[:, 1].mean() for k in ("own", "opposite")]
    cosines = np.array([[np.mean(l[k], 0)[0] for k in ("own", "opposite")] for l in lines])
    limit = float(np.quantile(means[:, 0], 0.97))
    agrees = (means <= AGREES) & (cosines >= AGREES_FROM)
    print(f"{len(lines)} sides: own label beats opposite in {(means[:, 0] < means[:, 1]).mean():.3f}; contradicted, own and opposite: "
          f"{(means >= limit).mean(0).round(3)}; in agreement: {agrees.mean(0).round(3)}")
    return as_json(*regression(*flat(np.ones(len(lines), bool)), 1.0)), [AGREES, round(limit, 4)]


def main(gander, seen, unseen, evidence):
    topics = load(gander, (seen, unseen))
    centre = np.mean([t[5].mean(0) for t in topics], 0)
    label, verdict = label_of(evidence)
    detector = {"centre": centre.round(6).tolist(), "split": opposition(topics, centre), "doubtful": DOUBTFUL, "read": READ,
                "label": label, "verdict": verdict, "agrees_from": AGREES_FROM,
                "negations": sorted(NEGATIONS)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "detector.json"), "w") as f:
        json.dump(detector, f)
        f.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
