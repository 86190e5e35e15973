//! What a finding is known by: verdicts, notes and opinions name it, over runs, sessions and versions.

use std::collections::BTreeSet;

use super::finding::{Channel, Finding};
use super::rates::Rate;
use super::tone::Tone;
use super::traits::Trait;
use crate::model::{FindingId, SampleIx, fnv};

/// Share of the texts of two findings that both hold, from which the later one is the earlier one again.
const SAME: f64 = 0.8;

impl Finding {
    /// What it is known by. Of a finding that is made of vectors, the texts around which it was found: those of a session that is
    /// older than this have their numbers instead.
    pub fn id(&self) -> FindingId {
        match &self.id {
            Some(id) => id.clone(),
            None => self.named(crate::model::fingerprint(&self.members) >> 16),
        }
    }

    /// Gives it its name; `text` gives the text of a sample, so that the name does not depend on the order of the files.
    pub fn name<'a>(&mut self, text: impl Fn(SampleIx) -> &'a str) {
        if self.id.is_none() {
            // Of sentences, what they say: two of them may be found in the same texts.
            let said = |(i, s): (usize, SampleIx)| match self.sentences.get(i) {
                Some(span) => text(s).get(span.bytes[0] as usize..span.bytes[1] as usize).unwrap_or_default(),
                None => text(s),
            };
            let mut hashes: Vec<u64> = self.core().map(|of| fnv(said(of).bytes())).collect();
            hashes.sort_unstable();
            let all = fnv(hashes.iter().flat_map(|h| h.to_le_bytes()));
            self.id = Some(self.named(all >> 16));
        }
    }

    /// Its name, with a number of its texts where nothing else tells it from others of its channel.
    fn named(&self, texts: u64) -> FindingId {
        let quoted = |kind: &str, feature: &str| format!("{kind} “{feature}”");
        let what = match &self.channel {
            Channel::Words { term, .. } => quoted("words", term),
            Channel::Trait(t) => quoted("trait", &code(t)),
            Channel::Region => format!("region {texts:012x}"),
            Channel::Stance => format!("stance {texts:012x}"),
            Channel::Sentence => format!("sentences {texts:012x}"),
            Channel::Surface { run, absent } => quoted(if *absent { "no run" } else { "run" }, run),
            Channel::Language(l) => quoted("language", l),
            Channel::Tone(t) => quoted("tone", &code(t)),
            Channel::ToneAtEnd { tone, last } => quoted(if *last { "last tone" } else { "first tone" }, &code(tone)),
            Channel::Rate { rate, more } => quoted("quantity", &quantity(*rate, *more)),
        };
        FindingId::new(&what, self.toward == 1)
    }

    fn is_made_of_vectors(&self) -> bool {
        matches!(self.channel, Channel::Region | Channel::Sentence | Channel::Stance)
    }
}

/// The name of a value in the files that gander writes, which never changes.
fn code<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn quantity(rate: Rate, more: bool) -> String {
    let sign = if more { "+" } else { "-" };
    match rate {
        Rate::Sign(c) => format!("{c}{sign}"),
        other => format!("{}{sign}", code(&other)),
    }
}

/// Today's name for a name that a session keeps: before version 0.2 traits, tones and quantities were known by what the screen
/// said of them.
pub fn renewed(kept: &str) -> FindingId {
    let new = || {
        let (what, direction) = kept.rsplit_once(' ')?;
        let (kind, feature) = what.split_once(" “")?;
        let feature = feature.strip_suffix('”')?;
        let found = match kind {
            "trait" => {
                Trait::ALL.into_iter().chain([Trait::Swearing]).find(|t| t.kept_name() == feature).map(|t| code(&t))
            }
            "tone" | "first tone" | "last tone" => {
                Tone::ALL.into_iter().find(|t| t.describe() == feature).map(|t| code(&t))
            }
            "quantity" => Rate::all()
                .flat_map(|r| [(r, true), (r, false)])
                .find(|(r, more)| r.describe(*more) == feature)
                .map(|(r, more)| quantity(r, more)),
            _ => None,
        }?;
        Some(FindingId::new(&format!("{kind} “{found}”"), direction == "more"))
    };
    new().unwrap_or_else(|| FindingId::from(kept))
}

/// Findings that were seen before, with their texts: one that is found again among other texts keeps its name, and with it what a
/// person noted of it.
#[derive(Debug, Clone, Default)]
pub struct KnownFindings {
    known: Vec<Known>,
}

#[derive(Debug, Clone)]
struct Known {
    id: FindingId,
    channel: Channel,
    toward: u8,
    texts: BTreeSet<SampleIx>,
}

impl Known {
    /// Share of the texts of the larger that both hold; nothing where the two are of different kinds.
    fn shared(&self, f: &Finding, texts: &BTreeSet<SampleIx>) -> Option<f64> {
        if self.channel != f.channel || self.toward != f.toward {
            return None;
        }
        let both = self.texts.intersection(texts).count() as f64;
        Some(both / self.texts.len().max(texts.len()).max(1) as f64)
    }
}

