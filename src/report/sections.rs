//! The differences of a report in words, each with quotations.

use super::builder::{Quotes, ReportBuilder, odds_in_words};
use super::page::Block;
use crate::analysis::shown_label;
use crate::compare::{Channel, Finding, MatchPattern, Trait, group_duplicates};
use crate::model::{ClusterId, SampleIx, Target};
use crate::text::{percent, small};

/// Findings in the table at the top, with a mark in the chart and quotations of both sides.
pub(super) const TOP: usize = 10;
/// Findings and clusters told at all.
const TOLD: usize = 30;
/// Findings about the same texts that are told with each.
const ALIKE: usize = 3;

impl ReportBuilder<'_> {
    /// The findings, one number for all that hold much the same texts, in the order of the screen; then the clusters whose
    /// shares differ, and what was dismissed.
    pub(super) fn differences(&self, out: &mut Vec<Block>) {
        let Some(names) = self.sides() else { return };
        let findings = &self.figures.hotspots.findings;
        // One number for all that holds much the same texts.
        let told: Vec<usize> =
            (0..findings.len()).filter(|&i| findings[i].follows.is_none() && self.counts(&findings[i])).collect();
        let shown: Vec<&Finding> = told.iter().take(TOP).map(|&i| &findings[i]).collect();
        out.push(Block::Heading(2, "Differences".into()));
        if shown.is_empty() {
            let none = match (self.figures.unreadable, findings.is_empty()) {
                (Some(_), true) => {
                    "Regions were not tested, because the texts are unreadable; no word or trait passed the threshold."
                }
                (None, true) => "No difference found without clusters passed the threshold (family-wise error 5 %).",
                (_, false) => "All differences found without clusters have been dismissed.",
            };
            out.push(Block::Text(none.into()));
        } else {
            self.glance(&shown, &names, out);
            self.by_slice(&told[..shown.len()], out);
        }
        for (n, &i) in told.iter().take(TOLD).enumerate() {
            if n == TOP {
                out.push(Block::Heading(2, "Further differences".into()));
            }
            self.finding(n, i, &names, out);
        }
        if told.len() > TOLD {
            let more = told.len() - TOLD;
            out.push(Block::Text(format!("And {more} weaker differences; the session holds all of them.")));
        }
        self.changed_clusters(&told, &names, out);
        self.dismissed(&names, out);
    }

    /// Whether a finding was not dismissed.
    fn counts(&self, f: &Finding) -> bool {
        self.mark(&Target::Finding(f.id())).dismissed.is_none()
    }

    /// The finding at `i`, the `n`-th that is told from 0, with those about much the same texts.
    fn finding(&self, n: usize, i: usize, names: &[String; 2], out: &mut Vec<Block>) {
        let f = &self.figures.hotspots.findings[i];
        let target = Target::Finding(f.id());
        let (title, how) = self.finding_in_words(f);
        out.push(Block::Numbered(n + 1, title));
        out.push(Block::Text(format!("{how} {}", self.counts_in_words(f, names))));
        if let Some(sliced) = self.slices.get(i) {
            let rates = sliced.in_words().join(", ");
            out.push(Block::Text(format!("By {}: {rates} ({}).", sliced.field, sliced.test_in_words())));
        }
        self.noted(&target, out);
        self.verdicts(&target, out);
        let all = self.figures.hotspots.findings.iter().filter(|f| f.follows == Some(i) && self.counts(f));
        let alike: Vec<&Finding> = all.collect();
        for f in alike.iter().take(ALIKE) {
            let (title, how) = self.finding_in_words(f);
            let said = format!("Much the same texts: {title}. {how} {}", self.counts_in_words(f, names));
            out.push(Block::Text(said));
            self.noted(&Target::Finding(f.id()), out);
            self.verdicts(&Target::Finding(f.id()), out);
        }
        match alike.len().saturating_sub(ALIKE) {
            0 => {}
            1 => out.push(Block::Text("And 1 more finding about these texts.".into())),
            more => out.push(Block::Text(format!("And {more} more findings about these texts."))),
        }
        let sought = MatchPattern::of_finding(f);
        let many = if n < TOP { Quotes::BOTH } else { Quotes::ONE };
        let spread = f.channel != Channel::Region;
        self.quotes(&f.members, usize::from(f.toward), (spread, many, sought.as_ref()), out);
    }

    fn changed_clusters(&self, told: &[usize], names: &[String; 2], out: &mut Vec<Block>) {
        let findings = &self.figures.hotspots.findings;
        let mut changed: Vec<_> = self.figures.clusters.iter().filter(|f| f.differs()).collect();
        changed.sort_by(|a, b| a.q.unwrap_or(1.0).total_cmp(&b.q.unwrap_or(1.0)).then(a.id.cmp(&b.id)));
        let members = changed.iter().map(|f| self.partition.members(f.id));
        let alike = group_duplicates(findings.iter().map(|f| f.members.as_slice()).chain(members));
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
            out.push(Block::Text(format!("{}.{odds} q {q}.", self.rates(f.sides, names))));
            let same = leader.and_then(|l| told.iter().position(|&t| t == l));
            if let Some(n) = same {
                out.push(Block::Text(format!("Much the same texts as difference {}.", n + 1)));
            }
            self.noted(&Target::Cluster(f.id), out);
            self.verdicts(&Target::Cluster(f.id), out);
            for remark in self.remarks(f.id) {
                out.push(Block::Text(crate::text::sentence(&remark)));
            }
            if same.is_none() {
                self.quotes(&f.exemplars, toward, (false, Quotes::FEW, None), out);
            }
        }
    }

    /// What a person set aside, with the reasons, and how many marks have lost their difference.
    fn dismissed(&self, names: &[String; 2], out: &mut Vec<Block>) {
        let findings = self.figures.hotspots.findings.iter().map(|f| (Target::Finding(f.id()), f.counts));
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

    /// Texts of the side that has more, and the other side's answers to the same prompts. `spread` takes them from all over
    /// the list, for findings whose texts are in no order of strength; `sought` is lit in them.
    pub(super) fn quotes(
        &self,
        members: &[SampleIx],
        toward: usize,
        (spread, many, sought): (bool, Quotes, Option<&MatchPattern>),
        out: &mut Vec<Block>,
    ) {
        let own: Vec<SampleIx> = members.iter().copied().filter(|&s| self.side_of(s) == Some(toward)).collect();
        let step = if spread { own.len().div_ceil(many.own).max(1) } else { 1 };
        let mut shown = Vec::new();
        for (n, &s) in own.iter().step_by(step).take(many.own).enumerate() {
            out.push(self.quote(s, (toward, ""), sought));
            if n >= many.other {
                continue;
            }
            if let Some((other, why)) = self.other_side(s, 1 - toward, members, &shown) {
                shown.push(other);
                out.push(self.quote(other, (1 - toward, why), None));
            }
        }
    }

    /// Which side wrote a text.
    fn side_of(&self, s: SampleIx) -> Option<usize> {
        self.figures.contrast.as_ref()?.side(self.corpus.samples[s as usize].source)
    }

    /// A text of the other side to compare one with, and what it is: an answer to the same prompt, if possible one that is
    /// none of the `members`, or any text of that side where there is none. None is shown twice.
    fn other_side(
        &self,
        s: SampleIx,
        side: usize,
        members: &[SampleIx],
        shown: &[SampleIx],
    ) -> Option<(SampleIx, &'static str)> {
        let prompt = self.corpus.samples[s as usize].prompt;
        let all =
            || (0..self.corpus.len() as SampleIx).filter(|o| self.side_of(*o) == Some(side) && !shown.contains(o));
        let answers = || all().filter(|&o| prompt.is_some() && self.corpus.samples[o as usize].prompt == prompt);
        let answer = answers().find(|o| !members.contains(o)).or_else(|| answers().next());
        match answer {
            Some(o) => Some((o, " · to the same prompt")),
            None => all().find(|o| !members.contains(o)).map(|o| (o, " · for comparison")),
        }
    }

    /// A quotation of a side; `what` it is, where that is not plain.
    fn quote(&self, s: SampleIx, (side, what): (usize, &str), sought: Option<&MatchPattern>) -> Block {
        let sample = &self.corpus.samples[s as usize];
        let model = self.corpus.sources.get(sample.source.ix()).map_or("?", |m| m.name.as_str());
        Block::Quote {
            side,
            who: format!("{model} · {}{what}", sample.id),
            prompt: self.corpus.prompt_of(sample).map(str::to_owned),
            text: sample.text.clone(),
            sought: sought.map(|q| q.only(s)),
        }
    }

    /// Which share of each side's texts a finding holds, and how surely that is no chance.
    fn counts_in_words(&self, f: &Finding, names: &[String; 2]) -> String {
        let size = f.interval().map_or_else(String::new, |_| {
            let [left, right] = self.rates_of(f).map(percent);
            format!(" Corrected for selection: {left} → {right} %, {}.", self.points_in_words(f, " points"))
        });
        let across = f.across.map_or_else(String::new, |x| format!(" In {} of {} prompts.", x.same_direction, x.n));
        let size = format!("{size}{across}");
        format!("{}.{size} p {} over everything tested.", self.rates(f.counts, names), small(f.p))
    }
}
