#!/usr/bin/env python3
"""Teaches a branch of a small model to follow a layer of a larger one.

    python3 distil.py MODEL_FOLDER TEACHER_FOLDER SENTENCES.txt OUT.safetensors [EPOCHS…]

MODEL_FOLDER: all-MiniLM-L6-v2; TEACHER_FOLDER: all-mpnet-base-v2 (both with config.json, tokenizer.json and
model.safetensors); SENTENCES.txt: any English sentences, one a line.
EPOCHS: one number a round; the rate of learning falls to nothing in each, and the next begins where it ended.
Needs numpy, scipy, scikit-learn, safetensors, torch and transformers; an epoch takes half an hour on two cores.

Why: the teacher's seventh layer tells statements from their opposites far better than any layer of the small model, and is
five times as slow and 110 MB.

The two read the same tokens, so their layers can be stitched (Bansal, Nakkiran and Barak, NeurIPS 2021): a linear map takes
what the small model's first three layers say of a token to what the teacher's fourth does, and the teacher's own layers 5 to 7
go on from there, with the half of their inner units that matter most. Map (first by ridge regression) and layers are then
trained to put the mean token of a text where the teacher has it (knowledge distillation, Hinton et al. 2015): by cosine,
and by cosine of the differences within texts of one topic, each once in a space in which topics vary evenly and once in that
of stance directions fitted to the written statements.

No statement that `fit_stance.py` reads is among the texts: a branch that has seen them, be it without their labels, follows
the teacher better on them than on others, and what is fitted to them then fails on other topics.
"""
import copy
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn.cluster import MiniBatchKMeans
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

from fit_stance import AFTER, LONGEST, directions, scatter
from statements import negated, written

# The teacher's layer, the one from which the branch goes on, and inner units kept of 3072.
TEACHER_LAYER, FROM, INNER = 7, 4, 1536
TOPICS, TEXTS, RATE, WARM_UP = 6, 24, 3e-4, 60
EPOCHS = [0.8, 2.2, 2.2]
SHRINK, NEAREST = 0.3, 10
# How the layers of an MPNet are named in a BERT.
NAMES = {"attention.attn.q.": "attention.self.query.", "attention.attn.k.": "attention.self.key.",
         "attention.attn.v.": "attention.self.value.", "attention.attn.o.": "attention.output.dense.",
         "attention.LayerNorm.": "attention.output.LayerNorm."}


def padded(ids):
    width = max(map(len, ids))
    x, real = torch.zeros((len(ids), width), dtype=torch.long), torch.zeros((len(ids), width))
    for row, one in enumerate(ids):
        x[row, : len(one)], real[row, : len(one)] = torch.tensor(one), 1
    return x, real


def of_teacher(ids, real):
    """The same tokens in the teacher's numbers: BERT's moved by four, and its own first and last."""
    moved = ids + 4
    for mine, its in ((101, 0), (102, 2), (100, 104)):
        moved[ids == mine] = its
    return torch.where(real > 0, moved, torch.ones_like(moved))


def mean_token(x, real):
    return F.normalize((x * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True), dim=1)


