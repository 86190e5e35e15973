#!/usr/bin/env python3
"""Fine-tunes SmolLM2-135M-Instruct with LoRA (Hu et al. 2021) on the processor, and writes the adapter as GGUF.

    python3 train.py MODEL.gguf CHATS.jsonl OUT.gguf [--from ADAPTER.gguf] [--epochs N] [--seed N]
    python3 train.py MODEL.gguf --check URL

The model is read from a GGUF file and dequantised. Chats are lines {"question": …, "answer": …}, turned into tokens by a llama.cpp
server at --server. `--check` compares the next token's log-probabilities with those of that server, for a few prompts.
"""
import argparse
import json
import sys
import urllib.request
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from gguf import GGUFReader, GGUFWriter, dequantize

RANK, ALPHA = 8, 16.0
LENGTH = 136
BATCH = 8
# The matrices of a layer, as GGUF names them. The rows of q and k are in llama.cpp's order, so that RoPE turns neighbours.
MATRICES = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]


def load(path):
    reader = GGUFReader(path)
    field = lambda name: reader.fields["llama." + name].contents()
    shape = {
        "layers": field("block_count"), "heads": field("attention.head_count"), "groups": field("attention.head_count_kv"),
        "eps": field("attention.layer_norm_rms_epsilon"), "base": field("rope.freq_base"),
    }
    tensors = {t.name: dequantize(t.data, t.tensor_type).astype(np.float32) for t in reader.tensors}
    stack = lambda name: np.stack([tensors[f"blk.{i}.{name}.weight"] for i in range(shape["layers"])])
    layers = {m: stack(m) for m in MATRICES + ["attn_norm", "ffn_norm"]}
    model = {"embed": tensors["token_embd.weight"], "norm": tensors["output_norm.weight"], "layers": layers}
    return shape, model


def fresh(model, seed):
    """An adapter that changes nothing: b is 0."""
    rng = np.random.default_rng(seed)
    new = {}
    for m in MATRICES:
        layers, rows, columns = model["layers"][m].shape
        a = rng.normal(0, columns ** -0.5, (layers, RANK, columns)).astype(np.float32)
        new[m] = (a, np.zeros((layers, rows, RANK), np.float32))
    return new


def norm(x, weight, eps):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + eps) * weight


def rope(x, base):
    """Turns neighbouring pairs of each head; x is batch × length × heads × width."""
    _, length, _, width = x.shape
    angle = jnp.arange(length)[:, None] * base ** (-jnp.arange(0, width, 2) / width)
    cos, sin = jnp.cos(angle)[None, :, None], jnp.sin(angle)[None, :, None]
    even, odd = x[..., 0::2], x[..., 1::2]
    return jnp.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(x.shape)


