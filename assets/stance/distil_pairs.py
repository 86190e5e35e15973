#!/usr/bin/env python3
"""Teaches layers that read two texts together to say whether they contradict each other.

    python3 distil_pairs.py MODEL_FOLDER BRANCH.safetensors TEACHER.onnx TEACHER_TOKENIZER.json SENTENCES.txt OUT.safetensors

MODEL_FOLDER: all-MiniLM-L6-v2; BRANCH.safetensors: what `distil.py` wrote, from which the layers begin; TEACHER: a model of
natural language inference that takes two texts and answers with two logits, of which the second stands for contradiction;
SENTENCES.txt: any English sentences, one a line. Needs numpy, safetensors, tokenizers, torch, transformers, onnx and
onnxruntime; on two cores 12 minutes for what the teacher says and 50 for learning it.

Why: a direction in a space of single texts separates two opinions only where it knows how they are put. A model that sees
both texts at once compares them. The teacher does that for any topic, with 70 million numbers.

Each text passes the small model's first three layers by itself. The tokens of both, the second's marked by a vector, then pass
the layers together; a linear map of their mean is the log-odds of a contradiction, trained to be the teacher's (knowledge
distillation, Hinton et al. 2015). Pairs: sentences and one of their nearest 30, written statements and one of their nearest
150, sentences and their negations (`statements.py`), and some at random.

No statement that `fit_stance.py` reads is among the texts.
"""
import random
import sys
import time

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

from distil import padded
from fit_stance import AFTER, PAIR_TOKENS
from statements import negated, written

WIDTH, HEADS, BATCH, RATE, WARM_UP, MINUTES = 768, 12, 96, 1e-4, 100, 50
SENTENCES, NEGATED, WRITTEN, AT_RANDOM = 110_000, 20_000, 40_000, 8_000


class Teacher:
    """Its input is made free in length: it is stored for 160 tokens."""

    def __init__(self, path, tokenizer):
        model = onnx.load(path)
        for given in model.graph.input:
            for side, name in zip(given.type.tensor_type.shape.dim, "bt"):
                side.dim_param = name
        self.session = onnxruntime.InferenceSession(model.SerializeToString())
        self.tokenizer = Tokenizer.from_file(tokenizer)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(160)

    def log_odds(self, pairs):
        encoded = self.tokenizer.encode_batch(pairs)
        out = np.zeros(len(pairs), np.float32)
        for at in by_length([len(e.ids) for e in encoded], 16):
            width = max(len(encoded[i].ids) for i in at)
            ids, real = np.zeros((2, len(at), width), np.int64)
            for row, i in enumerate(at):
                ids[row, : len(encoded[i].ids)], real[row, : len(encoded[i].ids)] = encoded[i].ids, 1
            logits = self.session.run(None, {"input_ids": ids, "attention_mask": real})[0]
            out[at] = logits[:, 1] - logits[:, 0]
        return out


