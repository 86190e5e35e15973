//! Embedders other than the built-in one: folders, servers, vectors made elsewhere, and work shared by machines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "embedders/elsewhere.rs"]
mod elsewhere;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

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

#[test]
fn a_published_folder_gives_the_vectors_of_its_makers() {
    let Some(folder) = std::env::var_os("GANDER_TEST_MODEL").map(PathBuf::from) else {
        println!("skipped: GANDER_TEST_MODEL names no folder of all-MiniLM-L6-v2");
        return;
    };
    let Some((least, _)) = cosines(&SentenceModel::load(&folder, 1).unwrap()) else { return };
    println!("least cosine with the reference: {least:.6}");
    assert!(least > 0.9999, "{least}");
}

/// Least and mean cosine with the vectors of the model's makers.
fn cosines(embedder: &dyn Embedder) -> Option<(f32, f32)> {
    let reference = common::shared("eval/reference")?;
    let lines = std::fs::read_to_string(reference.join("texts.jsonl")).unwrap();
    let texts: Vec<String> =
        lines.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let want = gander::embed::read_vectors(&reference.join("vectors.npy")).unwrap();
    let got = embedder.embed(&refs, &Progress::default()).unwrap().vectors;
    let cosine = |i: usize| got.row(i).iter().zip(want.row(i)).map(|(a, b)| a * b).sum::<f32>();
    let all: Vec<f32> = (0..got.len()).filter(|&i| !refs[i].trim().is_empty()).map(cosine).collect();
    Some((all.iter().copied().fold(1.0, f32::min), all.iter().sum::<f32>() / all.len() as f32))
}

/// The figures of the README.
#[test]
fn the_built_in_model_keeps_the_vectors_of_its_makers() {
    for (exact, least_said, mean_said) in [(false, 0.9955, 0.9985), (true, 0.9999, 0.9999)] {
        let Some((least, mean)) = cosines(&MiniLm::new(1, exact).unwrap().of_vectors_alone()) else { return };
        println!("exact {exact}: least cosine with the reference {least:.4}, mean {mean:.4}");
        assert!(least >= least_said && mean >= mean_said, "exact {exact}: {least} {mean}");
    }
}
