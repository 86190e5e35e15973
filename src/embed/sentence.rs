//! Sentence-transformers of other people: a folder with `config.json`, `tokenizer.json` and `model.safetensors` of the BERT,
//! RoBERTa, XLM-RoBERTa or MPNet kind, with its pooling and its prefix. Everything is computed in f32.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::Value;

use super::attention::{Distances, Precision, knows};
use super::device::{self, OnDevice};
use super::encoder::{Encoder, Pooling, Words};
use super::linear::Linear;
use super::minilm::unit;
use super::stack::{AddNorm, Layer, Stack};
use super::tokens::WindowTokenizer;
use super::weights::Plain;
use super::workers::{Network, TextEncoder};
use super::{EmbedError, Embedded, Embedder, Progress};
use crate::linalg::Vectors;

/// Longest window: longer ones cost more than they tell.
const LONGEST: usize = 512;

/// A model from a folder.
pub struct SentenceModel {
    texts: TextEncoder,
    id: String,
}

/// What `config.json` says.
struct Config {
    kind: String,
    layers: usize,
    dims: usize,
    heads: usize,
    epsilon: f32,
    /// Positions before the first token's.
    offset: usize,
}

impl SentenceModel {
    /// Reads a folder. Texts are read in up to `max_windows` overlapping windows of the model's own length.
    ///
    /// # Errors
    /// One sentence naming the folder, what is missing or unknown, and the remedy.
    pub fn load(folder: &Path, max_windows: usize) -> Result<Self, EmbedError> {
        let bad = |why: String| EmbedError::Folder { folder: folder.to_path_buf(), why };
        if !folder.is_dir() {
            return Err(bad("there is no such folder; name the folder of a sentence-transformer, or URL#model".into()));
        }
        let json = |name: &str| -> Result<Option<Value>, EmbedError> {
            let Ok(text) = std::fs::read(folder.join(name)) else { return Ok(None) };
            serde_json::from_slice(&text).map(Some).map_err(|e| bad(format!("{name} is broken ({e})")))
        };
        let settings = json("config.json")?.ok_or_else(|| bad("there is no config.json in it".into()))?;
        let config = Config::read(&settings).map_err(bad)?;
        let weights = folder.join("model.safetensors");
        if !weights.exists() {
            let other = folder.join("pytorch_model.bin").exists();
            let hint = if other { "; it has pytorch_model.bin: save it once with safe_serialization=True" } else { "" };
            return Err(bad(format!("there is no model.safetensors in it{hint}")));
        }
        let bytes = std::fs::read(&weights).map_err(|e| bad(format!("model.safetensors cannot be read ({e})")))?;
        let pooling = pooling(&json("modules.json")?, &json).map_err(bad)??;
        let read = |e: candle_core::Error| bad(format!("model.safetensors does not fit config.json ({e})"));
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).map_err(read)?;
        let hash = blake3::hash(&bytes).to_hex();
        drop(bytes);
        let (network, [positions, rows]) = match device::found() {
            Some(device) => {
                let encoder = build(&tensors, &config, pooling, |plain| plain).map_err(read)?;
                (Network::Device(OnDevice::new(&encoder, device).map_err(read)?), encoder.rows())
            }
            None => {
                let encoder = build(&tensors, &config, pooling, Linear::of).map_err(read)?;
                let rows = encoder.rows();
                (Network::Processor(Box::new(encoder)), rows)
            }
        };
        let asked = json("sentence_bert_config.json")?.and_then(|c| c.get("max_seq_length")?.as_u64());
        let window = asked.map_or(positions, |n| n as usize).min(positions).clamp(8, LONGEST);
        let prefix = prefix(folder, &settings, &json("config_sentence_transformers.json")?);
        let vocabulary = std::fs::read(folder.join("tokenizer.json"))
            .map_err(|_| bad("there is no tokenizer.json in it; save the tokenizer with use_fast=True".into()))?;
        let tokens = WindowTokenizer::new(&vocabulary, window, max_windows, &prefix)
            .map_err(|e| bad(format!("its tokenizer.json cannot be used ({e})")))?;
        if tokens.vocabulary() > rows {
            return Err(bad(format!(
                "its tokenizer has {} tokens and its model {rows}; they do not belong together",
                tokens.vocabulary()
            )));
        }
        let name = folder.file_name().map_or_else(|| "model".into(), |n| n.to_string_lossy().into_owned());
        let numbers = network.numbers("f32");
        Ok(Self {
            texts: TextEncoder { network, tokens },
            id: format!("{name}@{}/{numbers}/windows-{max_windows}", &hash[..12]),
        })
    }
}