def by_length(lengths, size):
    order = np.argsort(lengths, kind="stable")
    return np.array_split(order, len(order) // size + 1)


class Layer(torch.nn.Module):
    """A layer of the branch, by its names."""

    def __init__(self, tensors, i):
        super().__init__()
        self.parts = torch.nn.ParameterDict({
            name.removeprefix(f"encoder.layer.{i}.").replace(".", "_"): torch.tensor(value)
            for name, value in tensors.items() if name.startswith(f"encoder.layer.{i}.")})

    def linear(self, x, name):
        return F.linear(x, self.parts[name + "_weight"], self.parts[name + "_bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (WIDTH,), self.parts[name + "_weight"], self.parts[name + "_bias"], 1e-5)

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = (self.linear(x, f"attention_self_{n}").view(b, t, HEADS, -1).transpose(1, 2) for n in ("query", "key", "value"))
        c = F.scaled_dot_product_attention(q, k, v, mask.to(q.dtype)).transpose(1, 2).reshape(b, t, WIDTH)
        x = self.norm(x + self.linear(c, "attention_output_dense"), "attention_output_LayerNorm")
        h = self.linear(F.gelu(self.linear(x, "intermediate_dense")), "output_dense")
        return self.norm(x + h, "output_LayerNorm")


class Reader(torch.nn.Module):
    def __init__(self, folder, branch):
        super().__init__()
        low = AutoModel.from_pretrained(folder).eval()
        low.encoder.layer = low.encoder.layer[:AFTER]
        self.low = [low.to(torch.bfloat16)]  # in a list, so that it is not trained
        self.learned = torch.tensor(branch["distances"])
        self.join = torch.nn.Linear((AFTER + 1) * 384, WIDTH)
        self.join.weight.data, self.join.bias.data = torch.tensor(branch["join.weight"]), torch.tensor(branch["join.bias"])
        count = sum(n.endswith(".intermediate.dense.weight") for n in branch)
        self.layers = torch.nn.ModuleList(Layer(branch, i) for i in range(count))
        self.second = torch.nn.Parameter(torch.randn(WIDTH) * 0.1)
        self.answer = torch.nn.Linear(WIDTH, 1)
        torch.nn.init.normal_(self.answer.weight, std=0.02)

    def near(self, width):
        """What distances add (heads x width x width), in the buckets of Raffel et al. 2020."""
        half, exact = len(self.learned) // 2, len(self.learned) // 4
        d = torch.arange(width)[None] - torch.arange(width)[:, None]
        n = d.abs()
        far = exact + (torch.log(n.clamp(min=1) / exact) / np.log(128 / exact) * (half - exact)).long()
        return self.learned[torch.where(n < exact, n, far.clamp(max=half - 1)) + (d > 0) * half].permute(2, 0, 1)

    def forward(self, first, second):
        """Log-odds for lists of token ids."""
        count, (ids, real) = len(first), padded(first + second)
        with torch.no_grad():
            early = torch.cat(self.low[0](input_ids=ids, attention_mask=real.long(), output_hidden_states=True).hidden_states, 2)
        apart, lengths = self.join(early.float()), real.sum(1).long().tolist()
        rows = [torch.cat([apart[i, : lengths[i]], apart[count + i, : lengths[count + i]] + self.second]) for i in range(count)]
        x = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        real = torch.tensor([[float(k < len(row)) for k in range(x.shape[1])] for row in rows])
        mask = self.near(x.shape[1])[None] + (1 - real)[:, None, None, :] * -1e4
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for layer in self.layers:
                x = layer(x, mask)
        mean = (x.float() * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)
        return self.answer(mean)[:, 0]


def nearest(vectors, asked, pool, cosines, kept, each, rng):
    """For each text asked for, `each` of its `kept` nearest in the pool whose cosine lies between two."""
    pool = np.array(pool)
    for part in np.array_split(np.array(asked), len(asked) // 512 + 1):
        cosine, place = (torch.tensor(vectors[part]) @ torch.tensor(vectors[pool]).T).topk(kept, 1, sorted=False)
        for i, c, at in zip(part, cosine.numpy(), pool[place.numpy()]):
            near = at[(c > cosines[0]) & (c < cosines[1]) & (at != i)].tolist()
            yield from ((int(i), j) for j in rng.sample(near, min(each, len(near))))


def pairs_of(sentences, embed, rng):
    """Texts, and pairs of their indices."""
    sentences = [s for s in dict.fromkeys(sentences) if 4 <= len(s.split()) <= 40]
    rng.shuffle(sentences)
    sentences = sentences[:SENTENCES]
    statements = rng.sample(sorted({text for _, _, text in written(WRITTEN, 11)}), WRITTEN)
    both = {}
    for pair, _, text in negated(sentences[:NEGATED], 5):
        both.setdefault(pair, []).append(text)
    both = [texts for texts in both.values() if len(texts) > 1]
    texts = list(dict.fromkeys(sentences + statements + sum(both, [])))
    at = {text: i for i, text in enumerate(texts)}
    plain, frames, both = [at[s] for s in sentences], [at[s] for s in statements], [[at[t] for t in b] for b in both]
    vectors = embed(texts)
    pairs = set(nearest(vectors, rng.sample(plain, len(plain) * 6 // 11), plain, (0.3, 0.95), 30, 2, rng))
    pairs |= set(nearest(vectors, frames, frames, (0.3, 0.99), 150, 2, rng))
    pairs |= {tuple(rng.sample(b, 2)) for b in both}
    negations = sum(both, [])
    pairs |= set(nearest(vectors, negations[::2], plain[:40_000] + negations, (0.4, 0.95), 20, 1, rng))
    pairs |= {(rng.choice(plain), rng.choice(plain)) for _ in range(AT_RANDOM)}
    pairs = sorted(pairs)
    rng.shuffle(pairs)
    return texts, pairs


def embedder(folder, tokenize):
    model = AutoModel.from_pretrained(folder).eval()

    @torch.no_grad()
    def embed(texts):
        ids, out = tokenize(texts), np.zeros((len(texts), 384), np.float32)
        for at in by_length([len(i) for i in ids], 64):
            x, real = padded([ids[i] for i in at])
            mean = (model(input_ids=x, attention_mask=real.long()).last_hidden_state * real[:, :, None]).sum(1)
            out[at] = F.normalize(mean, dim=1).numpy()
        return out

    return embed


def train(reader, ids, pairs, wanted, rng):
    top = [reader.second, *reader.answer.parameters()]
    rest = [*reader.join.parameters(), *reader.layers.parameters()]
    rates = (RATE, 5 * RATE)
    optimiser = torch.optim.AdamW([{"params": rest}, {"params": top}], weight_decay=0.01)
    lengths = np.array([len(ids[a]) + len(ids[b]) for a, b in pairs])
    begun, batches, seen = time.time(), [], []
    while (passed := (time.time() - begun) / 60 / MINUTES) < 1:
        if not batches:
            for part in np.array_split(rng.permutation(len(pairs)), len(pairs) // (40 * BATCH) + 1):
                batches += [part[at] for at in by_length(lengths[part], BATCH)]
            rng.shuffle(batches)
        at = batches.pop()
        turned = [pairs[i][::-1] if turn else pairs[i] for i, turn in zip(at, rng.random(len(at)) < 0.5)]
        for group, rate in zip(optimiser.param_groups, rates):
            group["lr"] = rate * min(1, (len(seen) + 1) / WARM_UP) * max(0.02, 1 - passed)
        answers = reader([ids[a] for a, _ in turned], [ids[b] for _, b in turned])
        loss = F.binary_cross_entropy_with_logits(answers, torch.tensor(wanted[at]).sigmoid())
        optimiser.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(rest + top, 1.0)
        optimiser.step()
        seen.append(float(loss.detach()))
        if len(seen) % 100 == 0:
            print(f"{len(seen)} steps, {passed:.0%} of the time: {np.mean(seen[-100:]):.4f}", flush=True)


def saved(reader, out):
    tensors = {"join.weight": reader.join.weight, "join.bias": reader.join.bias, "distances": reader.learned,
               "second": reader.second, "answer.weight": reader.answer.weight[0], "answer.bias": reader.answer.bias}
    whole = ("attention_self_query", "attention_self_key", "attention_self_value", "attention_output_dense",
             "attention_output_LayerNorm", "intermediate_dense", "output_dense", "output_LayerNorm")
    for i, layer in enumerate(reader.layers):
        for name in whole:
            for part in ("weight", "bias"):
                tensors[f"encoder.layer.{i}.{name.replace('_', '.')}.{part}"] = layer.parts[f"{name}_{part}"]
    save_file({k: np.ascontiguousarray(v.detach().numpy()) for k, v in tensors.items()}, out)


def main():
    folder, branch, teacher, tokenizer, sentences, out = sys.argv[1:]
    torch.manual_seed(0)
    tokens = AutoTokenizer.from_pretrained(folder)
    tokenize = lambda texts: tokens(texts, truncation=True, max_length=PAIR_TOKENS)["input_ids"]
    lines = open(sentences, encoding="utf-8").read().splitlines()
    texts, pairs = pairs_of(lines, embedder(folder, tokenize), random.Random(4))
    teacher = Teacher(teacher, tokenizer)
    wanted = np.concatenate([teacher.log_odds([(texts[a], texts[b]) for a, b in pairs[k : k + 20_000]])
                             for k in range(0, len(pairs), 20_000)])
    reader = Reader(folder, load_file(branch))
    train(reader, tokenize(texts), pairs, wanted, np.random.default_rng(0))
    saved(reader, out)


if __name__ == "__main__":
    main()
