#!/usr/bin/env python3
"""Teaches three layers of a small model where a larger one puts statements and their opposites.

    python3 distil.py MODEL_FOLDER TEACHER_FOLDER PERSONA_FOLDER SENTENCES.txt OUT.safetensors [EPOCHS]

MODEL_FOLDER: all-MiniLM-L6-v2; TEACHER_FOLDER: all-mpnet-base-v2 (both with config.json, tokenizer.json and
model.safetensors); PERSONA_FOLDER: see `fit_stance.py`; SENTENCES.txt: any English sentences, one a line.
Needs numpy, scipy, scikit-learn, safetensors, torch and transformers; 2.5 epochs take an hour on two cores.

Why: two-means on MiniLM's own layers splits statements from their opposites with an adjusted Rand index of 0.59 on topics
that the directions have not seen, on MPNet's seventh layer with 0.71; MPNet is five times as slow and 110 MB.

The teacher's mean token of a text is taken to the stance directions that `fit_stance.py` finds for it. Layers 4 to 6 of the
student, which build on the embedder's first three, and a linear map learn to put their own mean token there: by cosine, and
by cosine of the differences within texts of one topic (knowledge distillation, Hinton et al. 2015; the map is thrown away).
"""
import copy
import json
import os
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn.cluster import MiniBatchKMeans
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

from fit_stance import directions, scatter
from statements import negated, written

TEACHER_LAYER, AFTER, LONGEST = 7, 3, 64
# The two sides of a topic whose sides are known are set this much further apart.
FURTHER = 0.5
TOPICS, TEXTS, RATE, WARM_UP = 6, 24, 3e-4, 100


def ids_of(folder, texts):
    return AutoTokenizer.from_pretrained(folder)(texts, truncation=True, max_length=LONGEST)["input_ids"]


def padded(ids):
    width = max(map(len, ids))
    x, real = torch.zeros((len(ids), width), dtype=torch.long), torch.zeros((len(ids), width))
    for row, one in enumerate(ids):
        x[row, : len(one)], real[row, : len(one)] = torch.tensor(one), 1
    return x, real


def mean_token(x, real):
    return (x * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True)