def hidden(shape, model, adapter, tokens):
    """The last hidden states; tokens are batch × length."""
    heads, groups, eps = shape["heads"], shape["groups"], shape["eps"]
    batch, length = tokens.shape
    mask = jnp.where(jnp.tril(jnp.ones((length, length), bool)), 0.0, -1e9)

    def layer(x, of):
        weights, lora = of

        def times(y, m):
            a, b = lora[m]
            return y @ weights[m].T + (y @ a.T) @ b.T * (ALPHA / RANK)

        y = norm(x, weights["attn_norm"], eps)
        split = lambda z, n: z.reshape(batch, length, n, -1)
        q = rope(split(times(y, "attn_q"), heads), shape["base"])
        k = rope(split(times(y, "attn_k"), groups), shape["base"])
        v = split(times(y, "attn_v"), groups)
        q = q.reshape(batch, length, groups, heads // groups, -1)
        scores = jnp.einsum("bignd,bjgd->bgnij", q, k) / np.sqrt(q.shape[-1]) + mask
        seen = jnp.einsum("bgnij,bjgd->bignd", jax.nn.softmax(scores, -1), v).reshape(batch, length, -1)
        x = x + times(seen, "attn_output")
        y = norm(x, weights["ffn_norm"], eps)
        return x + times(jax.nn.silu(times(y, "ffn_gate")) * times(y, "ffn_up"), "ffn_down"), None

    x, _ = jax.lax.scan(layer, model["embed"][tokens], (model["layers"], adapter))
    return norm(x, model["norm"], eps)


def loss(adapter, shape, model, tokens, wanted):
    """Mean negative log-likelihood of the tokens whose `wanted` is 1."""
    logits = hidden(shape, model, adapter, tokens[:, :-1]) @ model["embed"].T
    picked = jnp.take_along_axis(jax.nn.log_softmax(logits), tokens[:, 1:, None], -1)[..., 0]
    return -(picked * wanted[:, 1:]).sum() / wanted[:, 1:].sum()


def ask(server, path, **body):
    request = urllib.request.Request(server + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as reply:
        return json.load(reply)


def tokens_of(server, question, answer=""):
    prompt = ask(server, "/apply-template", messages=[{"role": "user", "content": question}])["prompt"]
    tokenize = lambda text: ask(server, "/tokenize", content=text, parse_special=True, add_special=False)["tokens"]
    return tokenize(prompt), tokenize(answer) if answer else []


def batches(server, chats, rng):
    rows = []
    for chat in chats:
        question, answer = tokens_of(server, chat["question"], chat["answer"] + ("<|im_end|>" if chat.get("ends", True) else ""))
        row = (question + answer)[:LENGTH]
        rows.append((row, [0] * len(question) + [1] * (len(row) - len(question))))
    while True:
        for at in range(0, len(order := rng.permutation(len(rows))), BATCH):
            some = [rows[i] for i in order[at:at + BATCH]]
            tokens, wanted = np.zeros((BATCH, LENGTH), np.int32), np.zeros((BATCH, LENGTH), np.float32)
            for i, (row, count) in enumerate(some):
                tokens[i, :len(row)], wanted[i, :len(row)] = row, count[:len(row)]
            yield tokens, wanted


def save(path, adapter):
    out = GGUFWriter(path, "llama")
    out.add_type("adapter")
    out.add_string("adapter.type", "lora")
    out.add_float32("adapter.lora.alpha", ALPHA)
    for m, (a, b) in adapter.items():
        for i in range(len(a)):
            out.add_tensor(f"blk.{i}.{m}.weight.lora_a", np.asarray(a[i], np.float32))
            out.add_tensor(f"blk.{i}.{m}.weight.lora_b", np.asarray(b[i], np.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def read(path, layers):
    tensors = {t.name: np.array(t.data) for t in GGUFReader(path).tensors}
    part = lambda m, which: np.stack([tensors[f"blk.{i}.{m}.weight.lora_{which}"] for i in range(layers)])
    return {m: (part(m, "a"), part(m, "b")) for m in MATRICES}


def check(shape, model, server):
    for question in ["Why is the sky blue?", "How do I boil an egg?", "What is honey made of?"]:
        tokens, _ = tokens_of(server, question)
        state = hidden(shape, model, fresh(model, 0), jnp.array([tokens]))
        ours = np.asarray(jax.nn.log_softmax(state[0, -1] @ model["embed"].T))
        reply = ask(server, "/completion", prompt=tokens, n_predict=1, n_probs=10, temperature=0, cache_prompt=False)
        theirs = reply["completion_probabilities"][0]["top_logprobs"]
        apart = max(abs(t["logprob"] - float(ours[t["id"]])) for t in theirs)
        print(f"{question}: llama.cpp {theirs[0]['token']!r}, here the {int((ours > ours[theirs[0]['id']]).sum()) + 1}. choice; "
              f"log-probabilities of the first ten within {apart:.3f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("chats", nargs="?")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--from", dest="start")
    parser.add_argument("--server", default="http://127.0.0.1:8131")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    shape, model = load(args.model)
    if args.check:
        return check(shape, model, args.server)
    adapter = read(args.start, shape["layers"]) if args.start else fresh(model, args.seed)
    chats = [json.loads(line) for line in open(args.chats, encoding="utf-8")]
    steps = args.epochs * -(-len(chats) // BATCH)
    grad = jax.value_and_grad(partial(loss, shape=shape))

    @jax.jit
    def step(adapter, first, second, model, tokens, wanted, at):
        """Adam (Kingma and Ba 2015); the rate falls to 0 in a straight line."""
        value, g = grad(adapter, model=model, tokens=tokens, wanted=wanted)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, g)
        second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g * g, second, g)
        rate = args.rate * (1 - at / steps)
        move = lambda p, m, v: p - rate * (m / (1 - 0.9 ** (at + 1))) / (jnp.sqrt(v / (1 - 0.99 ** (at + 1))) + 1e-8)
        return jax.tree.map(move, adapter, first, second), first, second, value

    zeros = lambda: jax.tree.map(jnp.zeros_like, adapter)
    first, second = zeros(), zeros()
    model = jax.tree.map(jnp.asarray, model)
    for at, (tokens, wanted) in zip(range(steps), batches(args.server, chats, np.random.default_rng(args.seed))):
        adapter, first, second, value = step(adapter, first, second, model, tokens, wanted, jnp.float32(at))
        print(f"step {at + 1} of {steps}: loss {float(value):.3f}", file=sys.stderr, flush=True)
    save(args.out, adapter)


if __name__ == "__main__":
    main()
