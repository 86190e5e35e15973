//! The differences of a report in words, each with quotations.

use super::page::Block;
use super::shown_label;
use super::story::{Story, odds_in_words};
use crate::compare::{Channel, Finding, Sought, Trait, followed};
use crate::model::{ClusterId, SampleIx, Target};
use crate::text::small;

/// Quotations of a finding.
const QUOTES: usize = 3;
/// Differences told at length.
const TOLD: usize = 30;

impl Story<'_> {
    /// Findings, one heading for all that hold much the same texts, and clusters whose shares differ.
    pub(super) fn differences(&self, out: &mut Vec<Block>) {
        let Some(names) = self.sides() else { return };
        out.push(Block::Heading(2, "Differences, the strongest first".into()));
        let findings = &self.figures.hotspots.findings;
        if findings.is_empty() {
            let none = match self.figures.unreadable {
                Some(_) => {
                    "Regions were not tested, because the texts are unreadable; no word or trait passed the threshold."
                }
                None => "None without clusters passed the threshold (family-wise error 5 %).",
            };
            out.push(Block::Text(none.into()));
        }
        let mut changed: Vec<_> = self.figures.clusters.iter().filter(|f| f.differs()).collect();
        changed.sort_by(|a, b| a.q.unwrap_or(1.0).total_cmp(&b.q.unwrap_or(1.0)).then(a.id.cmp(&b.id)));
        let members = changed.iter().map(|f| self.partition.members(f.id));
        let alike = followed(findings.iter().map(|f| f.members.as_slice()).chain(members));
        // One number for all that holds much the same texts.
        let counts = |i: &usize| self.mark(&Target::Finding(findings[*i].key())).dismissed.is_none();
        let told: Vec<usize> = (0..findings.len()).filter(|&i| findings[i].follows.is_none()).filter(counts).collect();
        for (n, &i) in told.iter().take(TOLD).enumerate() {
            let f = &findings[i];
            let (title, how) = self.finding_in_words(f);
            out.push(Block::Heading(3, format!("{}. {title}", n + 1)));
            out.push(Block::Text(format!("{how} {}", self.counts_in_words(f, &names))));
            self.noted(&Target::Finding(f.key()), out);
            self.verdicts(&Target::Finding(f.key()), out);
            for (_, f) in findings.iter().enumerate().filter(|(n, f)| f.follows == Some(i) && counts(n)) {
                let (title, how) = self.finding_in_words(f);
                out.push(Block::Text(format!(
                    "Much the same texts: {title}. {how} {}",
                    self.counts_in_words(f, &names)
                )));
                self.verdicts(&Target::Finding(f.key()), out);
            }
            let sought = Sought::of_finding(f);
            self.quotes(&f.members, usize::from(f.toward), (f.channel != Channel::Region, sought.as_ref()), out);
        }
        if told.len() > TOLD {
            out.push(Block::Text(format!(
                "And {} weaker differences; the session holds all of them.",
                told.len() - TOLD
            )));
        }
        out.push(Block::Heading(2, "Clusters whose shares differ".into()));
        if changed.is_empty() {
            let tested = self.figures.clusters.iter().any(|f| f.q.is_some());
            out.push(Block::Text(if tested { "None at q below 0.05." } else { "None was tested." }.into()));
        }
        let rows = changed.into_iter().zip(&alike[findings.len()..]);
        let rows = rows.filter(|(f, _)| self.mark(&Target::Cluster(f.id)).dismissed.is_none());
        for (f, leader) in rows.take(TOLD) {
            let Some(c) = self.partition.get(f.id) else { continue };
            out.push(Block::Heading(3, format!("#{} {}", f.id, shown_label(c, Some(f)).0)));
            let toward = usize::from(f.odds.is_some_and(|o| o.value > 0.0));
            let odds = f.odds.map_or_else(String::new, |o| format!(" {}.", odds_in_words(&o)));
            let q = small(f.q.unwrap_or(1.0));
            out.push(Block::Text(format!("{}.{odds} q {q}.", self.rates(f.sides, &names))));
            if let Some(n) = leader.and_then(|l| told.iter().position(|&t| t == l)) {
                out.push(Block::Text(format!("Much the same texts as difference {}.", n + 1)));
            }
            if let Some(note) = &c.note {
                out.push(Block::Text(format!("Note: {note}")));
            }
            self.verdicts(&Target::Cluster(f.id), out);
            for remark in self.remarks(f.id) {
                out.push(Block::Text(crate::text::sentence(&remark)));
            }
            self.quotes(&f.exemplars, toward, (false, None), out);
        }
        self.dismissed(&names, out);
    }

    /// What a person set aside, with the reasons, and how many marks have lost their difference.
    fn dismissed(&self, names: &[String; 2], out: &mut Vec<Block>) {
        let findings = self.figures.hotspots.findings.iter().map(|f| (Target::Finding(f.key()), f.counts));
        let clusters = self.partition.clusters().filter_map(|c| {
            let f = self.figures.clusters.iter().find(|f| f.id == c.id)?;
            Some((Target::Cluster(c.id), f.sides))
        });
        let items: Vec<String> = findings
            .chain(clusters)
            .filter_map(|(target, counts)| {
                let why = self.mark(&target).dismissed?;
                Some(format!("{} ({}). Reason: {why}", self.name_of(&target), self.rates(counts, names)))
            })
            .collect();
        if !items.is_empty() {
            out.push(Block::Heading(2, "Dismissed differences".into()));
            out.push(Block::List(items));
        }
        match self.figures.lost_marks(self.partition).count() {
            0 => {}
            1 => out.push(Block::Text("1 mark is on a difference that is not found any more.".into())),
            n => out.push(Block::Text(format!("{n} marks are on differences that are not found any more."))),
        }
    }

    pub(super) fn finding_in_words(&self, f: &Finding) -> (String, String) {
        let how = match (&f.channel, &f.wording) {
            (Channel::Words { wording: true, .. }, _) => "Wording, in texts on many topics.".into(),
            (Channel::Words { .. }, _) => "A word or phrase.".into(),
            (Channel::Trait(Trait::OffPrompt), _) => {
                "The answers whose meaning is farthest from that of their prompts.".into()
            }
            (Channel::Trait(_), _) => "A trait of the texts themselves.".into(),
            (Channel::Language(_), _) => "The language of whole answers.".into(),
            (Channel::Tone(_) | Channel::ToneAtEnd { .. }, _) => "Texts with a sentence of one tone.".into(),
            (Channel::Stance, _) => {
                "Texts of one cluster that take the same side; the sides were found without the models.".into()
            }
            (Channel::Sentence, _) => "Sentences alike in meaning, in texts that may share nothing else.".into(),
            (Channel::Surface { .. }, _) => "Characters of the text, whatever it is about.".into(),
            (Channel::Rate { .. }, _) => "A quantity of the text, whatever it is about.".into(),
            (Channel::Region, Some(w)) => format!("A region of similar texts, confounded with {w}."),
            (Channel::Region, None) => "A region of similar texts, found without clusters.".into(),
        };
        (f.title(self.partition, |id| self.cluster_name(id)), how)
    }

    /// Number and label of a cluster.
    pub(super) fn cluster_name(&self, id: ClusterId) -> String {
        let figures = self.figures.clusters.iter().find(|f| f.id == id);
        let label = self.partition.get(id).map_or_else(String::new, |c| shown_label(c, figures).0);
        format!("#{id} {label}")
    }

    /// Texts of the side that has more, and the other side's answer to the prompt of the first. `spread` takes them from
    /// all over the list, for findings whose texts are in no order of strength; `sought` is lit in them.
    pub(super) fn quotes(
        &self,
        members: &[SampleIx],
        toward: usize,
        (spread, sought): (bool, Option<&Sought>),
        out: &mut Vec<Block>,
    ) {
        let Some(contrast) = &self.figures.contrast else { return };
        let side = |s: SampleIx| contrast.side(self.corpus.samples[s as usize].source);
        let own: Vec<SampleIx> = members.iter().copied().filter(|&s| side(s) == Some(toward)).collect();
        let step = if spread { own.len().div_ceil(QUOTES).max(1) } else { 1 };
        for (n, &s) in own.iter().step_by(step).take(QUOTES).enumerate() {
            out.push(self.quote(s, toward, sought));
            let prompt = self.corpus.samples[s as usize].prompt;
            if n == 0
                && prompt.is_some()
                && let Some(other) = (0..self.corpus.len() as u32)
                    .find(|&o| self.corpus.samples[o as usize].prompt == prompt && side(o) == Some(1 - toward))
            {
                out.push(self.quote(other, 1 - toward, None));
            }
        }
    }

    fn quote(&self, s: SampleIx, side: usize, sought: Option<&Sought>) -> Block {
        let sample = &self.corpus.samples[s as usize];
        let model = self.corpus.sources.get(sample.source.ix()).map_or("?", |m| m.name.as_str());
        Block::Quote {
            side,
            who: format!("{model} · {}", sample.id),
            prompt: self.corpus.prompt_of(sample).map(str::to_owned),
            text: sample.text.clone(),
            sought: sought.map(|q| q.only(s)),
        }
    }

    /// Which share of each side's texts a finding holds, and how surely that is no chance.
    fn counts_in_words(&self, f: &Finding, names: &[String; 2]) -> String {
        let size = f.interval().map_or_else(String::new, |ci| {
            let [left, right] = f.size.rates.map(|r| 100.0 * r);
            let [low, high] = ci.map(|v| 100.0 * v);
            let said = format!(
                " Corrected for selection: {left:.1} → {right:.1} %, {:+.1} points (95 % CI {low:.1} to {high:.1}).",
                right - left
            );
            said.replace('-', "−")
        });
        format!("{}.{size} p {} over everything tested.", self.rates(f.counts, names), small(f.p))
    }
}
