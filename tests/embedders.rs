//! Embedders other than the built-in one: folders, servers, vectors made elsewhere, and work shared by machines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Tensor};
use common::{complaint, gander, sample};
use gander::embed::{Embedder, MiniLm, Progress, SentenceModel};
use serde_json::{Value, json};
use tempfile::TempDir;

const TEXTS: [&str; 5] = ["goose", "the goose is a bird", "", "river goose river bird the the the is", "bird"];

/// The built-in model written out as people publish theirs.
fn minilm_folder(dir: &Path) {
    let asset = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/minilm");
    let mut t = candle_core::safetensors::load(asset.join("model.safetensors"), &Device::Cpu).unwrap();
    t.extend(candle_core::safetensors::load(asset.join("rest.safetensors"), &Device::Cpu).unwrap());
    let floats = |n: &str| t[n].to_dtype(DType::F32).unwrap();
    let bytes = |n: &str| (floats(n) - 128.0).unwrap();
    let column = |t: Tensor| t.unsqueeze(1).unwrap();
    let mut out: HashMap<String, Tensor> = HashMap::new();
    let words = bytes("words.weight").broadcast_mul(&column(floats("words.scale"))).unwrap();
    out.insert("embeddings.word_embeddings.weight".into(), words);
    // Types are in the places already.
    out.insert("embeddings.position_embeddings.weight".into(), floats("positions"));
    let dims = floats("positions").dims2().unwrap().1;
    out.insert(
        "embeddings.token_type_embeddings.weight".into(),
        Tensor::zeros((2, dims), DType::F32, &Device::Cpu).unwrap(),
    );
    let norm = |out: &mut HashMap<String, Tensor>, from: &str, to: &str| {
        out.insert(format!("{to}.weight"), floats(&format!("{from}.gain")));
        out.insert(format!("{to}.bias"), floats(&format!("{from}.bias")));
    };
    norm(&mut out, "norm", "embeddings.LayerNorm");
    for i in 0..6 {
        let (from, to) = (format!("layer.{i}"), format!("encoder.layer.{i}"));
        let linear = |name: &str| {
            let rest = (bytes(&format!("{from}.{name}.rest")) / 254.0).unwrap();
            let scaled = (bytes(&format!("{from}.{name}.weight")) + rest)
                .unwrap()
                .broadcast_mul(&column(floats(&format!("{from}.{name}.scale"))))
                .unwrap();
            let weight = scaled.broadcast_div(&floats(&format!("{from}.{name}.smooth"))).unwrap();
            (weight, floats(&format!("{from}.{name}.bias")))
        };
        let (weight, bias) = linear("qkv");
        for (k, part) in ["query", "key", "value"].into_iter().enumerate() {
            let at = format!("{to}.attention.self.{part}");
            out.insert(format!("{at}.weight"), weight.narrow(0, k * dims, dims).unwrap().contiguous().unwrap());
            out.insert(format!("{at}.bias"), bias.narrow(0, k * dims, dims).unwrap().contiguous().unwrap());
        }
        for (name, place) in
            [("attention_out", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense")]
        {
            let (weight, bias) = linear(name);
            out.insert(format!("{to}.{place}.weight"), weight);
            out.insert(format!("{to}.{place}.bias"), bias);
        }
        norm(&mut out, &format!("{from}.attention_norm"), &format!("{to}.attention.output.LayerNorm"));
        norm(&mut out, &format!("{from}.output_norm"), &format!("{to}.output.LayerNorm"));
    }
    candle_core::safetensors::save(&out, dir.join("model.safetensors")).unwrap();
    std::fs::copy(asset.join("tokenizer.json"), dir.join("tokenizer.json")).unwrap();
    let config = json!({"model_type": "bert", "hidden_size": dims, "num_hidden_layers": 6, "num_attention_heads": 12,
        "hidden_act": "gelu", "layer_norm_eps": 1e-12});
    std::fs::write(dir.join("config.json"), config.to_string()).unwrap();
    std::fs::write(dir.join("sentence_bert_config.json"), r#"{"max_seq_length": 256}"#).unwrap();
}

#[test]
fn the_built_in_model_as_a_folder_gives_its_own_exact_vectors() {
    let dir = TempDir::new().unwrap();
    minilm_folder(dir.path());
    let folder = SentenceModel::load(dir.path(), 4).unwrap();
    let long = "A goose walks along the river and says what it thinks of it. ".repeat(60);
    let texts: Vec<&str> = TEXTS.into_iter().chain([long.as_str()]).collect();
    let a = folder.embed(&texts, &Progress::default()).unwrap();
    let b = MiniLm::new(4, true).unwrap().embed(&texts, &Progress::default()).unwrap();
    assert_eq!(a.coverage, b.coverage);
    for (x, y) in a.vectors.as_slice().iter().zip(b.vectors.as_slice()) {
        assert!((x - y).abs() < 2e-5, "{x} {y}");
    }
    // Alone or among others, a text has the same bits.
    for (i, t) in texts.iter().enumerate() {
        let alone = folder.embed(&[t], &Progress::default()).unwrap();
        assert_eq!(alone.vectors.row(0), a.vectors.row(i), "{t}");
    }
}

/// A model of random numbers and a tokenizer of whole words, in a folder.
struct Random {
    dir: TempDir,
    tensors: HashMap<String, Tensor>,
    mpnet: bool,
}

const D: usize = 128;
const HEADS: usize = 2;
const WIDE: usize = 96;
const VOCABULARY: usize = 9;

impl Random {
    fn new(mpnet: bool) -> Self {
        let mut state = 1u64;
        let mut tensors = HashMap::new();
        let mut put = |name: String, shape: &[usize], around: f32| {
            let n: usize = shape.iter().product();
            let data: Vec<f32> = (0..n)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    around + ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * 0.4
                })
                .collect();
            tensors.insert(name, Tensor::from_vec(data, shape, &Device::Cpu).unwrap());
        };
        put("embeddings.word_embeddings.weight".into(), &[VOCABULARY, D], 0.0);
        put("embeddings.position_embeddings.weight".into(), &[42, D], 0.0);
        if !mpnet {
            put("embeddings.token_type_embeddings.weight".into(), &[1, D], 0.0);
        } else {
            put("encoder.relative_attention_bias.weight".into(), &[32, HEADS], 0.0);
        }
        put("embeddings.LayerNorm.weight".into(), &[D], 1.0);
        put("embeddings.LayerNorm.bias".into(), &[D], 0.0);
        for i in 0..2 {
            let at = format!("encoder.layer.{i}");
            let names = if mpnet {
                ["attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"]
            } else {
                ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
            };
            for n in names {
                put(format!("{at}.{n}.weight"), &[D, D], 0.0);
                put(format!("{at}.{n}.bias"), &[D], 0.0);
            }
            put(format!("{at}.intermediate.dense.weight"), &[WIDE, D], 0.0);
            put(format!("{at}.intermediate.dense.bias"), &[WIDE], 0.0);
            put(format!("{at}.output.dense.weight"), &[D, WIDE], 0.0);
            put(format!("{at}.output.dense.bias"), &[D], 0.0);
            for n in [if mpnet { "attention.LayerNorm" } else { "attention.output.LayerNorm" }, "output.LayerNorm"] {
                put(format!("{at}.{n}.weight"), &[D], 1.0);
                put(format!("{at}.{n}.bias"), &[D], 0.0);
            }
        }
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        candle_core::safetensors::save(&tensors, at("model.safetensors")).unwrap();
        let kind = if mpnet { "mpnet" } else { "xlm-roberta" };
        let config = json!({"model_type": kind, "hidden_size": D, "num_hidden_layers": 2, "num_attention_heads": HEADS,
            "layer_norm_eps": 1e-5, "pad_token_id": 1});
        std::fs::write(at("config.json"), config.to_string()).unwrap();
        let vocabulary =
            json!({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "goose": 4, "bird": 5, "the": 6, "is": 7, "query": 8});
        let tokenizer = json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"}});
        std::fs::write(at("tokenizer.json"), tokenizer.to_string()).unwrap();
        // One pools by the first token, the other by the mean.
        std::fs::create_dir(at("1_Pooling")).unwrap();
        let modules = json!([{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]);
        std::fs::write(at("modules.json"), modules.to_string()).unwrap();
        let pooling =
            json!({"word_embedding_dimension": D, "pooling_mode_cls_token": !mpnet, "pooling_mode_mean_tokens": mpnet});
        std::fs::write(at("1_Pooling/config.json"), pooling.to_string()).unwrap();
        Self { dir, tensors, mpnet }
    }

    fn get(&self, name: &str) -> Vec<f64> {
        let t = self.tensors[name].flatten_all().unwrap().to_vec1::<f32>().unwrap();
        t.into_iter().map(f64::from).collect()
    }

    /// `x Wᵀ + b` for rows of `x`.
    fn linear(&self, x: &[Vec<f64>], name: &str) -> Vec<Vec<f64>> {
        let (w, b) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        x.iter()
            .map(|row| {
                b.iter()
                    .zip(w.chunks(row.len()))
                    .map(|(b, w)| b + w.iter().zip(row).map(|(w, x)| w * x).sum::<f64>())
                    .collect()
            })
            .collect()
    }

    fn norm(&self, x: &[Vec<f64>], y: &[Vec<f64>], name: &str) -> Vec<Vec<f64>> {
        let (g, b) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        x.iter()
            .zip(y)
            .map(|(x, y)| {
                let s: Vec<f64> = x.iter().zip(y).map(|(x, y)| x + y).collect();
                let mean = s.iter().sum::<f64>() / s.len() as f64;
                let var = s.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / s.len() as f64;
                s.iter().zip(&g).zip(&b).map(|((v, g), b)| (v - mean) / (var + 1e-5).sqrt() * g + b).collect()
            })
            .collect()
    }

    /// The model by its definition, one number after the other.
    fn by_definition(&self, ids: &[usize]) -> Vec<f64> {
        let (words, places) =
            (self.get("embeddings.word_embeddings.weight"), self.get("embeddings.position_embeddings.weight"));
        let kind = if self.mpnet { vec![0.0; D] } else { self.get("embeddings.token_type_embeddings.weight") };
        let zero = vec![vec![0.0; D]; ids.len()];
        let sum: Vec<Vec<f64>> = ids
            .iter()
            .enumerate()
            .map(|(p, id)| (0..D).map(|d| words[id * D + d] + places[(p + 2) * D + d] + kind[d]).collect())
            .collect();
        let mut x = self.norm(&sum, &zero, "embeddings.LayerNorm");
        for i in 0..2 {
            let at = format!("encoder.layer.{i}");
            let (qkv, out, norm) = if self.mpnet {
                (["attn.q", "attn.k", "attn.v"], "attn.o", "LayerNorm")
            } else {
                (["self.query", "self.key", "self.value"], "output.dense", "output.LayerNorm")
            };
            let [q, k, v] = qkv.map(|n| self.linear(&x, &format!("{at}.attention.{n}")));
            let width = D / HEADS;
            let mut mixed = vec![vec![0.0; D]; ids.len()];
            for h in 0..HEADS {
                for a in 0..ids.len() {
                    let scores: Vec<f64> = (0..ids.len())
                        .map(|b| {
                            let dot: f64 = (0..width).map(|d| q[a][h * width + d] * k[b][h * width + d]).sum();
                            dot / (width as f64).sqrt()
                                + if self.mpnet { self.distance(b as i64 - a as i64, h) } else { 0.0 }
                        })
                        .collect();
                    let top = scores.iter().copied().fold(f64::MIN, f64::max);
                    let weights: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
                    let all: f64 = weights.iter().sum();
                    for d in 0..width {
                        mixed[a][h * width + d] = weights.iter().zip(&v).map(|(w, v)| w / all * v[h * width + d]).sum();
                    }
                }
            }
            let attended = self.linear(&mixed, &format!("{at}.attention.{out}"));
            x = self.norm(&attended, &x, &format!("{at}.attention.{norm}"));
            let mut wide = self.linear(&x, &format!("{at}.intermediate.dense"));
            for v in wide.iter_mut().flatten() {
                *v = *v / 2.0 * (1.0 + statrs::function::erf::erf(*v / 2f64.sqrt()));
            }
            x = self.norm(&self.linear(&wide, &format!("{at}.output.dense")), &x, &format!("{at}.output.LayerNorm"));
        }
        let pooled: Vec<f64> = match self.mpnet {
            true => (0..D).map(|d| x.iter().map(|r| r[d]).sum::<f64>() / x.len() as f64).collect(),
            false => x[0].clone(),
        };
        let norm = pooled.iter().map(|v| v * v).sum::<f64>().sqrt();
        pooled.into_iter().map(|v| v / norm).collect()
    }

    /// T5's buckets: 8 near distances one by one, 8 farther ones by their logarithm up to 128, for each direction.
    fn distance(&self, key_minus_query: i64, head: usize) -> f64 {
        let n = key_minus_query.unsigned_abs() as f64;
        let far = 8.0 + ((n / 8.0).ln() / 16f64.ln() * 8.0).floor();
        let within = if n < 8.0 { n } else { far.min(15.0) };
        let bucket = within as usize + if key_minus_query > 0 { 16 } else { 0 };
        self.get("encoder.relative_attention_bias.weight")[bucket * HEADS + head]
    }
}

#[test]
fn xlm_roberta_and_mpnet_compute_what_they_are_defined_to() {
    for mpnet in [false, true] {
        let model = Random::new(mpnet);
        let read = SentenceModel::load(model.dir.path(), 2).unwrap();
        for (text, ids) in [
            ("goose", vec![0, 4, 2]),
            ("the goose is the bird", vec![0, 6, 4, 7, 6, 5, 2]),
            // Far enough apart for the buckets of far distances.
            ("goose the the bird is is the goose the the bird is is the goose the the bird is is bird unknown", {
                let mut ids = vec![0];
                ids.extend([4, 6, 6, 5, 7, 7, 6].repeat(2));
                ids.extend([4, 6, 6, 5, 7, 7, 5, 3, 2]);
                ids
            }),
        ] {
            let got = read.embed(&[text], &Progress::default()).unwrap().vectors;
            let want = model.by_definition(&ids);
            for (g, w) in got.row(0).iter().zip(want) {
                assert!((f64::from(*g) - w).abs() < 1e-5, "mpnet {mpnet}, {text}: {g} {w}");
            }
        }
    }
}

#[test]
fn prefixes_are_put_before_every_text() {
    let model = Random::new(false);
    let at = |name: &str| model.dir.path().join(name);
    let settings = json!({"prompts": {"q": "query "}, "default_prompt_name": "q"});
    std::fs::write(at("config_sentence_transformers.json"), settings.to_string()).unwrap();
    let got =
        SentenceModel::load(model.dir.path(), 1).unwrap().embed(&["goose"], &Progress::default()).unwrap().vectors;
    let want = model.by_definition(&[0, 8, 4, 2]);
    assert!(got.row(0).iter().zip(want).all(|(g, w)| (f64::from(*g) - w).abs() < 1e-5));
}

#[test]
fn folders_that_cannot_be_used_are_refused_in_one_sentence() {
    let says = |change: &dyn Fn(&Path)| {
        let model = Random::new(false);
        change(model.dir.path());
        let Err(e) = SentenceModel::load(model.dir.path(), 1) else { panic!("it was taken") };
        e.to_string().replace(&model.dir.path().display().to_string(), "DIR")
    };
    let set = |dir: &Path, key: &str, value: Value| {
        let mut c: Value = serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap();
        c[key] = value;
        std::fs::write(dir.join("config.json"), c.to_string()).unwrap();
    };
    let gone = |dir: &Path, name: &str| std::fs::remove_file(dir.join(name)).unwrap();
    assert_eq!(says(&|d| gone(d, "config.json")), "DIR: there is no config.json in it");
    assert_eq!(
        says(&|d| {
            gone(d, "model.safetensors");
            std::fs::write(d.join("pytorch_model.bin"), "").unwrap();
        }),
        "DIR: there is no model.safetensors in it; it has pytorch_model.bin: save it once with safe_serialization=True"
    );
    assert!(says(&|d| set(d, "model_type", json!("gpt2"))).contains("its model_type is “gpt2”"));
    assert!(says(&|d| set(d, "num_attention_heads", json!(3))).contains("its attention heads are 128 / 3 wide"));
    assert!(says(&|d| set(d, "num_hidden_layers", json!(3))).contains("tensor encoder.layer.2."));
    assert!(says(&|d| gone(d, "tokenizer.json")).contains("there is no tokenizer.json"));
    assert!(
        says(&|d| {
            let t = std::fs::read_to_string(d.join("tokenizer.json")).unwrap();
            std::fs::write(d.join("tokenizer.json"), t.replace("\"query\":8", "\"query\":8,\"more\":9")).unwrap();
        })
        .contains("its tokenizer has 10 tokens and its model 9; they do not belong together")
    );
    assert!(
        says(&|d| std::fs::write(d.join("1_Pooling/config.json"), r#"{"pooling_mode_max_tokens": true}"#).unwrap())
            .contains("it pools by pooling_mode_max_tokens")
    );
    assert!(
        says(&|d| std::fs::write(d.join("model.safetensors"), "junk").unwrap())
            .contains("model.safetensors does not fit")
    );
    let out = gander()
        .args(["analyze", "--json", "-", "--embedder", "/no/such/folder"])
        .arg(sample("geese_base.jsonl"))
        .output()
        .unwrap();
    assert!(complaint(&out).contains("/no/such/folder: there is no such folder"), "{}", complaint(&out));
}

/// What a server of embeddings does with a request: a status and a body.
type Answering = Arc<dyn Fn(&[String]) -> (u16, Value) + Send + Sync>;

/// A server of embeddings; every request's texts are kept.
fn server(answer: Answering) -> (String, Arc<Mutex<Vec<Vec<String>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}#m", listener.local_addr().unwrap().port());
    let asked: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let kept = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, kept) = (answer.clone(), kept.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                loop {
                    let (mut line, mut length) = (String::new(), 0usize);
                    if reader.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    assert!(line.starts_with("POST /v1/embeddings "), "{line}");
                    loop {
                        line.clear();
                        reader.read_line(&mut line).unwrap();
                        if line.trim().is_empty() {
                            break;
                        }
                        if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                            length = n.trim().parse().unwrap();
                        }
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).unwrap();
                    let request: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(request["model"], "m");
                    let texts: Vec<String> =
                        request["input"].as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect();
                    kept.lock().unwrap().push(texts.clone());
                    let (status, value) = answer(&texts);
                    let body = value.to_string();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nretry-after: 0\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                }
            });
        }
    });
    (url, asked)
}

