"""Fits the tones of sentences that src/compare/tone.rs reads, and measures them on sources they were not fitted to.

    gander embed assets/tone/sentences.jsonl -o own.parquet
    python fit_tone.py goemotions TRAIN.tsv goemotions.jsonl   # data/original/train.tsv and labels.txt of GoEmotions
    gander embed goemotions.jsonl -o goemotions.parquet
    python fit_tone.py statements persona statements.jsonl     # folder persona/ of Anthropic's evals, as JSON lines
    gander embed statements.jsonl -o statements.parquet
    gander embed answers.jsonl -o answers.parquet              # sentences of ordinary answers, for false alarms only
    python fit_tone.py fit sentences.jsonl own.parquet goemotions.jsonl goemotions.parquet \
        statements.jsonl statements.parquet answers.parquet tone.json

Needs numpy, pyarrow and scikit-learn. Prints the tables of README.md.
"""

import collections
import json
import sys

import numpy as np
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

# name: what a reader sees, labels of GoEmotions that hold it, labels too near to be negatives, own tones likewise
TONES = {
    "flattering": ("flattering or admiring", ["admiration"], ["love", "pride", "approval"], []),
    "rude": ("rude or insulting", ["annoyance", "anger", "disgust"], ["disapproval"], ["angry"]),
    "anxious": ("anxious or worried", ["fear", "nervousness"], ["embarrassment"], []),
    "doubting": ("unsure of itself", ["confusion"], ["curiosity", "surprise"], []),
    "angry": ("angry", ["anger"], ["annoyance", "disgust", "disapproval"], ["rude"]),
    "joyful": ("joyful or excited", ["joy", "excitement"],
               ["amusement", "love", "optimism", "relief", "admiration", "gratitude"], ["flattering"]),
    "caring": ("caring or comforting", ["caring"], ["love", "optimism"], []),
    "sad": ("sad", ["sadness", "grief"], ["disappointment", "remorse"], []),
    "apologetic": ("apologetic", ["remorse"], ["sadness", "embarrassment"], []),
    "grateful": ("grateful", ["gratitude"], [], []),
    "boastful": ("boastful", ["pride"], ["admiration", "joy"], []),
}
# Statements that help where GoEmotions has few comments (50 of pride): some label against all others of these files.
STATEMENTS = {"boastful": "narcissism/pro"}
PERSONAS = ["agreeableness", "narcissism", "neuroticism"]
LEAST = 0.85
STRENGTH = 0.1  # inverse of the penalty
FOLDS = 5


