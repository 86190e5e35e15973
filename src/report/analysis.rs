//! `gander analyze … --json`: one object, the same bytes for the same input and seed (`timings` aside).

use serde_json::{Map, Value, json};

use crate::analysis::{Figures, PairFigures, Timings, corrected_for_pairs, shown_label};
use crate::compare::{Across, Channel, ClusterFigures, Finding, Pairing, Slice, Sliced};
use crate::diagnostics::{Opposition, Trust};
use crate::ingest::Condition;
use crate::model::{Corpus, Partition, SampleIx, View};

/// What goes into the object.
pub struct AnalysisInput<'a> {
    /// The samples.
    pub corpus: &'a Corpus,
    /// The clusters.
    pub partition: &'a Partition,
    /// The numbers.
    pub figures: &'a Figures,
    /// Each finding by the values of a field; empty where none was asked for.
    pub slices: &'a [Sliced],
    /// The split to propose for each cluster, in the order of the figures.
    pub splits: Vec<Option<Opposition>>,
    /// How much each pair of models differs; empty where that was not asked for.
    pub pairs: &'a [PairFigures],
    /// What was clustered.
    pub view: View,
    /// Seed of everything random.
    pub seed: u64,
    /// Name of the embedder.
    pub embedder: String,
    /// Length of its vectors.
    pub dims: usize,
    /// What is rounded.
    pub precision: String,
    /// Share of each text that was read.
    pub coverage: &'a [f32],
    /// Seconds each stage took.
    pub timings: Timings,
    /// Sentences about the input.
    pub notices: &'a [String],
    /// In what the models were not sampled alike.
    pub conditions: &'a [Condition],
}

/// Builds the object (schema `gander.analysis/1`).
pub fn analysis_json(a: &AnalysisInput) -> Value {
    let id = |s: SampleIx| Value::from(a.corpus.samples[s as usize].id.as_str());
    let ids = |list: &[SampleIx]| Value::Array(list.iter().map(|&s| id(s)).collect());
    let sources: Vec<Value> =
        a.corpus.sources.iter().map(|s| json!({"name": s.name, "file": s.file, "samples": s.samples})).collect();
    let samples: Vec<Value> = a
        .corpus
        .samples
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let mut m = Map::new();
            m.insert("id".into(), s.id.as_str().into());
            m.insert("source".into(), s.source.0.into());
            m.insert("cluster".into(), a.partition.cluster_of(i as u32).map(|c| c.0).into());
            if let Some(c) = a.coverage.get(i).filter(|c| **c < 1.0) {
                m.insert("covered".into(), round(f64::from(*c), 4));
            }
            Value::Object(m)
        })
        .collect();
    let clusters: Vec<Value> = a
        .figures
        .clusters
        .iter()
        .zip(&a.figures.trust)
        .zip(&a.splits)
        .map(|((f, t), s)| cluster(a, f, t, s.as_ref(), &ids))
        .collect();
    let known = Known { corpus: a.corpus, partition: a.partition, figures: a.figures, slices: a.slices };
    let findings = a.figures.hotspots.findings.iter().enumerate();
    let hotspots: Vec<Value> = findings.map(|(n, f)| hotspot(&known, n, f)).collect();
    let contrast = a.figures.contrast.as_ref();
    let unreadable = a.figures.unreadable.map(|u| u.sentence());
    let notices: Vec<&str> = unreadable.iter().chain(a.notices).map(String::as_str).collect();
    let mut whole = json!({
        "schema": "gander.analysis/1",
        "seed": a.seed,
        "sources": sources,
        "embedder": {
            "id": a.embedder, "dims": a.dims, "precision": a.precision,
            "unreadable": a.figures.unreadable.map(|u| json!({
                "unknown_pieces": u.unknown_pieces.map(|s| round(s, 4)), "one_vector": round(u.one_vector, 4),
                "notice": u.sentence(),
            })),
        },
        "view": a.view,
        "contrast": contrast.map(|c| json!({"left": c.left, "right": c.right})),
        "pairing": pairing(a.figures.pairing.as_ref()),
        "notices": notices,
        "conditions": a.conditions.iter().map(condition).collect::<Vec<_>>(),
        "samples": samples,
        "clusters": clusters,
        "hotspots": hotspots,
        "review_order": if contrast.is_some() { ids(&a.figures.review) } else { json!([]) },
        "overall": {
            "auc": a.figures.overall.map(|o| round(o.auc, 4)),
            "p": a.figures.overall.map(|o| round(o.p, 4)),
            "explained": a.figures.overall.and_then(|o| o.explained).map(|auc| json!({"auc": round(auc, 4)})),
            "left": a.figures.overall.and_then(|o| o.left).map(|(auc, p)| json!({"auc": round(auc, 4), "p": round(p, 4)})),
            "smallest_detectable_share": a.figures.overall.map(|o| round(o.smallest_detectable_share, 5)),
        },
        "neighbours": {
            "exact": a.figures.recall.is_none(),
            "recall": a.figures.recall.map(|r| round(f64::from(r), 4)),
        },
        "timings": a.timings,
    });
    if let (false, Some(object)) = (a.pairs.is_empty(), whole.as_object_mut()) {
        object.insert("pairs".into(), pairs(a.pairs));
    }
    whole
}