def by_length(ids, size):
    order = np.argsort([len(i) for i in ids], kind="stable")
    return np.array_split(order, len(ids) // size + 1)


def teacher(folder, texts):
    """Unit mean token of the teacher's layer (n x 768)."""
    model, ids = AutoModel.from_pretrained(folder).eval(), ids_of(folder, texts)
    model.encoder.layer = model.encoder.layer[:TEACHER_LAYER]
    model, out = model.to(torch.bfloat16), np.zeros((len(texts), 768), np.float32)
    with torch.no_grad():
        for at in by_length(ids, 128):
            x, real = padded([ids[i] for i in at])
            out[at] = mean_token(model(input_ids=x, attention_mask=real.long()).last_hidden_state.float(), real).numpy()
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def topics_of(vectors, wanted):
    """Like texts, for sentences that have no topic."""
    return MiniBatchKMeans(wanted, batch_size=4096, n_init=1, random_state=0, max_iter=25).fit(vectors).labels_


def corpus(folder, persona, sentences):
    """Texts, the teacher's vectors of them, topics, sides (-1: unknown), and which are persona statements."""
    texts, topics, sides = [], [], []
    for name in sorted(os.listdir(persona)):
        for line in open(os.path.join(persona, name), encoding="utf-8"):
            r = json.loads(line)
            texts.append(r["text"]), topics.append(name), sides.append(int(r["stance"] == "pro"))
    labelled = len(texts)
    for topic, side, text in written(30, 1):
        texts.append(text), topics.append(topic), sides.append(side)
    pairs = negated(sentences, 5)
    first = len(texts)
    texts += sentences + [text for _, _, text in pairs]
    vectors = teacher(folder, texts)
    plain, pair = vectors[first : first + len(sentences)], np.array([p[0] for p in pairs])
    middle = np.zeros((pair.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(middle, pair, vectors[first + len(sentences) :])
    topics += [f"like {k}" for k in topics_of(plain, max(2, len(plain) // 90))]
    topics += [f"pairs {k}" for k in topics_of(middle, max(2, len(middle) // 20))[pair]]
    sides += [-1] * (len(texts) - first)
    return texts, vectors, np.unique(topics, return_inverse=True)[1], np.array(sides), np.arange(len(texts)) < labelled


def targets(vectors, groups, sides, persona):
    """Where the teacher puts each text (n x 128)."""
    labelled = [g for g in groups if persona[g[0]]]
    space = directions([scatter(vectors[g], sides[g]) for g in labelled])
    y = ((vectors - vectors.mean(0)) @ space).astype(np.float32)
    for g in groups:
        if (sides[g] >= 0).all() and min((sides[g] == 0).sum(), (sides[g] == 1).sum()) > 5:
            gap = y[g[sides[g] == 1]].mean(0) - y[g[sides[g] == 0]].mean(0)
            y[g] += FURTHER / 2 * np.where(sides[g] == 1, 1, -1)[:, None] * gap
    y = torch.tensor(y)
    return y / y.norm(dim=1).mean()


def early(model, ids):
    """Tokens of each text after the layers that are shared, in 16 bits."""
    low, out = copy.deepcopy(model), [None] * len(ids)
    low.encoder.layer = low.encoder.layer[:AFTER]
    low = low.to(torch.bfloat16)
    with torch.no_grad():
        for at in by_length(ids, 256):
            x, real = padded([ids[i] for i in at])
            h = low(input_ids=x, attention_mask=real.long()).last_hidden_state.half()
            for row, i in enumerate(at):
                out[i] = h[row, : len(ids[i])].clone()
    return out


def branch(layers, tokens):
    """Unit mean token of each text."""
    lengths = np.array([len(t) for t in tokens])
    out = [None] * len(tokens)
    for at in np.array_split(np.argsort(lengths, kind="stable"), max(1, len(tokens) // 30)):
        x, real = torch.zeros((len(at), lengths[at].max(), 384)), torch.zeros((len(at), lengths[at].max()))
        for row, i in enumerate(at):
            x[row, : lengths[i]], real[row, : lengths[i]] = tokens[i].float(), 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for layer in layers:
                x = layer(x, attention_mask=(1 - real)[:, None, None, :] * -1e4)
                x = x[0] if isinstance(x, tuple) else x
        for i, row in zip(at, F.normalize(mean_token(x.float(), real), dim=1)):
            out[i] = row
    return torch.stack(out)


def loss_of(z, y, own):
    """One minus the cosine of texts, and of their differences from the mean of their topic."""
    apart = 0
    for topic in range(TOPICS):
        i = own == topic
        a, b = (v[i] - v[i].mean(0) for v in (z, y))
        apart = apart + (1 - F.cosine_similarity(a.flatten(), b.flatten(), dim=0)) / TOPICS
    return 1 - F.cosine_similarity(z, y).mean(), apart


def main():
    folder, larger, persona, sentences, out = sys.argv[1:6]
    epochs = float(sys.argv[6]) if len(sys.argv) > 6 else 2.5
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    texts, vectors, topics, sides, is_persona = corpus(larger, persona, open(sentences, encoding="utf-8").read().splitlines())
    order = np.argsort(topics, kind="stable")
    groups = [g for g in np.split(order, np.where(np.diff(topics[order]))[0] + 1) if len(g) > 3]
    y = targets(vectors, groups, sides, is_persona)
    model = AutoModel.from_pretrained(folder).eval()
    tokens = early(model, ids_of(folder, texts))
    layers = copy.deepcopy(model.encoder.layer[AFTER:])
    some = rng.choice(len(texts), min(6000, len(texts)), replace=False)
    with torch.no_grad():
        z = torch.cat([branch(layers, [tokens[i] for i in part]) for part in np.array_split(some, 30)])
    z = torch.cat([z, torch.ones(len(z), 1)], 1)
    first = torch.linalg.solve(z.T @ z + 0.05 * torch.eye(385), z.T @ y[some])
    head = torch.nn.Linear(384, y.shape[1])
    with torch.no_grad():
        head.weight.copy_(first[:384].T), head.bias.copy_(first[384])
    # Persona topics are few and the best of the lot: each is drawn twice as often as its texts say.
    chance = np.array([len(g) * (2 if is_persona[g[0]] else 1) for g in groups], float)
    chance /= chance.sum()
    steps = int(epochs * len(texts) / (TOPICS * TEXTS))
    rates = (RATE, 5 * RATE)
    optimiser = torch.optim.AdamW([{"params": layers.parameters()}, {"params": head.parameters()}], weight_decay=0.01)
    seen = []
    for step in range(steps):
        drawn = [rng.choice(g, min(TEXTS, len(g)), replace=False) for g in (groups[rng.choice(len(groups), p=chance)] for _ in range(TOPICS))]
        own = torch.tensor(np.repeat(np.arange(TOPICS), [len(d) for d in drawn]))
        at = np.concatenate(drawn)
        losses = loss_of(head(branch(layers, [tokens[i] for i in at])), y[at], own)
        for group, rate in zip(optimiser.param_groups, rates):
            group["lr"] = rate * min(1, (step + 1) / WARM_UP) * (1 - step / steps)
        optimiser.zero_grad(), sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimiser.step()
        seen.append([float(v.detach()) for v in losses])
        if step % 100 == 99:
            print(f"{step + 1} of {steps}: texts %.4f, within topics %.4f" % tuple(np.mean(seen[-100:], 0)), flush=True)
    save_file({f"encoder.layer.{int(k.split('.')[0]) + AFTER}.{k.split('.', 1)[1]}": v.numpy()
               for k, v in layers.state_dict().items()}, out)


if __name__ == "__main__":
    main()
