//! What must hold of the figures whatever the texts are: their order does not matter, a merge that is undone changes
//! nothing, and a label that has nothing to do with its texts fits like a coin.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::sync::OnceLock;

use gander::analysis::{FigureCache, Figures, Material, Study};
use gander::cluster::{ClusterOptions, Neighbours, Rerun, Tree};
use gander::embed::{Embedded, Embedder, MiniLm, Progress};
use gander::linalg::Vectors;
use gander::model::{
    Author, ClusterId, Contrast, Corpus, Edit, History, Partition, PromptId, Sample, SampleIx, Source, SourceId,
};
use proptest::prelude::*;

/// The sample run without copies and blanks, read and clustered once.
struct Run {
    corpus: Corpus,
    embedded: Embedded,
    partition: Partition,
    reruns: Vec<Rerun>,
    tree: Tree,
    embedder: MiniLm,
}

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let mut corpus = Corpus::default();
        let mut seen = HashSet::new();
        for (source, name) in ["geese_base.jsonl", "geese_tuned.jsonl"].into_iter().enumerate() {
            let before = corpus.len();
            for (i, line) in std::fs::read_to_string(common::sample(name)).unwrap().lines().enumerate() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                let (text, prompt) = (row["text"].as_str().unwrap(), row["prompt"].as_str().unwrap());
                if text.trim().is_empty() || !seen.insert(text.to_owned()) {
                    continue;
                }
                let known = corpus.prompts.iter().position(|p| p == prompt);
                let prompt = known.unwrap_or_else(|| {
                    corpus.prompts.push(prompt.to_owned());
                    corpus.prompts.len() - 1
                });
                corpus.samples.push(Sample {
                    id: format!("{source}-{i}"),
                    source: SourceId(source as u16),
                    prompt: Some(PromptId(prompt as u32)),
                    text: text.to_owned(),
                });
            }
            corpus.sources.push(Source { name: name.into(), file: name.into(), samples: corpus.len() - before });
        }
        let embedder = MiniLm::new(4, false).unwrap();
        let texts: Vec<&str> = corpus.samples.iter().map(|s| s.text.as_str()).collect();
        let embedded = embedder.embed(&texts, &Progress::default()).unwrap();
        let neighbours = Neighbours::find(&embedded.vectors, 50).unwrap();
        let options = ClusterOptions { clusters: Some(15), seed: 7 };
        let found = gander::cluster::cluster(&embedded.vectors, &neighbours, options).unwrap();
        Run { corpus, embedded, partition: found.partition, reruns: found.reruns, tree: found.tree, embedder }
    })
}

/// The run with its samples in another order: `order[i]` is the old number of the new sample `i`.
fn study(order: &[SampleIx]) -> (Study, Partition) {
    let run = run();
    let pick = |v: &Vectors| {
        Vectors::new(v.dims(), order.iter().flat_map(|&i| v.row(i as usize)).copied().collect::<Vec<f32>>())
    };
    let mut corpus = run.corpus.clone();
    corpus.samples = order.iter().map(|&i| run.corpus.samples[i as usize].clone()).collect();
    let assign = order.iter().map(|&i| run.partition.assign()[i as usize]).collect();
    let partition = Partition::new(assign, run.partition.next_id().0, run.partition.cut());
    let reruns = run.reruns.iter().map(|r| Rerun { group: order.iter().map(|&i| r.group[i as usize]).collect() });
    let vectors = pick(&run.embedded.vectors);
    let stance = run.embedded.stance.as_ref().map(pick);
    let neighbours = Neighbours::find(&vectors, 50).unwrap();
    let near = stance.as_ref().map(|s| neighbours.also_by(&vectors, s, 0.5, 50).unwrap());
    let mut study = Study::new(Material {
        // Figures ask the clusters, never the tree.
        tree: run.tree.clone(),
        corpus,
        vectors,
        residual: None,
        stance,
        relevance: None,
        neighbours,
        near,
        sentences: None,
        reruns: reruns.collect(),
        rounds: false,
        seed: 7,
    });
    study.compare(Contrast::pair(SourceId(0), SourceId(1)));
    (study, partition)
}

fn figures(study: &Study, partition: &Partition) -> Figures {
    study.figures(partition, &run().embedder, &mut FigureCache::default())
}

fn everyone() -> Vec<SampleIx> {
    (0..run().corpus.len() as u32).collect()
}

/// A number to five places: sums of floats in another order differ after that.
fn about(v: f64) -> i64 {
    (v * 1e5).round() as i64
}