impl KnownFindings {
    /// Those of a list.
    pub fn of(findings: &[Finding]) -> Self {
        let mut new = Self::default();
        new.recognise(&mut findings.to_vec());
        new
    }

    /// Whether nothing was seen yet.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Gives findings that hold most of the texts of one seen before its name, each name to one of them, and remembers the rest.
    pub fn recognise(&mut self, findings: &mut [Finding]) {
        let of = |f: &Finding| f.members.iter().copied().collect::<BTreeSet<_>>();
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (i, f) in findings.iter().enumerate().filter(|(_, f)| f.is_made_of_vectors()) {
            let (texts, id) = (of(f), f.id());
            for (k, known) in self.known.iter().enumerate() {
                // Under its own name it was found again as it was.
                let shared = if known.id == id { Some(2.0) } else { known.shared(f, &texts) };
                pairs.extend(shared.filter(|s| *s >= SAME).map(|s| (s, i, k)));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut named, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for (_, i, k) in pairs {
            if !named.contains(&i) && taken.insert(k) {
                named.insert(i);
                findings[i].id = Some(self.known[k].id.clone());
            }
        }
        for (i, f) in findings.iter().enumerate().filter(|(_, f)| f.is_made_of_vectors()) {
            if !named.contains(&i) {
                self.known.push(Known { id: f.id(), channel: f.channel.clone(), toward: f.toward, texts: of(f) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::design::Design;
    use super::super::finding::finding;
    use super::*;

    fn found(channel: Channel, score: f32, members: Vec<SampleIx>) -> Finding {
        let design = Design::of_texts((0..40).map(|i| (i >= 20, None)));
        finding(&design, channel, score, members)
    }

    #[test]
    fn names_of_older_sessions_are_found_again() {
        for (kept, now) in [
            ("trait “lists” more", "trait “list” more"),
            ("trait “answers that decline or moralise” less", "trait “refusal” less"),
            ("quantity “longer answers” more", "quantity “length+” more"),
            ("quantity “shorter answers” less", "quantity “length-” less"),
            ("quantity “fewer “,”” more", "quantity “,-” more"),
            ("last tone “flattering or admiring” more", "last tone “flattering” more"),
            ("words “so “called”” less", "words “so “called”” less"),
            ("region 0123456789ab more", "region 0123456789ab more"),
            ("something else", "something else"),
        ] {
            assert_eq!(renewed(kept).to_string(), now);
            assert_eq!(renewed(now).to_string(), now, "a new name stays");
        }
    }

    #[test]
    fn every_channel_has_its_name_and_every_trait_and_quantity_another() {
        let trait_of = |t| found(Channel::Trait(t), 1.0, vec![1]).id();
        let names: BTreeSet<FindingId> = Trait::ALL.into_iter().map(trait_of).collect();
        assert_eq!(names.len(), Trait::ALL.len());
        let rates: Vec<FindingId> = Rate::all()
            .flat_map(|rate| [true, false].map(|more| found(Channel::Rate { rate, more }, -1.0, vec![1]).id()))
            .collect();
        assert_eq!(rates.iter().collect::<BTreeSet<_>>().len(), rates.len());
    }

    #[test]
    fn a_region_is_named_by_its_texts_in_any_order_of_the_files() {
        let texts: Vec<String> = (0..40).map(|i| format!("text {i}")).collect();
        let turned: Vec<String> = texts.iter().rev().cloned().collect();
        let mut a = found(Channel::Region, 1.0, vec![21, 22, 30]);
        let mut b = found(Channel::Region, 1.0, vec![18, 17, 9]);
        a.name(|s| &texts[s as usize]);
        b.name(|s| &turned[s as usize]);
        assert_eq!(a.id(), b.id());
        let mut other = found(Channel::Region, 1.0, vec![21, 22, 31]);
        other.name(|s| &texts[s as usize]);
        assert_ne!(a.id(), other.id());
    }

    #[test]
    fn a_finding_that_is_found_again_among_other_texts_keeps_its_name() {
        let texts: Vec<String> = (0..40).map(|i| format!("text {i}")).collect();
        let text = |s: SampleIx| texts[s as usize].as_str();
        let region = |members: std::ops::Range<u32>| {
            let mut f = found(Channel::Region, 1.0, members.collect());
            f.name(text);
            f
        };
        let mut known = KnownFindings::default();
        let mut first = [region(20..30)];
        known.recognise(&mut first);
        let name = first[0].id();
        // Nine of ten, and half of them: the better one is it, and the other keeps its own name.
        let mut again = [region(25..35), region(20..29)];
        known.recognise(&mut again);
        assert!(again[1].id() == name && again[0].id() != name);
        // Of another direction, or of a channel that names itself, nothing is taken over.
        let mut less = [found(Channel::Region, -1.0, (20..30).collect())];
        known.recognise(&mut less);
        assert_ne!(less[0].id(), name);
        let mut words = [found(Channel::Words { term: "x".into(), wording: false }, 1.0, (20..30).collect())];
        known.recognise(&mut words);
        assert_eq!(words[0].id().to_string(), "words “x” more");
    }
}