impl Config {
    fn read(c: &Value) -> Result<Self, String> {
        let kind = c.get("model_type").and_then(Value::as_str).unwrap_or("").to_owned();
        if !["bert", "roberta", "xlm-roberta", "camembert", "mpnet"].contains(&kind.as_str()) {
            return Err(format!(
                "its model_type is “{kind}”; bert, roberta, xlm-roberta and mpnet can be read here, others by a server \
                 (--embedder URL#model)"
            ));
        }
        let number = |name: &str| {
            c.get(name).and_then(Value::as_u64).map(|n| n as usize).ok_or_else(|| format!("config.json has no {name}"))
        };
        let act = c.get("hidden_act").and_then(Value::as_str).unwrap_or("gelu");
        if act != "gelu" {
            return Err(format!("its hidden_act is “{act}”; only gelu can be read"));
        }
        let place = c.get("position_embedding_type").and_then(Value::as_str).unwrap_or("absolute");
        if place != "absolute" {
            return Err(format!("its position_embedding_type is “{place}”; only absolute can be read"));
        }
        let (dims, heads) = (number("hidden_size")?, number("num_attention_heads")?);
        if heads == 0 || dims % heads != 0 || !knows(dims / heads) {
            return Err(format!("its attention heads are {dims} / {heads} wide; 32 and 64 can be read"));
        }
        let offset = if kind == "bert" { 0 } else { c.get("pad_token_id").and_then(Value::as_u64).unwrap_or(1) + 1 };
        Ok(Self {
            layers: number("num_hidden_layers")?,
            epsilon: c.get("layer_norm_eps").and_then(Value::as_f64).unwrap_or(1e-12) as f32,
            offset: offset as usize,
            kind,
            dims,
            heads,
        })
    }
}

/// How tokens are pooled, by `modules.json`: the mean where nothing is said.
#[allow(clippy::type_complexity)]
fn pooling(
    modules: &Option<Value>,
    json: &dyn Fn(&str) -> Result<Option<Value>, EmbedError>,
) -> Result<Result<Pooling, EmbedError>, String> {
    let Some(modules) = modules.as_ref().and_then(Value::as_array) else { return Ok(Ok(Pooling::Mean)) };
    let mut found = Pooling::Mean;
    for m in modules {
        let text = |name: &str| m.get(name).and_then(Value::as_str).unwrap_or("");
        let kind = text("type").rsplit('.').next().unwrap_or("");
        match kind {
            "Transformer" | "Normalize" => {}
            "Pooling" => {
                let file = format!("{}/config.json", text("path"));
                let settings = match json(&file) {
                    Ok(s) => s.unwrap_or_default(),
                    Err(e) => return Ok(Err(e)),
                };
                let on: Vec<&str> = settings
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(k, v)| k.starts_with("pooling_mode_") && v.as_bool() == Some(true))
                    .map(|(k, _)| k.as_str())
                    .collect();
                found = match on.as_slice() {
                    [] | ["pooling_mode_mean_tokens"] => Pooling::Mean,
                    ["pooling_mode_cls_token"] => Pooling::First,
                    other => return Err(format!("it pools by {}; mean and cls can be read", other.join(" and "))),
                };
            }
            other => {
                return Err(format!("it has a module “{other}”, which cannot be read here; a server can (URL#model)"));
            }
        }
    }
    Ok(Ok(found))
}

/// What every text begins with: the default prompt, or what the e5 models were trained with and seldom say.
fn prefix(folder: &Path, config: &Value, settings: &Option<Value>) -> String {
    let default = settings.as_ref().and_then(|s| {
        let name = s.get("default_prompt_name")?.as_str()?;
        s.get("prompts")?.get(name)?.as_str().map(str::to_owned)
    });
    let named = config.get("_name_or_path").and_then(Value::as_str).unwrap_or("");
    let folder = folder.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let e5 = [named.to_lowercase(), folder].iter().any(|n| n.split(['/', '-', '_']).any(|w| w == "e5"));
    default.unwrap_or_else(|| if e5 { "query: ".into() } else { String::new() })
}

