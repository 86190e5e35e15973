#!/usr/bin/env python3
"""Learns the directions in which a text differs from its opposite, and the detector of opposed statements.

    python3 fit_stance.py MODEL_FOLDER BRANCH.safetensors PERSONA_FOLDER OUT_FOLDER

MODEL_FOLDER holds model.safetensors and tokenizer.json of all-MiniLM-L6-v2; BRANCH.safetensors what `distil.py` wrote;
PERSONA_FOLDER one JSONL a topic with `text` and `stance` (pro or contra). Needs numpy, scipy, scikit-learn, safetensors
and tokenizers.

Directions: nonparametric discriminant analysis (Fukunaga and Mantock 1983) on the mean token of the branch. Between:
a text against its nearest texts of the other stance; within: against its nearest of the same; summed over topics.
Detector: a logistic regression on five figures of a two-part split in that space (see `figures`), topics as they are
against one side only. What is printed as left out is of topics that directions and detector have not seen; the branch has,
unless `distil.py` was run without them.
"""
import json, os, re, sys
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "minilm"))
from convert import activation_ranges, convert_layers, load
from safetensors.numpy import load_file, save_file
from scipy.linalg import eigh
from scipy.special import erf
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, roc_auc_score
from tokenizers import Tokenizer

DIRECTIONS, SHRINK, POWER, NEAREST = 128, 0.3, 0.4, 5
# The detector's score of 0.5 is set where this share of one-sided topics would be called opposed.
FALSE_ALARMS = 0.05
NEGATIONS = set("""not no never cannot nor neither without none nothing nobody against oppose disagree refuse hate dislike
avoid""".split())
FIGURES = ["alignment", "kurtosis", "negation_gap", "distance", "negation_spread"]


def stands(w, folder, texts):
    """Unit mean token of the branch for each text (n x 384): layers 0 to 2 of the model, 3 to 5 of the branch."""
    tok = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tok.no_padding()
    tok.enable_truncation(64)
    ids = [e.ids for e in tok.encode_batch(texts)]

    def norm(x, name):
        m = x.mean(-1, keepdims=True)
        return (x - m) / np.sqrt(((x - m) ** 2).mean(-1, keepdims=True) + 1e-12) * w[name + ".weight"] + w[name + ".bias"]

    def run(batch):
        b, t = batch.shape
        lin = lambda name, x: (x.reshape(b * t, -1) @ w[name + ".weight"].T + w[name + ".bias"]).reshape(b, t, -1)
        x = (w["embeddings.word_embeddings.weight"][batch] + w["embeddings.position_embeddings.weight"][:t][None]
             + w["embeddings.token_type_embeddings.weight"][0])
        x = norm(x, "embeddings.LayerNorm")
        for layer in range(6):
            p = f"encoder.layer.{layer}."
            q, k, v = [lin(p + "attention.self." + n, x).reshape(b, t, 12, 32).transpose(0, 2, 1, 3)
                       for n in ("query", "key", "value")]
            s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(32)
            s = np.exp(s - s.max(-1, keepdims=True))
            c = (s / s.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3).reshape(b, t, 384)
            x = norm(x + lin(p + "attention.output.dense", c), p + "attention.output.LayerNorm")
            h = lin(p + "intermediate.dense", x)
            h = (h * 0.5 * (1 + erf(h / np.sqrt(2)))).astype(np.float32)
            x = norm(x + lin(p + "output.dense", h), p + "output.LayerNorm")
        return x.mean(1)

    out = np.zeros((len(ids), 384), np.float32)
    lengths = np.array([len(i) for i in ids])
    for length in np.unique(lengths):
        at = np.where(lengths == length)[0]
        for part in np.array_split(at, len(at) // 128 + 1):
            out[part] = run(np.array([ids[i] for i in part]))
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def scatter(x, y):
    """Between and within scatter of one topic."""
    g = x @ x.T
    np.fill_diagonal(g, -9)
    same = y[:, None] == y[None]

    def away(mask):
        near = np.argpartition(-np.where(mask, g, -9), NEAREST, 1)[:, :NEAREST]
        d = x - x[near].mean(1)
        return d.T @ d / len(d)

    return away(~same), away(same)


def directions(scatters):
    b, w = (sum(s[i] for s in scatters) for i in (0, 1))
    d = len(b)
    w = (1 - SHRINK) * w / np.trace(w) * d + SHRINK * np.eye(d)
    values, vectors = eigh(b, w, subset_by_index=[d - DIRECTIONS, d - 1])
    a = (vectors * values**POWER)[:, ::-1]
    return a * np.sign(a[np.abs(a).argmax(0), np.arange(a.shape[1])])


def negated(text):
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))
    return float(any(w in NEGATIONS or w.endswith("n't") for w in words))