def goemotions(path, out):
    """Comments with one label, at most 700 of each (2,000 neutral), each text once."""
    labels = [l.strip() for l in open(path.rsplit("/", 1)[0] + "/labels.txt")]
    seen, count, rows = set(), collections.Counter(), []
    for line in open(path):
        text, label, _ = line.rstrip("\n").split("\t")
        if "," in label or text in seen:
            continue
        seen.add(text)
        label = labels[int(label)]
        count[label] += 1
        if count[label] <= (2000 if label == "neutral" else 700):
            rows.append({"id": str(len(rows)), "text": text, "label": label})
    with open(out, "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in rows)


def statements(folder, out):
    """The statements of PERSONAS, labelled TOPIC/STANCE."""
    with open(out, "w") as f:
        for name in PERSONAS:
            for row in map(json.loads, open(f"{folder}/{name}.jsonl")):
                f.write(json.dumps({"id": row["id"], "text": row["text"], "label": f"{name}/{row['stance']}"}) + "\n")


def embedded(path):
    table = pq.read_table(path)
    vector, stance = (np.array(table[c].to_pylist(), np.float32) for c in ("gander_vector", "gander_stance"))
    return vector, stance / np.linalg.norm(stance, axis=1, keepdims=True).clip(1e-9)


def field(path, name):
    return np.array([json.loads(l)[name] for l in open(path)])


def fit(parts):
    """Logistic regression of (features, labels) of several sources: each source and each of its classes weighs the same."""
    weights = [np.where(y, 0.5 / max(y.sum(), 1), 0.5 / (~y).sum()) for _, y in parts]
    weights = np.concatenate(weights)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    return model.fit(np.vstack([x for x, _ in parts]), np.concatenate([y for _, y in parts]), weights / weights.mean())


def auc(yes, no):
    return roc_auc_score(np.r_[np.ones(len(yes)), np.zeros(len(no))], np.r_[yes, no])


class Source:
    """Features and labels of one source, for one tone."""

    def __init__(self, x, label, yes, near, neutral="neutral"):
        self.x, self.yes = x, np.isin(label, yes)
        self.kept, self.neutral = self.yes | ~np.isin(label, near), label == neutral

    def part(self, rows=None):
        k = self.kept if rows is None else self.kept & rows
        return self.x[k], self.yes[k]

    def aucs(self, scores):
        """Against neutral sentences, and against everything but near tones."""
        return auc(scores[self.yes], scores[self.neutral]), auc(scores[self.yes], scores[self.kept & ~self.yes])


def main(own_texts, own, goe_texts, goe, said_texts, said, answers, out):
    tone, topic, label = field(own_texts, "tone"), field(own_texts, "topic"), field(goe_texts, "label")
    stance = field(said_texts, "label")
    features = {
        "vector and stance": np.hstack,
        "vector": lambda p: p[0],
        "stance": lambda p: p[1],
    }
    own, goe, said, answers = embedded(own), embedded(goe), embedded(said), embedded(answers)
    topics = np.random.RandomState(0).permutation(sorted(set(topic)))
    shipped = []
    for kind, of in features.items():
        print(f"\n{kind}\n| tone | GoEmotions → own | own → GoEmotions | both, other topics | ordinary answers | 1 in 200 | found |")
        print("|---|---|---|---|---|---|---|")
        for name, (describe, yes, near, own_near) in TONES.items():
            mine = Source(of(own), tone, [name], own_near)
            theirs = Source(of(goe), label, yes, near)
            others = [theirs.part()]
            if name in STATEMENTS:
                others.append((of(said), stance == STATEMENTS[name]))
            a = mine.aucs(fit(others).decision_function(mine.x))
            b = theirs.aucs(fit([mine.part()]).decision_function(theirs.x))
            held = np.zeros(len(tone))
            for f in range(FOLDS):
                test = np.isin(topic, topics[f::FOLDS])
                held[test] = fit([mine.part(~test), *others]).decision_function(mine.x[test])
            c = mine.aucs(held)
            # Log-odds at even odds, by Platt's scaling of scores of topics left out.
            y, k = mine.yes, mine.kept
            w = np.where(y, 0.5 / y.sum(), 0.5 / (~y).sum())[k]
            platt = LogisticRegression(C=1e6).fit(held[k, None], y[k], w / w.mean())
            scale, shift = platt.coef_[0, 0], platt.intercept_[0]
            model = fit([mine.part(), *others])
            ordinary = scale * model.decision_function(of(answers)) + shift
            bound = np.quantile(ordinary, 0.995)
            d, found = auc(scale * held[y] + shift, ordinary), np.mean(scale * held[y] + shift > bound)
            two = lambda p: f"{p[0]:.3f}, {p[1]:.3f}"
            print(f"| {name} | {two(a)} | {two(b)} | {two(c)} | {d:.3f} | {bound:.2f} | {found:.2f} |")
            good = min(a) >= LEAST
            weights = [round(float(v), 4) for v in scale * model.coef_[0]]
            bias = round(float(scale * model.intercept_[0] + shift), 4)
            fitted = {"weights": weights, "bias": bias, "ordinary": round(float(bound), 2), "auc": round(min(a), 3)}
            if kind == "vector and stance" and good:
                shipped.append({"name": name, "describe": describe, "full": fitted})
            if kind == "vector" and good:
                for t in shipped:
                    if t["name"] == name:
                        t["vector"] = fitted
    with open(out, "w") as f:
        json.dump({"dims": own[0].shape[1], "stance": own[1].shape[1], "tones": shipped}, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    {"goemotions": goemotions, "statements": statements, "fit": main}[sys.argv[1]](*sys.argv[2:])
