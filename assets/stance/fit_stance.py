#!/usr/bin/env python3
"""Learns the directions in which a text differs from its opposite, and the detector of opposed statements.

    python3 fit_stance.py MODEL_FOLDER BRANCH.safetensors READER.safetensors PERSONA_FOLDER OUT_FOLDER

MODEL_FOLDER holds model.safetensors and tokenizer.json of all-MiniLM-L6-v2; BRANCH.safetensors what `distil.py` wrote and
READER.safetensors what `distil_pairs.py` wrote; PERSONA_FOLDER one JSONL a topic with `text` and `stance` (pro or contra).
Needs numpy, scipy, scikit-learn, safetensors and tokenizers.

Directions: nonparametric discriminant analysis (Fukunaga and Mantock 1983) on the mean token of the branch. Between:
a text against its nearest texts of the other stance; within: against its nearest of the same; summed over topics.
Detector: logistic regressions, topics as they are against one side only: one on five figures of a two-part split in that
space (see `figures`), which says whether pairs are worth reading, and one on these and what reading pairs across and
within the sides says (see `contradiction`). What is printed as left out is of topics that directions and detector have not
seen, and neither `distil.py` nor `distil_pairs.py` sees any of them: it is what to expect of other topics.
"""
import json, os, re, sys
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "minilm"))
from convert import CALIBRATION, convert_layers, convert_linear, load
from safetensors.numpy import load_file, save_file
from scipy.linalg import eigh
from scipy.special import erf
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, roc_auc_score
from tokenizers import Tokenizer

AFTER, LONGEST = 3, 64
# Tokens read of each text of a pair, and pairs read across the sides and within them.
PAIR_TOKENS, PAIRS = 48, 150
DIRECTIONS, SHRINK, POWER, NEAREST = 160, 0.3, 0.4, 80
# The detector's score of 0.5 is set where this share of one-sided topics would be called opposed.
FALSE_ALARMS = 0.05
NEGATIONS = set("""not no never cannot nor neither without none nothing nobody against oppose disagree refuse hate dislike
avoid""".split())
# Share of mixed topics whose pairs are not worth reading by the figures of the split alone.
OVERLOOKED = 0.04