fn build<L>(
    tensors: &HashMap<String, Tensor>,
    c: &Config,
    pooling: Pooling,
    make: impl Fn(Plain) -> L,
) -> candle_core::Result<Encoder<L>> {
    const WORDS: &str = "embeddings.word_embeddings.weight";
    let prefix = tensors.keys().filter_map(|k| k.strip_suffix(WORDS)).min_by_key(|p| p.len()).unwrap_or("").to_owned();
    let get = |name: &str| -> candle_core::Result<Tensor> {
        let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let found = [name, old.as_str()].iter().find_map(|n| tensors.get(&format!("{prefix}{n}")));
        match found {
            Some(t) => t.to_dtype(DType::F32),
            None => candle_core::bail!("tensor {prefix}{name} is missing"),
        }
    };
    let floats = |name: &str| get(name)?.flatten_all()?.to_vec1::<f32>();
    let norm = |name: &str| -> candle_core::Result<AddNorm> {
        Ok(AddNorm {
            gain: floats(&format!("{name}.weight"))?,
            bias: floats(&format!("{name}.bias"))?,
            epsilon: c.epsilon,
        })
    };
    let linear = |parts: &[String], ins: usize, gelu: bool| -> candle_core::Result<L> {
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for p in parts {
            weight.extend(floats(&format!("{p}.weight"))?);
            bias.extend(floats(&format!("{p}.bias"))?);
        }
        if weight.len() != bias.len() * ins {
            candle_core::bail!("tensor {}.weight has another shape", parts[0]);
        }
        Ok(make(Plain { weight, ins, bias, gelu }))
    };
    let d = c.dims;
    let layers = (0..c.layers)
        .map(|i| {
            let at = format!("encoder.layer.{i}");
            let (qkv, out, attention_norm) = if c.kind == "mpnet" {
                let qkv = ["q", "k", "v"].map(|p| format!("{at}.attention.attn.{p}"));
                (qkv, format!("{at}.attention.attn.o"), format!("{at}.attention.LayerNorm"))
            } else {
                let qkv = ["query", "key", "value"].map(|p| format!("{at}.attention.self.{p}"));
                (qkv, format!("{at}.attention.output.dense"), format!("{at}.attention.output.LayerNorm"))
            };
            let up = format!("{at}.intermediate.dense");
            let wide = get(&format!("{up}.weight"))?.dims2()?.0;
            Ok(Layer {
                qkv: linear(&qkv, d, false)?,
                attention_out: linear(&[out], d, false)?,
                attention_norm: norm(&attention_norm)?,
                up: linear(&[up], d, true)?,
                down: linear(&[format!("{at}.output.dense")], wide, false)?,
                output_norm: norm(&format!("{at}.output.LayerNorm"))?,
            })
        })
        .collect::<candle_core::Result<Vec<_>>>()?;
    // The token's type is the same everywhere, so it is added to the places once.
    let mut positions = floats("embeddings.position_embeddings.weight")?.split_off(c.offset * d);
    if c.kind != "mpnet" {
        let kinds = floats("embeddings.token_type_embeddings.weight")?;
        for row in positions.chunks_exact_mut(d) {
            row.iter_mut().zip(&kinds).for_each(|(p, k)| *p += k);
        }
    }
    let distances = match c.kind.as_str() {
        "mpnet" => Some(Distances::new(&floats("encoder.relative_attention_bias.weight")?, c.heads, LONGEST)),
        _ => None,
    };
    Ok(Encoder {
        words: Words::Floats(floats(WORDS)?),
        positions,
        norm: norm("embeddings.LayerNorm")?,
        own: Stack { layers, dims: d, head: d / c.heads, distances },
        branch: None,
        pooling,
        numbers: Precision::Floats,
    })
}

impl Embedder for SentenceModel {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn dims(&self) -> usize {
        self.texts.dims()
    }

    fn precision(&self) -> String {
        "f32".into()
    }

    fn unknown_pieces(&self, texts: &[&str]) -> Result<Option<[usize; 2]>, EmbedError> {
        self.texts.unknown_pieces(texts).map(Some)
    }

    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        let d = self.texts.dims();
        let mut data = Vec::with_capacity(texts.len() * d);
        let coverage = self.texts.embed(texts, false, progress, |row| data.extend(unit(row)))?;
        Ok(Embedded { vectors: Vectors::new(d, data), coverage, stance: None })
    }
}
