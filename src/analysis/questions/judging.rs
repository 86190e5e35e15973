//! Questions that judge differences by what the fine-tuning was meant to do.

use std::collections::BTreeMap;

use super::Asking;
use crate::compare::{Channel, Finding};
use crate::llm::{BlankTrial, Evidence, Question, Ranked};
use crate::model::{ClusterId, FindingId, Job, Opinion, SampleIx, Says, SourceId, Target, ThemeId};
use crate::text::small;

/// Differences judged under shuffled labels.
const BLANK_TRIALS: usize = 8;

impl Asking<'_> {
    fn intent(&self) -> Result<String, String> {
        let given = self.intent.map(str::trim).filter(|i| !i.is_empty());
        given.map(str::to_owned).ok_or_else(|| "say first what the fine-tuning was meant to do (--intent)".into())
    }

    pub(super) fn verdict(&self, target: &Target) -> Result<(u64, Question), String> {
        let intent = self.intent()?;
        let about = self.about(target)?;
        if about.members.is_empty() {
            return Err("there are no texts of these models in it".into());
        }
        let mut rng = self.rng_of(about.fingerprint, Job::Verdict);
        // What was asked for decides much: a refusal of harm, or of help.
        let mut runs: Vec<Evidence> = Vec::new();
        for run in 0..self.votes {
            let evidence = self.evidence(&about, run, &mut rng, &|s| self.side(s));
            // The same texts in the same order would get the same answer, and look like agreement.
            if !runs.contains(&evidence) {
                runs.push(evidence);
            }
        }
        Ok((about.fingerprint, Question::Verdict { intent, difference: about.difference, runs }))
    }

    /// The strongest differences, each under shuffled labels of the models.
    pub(super) fn blank(&self) -> Result<Question, String> {
        let intent = self.intent()?;
        let listed = self.figures.differences(self.partition);
        let found = listed.into_iter().filter(|d| !d.follows).filter_map(|d| self.figures.target(d.what));
        let mut targets: Vec<Target> = found.take(BLANK_TRIALS).collect();
        // Where little differs, clusters do as well: nothing differs after the shuffle.
        let clusters = self.partition.clusters().map(|c| Target::Cluster(c.id));
        targets.extend(clusters.take(BLANK_TRIALS - targets.len()));
        let mut rng = self.rng_of(0, Job::Blank);
        let mut trials = Vec::new();
        for target in &targets {
            let sides = self.shuffled_sides(&mut rng);
            let side = |s: SampleIx| sides.get(&s).copied();
            let about = self.about_by(target, &side)?;
            if !about.members.is_empty() {
                let evidence = self.evidence(&about, 0, &mut rng, &side);
                trials.push(BlankTrial { difference: about.difference, evidence });
            }
        }
        if trials.is_empty() {
            return Err("there are no texts of two models to shuffle".into());
        }
        Ok(Question::Blank { intent, trials })
    }

    pub(super) fn finding(&self, id: &FindingId) -> Option<&Finding> {
        self.figures.hotspots.findings.iter().find(|f| f.id() == *id)
    }

    /// “12 of 400 texts of the precursor and 90 of 400 of the fine-tuned model”.
    fn counts_in_words(&self, counts: [u32; 2]) -> String {
        let totals = self.totals();
        format!(
            "{} of {} texts of the precursor and {} of {} texts of the fine-tuned model",
            counts[0], totals[0], counts[1], totals[1]
        )
    }

    /// Texts of each side in the whole run.
    fn totals(&self) -> [usize; 2] {
        let mut n = [0, 0];
        for (i, source) in self.study.corpus.sources.iter().enumerate() {
            let side = self.figures.contrast.as_ref().and_then(|c| c.side(SourceId(i as u16)));
            if let Some(side) = side {
                n[side] += source.samples;
            }
        }
        n
    }

    pub(super) fn cluster_in_words(&self, id: ClusterId, counts: [u32; 2]) -> Result<String, String> {
        let f = self.figures.clusters.iter().find(|f| f.id == id).ok_or("its figures are not there yet")?;
        let label = self.shown_label(id);
        // What the test said, or why there is none, holds for the models' own labels alone.
        let own = f.sides == counts;
        let not_tested = self.figures.not_tested(self.partition, id).map_or_else(String::new, |why| format!("; {why}"));
        let q = f.q.map_or(not_tested, |q| format!("; q {}", small(q)));
        let q = if own { q } else { String::new() };
        Ok(format!("A cluster of texts labelled “{label}” holds {}{q}.", self.counts_in_words(counts)))
    }

    pub(super) fn theme_in_words(&self, id: ThemeId, name: &str, counts: [u32; 2]) -> String {
        let p = self.figures.themes.iter().find(|f| f.id == id).filter(|f| f.sides == counts).map(|f| {
            let void = self.partition.theme(id).and_then(|t| t.void());
            let void = void.map_or_else(String::new, |v| format!("; {}", v.describe()));
            f.p.map_or(void, |p| format!("; p {}", small(p)))
        });
        let p = p.unwrap_or_default();
        format!("Texts that a person gathered under the name “{name}”: {}{p}.", self.counts_in_words(counts))
    }

    pub(super) fn finding_in_words(&self, f: &Finding, counts: [u32; 2]) -> String {
        let what = match &f.channel {
            Channel::Region | Channel::Stance => {
                format!("Texts of like meaning ({})", self.study.terms(&f.members).label())
            }
            Channel::Sentence => format!("Texts with a sentence of like meaning ({})", f.terms.join(" ")),
            Channel::Words { .. } => format!("A text that {}", f.channel.describe().unwrap_or_default()),
            Channel::Trait(_)
            | Channel::Surface { .. }
            | Channel::Rate { .. }
            | Channel::Tone(_)
            | Channel::ToneAtEnd { .. }
            | Channel::Language(_) => {
                format!("A trait of the text itself: {}", f.channel.describe().unwrap_or_default())
            }
        };
        let p = if f.counts == counts { format!("; p {}", small(f.p)) } else { String::new() };
        format!("{what}: {}{p}.", self.counts_in_words(counts))
    }

    /// The latest verdict on each difference that still stands.
    pub(super) fn summary(&self) -> Result<Question, String> {
        let intent = self.intent()?;
        let mut latest: BTreeMap<&Target, &Opinion> = BTreeMap::new();
        for o in self.opinions.iter().filter(|o| matches!(o.says, Says::Verdict { .. })) {
            latest.insert(&o.target, o);
        }
        let mut differences = Vec::new();
        for (target, o) in latest {
            let Says::Verdict { verdict, reasons, .. } = &o.says else { continue };
            // What is gone is summed up no more.
            let gone = matches!(target, Target::Cluster(id) if self.partition.get(*id).is_none());
            let Some(about) = self.about(target).ok().filter(|_| !gone) else { continue };
            let difference = about.difference;
            differences.push(Ranked {
                target: target.clone(),
                difference,
                verdict: *verdict,
                reason: reasons.first().map(|r| r.text.clone()).unwrap_or_default(),
                human: self.partition.verdict(target),
            });
        }
        if differences.is_empty() {
            return Err("there are no verdicts to sum up yet; ask for verdicts first".into());
        }
        Ok(Question::Summary { intent, differences })
    }
}
