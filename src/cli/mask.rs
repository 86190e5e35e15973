//! `gander mask`: which differences are left when the wording is taken out.

use std::collections::HashSet;

use rayon::prelude::*;

use super::CliError;
use super::args::MaskArgs;
use super::curated::Curated;
use super::output::{note, print};
use crate::cluster::ClusterOptions;
use crate::compare::Channel;
use crate::embed::{Embedded, Progress};
use crate::jobs::{AnalysisOptions, Computed, FigureCache, Figures, Timings, analyse, study_session};
use crate::model::{Corpus, Partition, SampleIx};
use crate::report::shown_label;
use crate::session::{Access, Session, SessionMeta};
use crate::text::Clean;
use crate::trust::{Mask, mask, project_out};

/// Largest q of a cluster told as a difference.
const LISTED: f64 = 0.05;
/// Shares of the smaller and of the larger of two groups of texts that both hold, from which they are the same.
const SAME: [f64; 2] = [0.5, 0.25];

/// A difference, to be found again.
struct Difference {
    title: String,
    toward: u8,
    members: HashSet<SampleIx>,
    /// Whether its texts have been grouped by meaning; else the title says what they share.
    grouped: bool,
    wording: bool,
    p: f64,
}

pub(super) fn run(args: &MaskArgs) -> Result<(), CliError> {
    let mut c = Curated::open(&args.session, Access::ReadOnly)?;
    c.refresh()?;
    let mut masks: Vec<Mask> = args.phrase.iter().map(|p| Mask::Phrase(p.trim().to_lowercase())).collect();
    if masks.is_empty() {
        for m in c.figures.hotspots.findings.iter().filter_map(Mask::of) {
            if !masks.contains(&m) {
                masks.push(m);
            }
        }
    }
    if masks.is_empty() {
        return Err(CliError::Usage(format!(
            "{}: no wording was found that one model uses more; name some with --phrase \"I hope this helps\"",
            args.session.display()
        )));
    }
    let Some(study) = study_session(&c.session, c.figures.contrast.clone())? else {
        return Err(CliError::Usage(format!("{}: open it once in the explorer", args.session.display())));
    };
    let corpus = study.corpus;
    let masked: Vec<String> = corpus.samples.par_iter().map(|s| mask(&s.text, &masks)).collect();
    let changed = masked.iter().zip(&corpus.samples).filter(|(m, s)| **m != s.text).count();
    let embedder = super::embedder::make_for_session(c.meta.max_windows, c.meta.embedder.as_deref())?;
    let given = if args.project {
        let groups: Vec<Vec<SampleIx>> = masks.iter().map(|m| holding(&corpus, m)).collect();
        let stance = study.stance.as_ref().map(|s| project_out(s, &groups));
        let coverage = vec![1.0; corpus.len()];
        Some(Embedded { vectors: project_out(&study.vectors, &groups), coverage, stance })
    } else {
        let texts: Vec<&str> = masked.iter().map(String::as_str).collect();
        Some(embedder.embed(&texts, &Progress::default())?)
    };
    let options = AnalysisOptions {
        cluster: ClusterOptions { clusters: c.meta.clusters, seed: c.meta.seed },
        view: c.meta.view,
        rounds: c.meta.rounds,
        contrast: c.figures.contrast.clone(),
        given,
    };
    let before = differences(&c.figures, &c.partition);
    // The texts of the study are the masked ones, so that words are counted without the wording; the session keeps both
    // models' texts as they were written.
    let mut silent = corpus.clone();
    silent.samples.iter_mut().zip(masked).for_each(|(s, m)| s.text = m);
    let (study, partition, coverage) =
        analyse(silent, &*embedder, &options, &Progress::default(), &mut Timings::default(), &|_| {})?;
    let figures = study.figures(&partition, &*embedder, &mut FigureCache::default());
    let after = differences(&figures, &partition);
    let how: Vec<String> = masks.iter().map(Mask::describe).collect();
    let how = how.join(", ");
    let what = if args.project { "projected out of the vectors" } else { "taken out of the texts" };
    print(&told(&how, what, changed, &before, &after))?;
    if let Some(path) = &args.output {
        let notices = vec![format!("Clusters and regions are made without this wording ({what}): {how}.")];
        let meta = SessionMeta { notices, ..c.meta.clone() };
        let mut session = Session::create(path, &corpus, &meta)?;
        Computed::of(&study, coverage, embedder.id(), figures).store(&mut session)?;
        note(&format!("written: {}", path.display()));
    }
    Ok(())
}