/// Four numbers of a text's bytes, and the list backwards, which `index` must put right.
fn vectors(texts: &[String]) -> Value {
    let one =
        |t: &String| [t.len() as f32, 1.0, t.bytes().map(f32::from).sum::<f32>() % 97.0, f32::from(t.as_bytes()[0])];
    let data: Vec<Value> =
        texts.iter().enumerate().rev().map(|(i, t)| json!({"index": i, "embedding": one(t)})).collect();
    json!({"data": data})
}

fn analyze(url: &str, file: &Path) -> std::process::Output {
    gander()
        .env("GANDER_CACHE_MIB", "0")
        .args(["analyze", "--json", "-", "--embedder", url])
        .arg(file)
        .output()
        .unwrap()
}

fn file_of(dir: &Path, texts: &[String]) -> PathBuf {
    let path = dir.join("texts.jsonl");
    let lines: String = texts
        .iter()
        .enumerate()
        .map(|(i, t)| json!({"model": (["a", "b"][i % 2]), "text": t}).to_string() + "\n")
        .collect();
    std::fs::write(&path, lines).unwrap();
    path
}

#[test]
fn a_server_is_asked_in_batches_again_when_busy_and_shorter_when_it_must() {
    let dir = TempDir::new().unwrap();
    let mut texts: Vec<String> = (0..300).map(|i| format!("text number {i} of the run")).collect();
    texts[7] = "long ".repeat(400);
    texts[8] = String::new();
    let file = file_of(dir.path(), &texts);
    let busy = Mutex::new(3);
    let (url, asked) = server(Arc::new(move |texts| {
        let mut left = busy.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            return ([429, 503, 500][*left], json!({"error": {"message": "busy"}}));
        }
        if texts.iter().any(|t| t.len() > 600) {
            return (400, json!({"error": {"message": "input is longer than the maximum of 128 tokens"}}));
        }
        (200, vectors(texts))
    }));
    let out = analyze(&url, &file);
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(complaint(&out).contains("300 texts ("), "what is sent is said first: {}", complaint(&out));
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["embedder"]["dims"], 4);
    assert!(json["embedder"]["id"].as_str().unwrap().ends_with("/v1/embeddings#m"));
    let read = json["samples"][7]["covered"].as_f64().unwrap();
    assert!((read - 0.25).abs() < 0.01, "{read}");
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|t| t.len() <= 64 && t.iter().all(|t| !t.is_empty())));
    drop(asked);
    // A second run asks for nothing: what was embedded is kept.
    let (url, asked) = server(Arc::new(|texts| (200, vectors(texts))));
    let home = TempDir::new().unwrap();
    let run = || {
        gander()
            .env("HOME", home.path())
            .args(["analyze", "--json", "-", "--embedder", &url])
            .arg(&file)
            .output()
            .unwrap()
    };
    assert!(run().status.success());
    let before = asked.lock().unwrap().len();
    assert!(run().status.success());
    // Labels are few and short; they are not worth keeping.
    let texts_again =
        asked.lock().unwrap()[before..].iter().flatten().filter(|t| t.starts_with("text number 1")).count();
    assert_eq!(texts_again, 0);
}