def by_length(ids, size):
    order = np.argsort([len(i) for i in ids], kind="stable")
    return np.array_split(order, len(ids) // size + 1)


class Teacher:
    def __init__(self, folder):
        self.model = AutoModel.from_pretrained(folder).eval()
        self.layers = copy.deepcopy(self.model.encoder.layer[FROM:TEACHER_LAYER])
        self.model.encoder.layer = self.model.encoder.layer[:TEACHER_LAYER]
        encoder, places = self.model.encoder, torch.arange(LONGEST)
        with torch.no_grad():
            buckets = encoder.relative_position_bucket(places[None] - places[:, None], num_buckets=32)
            self.learned = encoder.relative_attention_bias.weight.detach().clone()
            self.near = self.learned[buckets].permute(2, 0, 1)[None].contiguous()
        self.model = self.model.to(torch.bfloat16)

    def tokens(self, ids, real, layers=TEACHER_LAYER):
        with torch.no_grad():
            x, near = self.model.embeddings(input_ids=of_teacher(ids, real)), self.near.bfloat16()
            return run(self.model.encoder.layer[:layers], x, real.bfloat16(), near).float()

    def vectors(self, all_ids):
        """Unit mean token of the layer (n x 768)."""
        out = np.zeros((len(all_ids), 768), np.float32)
        for at in by_length(all_ids, 128):
            ids, real = padded([all_ids[i] for i in at])
            out[at] = mean_token(self.tokens(ids, real), real).numpy()
        return out


def run(layers, x, real, near):
    width = x.shape[1]
    for layer in layers:
        x = layer(x, (1 - real)[:, None, None, :] * -1e4, near[:, :, :width, :width])[0]
    return x


class Student(torch.nn.Module):
    def __init__(self, folder, teacher):
        super().__init__()
        low = AutoModel.from_pretrained(folder).eval()
        low.encoder.layer = low.encoder.layer[:AFTER]
        self.low = [low.to(torch.bfloat16)]  # in a list, so that it is not trained
        self.join, self.layers, self.near = torch.nn.Linear(384 * (AFTER + 1), 768), teacher.layers, teacher.near

    def early(self, ids, real):
        with torch.no_grad():
            return torch.cat(self.low[0](input_ids=ids, attention_mask=real.long(), output_hidden_states=True).hidden_states, 2).float()

    def forward(self, ids, real):
        x = self.join(self.early(ids, real))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return mean_token(run(self.layers, x, real, self.near).float(), real)

    def vectors(self, all_ids):
        """Of texts in any order (n x 768), with gradients."""
        parts = by_length(all_ids, 36)
        rows = torch.cat([self(*padded([all_ids[i] for i in at])) for at in parts])
        return rows[torch.tensor(np.argsort(np.concatenate(parts)))]

    @torch.no_grad()
    def begin(self, teacher, some):
        """The map by ridge regression; of the layers' inner units those that add most, the rest made up for."""
        batches = [padded([some[i] for i in at]) for at in by_length(some, 100)]
        of = lambda f: torch.cat([f(ids, real)[real > 0] for ids, real in batches])
        weight, bias = ridge(of(self.early), of(lambda ids, real: teacher.tokens(ids, real, FROM)))
        self.join.weight.data, self.join.bias.data = weight, bias
        x = [self.join(self.early(ids, real)) for ids, real in batches]
        for layer in self.layers:
            up, down, inner, after = layer.intermediate.dense, layer.output.dense, [], []
            for h, (_, real) in zip(x, batches):
                mask, near = (1 - real)[:, None, None, :] * -1e4, self.near[:, :, : h.shape[1], : h.shape[1]]
                inner.append(layer.intermediate(layer.attention(h, mask, position_bias=near)[0])[real > 0])
                after.append(layer(h, mask, near)[0])
            inner, x = torch.cat(inner), after
            kept = ((inner**2).mean(0) * (down.weight**2).sum(0)).topk(INNER).indices.sort().values
            whole = inner @ down.weight.T + down.bias
            up.weight.data, up.bias.data = up.weight.data[kept].clone(), up.bias.data[kept].clone()
            down.weight.data, down.bias.data = ridge(inner[:, kept], whole)
        for part in self.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0


def ridge(x, y):
    """Weight and bias of a linear layer from x to y."""
    scale = x.std()
    x = torch.cat([x / scale, torch.ones(len(x), 1)], 1)
    g = x.T @ x
    w = torch.linalg.solve(g + 1e-4 * g.trace() / len(g) * torch.eye(len(g)), x.T @ y)
    return (w[:-1] / scale).T.contiguous(), w[-1].clone()


def like(vectors, wanted):
    """Like texts, for sentences that have no topic."""
    return MiniBatchKMeans(wanted, batch_size=4096, n_init=1, random_state=0, max_iter=25).fit(vectors).labels_


def corpus(teacher, tokenize, sentences):
    """Token ids, the teacher's vectors, topics, and sides of the written statements, which come first."""
    statements = written(30, 1)
    texts, topics = [text for _, _, text in statements], [topic for topic, _, _ in statements]
    pairs = negated(sentences, 5)
    ids = tokenize(texts + sentences + [text for _, _, text in pairs])
    vectors = teacher.vectors(ids)
    plain, of_pairs = np.split(vectors[len(texts) :], [len(sentences)])
    pair = np.array([p[0] for p in pairs])
    middle = np.zeros((pair.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(middle, pair, of_pairs)
    topics += [f"like {k}" for k in like(plain, max(2, len(plain) // 90))]
    topics += [f"pairs {k}" for k in like(middle, max(2, len(middle) // 20))[pair]]
    return ids, vectors, np.unique(topics, return_inverse=True)[1], np.array([side for _, side, _ in statements])


def spaces(vectors, groups, sides):
    """Two linear maps (768 x .): one that makes differences within topics even, and the stance directions."""
    within = sum(np.cov(vectors[g[:60]].T, bias=True) for g in groups)
    within = (1 - SHRINK) * within / np.trace(within) * len(within) + SHRINK * np.eye(len(within))
    values, axes = np.linalg.eigh(within)
    two_sided = [g for g in groups if g[0] < len(sides) and min(np.bincount(sides[g], minlength=2)) > NEAREST]
    stance = directions([scatter(vectors[g], sides[g], NEAREST) for g in two_sided])
    some = vectors[::50] - vectors.mean(0)
    return [torch.tensor(m / (some @ m).std(), dtype=torch.float32) for m in (axes / np.sqrt(values) @ axes.T, stance)]


def loss_of(z, y, own):
    """One minus the cosine of texts, and of their differences from the mean of their topic."""
    apart = 0
    for topic in range(TOPICS):
        i = own == topic
        a, b = (v[i] - v[i].mean(0) for v in (z, y))
        apart = apart + (1 - F.cosine_similarity(a.flatten(), b.flatten(), dim=0)) / TOPICS
    return [1 - F.cosine_similarity(z, y).mean(), apart]


def train(student, ids, vectors, middle, maps, draw, steps):
    """One round; `draw` gives the texts of a few topics."""
    rates = (RATE, 3 * RATE)
    optimiser = torch.optim.AdamW([{"params": student.layers.parameters()}, {"params": student.join.parameters()}], weight_decay=0.01)
    seen = []
    for step in range(steps):
        drawn = draw()
        own, at = torch.tensor(np.repeat(np.arange(TOPICS), [len(d) for d in drawn])), np.concatenate(drawn)
        z, y = student.vectors([ids[i] for i in at]) - middle, torch.tensor(vectors[at]) - middle
        losses = [loss for m in maps for loss in loss_of(z @ m, y @ m, own)]
        for group, rate in zip(optimiser.param_groups, rates):
            group["lr"] = rate * min(1, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
        optimiser.zero_grad(), sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        seen.append([float(v.detach()) for v in losses])
        if step % 100 == 99:
            print(f"{step + 1} of {steps}: even %.4f, within topics %.4f; stance %.4f, %.4f" % tuple(np.mean(seen[-100:], 0)), flush=True)


def saved(student, teacher, out):
    tensors = {"join.weight": student.join.weight, "join.bias": student.join.bias, "distances": teacher.learned}
    for name, value in student.layers.state_dict().items():
        for mpnet, bert in NAMES.items():
            name = name.replace(mpnet, bert)
        tensors[f"encoder.layer.{name}"] = value
    save_file({k: np.ascontiguousarray(v.detach().numpy()) for k, v in tensors.items()}, out)


def main():
    folder, larger, sentences, out = sys.argv[1:5]
    rounds = [float(epochs) for epochs in sys.argv[5:]] or EPOCHS
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenize = lambda texts: tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"]
    teacher = Teacher(larger)
    student = Student(folder, teacher)
    lines = open(sentences, encoding="utf-8").read().splitlines()
    ids, vectors, topics, sides = corpus(teacher, tokenize, lines)
    order = np.argsort(topics, kind="stable")
    groups = [g for g in np.split(order, np.where(np.diff(topics[order]))[0] + 1) if len(g) > 3]
    maps, middle = spaces(vectors, groups, sides), torch.tensor(vectors.mean(0))
    student.begin(teacher, [ids[i] for i in rng.choice(len(ids), min(2500, len(ids)), replace=False)])
    chance = np.array([len(g) for g in groups], float) / sum(len(g) for g in groups)
    for epochs in rounds:
        draw = lambda: [rng.choice(g, min(TEXTS, len(g)), replace=False)
                        for g in (groups[rng.choice(len(groups), p=chance)] for _ in range(TOPICS))]
        train(student, ids, vectors, middle, maps, draw, int(epochs * len(ids) / (TOPICS * TEXTS)))
    saved(student, teacher, out)


if __name__ == "__main__":
    main()