fn pairs(list: &[PairFigures]) -> Value {
    let corrected = corrected_for_pairs(list, list.len());
    let pair = |(p, corrected): (&PairFigures, &f64)| {
        json!({
            "left": p.contrast.left, "right": p.contrast.right, "auc": p.auc.map(|auc| round(auc, 4)),
            "differences": p.differences, "p": exact(p.p), "p_all_pairs": exact(*corrected),
        })
    };
    list.iter().zip(&corrected).map(pair).collect()
}

fn condition(c: &Condition) -> Value {
    let models: Map<String, Value> = c.models.iter().map(|(m, v)| (m.clone(), v.as_str().into())).collect();
    json!({"setting": c.setting, "models": models})
}

fn pairing(p: Option<&Pairing>) -> Value {
    match p {
        None => json!({"prompts_shared": null, "strata": "none", "warning": null}),
        Some(p) => json!({
            "prompts_shared": round(p.prompts_shared, 4),
            "strata": if p.by_prompt { "prompt" } else { "none" },
            "unit": if p.by_block { "prompt" } else { "text" },
            "warning": p.warning,
        }),
    }
}

fn cluster(
    a: &AnalysisInput,
    f: &ClusterFigures,
    t: &Trust,
    split: Option<&Opposition>,
    ids: &dyn Fn(&[SampleIx]) -> Value,
) -> Value {
    let record = a.partition.get(f.id);
    let (label, by) = record.map_or_else(
        || (String::new(), String::new()),
        |c| {
            let (label, by) = shown_label(c, Some(f));
            (label, by.to_string())
        },
    );
    let compared = a.figures.contrast.is_some();
    let why = t.why(record.is_some_and(|c| c.flag.is_some()));
    json!({
        "id": f.id,
        "label": label,
        "label_by": by,
        "size": f.size,
        "counts": f.counts,
        "share": if compared { Value::Array(f.share.iter().map(|s| round(*s, 4)).collect()) } else { Value::Null },
        "log_odds": f.odds.map(|o| round(o.value, 4)),
        "ci": f.odds.map(|o| [round(o.ci[0], 4), round(o.ci[1], 4)]),
        "test": f.test,
        "p": f.p.map(exact),
        "q": f.q.map(exact),
        "void": a.partition.void(f.id),
        "shift": f.shift.map(|s| json!({"auc": round(s.auc, 4), "p": exact(s.p), "q": s.q.map(exact)})),
        "opposition": json!({
            "score": t.opposition.as_ref().map_or(json!(0.0), |o| round(o.score, 4)),
            "evidence": t.opposition.as_ref().map_or(Vec::new(), |o| {
                o.pairs.iter().map(|p| a.corpus.pair_in_words(*p)).collect::<Vec<_>>()
            }),
            "sides": t.opposition.as_ref().and_then(Opposition::shares).map(|s| s.map(|share| round(share, 4))),
            "contradiction": t.opposition.as_ref().and_then(|o| o.contradiction).map(|c| round(c, 4)),
            "split": split.map(|o| json!([ids(&o.sides[0]), ids(&o.sides[1])])),
        }),
        "phrasing": json!({
            "score": t.phrasing.as_ref().map_or(json!(0.0), |p| round(p.score, 4)),
            "surface_auc": t.phrasing.as_ref().map(|p| round(p.surface, 4)),
            "content_auc": t.phrasing.as_ref().map(|p| round(p.content, 4)),
            "evidence": t.phrasing.iter().filter(|p| !p.evidence.is_empty()).map(|p| &p.evidence).collect::<Vec<_>>(),
        }),
        "label_fit": t.label_fit_json(),
        "label_stance": t.label_stance_json(),
        "stability": t.stability.map(|s| round(s, 4)),
        "strays": ids(&t.strays),
        "impure": !why.is_empty(),
        "impure_why": why,
        "rounds": f.trend.as_ref().map(|t| json!({
            "rate": t.rate.iter().map(|r| round(*r, 5)).collect::<Vec<_>>(),
            "z": t.p.map(|_| round(t.z, 4)), "p": t.p.map(exact), "q": t.q.map(exact), "departs": t.departs,
        })),
        "terms": f.terms,
        "exemplars": ids(&f.exemplars),
    })
}