def figures(p, negations, poles):
    """Split in two, and the five figures of it."""
    p = p - p.mean(0)
    side = KMeans(2, n_init=8, random_state=0).fit(p).labels_
    gap = p[side == 1].mean(0) - p[side == 0].mean(0)
    u = gap / np.linalg.norm(gap)
    t = p @ u
    return side, [np.sqrt(((poles @ u) ** 2).mean()), (t**4).mean() / t.var() ** 2,
                  abs(negations[side == 1].mean() - negations[side == 0].mean()), np.log((gap**2).sum()),
                  negations.mean() * (1 - negations.mean())]


def mixes(y):
    pro, contra = np.where(y == 1)[0], np.where(y == 0)[0]
    return [(1, np.concatenate([pro[:150], contra[:150]])), (0, pro[:300]), (0, contra[:300])]


def poles_of(topics, a):
    m = np.array([(x[y == 1].mean(0) - x[y == 0].mean(0)) @ a for x, y, _ in topics])
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def main():
    folder, branch, persona, out = sys.argv[1:]
    m, vocab = load(folder)
    m.update(load_file(branch))
    topics = []
    for name in sorted(os.listdir(persona)):
        rows = [json.loads(line) for line in open(os.path.join(persona, name), encoding="utf-8")]
        y = np.array([r["stance"] == "pro" for r in rows]).astype(int)
        topics.append((stands(m, folder, [r["text"] for r in rows]), y, np.array([negated(r["text"]) for r in rows])))
        print(name, flush=True)
    scatters = [scatter(x, y) for x, y, _ in topics]
    rows, labels, owner, aris = [], [], [], []
    for n, (x, y, negations) in enumerate(topics):
        rest = [t for i, t in enumerate(topics) if i != n]
        a = directions([s for i, s in enumerate(scatters) if i != n])
        poles = poles_of(rest, a)
        for mixed, at in mixes(y):
            side, f = figures(x[at] @ a, negations[at], poles)
            rows.append(f), labels.append(mixed), owner.append(n)
            if mixed:
                aris.append(adjusted_rand_score(y[at], side))
    rows, labels, owner = map(np.array, (rows, labels, owner))
    mean, sd = rows.mean(0), rows.std(0)
    z = (rows - mean) / sd
    fit = lambda keep: LogisticRegression(C=1.0, class_weight="balanced").fit(z[keep], labels[keep])
    score = np.array([fit(owner != n).decision_function(z[owner == n]) for n in range(len(topics))]).ravel()
    limit = np.quantile(score[labels == 0], 1 - FALSE_ALARMS)
    print("left out: split ARI %.3f, AUC %.3f, %d of %d mixed and %d of %d one-sided flagged" % (
        np.mean(aris), roc_auc_score(labels, score), (score[labels == 1] > limit).sum(), (labels == 1).sum(),
        (score[labels == 0] > limit).sum(), (labels == 0).sum()))
    final = fit(np.ones(len(labels), bool))
    a = directions(scatters)
    tensors = {"directions": a.T.astype(np.float32)}
    convert_layers(m, activation_ranges(m, vocab), (3, 4, 5), tensors, {})
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, os.path.join(out, "stance.safetensors"))
    with open(os.path.join(out, "detector.json"), "w") as f:
        json.dump({"figures": FIGURES, "mean": mean.round(6).tolist(), "sd": sd.round(6).tolist(),
                   "weights": final.coef_[0].round(6).tolist(), "bias": round(float(final.intercept_[0] - limit), 6),
                   "negations": sorted(NEGATIONS), "poles": poles_of(topics, a).round(5).tolist()}, f)
        f.write("\n")


if __name__ == "__main__":
    main()
