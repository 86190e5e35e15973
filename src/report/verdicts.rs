//! What people and language models judged, for the report.

use super::builder::ReportBuilder;
use super::page::Block;
use crate::compare::Finding;
use crate::model::{ClusterId, DifferenceId, Mark, Opinion, Says, Target, fingerprint};
use crate::text::small;

impl ReportBuilder<'_> {
    /// The latest verdict that a model gave on a target.
    fn model_verdict(&self, target: &Target) -> Option<&Opinion> {
        self.opinions.iter().rev().find(|o| o.target == *target && matches!(o.says, Says::Verdict { .. }))
    }

    /// What a person noted of a difference.
    pub(super) fn mark(&self, target: &Target) -> Mark {
        let contrast = self.figures.contrast.clone();
        let id = contrast.map(|contrast| DifferenceId { target: target.clone(), contrast });
        id.map_or_else(Mark::default, |d| self.partition.mark(&d))
    }

    /// A person's note on a difference, and whether it was reviewed.
    pub(super) fn noted(&self, target: &Target, out: &mut Vec<Block>) {
        let mark = self.mark(target);
        if let Some(note) = &mark.note {
            out.push(Block::Text(format!("Note: {note}")));
        }
        if mark.reviewed {
            out.push(Block::Text("Reviewed.".into()));
        }
    }

    /// The verdicts on a difference: a person's above a model's, the model's with its reasons.
    pub(super) fn verdicts(&self, target: &Target, out: &mut Vec<Block>) {
        if let Some(v) = self.partition.verdict(target) {
            out.push(Block::Warning(format!("Judged by a person: {}.", v.name())));
        }
        let Some(o) = self.model_verdict(target) else { return };
        let Says::Verdict { verdict, reasons, votes } = &o.says else { return };
        let id = |s: &u32| self.corpus.samples.get(*s as usize).map_or("?", |s| s.id.as_str());
        let reasons: Vec<String> = reasons
            .iter()
            .map(|r| format!("{} ({})", r.text, r.cites.iter().map(id).collect::<Vec<_>>().join(", ")))
            .collect();
        let agreed = votes
            .filter(|v| v.runs > 1)
            .map_or_else(String::new, |v| format!(" ({} of {} runs agree)", v.agreed, v.runs));
        out.push(Block::Text(format!("Judged by {}: {}{agreed}. {}", o.model, verdict.name(), reasons.join(" "))));
    }

    /// The ranked summary of all verdicts, and what was meant.
    pub(super) fn judged(&self, out: &mut Vec<Block>) {
        if let Some(intent) = self.intent {
            out.push(Block::Heading(2, "What the fine-tuning was meant to do".into()));
            out.push(Block::Text(intent.to_owned()));
        }
        let Some(o) = self.opinions.iter().rev().find(|o| matches!(o.says, Says::Summary { .. })) else { return };
        let Says::Summary { overview, ranked } = &o.says else { return };
        out.push(Block::Heading(2, "Summed up by a language model".into()));
        out.push(Block::Text(overview.clone()));
        let items = ranked.iter().enumerate().map(|(i, (target, why))| {
            let verdict =
                self.partition.verdict(target).map_or_else(String::new, |v| format!(" [a person: {}]", v.name()));
            format!("{}. {}{verdict}: {why}", i + 1, self.name_of(target))
        });
        out.push(Block::List(items.collect()));
        out.push(Block::Text(format!(
            "{}, prompt {}. The model computed none of the numbers in this report.",
            o.model, o.prompt
        )));
        if let Some((judged, found)) = self.opinions.iter().rev().find_map(|b| match b.says {
            Says::Blank { judged, found } if b.model == o.model => Some((judged, found)),
            _ => None,
        }) {
            out.push(Block::Text(format!(
                "With the models’ labels shuffled, so that nothing differs, this judge found something in {found} of {judged}."
            )));
        }
    }

    /// What a model said of a cluster besides names and verdicts, in one line each; opinions of older members are left out.
    pub(super) fn remarks(&self, id: ClusterId) -> Vec<String> {
        let now = fingerprint(self.partition.members(id));
        let mut out = Vec::new();
        let together = crate::llm::scans_together(self.opinions);
        for o in self.opinions.iter().filter(|o| o.target == Target::Cluster(id) && o.members == now) {
            match &o.says {
                Says::Check { blind, .. } if blind.is_one_sided() => out.push(format!(
                    "blind check by {}: no evidence, since it said yes to {} of {} texts, members and outsiders alike",
                    o.model,
                    blind.called(),
                    blind.judged()
                )),
                Says::Describe { description, .. } => {
                    out.push(format!("in one sentence: {description} ({})", o.model));
                }
                Says::Scan { claim: Some(c), .. } => {
                    let void = self.figures.not_tested(self.partition, id);
                    let all = together.get(&o.id).filter(|_| void.is_none());
                    let all = all.map_or_else(String::new, |p| format!(", {} for all clusters scanned", small(*p)));
                    let p = void.map_or_else(|| format!("p {}", small(c.p)), str::to_owned);
                    let (here, there) = (usize::from(c.toward), 1 - usize::from(c.toward));
                    let who = if c.toward == 1 { "the fine-tune" } else { "the precursor" };
                    out.push(format!(
                        "claimed by {who}: {} ({} of {} held-out texts of it say so, {} of {} of the other; {p}{all}; {})",
                        c.text, c.made[here], c.of[here], c.made[there], c.of[there], o.model
                    ));
                }
                Says::Check { blind, ci, .. } => out.push(format!(
                    "blind check by {}: balanced accuracy {:.2} ({:.2} to {:.2})",
                    o.model,
                    blind.balanced(),
                    ci[0],
                    ci[1]
                )),
                Says::Contrast { description, blind, p, .. } => {
                    let void = self.figures.not_tested(self.partition, id).map(str::to_owned);
                    out.push(format!(
                        "what separates the models: {description} ({} of {} held-out pairs right, {}; {})",
                        blind.right,
                        blind.decided,
                        void.unwrap_or_else(|| format!("p {}", small(*p))),
                        o.model
                    ));
                }
                _ => {}
            }
        }
        out
    }

    pub(super) fn name_of(&self, target: &Target) -> String {
        match target {
            Target::Cluster(id) => self.cluster_name(*id),
            Target::Finding(key) => {
                let found = self.figures.hotspots.findings.iter().find(|f| f.id() == *key);
                let more = |f: &Finding| if f.toward == 1 { "more" } else { "less" };
                found.map_or_else(|| key.to_string(), |f| format!("{} ({})", self.finding_in_words(f).0, more(f)))
            }
            Target::Theme(id) => self.partition.theme(*id).map_or_else(|| target.to_string(), |t| t.name.clone()),
            Target::Run => target.to_string(),
        }
    }
}