class Branched:
    """The first layers of the model and the branch, in floats."""

    def __init__(self, folder, branch, longest=LONGEST):
        self.model, _ = load(folder)
        self.branch = load_file(branch)
        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(longest)
        self.count = sum(n.endswith(".output.dense.weight") and "attention" not in n for n in self.branch)
        # Largest value of each input of each linear layer of the branch, as `convert.py` wants them; kept where asked for.
        self.top = None

    def norm(self, m, x, name, epsilon):
        mean = x.mean(-1, keepdims=True)
        return (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + epsilon) * m[name + ".weight"] + m[name + ".bias"]

    def linear(self, m, x, name):
        rows = x.reshape(-1, x.shape[-1])
        if self.top is not None and m is self.branch:
            self.top[name] = np.maximum(self.top.get(name, 0), np.abs(rows).max(0))
        return (rows @ m[name + ".weight"].T + m[name + ".bias"]).reshape(*x.shape[:-1], -1)

    def layer(self, m, x, p, heads, near, epsilon):
        b, t, d = x.shape
        q, k, v = [self.linear(m, x, f"{p}attention.self.{n}").reshape(b, t, heads, d // heads).transpose(0, 2, 1, 3)
                   for n in ("query", "key", "value")]
        s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(d // heads) + near
        s = np.exp(s - s.max(-1, keepdims=True))
        c = (s / s.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3).reshape(b, t, d)
        x = self.norm(m, x + self.linear(m, c, p + "attention.output.dense"), p + "attention.output.LayerNorm", epsilon)
        h = self.linear(m, x, p + "intermediate.dense")
        h = (h * 0.5 * (1 + erf(h / np.sqrt(2)))).astype(np.float32)
        return self.norm(m, x + self.linear(m, h, p + "output.dense"), p + "output.LayerNorm", epsilon)

    def near(self, length):
        """What distances add to scores (heads x length x length), in the buckets of Raffel et al. 2020."""
        learned = self.branch["distances"]
        half, exact = len(learned) // 2, len(learned) // 4
        d = np.arange(length)[None] - np.arange(length)[:, None]
        n = np.abs(d)
        far = exact + (np.log(np.maximum(n, 1) / exact) / np.log(128 / exact) * (half - exact)).astype(int)
        return learned[np.where(n < exact, n, np.minimum(far, half - 1)) + np.where(d > 0, half, 0)].transpose(2, 0, 1)

    def joined(self, batch):
        """Of token ids (b x t) what the branch begins with."""
        m, e = self.model, "embeddings."
        x = (m[e + "word_embeddings.weight"][batch] + m[e + "position_embeddings.weight"][: batch.shape[1]][None]
             + m[e + "token_type_embeddings.weight"][0])
        states = [self.norm(m, x, e + "LayerNorm", 1e-12)]
        for i in range(AFTER):
            states.append(self.layer(m, states[-1], f"encoder.layer.{i}.", 12, 0, 1e-12))
        return self.linear(self.branch, np.concatenate(states, -1), "join")

    def through(self, x):
        """The layers of the branch."""
        near = self.near(x.shape[1])
        for i in range(self.count):
            x = self.layer(self.branch, x, f"encoder.layer.{i}.", len(near), near, 1e-5)
        return x

    def stands(self, texts):
        """Unit mean token of the branch for each text (n x d)."""
        ids, out = [e.ids for e in self.tokenizer.encode_batch(texts)], [None] * len(texts)
        for part in of_one_length([len(i) for i in ids]):
            for i, x in zip(part, self.through(self.joined(np.array([ids[i] for i in part]))).mean(1)):
                out[i] = x / np.linalg.norm(x)
        return np.array(out, np.float32)

    def log_odds(self, texts, pairs):
        """That the two texts of each pair (indices) contradict each other; the texts in the order of their bytes."""
        ids, apart = [e.ids for e in self.tokenizer.encode_batch(texts)], [None] * len(texts)
        for part in of_one_length([len(i) for i in ids]):
            for i, x in zip(part, self.joined(np.array([ids[i] for i in part]))):
                apart[i] = x
        out = np.zeros(len(pairs))
        pairs = [sorted(p, key=lambda i: texts[i].encode()) for p in pairs]
        for part in of_one_length([len(ids[a]) + len(ids[b]) for a, b in pairs]):
            x = np.array([np.concatenate([apart[a], apart[b] + self.branch["second"]]) for a, b in (pairs[i] for i in part)])
            out[part] = self.through(x).mean(1) @ self.branch["answer.weight"] + self.branch["answer.bias"]
        return out


def of_one_length(lengths):
    """Indices of equal lengths, at most 128 at a time."""
    lengths = np.array(lengths)
    for length in np.unique(lengths):
        at = np.where(lengths == length)[0]
        yield from np.array_split(at, len(at) // 128 + 1)


def scatter(x, y, nearest=NEAREST):
    """Between and within scatter of one topic."""
    g = x @ x.T
    np.fill_diagonal(g, -9)
    same = y[:, None] == y[None]

    def away(mask):
        near = np.argpartition(-np.where(mask, g, -9), nearest, 1)[:, :nearest]
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


def contradiction(reader, texts, side):
    """How often a pair across the two sides contradicts more than one within them."""
    rng = np.random.default_rng(0)
    sides = [np.where(side == k)[0] for k in (0, 1)]
    across = [(rng.choice(sides[0]), rng.choice(sides[1])) for _ in range(PAIRS)]
    within = [tuple(rng.choice(sides[k % 2], 2, len(sides[k % 2]) < 2)) for k in range(PAIRS)]
    read = reader.log_odds(texts, across + within)
    return roc_auc_score(np.arange(2 * PAIRS) < PAIRS, read)


def mixes(y):
    pro, contra = np.where(y == 1)[0], np.where(y == 0)[0]
    return [(1, np.concatenate([pro[:150], contra[:150]])), (0, pro[:300]), (0, contra[:300])]


def poles_of(topics, a):
    m = np.array([(x[y == 1].mean(0) - x[y == 0].mean(0)) @ a for x, y, *_ in topics])
    return m / np.linalg.norm(m, axis=1, keepdims=True)


class Detector:
    """A logistic regression of figures scaled; what it scores 0.5 is called opposed by chance as often as `FALSE_ALARMS` says."""

    def __init__(self, rows, labels, owner):
        self.mean, self.sd = rows.mean(0), rows.std(0)
        z = (rows - self.mean) / self.sd
        fit = lambda keep: LogisticRegression(C=1.0, class_weight="balanced").fit(z[keep], labels[keep])
        self.left_out = np.zeros(len(rows))
        for n in np.unique(owner):
            self.left_out[owner == n] = fit(owner != n).decision_function(z[owner == n])
        self.limit = np.quantile(self.left_out[labels == 0], 1 - FALSE_ALARMS)
        self.final = fit(np.ones(len(labels), bool))
        flagged = self.left_out > self.limit
        print("left out: AUC %.3f, %d of %d mixed and %d of %d one-sided flagged" % (
            roc_auc_score(labels, self.left_out), flagged[labels == 1].sum(), (labels == 1).sum(), flagged[labels == 0].sum(),
            (labels == 0).sum()), flush=True)

    def scores(self):
        return 1 / (1 + np.exp(self.limit - self.left_out))

    def as_json(self):
        return {"mean": self.mean.round(6).tolist(), "sd": self.sd.round(6).tolist(),
                "weights": self.final.coef_[0].round(6).tolist(), "bias": round(float(self.final.intercept_[0] - self.limit), 6)}


def rounded(network, calibrate, also=()):
    """The layers in 8 bits; `calibrate` runs the network over texts that show how large its activations get."""
    tensors = {name: network.branch[name] for name in ("distances", *also)}
    network.top = {}
    calibrate()
    convert_linear(network.branch, network.top, ["join"], "join", tensors, {})
    convert_layers(network.branch, network.top, network.count, tensors, {})
    network.top = None
    return tensors


def main():
    folder, branch, reader, persona, out = sys.argv[1:]
    network, reader = Branched(folder, branch), Branched(folder, reader, PAIR_TOKENS)
    topics = []
    for name in sorted(os.listdir(persona)):
        rows = [json.loads(line) for line in open(os.path.join(persona, name), encoding="utf-8")]
        y = np.array([r["stance"] == "pro" for r in rows]).astype(int)
        texts = [r["text"] for r in rows]
        topics.append((network.stands(texts), y, np.array([negated(text) for text in texts]), texts))
        print(name, flush=True)
    scatters = [scatter(x, y) for x, y, *_ in topics]
    rows, labels, owner, aris = [], [], [], []
    for n, (x, y, negations, texts) in enumerate(topics):
        rest = [t for i, t in enumerate(topics) if i != n]
        a = directions([s for i, s in enumerate(scatters) if i != n])
        poles = poles_of(rest, a)
        for mixed, at in mixes(y):
            side, f = figures(x[at] @ a, negations[at], poles)
            rows.append(f + [contradiction(reader, [texts[i] for i in at], side)]), labels.append(mixed), owner.append(n)
            if mixed:
                aris.append(adjusted_rand_score(y[at], side))
    rows, labels, owner = map(np.array, (rows, labels, owner))
    print(f"split ARI {np.mean(aris):.3f}")
    split, read = Detector(rows[:, :5], labels, owner), Detector(rows, labels, owner)
    worth = np.quantile(split.scores()[labels == 1], OVERLOOKED)
    print(f"worth reading from {worth:.4f}: {(split.scores()[labels == 0] >= worth).mean():.2f} of one-sided topics")
    a = directions(scatters)
    save(out, "stance", {"directions": a.T.astype(np.float32), **rounded(network, lambda: network.stands(CALIBRATION))})
    pairs = [(i, (i + step) % len(CALIBRATION)) for i in range(len(CALIBRATION)) for step in (1, 2, 3)]
    save(out, "contradiction", rounded(reader, lambda: reader.log_odds(CALIBRATION, pairs), ("second", "answer.weight", "answer.bias")))
    with open(os.path.join(out, "detector.json"), "w") as f:
        json.dump({"split": split.as_json(), "worth_reading": round(float(worth), 6), "read": read.as_json(),
                   "negations": sorted(NEGATIONS), "poles": poles_of(topics, a).round(5).tolist()}, f)
        f.write("\n")


def save(out, name, tensors):
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, os.path.join(out, f"{name}.safetensors"))


if __name__ == "__main__":
    main()