#[test]
fn bad_servers_are_named_with_what_they_did() {
    let dir = TempDir::new().unwrap();
    let texts: Vec<String> = (0..200).map(|i| format!("text number {i} of the run")).collect();
    let file = file_of(dir.path(), &texts);
    let says = |answer: Answering| {
        let (url, _) = server(answer);
        let out = analyze(&url, &file);
        assert!(!out.status.success());
        let said = complaint(&out);
        said.lines().last().unwrap().to_owned()
    };
    let few = says(Arc::new(|texts| (200, vectors(&texts[usize::from(texts.len() > 1)..]))));
    assert!(few.contains("sent 63 vectors for 64 texts") && few.contains("is kept"), "{few}");
    let count = Mutex::new(0);
    let other = says(Arc::new(move |texts| {
        let mut n = count.lock().unwrap();
        *n += 1;
        let wide: Vec<Value> = texts.iter().map(|_| json!({"embedding": [1, 2, 3]})).collect();
        (200, if *n > 1 { json!({"data": wide}) } else { vectors(texts) })
    }));
    assert!(other.contains("sent vectors of") && other.contains("it must serve one model"), "{other}");
    let key = says(Arc::new(|_| (401, json!({"error": {"message": "no key"}}))));
    assert!(key.contains("refuses the key (401)"), "{key}");
    let nothing = says(Arc::new(|_| (200, json!({"oops": 1}))));
    assert!(nothing.contains("sent no list of embeddings"), "{nothing}");
}