/// What findings are written from.
pub(super) struct Known<'a> {
    /// The samples.
    pub corpus: &'a Corpus,
    /// The clusters.
    pub partition: &'a Partition,
    /// The numbers.
    pub figures: &'a Figures,
    /// Each finding by the values of a field; empty where none was asked for.
    pub slices: &'a [Sliced],
}

/// A finding, the `n`-th of the list from 0.
pub(super) fn hotspot(a: &Known, n: usize, f: &Finding) -> Value {
    let ids = |list: &[SampleIx]| list.iter().map(|&s| id_of(a, s)).collect::<Vec<_>>();
    let mut clusters: Vec<u32> = a.partition.spread(&f.members).into_iter().map(|(id, _)| id.0).collect();
    clusters.sort_unstable();
    let side = a.figures.contrast.as_ref().and_then(|c| if f.toward == 1 { c.right.first() } else { c.left.first() });
    let (channel, terms, wording) = match &f.channel {
        Channel::Region => ("region", f.terms.clone(), f.wording.clone()),
        Channel::Words { term, wording } => ("words", vec![term.clone()], wording.then(|| term.clone())),
        Channel::Trait(t) => ("trait", vec![t.describe().to_owned()], None),
        Channel::Sentence => ("sentence", f.terms.clone(), None),
        Channel::Stance => ("stance", f.terms.clone(), None),
        Channel::Language(_) => ("language", f.channel.describe().into_iter().collect(), None),
        Channel::Tone(_) | Channel::ToneAtEnd { .. } => ("tone", f.channel.describe().into_iter().collect(), None),
        Channel::Surface { .. } => ("surface", f.described().into_iter().collect(), None),
        Channel::Rate { .. } => ("rate", f.channel.describe().into_iter().collect(), None),
    };
    json!({
        "id": n + 1,
        "key": f.id(),
        "channel": channel,
        "toward": side,
        "members": ids(&f.members),
        "counts": f.counts,
        "score": round(f64::from(f.score), 4),
        "p": exact(f.p),
        "rates": f.size.rates.map(|r| round(r, 5)),
        "rates_raw": f.size.raw.map(|r| round(r, 5)),
        "ci": f.size.ci.map(|r| round(r, 5)),
        "feature": f.described(),
        "medians": f.medians.map(|m| m.map(|v| round(v, 5))),
        "across_prompts": f.across.map(|x| across(&x)),
        "sentences": f.sentences.iter().map(|s| json!({
            "id": id_of(a, s.sample), "start": s.bytes[0], "end": s.bytes[1],
        })).collect::<Vec<_>>(),
        "follows": f.follows.map(|i| i + 1),
        "varies_by": f.varies_by,
        "clusters": clusters,
        "terms": terms,
        "wording": wording,
        "slices": a.slices.get(n).map(sliced),
    })
}

fn sliced(s: &Sliced) -> Value {
    let rate = |slice: &Slice, side| slice.rate(side).map(|r| round(r, 5));
    let values: Vec<Value> = s
        .slices
        .iter()
        .map(|slice| {
            let rates = [0, 1].map(|side| rate(slice, side));
            json!({"value": slice.value, "sizes": slice.sizes, "counts": slice.counts, "rates": rates})
        })
        .collect();
    json!({"field": s.field, "values": values, "without": s.without, "p": s.p.map(exact), "q": s.q.map(exact)})
}

fn id_of<'a>(a: &Known<'a>, s: SampleIx) -> &'a str {
    a.corpus.samples[s as usize].id.as_str()
}

fn across(x: &Across) -> Value {
    json!({
        "n": x.n, "same_direction": x.same_direction, "p": exact(x.p), "ci": x.ci.map(|v| round(v, 5)),
        "without_strongest": round(x.without_strongest, 5), "holds": x.holds,
    })
}

/// Rounded for reading; what is computed in f64 keeps its meaning at this many places.
fn round(v: f64, places: i32) -> Value {
    let scale = 10f64.powi(places);
    let r = (v * scale).round() / scale;
    if r.is_finite() { Value::from(r) } else { Value::Null }
}

/// A small p keeps three digits, however small.
pub(super) fn exact(p: f64) -> Value {
    if p == 0.0 || !p.is_finite() {
        return if p == 0.0 { Value::from(0.0) } else { Value::Null };
    }
    let places = (3 - p.abs().log10().ceil() as i32).clamp(4, 300);
    format!("{p:.*e}", 3).parse::<f64>().map_or_else(|_| round(p, places), Value::from)
}
