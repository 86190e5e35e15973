//! Which differences are left when the wording is taken out: the same run, masked, clustered and compared again.

use std::collections::HashSet;

use rayon::prelude::*;

use super::differences::Difference as Row;
use super::figures::Figures;
use super::judgements::FigureCache;
use super::pipeline::{AnalysisOptions, PipelineError, Stage, Timings, analyse};
use super::study::Study;
use crate::analysis::shown_label;
use crate::cluster::ClusterOptions;
use crate::compare::{Channel, Finding};
use crate::diagnostics::{Mask, mask, project_out};
use crate::embed::{Embedded, Embedder, Progress};
use crate::model::{ClusterId, Corpus, Partition, SampleIx};

/// Shares of the smaller and of the larger of two groups of texts that both hold, from which they are the same.
const SAME: [f64; 2] = [0.5, 0.25];

/// Where the wording is taken out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskTarget {
    /// Of the texts, which are embedded again.
    Texts,
    /// Of the vectors: the directions from texts without it to texts with it.
    Vectors,
}

/// What became of one difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// What it was.
    pub title: String,
    /// Whether it consists of wording.
    pub wording: bool,
    /// Whether it holds much the same texts as the nearest one above that does not.
    pub follows: bool,
    /// Its p, or q of a cluster.
    pub p: f64,
    /// The same without the wording; absent when it is gone.
    pub after: Option<f64>,
}

/// What is left of the differences.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskingReport {
    /// The wording, in a few words.
    pub wording: String,
    /// Where it was taken out of.
    pub taken: MaskTarget,
    /// Texts that held some of it.
    pub changed: usize,
    /// The differences before.
    pub before: Vec<Survival>,
    /// Differences seen only without the wording, with p or q.
    pub new: Vec<(String, f64)>,
    /// Differences after, those with much the same texts counted once.
    pub after: usize,
}

impl MaskTarget {
    /// The other place.
    pub fn other(self) -> Self {
        match self {
            Self::Texts => Self::Vectors,
            Self::Vectors => Self::Texts,
        }
    }

    /// A few words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Texts => "taken out of the texts",
            Self::Vectors => "projected out of the vectors",
        }
    }
}

impl MaskingReport {
    /// The sentence at the top: what was taken out of where.
    pub fn head(&self) -> String {
        format!("Wording {}: {}.", self.taken.describe(), self.wording)
    }

    /// The sentence below it: how many differences survive, counted as the list of differences counts them. One survives
    /// where anything of much the same texts does.
    pub fn count(&self) -> String {
        let survives: Vec<bool> = self
            .before
            .chunk_by(|_, next| next.follows)
            .map(|same_texts| same_texts.iter().any(|f| f.after.is_some()))
            .collect();
        let survive = survives.iter().filter(|s| **s).count();
        format!("Differences before: {}; after: {}; surviving: {survive}", survives.len(), self.after)
    }
}

/// A run without its wording.
pub struct Masked {
    /// What is left.
    pub left: MaskingReport,
    /// The run. Its texts are the masked ones, so that words are counted without the wording.
    pub study: Study,
    /// Share of each masked text that was read.
    pub coverage: Vec<f32>,
    /// Its figures.
    pub figures: Figures,
}

/// The wording that one model uses more, as the differences found it; what the second model says comes first.
pub fn wording_of(figures: &Figures) -> Vec<Mask> {
    let mut out = Vec::new();
    let findings = &figures.hotspots.findings;
    let of = |toward: u8| findings.iter().filter(move |f| f.toward == toward);
    for m in of(1).chain(of(0)).filter_map(Mask::of) {
        if !out.contains(&m) {
            out.push(m);
        }
    }
    out
}

/// Takes wording out of a run, clusters as many groups as there are now, compares as before, and says what is left.
///
/// # Errors
/// When embedding or clustering fails, or is cancelled through `progress`.
pub fn rerun_masked(
    (study, figures, partition): (&Study, &Figures, &Partition),
    masks: &[Mask],
    taken: MaskTarget,
    embedder: &dyn Embedder,
    progress: &Progress,
    on_stage: &dyn Fn(Stage),
) -> Result<Masked, PipelineError> {
    let corpus = &study.corpus;
    let masked: Vec<String> = corpus.samples.par_iter().map(|s| mask(&s.text, masks)).collect();
    let changed = masked.iter().zip(&corpus.samples).filter(|(m, s)| **m != s.text).count();
    let given = (taken == MaskTarget::Vectors).then(|| {
        let groups: Vec<Vec<SampleIx>> = masks.iter().map(|m| holding(corpus, m)).collect();
        let stance = study.stance.as_ref().map(|s| project_out(s, &groups));
        let coverage = vec![1.0; corpus.len()];
        Embedded { vectors: project_out(&study.vectors, &groups), coverage, stance }
    });
    let options = AnalysisOptions {
        cluster: ClusterOptions { clusters: Some(partition.clusters().count()), seed: study.seed() },
        view: study.view(),
        rounds: study.has_rounds(),
        contrast: figures.contrast.clone(),
        given,
        // The texts are the same.
        relevance: study.relevance.clone().filter(|_| taken == MaskTarget::Vectors),
        // Of vectors without a direction there are no sentences.
        sentences: study.looks_at_sentences() && taken == MaskTarget::Texts,
    };
    let before = differences(figures, partition);
    let (study, partition, coverage) =
        analyse(corpus.with_texts(masked), embedder, &options, progress, &mut Timings::default(), on_stage)?;
    let figures = study.figures(&partition, embedder, &mut FigureCache::default());
    let after = differences(&figures, &partition);
    let wording: Vec<String> = masks.iter().map(Mask::describe).collect();
    let left = MaskingReport::of(wording.join(", "), taken, changed, &before, &after);
    Ok(Masked { left, study, coverage, figures })
}