/// What an analysis found, without how long it took and where from.
fn findings(out: &std::process::Output) -> Value {
    assert!(out.status.success(), "{}", complaint(out));
    let mut json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let map = json.as_object_mut().unwrap();
    map.remove("timings");
    map.remove("notices");
    for s in map["sources"].as_array_mut().unwrap() {
        s.as_object_mut().unwrap().remove("file");
    }
    json
}

#[test]
fn three_machines_find_what_one_finds() {
    let dir = TempDir::new().unwrap();
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let mut parts = Vec::new();
    for i in 1..=3 {
        let part = dir.path().join(format!("part-{i}.parquet"));
        let out = gander()
            .arg("embed")
            .args(&files)
            .arg("--shard")
            .arg(format!("{i}/3"))
            .arg("-o")
            .arg(&part)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
        parts.push(part);
    }
    let whole = gander().args(["analyze", "--json", "-"]).args(&files).output().unwrap();
    let joined = gander().args(["analyze", "--json", "-"]).args(&parts).output().unwrap();
    assert_eq!(findings(&joined), findings(&whole), "also where texts stand, and how labels fit");
    let out = gander().args(["embed", "--shard", "4/3", "-o", "x.parquet"]).args(&files).output().unwrap();
    assert_eq!(complaint(&out), "gander: --shard 4/3: give a part and the number of parts, such as 2/8");
    // The explorer takes parts as it takes samples.
    let session = dir.path().join("run.gander");
    let out = gander().args(&parts).arg("--session").arg(&session).args(["--dump", "120x40"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("clusters ─"), "{}", complaint(&out));
}

#[test]
fn vectors_without_stance_say_so_of_opposed_statements() {
    let dir = TempDir::new().unwrap();
    let (part, session) = (dir.path().join("part.parquet"), dir.path().join("run.gander"));
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let out = gander().args(["embed", "--vectors-only", "-o"]).arg(&part).args(&files).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let out = gander().arg("analyze").arg(&part).arg("--session").arg(&session).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let s = common::screen(&session, "120x40", "/geese<enter>i");
    assert!(s.contains("Opposed statements: not judged") && s.contains("Label fit: "), "{s}");
}

#[test]
fn vectors_made_elsewhere_are_taken_and_checked() {
    let dir = TempDir::new().unwrap();
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let texts: Vec<String> = files
        .iter()
        .flat_map(|f| {
            let lines = std::fs::read_to_string(f).unwrap();
            lines
                .lines()
                .map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap_or("").to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let made = MiniLm::new(4, false).unwrap().embed(&refs, &Progress::default()).unwrap().vectors;
    let npy = dir.path().join("vectors.npy");
    Tensor::from_slice(made.as_slice(), (made.len(), made.dims()), &Device::Cpu).unwrap().write_npy(&npy).unwrap();
    let run = |files: &[PathBuf], more: &[&str]| {
        gander().args(["analyze", "--json", "-"]).args(files).args(more).output().unwrap()
    };
    let path = npy.display().to_string();
    let given = findings(&run(&files, &["--vectors", &path]));
    let own = findings(&run(&files, &[]));
    let clusters =
        |f: &Value| f["samples"].as_array().unwrap().iter().map(|s| s["cluster"].clone()).collect::<Vec<_>>();
    assert_eq!(clusters(&given), clusters(&own));
    assert!(given["embedder"]["id"].as_str().unwrap().starts_with("given/"));
    // Words are not embedded by another model than the one that made the vectors.
    let exact = findings(&run(&files, &["--vectors", &path, "--exact"]));
    assert_eq!(exact["embedder"], given["embedder"]);
    let out = run(&files[..1], &["--vectors", &path]);
    assert!(
        complaint(&out).ends_with(
            "vectors.npy: 880 rows, but there are 440 samples; give one row a sample, in the order of the files"
        ),
        "{}",
        complaint(&out)
    );

    let jsonl = dir.path().join("with.jsonl");
    let write = |change: &dyn Fn(usize, &mut Value)| {
        let lines: String = (0..40)
            .map(|i| {
                let mut line =
                    json!({"id": format!("s{i}"), "model": (["a", "b"][i % 2]), "text": texts[i], "emb": made.row(i)});
                change(i, &mut line);
                line.to_string() + "\n"
            })
            .collect();
        std::fs::write(&jsonl, lines).unwrap();
        run(std::slice::from_ref(&jsonl), &["--vector-field", "emb"])
    };
    let ok = findings(&write(&|_, _| {}));
    assert_eq!(ok["embedder"]["dims"], 384);
    let says =
        |change: &dyn Fn(usize, &mut Value)| complaint(&write(change)).replace(&jsonl.display().to_string(), "FILE");
    assert_eq!(
        says(&|i, v| if i == 3 {
            v["emb"] = json!([1, 2])
        }),
        "gander: FILE, sample “s3”: its vector has 2 numbers, others have 384; give all the same number, at least two"
    );
    assert_eq!(
        says(&|i, v| if i == 3 {
            v["emb"] = json!("x")
        }),
        "gander: FILE, line 4: “emb” is no list of numbers"
    );
    assert_eq!(
        says(&|i, v| if i == 3 {
            v.as_object_mut().unwrap().remove("emb");
        }),
        "gander: FILE, line 4: there is no field “emb” with a vector"
    );
    let zeros = write(&|i, v| {
        if i == 3 {
            v["emb"] = json!(vec![0.0; 384])
        }
    });
    assert!(
        complaint(&zeros).contains("1 vectors are zeros") || complaint(&zeros).contains("zeros"),
        "{}",
        complaint(&zeros)
    );
}

/// The published model in f32, when its folder is named: it must give the reference's vectors.
#[test]
fn a_published_folder_gives_the_vectors_of_its_makers() {
    let Some(folder) = std::env::var_os("GANDER_TEST_MODEL").map(PathBuf::from) else {
        println!("skipped: GANDER_TEST_MODEL names no folder of all-MiniLM-L6-v2");
        return;
    };
    let Some(reference) = common::shared("eval/reference") else { return };
    let lines = std::fs::read_to_string(reference.join("texts.jsonl")).unwrap();
    let texts: Vec<String> =
        lines.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let want = gander::embed::read_vectors(&reference.join("vectors.npy")).unwrap();
    let got = SentenceModel::load(&folder, 1).unwrap().embed(&refs, &Progress::default()).unwrap().vectors;
    let cosine = |i: usize| got.row(i).iter().zip(want.row(i)).map(|(a, b)| a * b).sum::<f32>();
    let least = (0..got.len()).filter(|&i| !refs[i].trim().is_empty()).map(cosine).fold(1.0, f32::min);
    println!("least cosine with the reference: {least:.6}");
    assert!(least > 0.9999, "{least}");
}

/// A hub on this machine: the files of a folder, under `owner/model`; the first request for weights breaks off.
fn hub(folder: std::path::PathBuf) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut broken = false;
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let mut rest = String::new();
            while reader.read_line(&mut rest).unwrap_or(0) > 2 {
                rest.clear();
            }
            let asked = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let file = asked.strip_prefix("/owner/model/resolve/main/").map(|f| folder.join(f));
            match file.and_then(|f| std::fs::read(f).ok()) {
                Some(bytes) => {
                    let head =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
                    stream.write_all(head.as_bytes()).unwrap();
                    let half = asked.ends_with("safetensors") && !std::mem::replace(&mut broken, true);
                    let end = if half { bytes.len() / 2 } else { bytes.len() };
                    let _ = stream.write_all(&bytes[..end]);
                }
                None => {
                    let _ =
                        stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                }
            }
        }
    });
    url
}

