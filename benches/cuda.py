"""Texts, comparison and peer of benches/cuda.sh.

    python3 cuda.py texts DIR     writes long.jsonl and short.jsonl from sample_runs
    python3 cuda.py compare DIR   cosines between the vectors of the GPU and of the processor
    python3 cuda.py peer DIR      times sentence-transformers on the GPU (weights are random: they change no time)
"""
import glob
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def texts(folder):
    said = []
    for path in sorted(glob.glob(os.path.join(HERE, "..", "sample_runs", "geese_*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            said += [json.loads(line)["text"] for line in f]
    said = [t for t in said if t.strip()]
    short = [f"{n}. {t}" for n in range(12) for t in said]
    long = [" ".join(said[(i * 7 + k * 13) % len(said)] for k in range(16)) for i in range(7000)]
    for name, rows in (("short", short), ("long", long)):
        with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as f:
            for i, text in enumerate(rows):
                f.write(json.dumps({"id": str(i), "model": "AB"[i % 2], "text": text}) + "\n")
        print(f"{name}: {len(rows)} texts of {sum(map(len, rows)) // len(rows)} characters on average")


def compare(folder):
    import numpy as np
    import pyarrow.parquet as pq

    for name in ("long", "short"):
        gpu, cpu = (pq.read_table(os.path.join(folder, f"{name}_{d}.parquet")).to_pydict() for d in ("gpu", "cpu"))
        assert gpu["id"] == cpu["id"]
        for column in ("gander_vector", "gander_stance"):
            a, b = (np.array(t[column], dtype=float) for t in (gpu, cpu))
            cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
            print(f"{name}, {column}: cosine of GPU and processor {cosine.min():.4f} at least, {cosine.mean():.5f} on average")


def peer(folder):
    import tempfile

    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    with tempfile.TemporaryDirectory() as model:
        config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
        BertModel(config).save_pretrained(model)
        names = {k + "_token": f"[{k.upper()}]" for k in ("unk", "pad", "cls", "sep", "mask")}
        file = os.path.join(HERE, "..", "assets", "minilm", "tokenizer.json")
        PreTrainedTokenizerFast(tokenizer_file=file, model_max_length=256, **names).save_pretrained(model)
        encoder = SentenceTransformer(model, device="cuda")
    for name in ("long", "short"):
        with open(os.path.join(folder, name + ".jsonl"), encoding="utf-8") as f:
            rows = [json.loads(line)["text"] for line in f]
        encoder.encode(rows[:512], batch_size=256)
        begin = time.time()
        encoder.encode(rows, batch_size=256, normalize_embeddings=True)
        print(f"sentence-transformers, {name} texts, f32: {1000 * (time.time() - begin):.0f} ms without start and files")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("texts", "compare", "peer"):
        sys.exit(__doc__)
    {"texts": texts, "compare": compare, "peer": peer}[sys.argv[1]](sys.argv[2])