/// The texts that hold some wording.
fn holding(corpus: &Corpus, m: &Mask) -> Vec<SampleIx> {
    let held = |s: &str| m.take_from(s) != s;
    (0..corpus.len() as u32).into_par_iter().filter(|&i| held(&corpus.samples[i as usize].text)).collect()
}

/// A difference, to be found again.
struct Tracked {
    title: String,
    toward: u8,
    members: HashSet<SampleIx>,
    /// Whether its texts have been grouped by meaning; else the title says what they share.
    grouped: bool,
    wording: bool,
    follows: bool,
    p: f64,
}

/// As the list of differences has them.
fn differences(figures: &Figures, partition: &Partition) -> Vec<Tracked> {
    // Without its number, which it has in one of the two runs only.
    let label = |id| {
        let figures = figures.clusters.iter().find(|f| f.id == id);
        partition.get(id).map_or_else(String::new, |c| shown_label(c, figures).0)
    };
    let kind = |f: &Finding| if f.channel == Channel::Region { "region " } else { "" };
    let finding = |f: &Finding| Tracked {
        title: format!("{}{}", kind(f), f.title(partition, label)),
        toward: f.toward,
        grouped: f.channel == Channel::Region,
        members: f.members.iter().copied().collect(),
        wording: Mask::of(f).is_some() || f.wording.is_some(),
        follows: false,
        p: f.p,
    };
    let cluster = |id: ClusterId| {
        let f = figures.clusters.iter().find(|f| f.id == id)?;
        Some(Tracked {
            title: format!("cluster {}", shown_label(partition.get(id)?, Some(f)).0),
            toward: u8::from(f.odds.is_some_and(|o| o.value > 0.0)),
            members: partition.members(id).iter().copied().collect(),
            grouped: true,
            wording: false,
            follows: false,
            p: f.q?,
        })
    };
    let rows = figures.differences(partition).into_iter();
    rows.filter_map(|row| {
        let found = match row.what {
            Row::Finding(i) => figures.hotspots.findings.get(i).map(finding),
            Row::Cluster(id) => cluster(id),
        };
        Some(Tracked { follows: row.follows, ..found? })
    })
    .collect()
}

fn same(a: &Tracked, b: &Tracked) -> bool {
    let both = a.members.intersection(&b.members).count() as f64;
    let (n, m) = (a.members.len(), b.members.len());
    let alike = both >= SAME[0] * n.min(m) as f64 && both >= SAME[1] * n.max(m) as f64;
    a.toward == b.toward && a.grouped == b.grouped && if a.grouped { alike } else { a.title == b.title }
}

impl MaskingReport {
    fn of(wording: String, taken: MaskTarget, changed: usize, before: &[Tracked], after: &[Tracked]) -> Self {
        let fate = |b: &Tracked| Survival {
            title: b.title.clone(),
            wording: b.wording,
            follows: b.follows,
            p: b.p,
            after: after.iter().filter(|a| same(a, b)).map(|a| a.p).min_by(f64::total_cmp),
        };
        let is_new = |a: &&Tracked| !a.follows && !before.iter().any(|b| same(a, b));
        Self {
            wording,
            taken,
            changed,
            before: before.iter().map(fate).collect(),
            new: after.iter().filter(is_new).map(|a| (a.title.clone(), a.p)).collect(),
            after: after.iter().filter(|a| !a.follows).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(title: &str, toward: u8, members: std::ops::Range<u32>, grouped: bool) -> Tracked {
        Tracked {
            title: title.into(),
            toward,
            members: members.collect(),
            grouped,
            wording: !grouped,
            follows: false,
            p: 0.01,
        }
    }

    #[test]
    fn differences_are_found_again_by_their_texts_or_their_name() {
        let before = [
            difference("cluster boats", 1, 0..40, true),
            difference("cluster bread", 0, 40..80, true),
            difference("says “certainly”", 1, 0..60, false),
        ];
        let after = [
            Tracked { p: 0.02, ..difference("cluster ferries", 1, 5..45, true) },
            difference("cluster loaves", 1, 40..80, true),
            difference("says “of course”", 1, 0..60, false),
        ];
        let left = MaskingReport::of("“certainly”".into(), MaskTarget::Texts, 3, &before, &after);
        let after: Vec<Option<f64>> = left.before.iter().map(|f| f.after).collect();
        assert_eq!(after, [Some(0.02), None, None], "the second leans the other way, the third is another phrase");
        let new: Vec<&str> = left.new.iter().map(|(t, _)| t.as_str()).collect();
        assert_eq!(new, ["cluster loaves", "says “of course”"]);
        assert_eq!(left.count(), "Differences before: 3; after: 3; surviving: 1");
    }

    #[test]
    fn differences_are_counted_as_their_list_counts_them() {
        let follower = |d: Tracked| Tracked { follows: true, ..d };
        let before = [
            difference("answers that decline", 1, 0..40, false),
            follower(difference("opens with “i'm sorry”", 1, 0..38, false)),
            follower(difference("cluster refusals", 1, 0..44, true)),
            difference("cluster bread", 0, 40..80, true),
        ];
        let after =
            [difference("cluster decline", 1, 0..44, true), follower(difference("says “sorry”", 1, 0..44, false))];
        let left = MaskingReport::of("“i'm sorry”".into(), MaskTarget::Texts, 38, &before, &after);
        assert_eq!(left.count(), "Differences before: 2; after: 1; surviving: 1");
        assert_eq!(left.new, [], "what holds the texts of a difference that was there is not new");
    }
}