fn holding(corpus: &Corpus, m: &Mask) -> Vec<SampleIx> {
    let held = |s: &str| m.take_from(s) != s;
    (0..corpus.len() as u32).into_par_iter().filter(|&i| held(&corpus.samples[i as usize].text)).collect()
}

fn differences(figures: &Figures, partition: &Partition) -> Vec<Difference> {
    let mut out: Vec<Difference> = figures
        .hotspots
        .findings
        .iter()
        .map(|f| Difference {
            title: match &f.channel {
                Channel::Words { term, .. } => format!("says “{term}”"),
                Channel::Trait(t) => t.describe().to_owned(),
                Channel::Region => {
                    let most = f.members.iter().filter_map(|&s| partition.cluster_of(s)).fold(
                        std::collections::BTreeMap::<_, usize>::new(),
                        |mut n, c| {
                            *n.entry(c).or_default() += 1;
                            n
                        },
                    );
                    let id = most.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(**id))).map(|(id, _)| *id);
                    let figures = |id| figures.clusters.iter().find(|f| f.id == id);
                    let label = id.and_then(|id| partition.get(id).map(|c| shown_label(c, figures(id)).0));
                    format!("region in {}", label.unwrap_or_default())
                }
            },
            toward: f.toward,
            grouped: f.channel == Channel::Region,
            members: f.members.iter().copied().collect(),
            wording: Mask::of(f).is_some() || f.wording.is_some(),
            p: f.p,
        })
        .collect();
    for f in figures.clusters.iter().filter(|f| f.q.is_some_and(|q| q < LISTED)) {
        let Some(c) = partition.get(f.id) else { continue };
        out.push(Difference {
            title: format!("cluster {}", shown_label(c, Some(f)).0),
            toward: u8::from(f.odds.is_some_and(|o| o.value > 0.0)),
            members: partition.members(f.id).iter().copied().collect(),
            grouped: true,
            wording: false,
            p: f.q.unwrap_or(1.0),
        });
    }
    out
}

fn same(a: &Difference, b: &Difference) -> bool {
    let both = a.members.intersection(&b.members).count() as f64;
    let (n, m) = (a.members.len(), b.members.len());
    let alike = both >= SAME[0] * n.min(m) as f64 && both >= SAME[1] * n.max(m) as f64;
    a.toward == b.toward && a.grouped == b.grouped && if a.grouped { alike } else { a.title == b.title }
}

/// A p in six places.
fn short(p: f64) -> String {
    if p < 0.001 { "<0.001".into() } else { format!(" {p:.3}") }
}

fn told(how: &str, what: &str, changed: usize, before: &[Difference], after: &[Difference]) -> String {
    let mut out = format!("Wording {what}: {how}.\n{changed} texts hold some of it.\n\n");
    let survives = before.iter().filter(|b| after.iter().any(|a| same(a, b))).count();
    out.push_str(&format!("{} differences before, {} after; {survives} of them survive:\n", before.len(), after.len()));
    for b in before {
        let found = after.iter().filter(|a| same(a, b)).min_by(|x, y| x.p.total_cmp(&y.p));
        let fate = match found {
            Some(a) => format!("survives  p {} → {}", short(b.p), short(a.p)),
            None => format!("gone      p {}         ", short(b.p)),
        };
        let remark = if b.wording { "  (wording)" } else { "" };
        out.push_str(&format!("  {fate}  {}{remark}\n", b.title));
    }
    let new: Vec<&Difference> = after.iter().filter(|a| !before.iter().any(|b| same(a, b))).collect();
    if !new.is_empty() {
        out.push_str("\nSeen only without the wording:\n");
        for a in new {
            out.push_str(&format!("  p {}  {}\n", short(a.p), a.title));
        }
    }
    out.lines().map(|l| format!("{}\n", Clean::from_untrusted(l).as_str())).collect()
}
