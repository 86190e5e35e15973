//! Questions that judge differences by what the fine-tuning was meant to do.

use std::collections::BTreeMap;

use super::{ASKED, Asking, JUDGED, LONG};
use crate::compare::{Channel, Finding, exemplars};
use crate::llm::{Excerpt, Question, Ranked};
use crate::model::{ClusterId, Opinion, Says, Target, ThemeId, fingerprint};
use crate::text::small;

impl Asking<'_> {
    fn intent(&self) -> Result<String, String> {
        let given = self.intent.map(str::trim).filter(|i| !i.is_empty());
        given.map(str::to_owned).ok_or_else(|| "say first what the fine-tuning was meant to do (--intent)".into())
    }

    pub(super) fn verdict(&self, target: &Target) -> Result<(u64, Question), String> {
        let intent = self.intent()?;
        let (members, difference, ranked) = match target {
            Target::Cluster(id) => {
                let members = self.partition.members(*id);
                (
                    fingerprint(members),
                    self.cluster_in_words(*id)?,
                    exemplars(&self.study.vectors, members, members.len()),
                )
            }
            Target::Finding(key) => {
                let f = self.finding(key).ok_or("this difference is not found any more")?;
                (fingerprint(&f.members), self.finding_in_words(f), f.members.clone())
            }
            Target::Theme(id) => {
                let theme = self.partition.theme(*id).ok_or("this theme is gone")?;
                (fingerprint(&theme.members), self.theme_in_words(*id, &theme.name), theme.members.clone())
            }
            Target::Run => return Err("a verdict is on a cluster or a finding".into()),
        };
        let sides = self.sides(&ranked)?;
        // What was asked for decides much: a refusal of harm, or of help.
        let [left, right] = sides.map(|s| -> Vec<Excerpt> {
            s.iter().take(JUDGED).map(|&s| Excerpt::of(s, self.text(s), LONG).to(self.prompt(s), ASKED)).collect()
        });
        if left.len() + right.len() == 0 {
            return Err("there are no texts of these models in it".into());
        }
        Ok((members, Question::Verdict { intent, difference, left, right }))
    }

    fn finding(&self, key: &str) -> Option<&Finding> {
        self.figures.hotspots.findings.iter().find(|f| f.key() == key)
    }

    fn cluster_in_words(&self, id: ClusterId) -> Result<String, String> {
        let f = self.figures.clusters.iter().find(|f| f.id == id).ok_or("its figures are not there yet")?;
        let label = self.shown_label(id);
        let odds = f.odds.map_or_else(String::new, |o| {
            if !o.is_estimable() {
                return "; too few texts for an odds ratio".into();
            }
            let (value, low, high) = (o.value.exp(), o.ci[0].exp(), o.ci[1].exp());
            format!("; odds ratio {value:.2} (95 % CI {low:.2} to {high:.2})")
        });
        let not_tested = self.figures.not_tested(self.partition, id).map_or_else(String::new, |why| format!("; {why}"));
        let q = f.q.map_or(not_tested, |q| format!("; q {}", small(q)));
        Ok(format!(
            "A cluster of texts labelled “{label}”: {} texts of the precursor and {} of the fine-tuned model{odds}{q}.",
            f.sides[0], f.sides[1]
        ))
    }

    fn theme_in_words(&self, id: ThemeId, name: &str) -> String {
        let f = self.figures.themes.iter().find(|f| f.id == id);
        let counts = f.map_or_else(String::new, |f| {
            let void = self.partition.theme(id).and_then(|t| t.void());
            let void = void.map_or_else(String::new, |v| format!("; {}", v.describe()));
            let p = f.p.map_or(void, |p| format!("; p {}", small(p)));
            format!(": {} texts of the precursor and {} of the fine-tuned model{p}", f.sides[0], f.sides[1])
        });
        format!("Texts that a person gathered under the name “{name}”{counts}.")
    }

    fn finding_in_words(&self, f: &Finding) -> String {
        let what = match &f.channel {
            Channel::Words { term, .. } => format!("The words “{term}”"),
            Channel::Trait(t) => format!("A trait of the text itself: {}", t.describe()),
            Channel::Surface { .. }
            | Channel::Rate { .. }
            | Channel::Tone(_)
            | Channel::ToneAtEnd { .. }
            | Channel::Language(_) => {
                format!("A trait of the text itself: {}", f.channel.describe().unwrap_or_default())
            }
            Channel::Region | Channel::Sentence | Channel::Stance => {
                format!("Texts of like meaning ({})", self.study.terms(&f.members).label())
            }
        };
        let more = if f.toward == 1 { "the fine-tuned model" } else { "the precursor" };
        format!(
            "{what}: in {} texts of the precursor and {} of the fine-tuned model, more often of {more}; p {:.4}.",
            f.counts[0], f.counts[1], f.p
        )
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
            let Says::Verdict { verdict, reasons } = &o.says else { continue };
            let difference = match target {
                Target::Cluster(id) if self.partition.get(*id).is_some() => self.cluster_in_words(*id).ok(),
                Target::Finding(key) => self.finding(key).map(|f| self.finding_in_words(f)),
                Target::Theme(id) => self.partition.theme(*id).map(|t| self.theme_in_words(*id, &t.name)),
                _ => None,
            };
            let Some(difference) = difference else { continue };
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