/// Everything that a person is shown of the figures, with samples by their old numbers.
fn shown(f: &Figures, order: &[SampleIx]) -> Vec<String> {
    let old = |list: &[SampleIx]| {
        let mut out: Vec<SampleIx> = list.iter().map(|&s| order[s as usize]).collect();
        out.sort_unstable();
        out
    };
    let mut out = Vec::new();
    for (c, t) in f.clusters.iter().zip(&f.trust) {
        let odds = c.odds.map(|o| [o.value, o.ci[0], o.ci[1]].map(about));
        out.push(format!("#{} {:?} {odds:?} p {:?} q {:?}", c.id, c.sides, c.p.map(about), c.q.map(about)));
        out.push(format!("#{} terms {:?} typical {:?}", c.id, c.terms, old(&c.exemplars)));
        out.push(format!("#{} shift {:?}", c.id, c.shift.map(|s| (about(s.auc) / 100, about(s.p) / 1000))));
        out.push(format!("#{} fit {:?}", c.id, t.fit.map(|f| (about(f.auc), f.held_out))));
        let sides = t.opposition.as_ref().map(|o| (about(o.score) / 10, o.sides.clone().map(|s| old(&s))));
        out.push(format!("#{} opposition {sides:?}", c.id));
        let wording = t.phrasing.as_ref().map(|p| (about(p.surface), about(p.content), &p.evidence));
        out.push(format!("#{} wording {wording:?}", c.id));
        out.push(format!("#{} stability {:?} strays {:?}", c.id, t.stability.map(about), old(&t.strays)));
        out.push(format!("#{} near {:?}", c.id, t.related.iter().map(|r| r.0).collect::<Vec<_>>()));
    }
    for h in &f.hotspots.findings {
        let titled = h.channel != gander::compare::Channel::Region;
        let what = if titled { h.id().to_string() } else { "region".into() };
        out.push(format!("{what} {:?} p {} {:?} {:?}", h.counts, about(h.p), old(&h.members), h.terms));
    }
    let o = f.overall.unwrap();
    out.push(format!("AUC {} p {}", about(o.auc) / 100, about(o.p)));
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_samples_does_not_matter(order in Just(everyone()).prop_shuffle()) {
        let straight = everyone();
        let (a, in_a) = study(&straight);
        let (b, in_b) = study(&order);
        let (a, b) = (shown(&figures(&a, &in_a), &straight), shown(&figures(&b, &in_b), &order));
        for (one, other) in a.iter().zip(&b) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(a.len(), b.len());
    }

    #[test]
    fn a_merge_that_is_undone_restores_every_figure(pick in (0..15usize, 0..14usize)) {
        let (study, mut partition) = study(&everyone());
        let before = figures(&study, &partition);
        let ids: Vec<ClusterId> = partition.clusters().map(|c| c.id).collect();
        let (a, b) = (pick.0, if pick.1 < pick.0 { pick.1 } else { pick.1 + 1 });
        let mut history = History::replay(Vec::new(), &mut partition);
        let me = Author::Human("me".into());
        history.commit(&mut partition, Edit::Merge { clusters: vec![ids[a], ids[b]] }, me.clone(), 0, false).unwrap();
        prop_assert_ne!(&figures(&study, &partition), &before);
        history.undo(&mut partition, me, 1, false).unwrap();
        prop_assert_eq!(figures(&study, &partition), before);
    }
}

#[test]
fn a_label_that_has_nothing_to_do_with_its_texts_fits_like_a_coin() {
    let (study, partition) = study(&everyone());
    let context = study.trust_context(&partition, &run().embedder);
    let labels = ["steam engines", "the tax law of Peru", "knitting patterns", "opera singers", "volcanic rock"];
    let fits: Vec<f64> = partition
        .clusters()
        .flat_map(|c| labels.map(|l| context.label_fit(c.id, l, None)))
        .flatten()
        .map(|f| f.auc)
        .collect();
    let mean = fits.iter().sum::<f64>() / fits.len() as f64;
    assert!(fits.len() >= 50 && (mean - 0.5).abs() < 0.06, "{mean:.3} over {}", fits.len());
    // The words of the cluster itself are no such label.
    let own = figures(&study, &partition);
    let own: Vec<f64> = own.trust.iter().filter_map(|t| t.fit).map(|f| f.auc).collect();
    assert!(own.iter().sum::<f64>() / own.len() as f64 > 0.85, "{own:?}");
}