#[test]
fn a_model_of_a_hub_is_fetched_when_asked_and_a_broken_fetch_goes_on() {
    let (served, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    minilm_folder(served.path());
    let url = hub(served.path().to_path_buf());
    let file = home.path().join("s.jsonl");
    std::fs::write(&file, "{\"model\":\"a\",\"text\":\"the goose is a bird\"}\n").unwrap();
    let run = |name: &str, extra: &[&str]| {
        let out = common::gander()
            .env("HF_ENDPOINT", &url)
            .env("XDG_CACHE_HOME", home.path())
            .args(["embed", "--embedder", name])
            .args(extra)
            .arg(&file)
            .arg("-o")
            .arg(home.path().join("out.parquet"))
            .output()
            .unwrap();
        (out.status.success(), common::complaint(&out))
    };
    let (ok, said) = run("owner/model", &[]);
    assert!(!ok && said.contains("there is no such folder; --download fetches"), "nothing is fetched unasked: {said}");
    let (ok, said) = run("owner/other", &["--download"]);
    assert!(!ok && said.contains("the hub has no model owner/other"), "{said}");
    let (ok, said) = run("owner/model", &["--download"]);
    assert!(!ok && said.contains("model.safetensors of owner/model broke off; the same command goes on"), "{said}");
    let (ok, said) = run("owner/model", &["--download"]);
    assert!(
        ok && said.contains("model.safetensors") && !said.contains("tokenizer.json"),
        "what was whole is kept: {said}"
    );
    let (ok, said) = run("owner/model", &[]);
    assert!(ok && !said.contains("fetching"), "once is enough: {said}");
    assert!(home.path().join("out.parquet").exists());
}
