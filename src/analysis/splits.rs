//! Parts that a cluster could be split into.

use super::pipeline::PipelineError;
use super::study::Study;
use crate::cluster::{KMeansParams, kmeans};
use crate::compare::exemplars;
use crate::model::{ClusterId, SampleIx, SplitBy};

/// One part of a proposed split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitPart {
    /// Its samples.
    pub members: Vec<SampleIx>,
    /// Its distinctive terms.
    pub terms: String,
    /// A name that comes with it.
    pub label: Option<String>,
    /// Its most typical sample.
    pub exemplar: Option<SampleIx>,
}

/// A split to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitRequest {
    /// The cluster.
    pub cluster: ClusterId,
    /// Its samples.
    pub members: Vec<SampleIx>,
    /// How.
    pub by: SplitBy,
    /// Number of parts, for a split by meaning.
    pub parts: usize,
    /// The chosen samples, for a split by marks or by search; examples of the second side, for a model's proposal.
    pub chosen: Vec<SampleIx>,
    /// Examples of the first side, for a model's proposal.
    pub against: Vec<SampleIx>,
    /// Names of the parts, for a model's proposal.
    pub labels: Vec<String>,
}

/// The parts, each with its terms and its most typical text.
pub(crate) fn split(study: &Study, r: &SplitRequest, seed: u64) -> Result<Vec<SplitPart>, PipelineError> {
    let groups: Vec<Vec<SampleIx>> = match r.by {
        SplitBy::Meaning => by_meaning(study, &r.members, r.parts, seed)?,
        SplitBy::Opposition => {
            match study.opposition_of(&r.members) {
                // Texts without a stance (blank ones) stay with the larger side.
                Some(found) => {
                    let second: std::collections::HashSet<SampleIx> = found.sides[1].iter().copied().collect();
                    let (b, a) = r.members.iter().partition(|s| second.contains(s));
                    vec![a, b]
                }
                None => vec![r.members.clone()],
            }
        }
        SplitBy::Llm => by_examples(study, &r.members, &r.against, &r.chosen),
        SplitBy::Model => {
            let mut by_source: std::collections::BTreeMap<u16, Vec<SampleIx>> = std::collections::BTreeMap::new();
            for &s in &r.members {
                by_source.entry(study.corpus.samples[s as usize].source.0).or_default().push(s);
            }
            by_source.into_values().collect()
        }
        SplitBy::Search | SplitBy::Marks => {
            let (inside, outside) = r.members.iter().partition(|s| r.chosen.contains(s));
            vec![inside, outside]
        }
    };
    let part = |members: Vec<SampleIx>| SplitPart {
        label: None,
        terms: study.terms(&members).label(),
        exemplar: exemplars(&study.vectors, &members, 1).first().copied(),
        members,
    };
    let mut labels = r.labels.iter();
    let named = groups.into_iter().map(|g| (labels.next(), g)).filter(|(_, g)| !g.is_empty());
    Ok(named.map(|(label, g)| SplitPart { label: label.cloned(), ..part(g) }).collect())
}

/// The examples of two sides, and every other text with the side whose mean it is nearer to, where it stands if the
/// embedder could tell, else in meaning.
fn by_examples(study: &Study, members: &[SampleIx], a: &[SampleIx], b: &[SampleIx]) -> Vec<Vec<SampleIx>> {
    let vectors = study.stance.as_ref().unwrap_or(&study.vectors);
    let means = [a, b].map(|side| vectors.unit_mean(side));
    let near =
        |s: SampleIx, mean: &[f32]| -> f32 { vectors.row(s as usize).iter().zip(mean).map(|(x, y)| x * y).sum() };
    let (second, first) =
        members.iter().partition(|s| b.contains(s) || (!a.contains(s) && near(**s, &means[1]) > near(**s, &means[0])));
    vec![first, second]
}

/// k-means in the reduced space; texts without a vector form a part of their own.
fn by_meaning(
    study: &Study,
    members: &[SampleIx],
    parts: usize,
    seed: u64,
) -> Result<Vec<Vec<SampleIx>>, PipelineError> {
    let (space, row_of) = study.space();
    let (rows, with): (Vec<usize>, Vec<SampleIx>) =
        members.iter().filter_map(|&s| row_of[s as usize].map(|r| (r as usize, s))).unzip();
    let blank: Vec<SampleIx> = members.iter().copied().filter(|&s| row_of[s as usize].is_none()).collect();
    let mut out = Vec::new();
    if !with.is_empty() {
        let points = space.select(ndarray::Axis(0), &rows);
        let params = KMeansParams::new(parts.min(with.len()), seed).check(with.len())?;
        let groups = kmeans(&points, &params)?;
        out = vec![Vec::new(); groups.iter().max().map_or(0, |m| *m as usize + 1)];
        for (&s, &g) in with.iter().zip(&groups) {
            out[g as usize].push(s);
        }
    }
    out.push(blank);
    Ok(out)
}
