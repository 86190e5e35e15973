//! What a difference is, in words and in texts.

use std::collections::{BTreeMap, HashMap, HashSet};

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{ASKED, Asking, JUDGED, LONG};
use crate::compare::{MatchPattern, exemplars};
use crate::llm::{Evidence, Excerpt};
use crate::model::{PromptId, SampleIx, Target, fingerprint};

/// Other answers to the same prompts shown beside those of a difference, of each side.
const BESIDE: usize = 3;

/// A difference: what it is, and its texts, the most telling first.
pub(super) struct About {
    /// Whose it is, to tell whether an opinion is of an older state.
    pub fingerprint: u64,
    /// What it is and how large.
    pub difference: String,
    /// Its texts of the two sides.
    pub members: Vec<SampleIx>,
    /// For what its texts are listed, where that is a place in them.
    sought: Option<MatchPattern>,
}

impl About {
    /// A text of it, at the place for which it is listed, with what it answers.
    pub fn excerpt(&self, asking: &Asking, s: SampleIx, limit: usize) -> Excerpt {
        let text = asking.text(s);
        let place = self.sought.as_ref().and_then(|w| w.only(s).ranges(text).into_iter().next());
        Excerpt::around(s, text, place, asking.chars(limit)).to(asking.prompt(s), asking.chars(ASKED))
    }
}

/// The side of a text: 0 left, 1 right, nothing for a model that is not compared.
pub(super) type SideOf<'a> = &'a dyn Fn(SampleIx) -> Option<usize>;

impl Asking<'_> {
    /// The difference that a target is.
    pub(super) fn about(&self, target: &Target) -> Result<About, String> {
        self.about_by(target, &|s| self.side(s))
    }

    /// The same where texts are on other sides than their own; its counts are of those.
    pub(super) fn about_by(&self, target: &Target, side: SideOf) -> Result<About, String> {
        let on_a_side =
            |list: &[SampleIx]| -> Vec<SampleIx> { list.iter().copied().filter(|&s| self.side(s).is_some()).collect() };
        let count = |list: &[SampleIx]| {
            let mut n = [0u32; 2];
            list.iter().filter_map(|&s| side(s)).for_each(|i| n[i] += 1);
            n
        };
        Ok(match target {
            Target::Cluster(id) => {
                let members = self.partition.members(*id);
                let ranked = exemplars(&self.study.vectors, members, members.len());
                About {
                    fingerprint: fingerprint(members),
                    difference: self.cluster_in_words(*id, count(members))?,
                    members: on_a_side(&ranked),
                    sought: None,
                }
            }
            Target::Finding(key) => {
                let f = self.finding(key).ok_or("this difference is not found any more")?;
                About {
                    fingerprint: fingerprint(&f.members),
                    difference: self.finding_in_words(f, count(&f.members)),
                    members: on_a_side(&f.members),
                    sought: MatchPattern::of_finding(f),
                }
            }
            Target::Theme(id) => {
                let theme = self.partition.theme(*id).ok_or("this theme is gone")?;
                About {
                    fingerprint: fingerprint(&theme.members),
                    difference: self.theme_in_words(*id, &theme.name, count(&theme.members)),
                    members: on_a_side(&theme.members),
                    sought: None,
                }
            }
            Target::Run => return Err("this is asked of a cluster or a difference".into()),
        })
    }

    /// The side that a text's model is on.
    pub(super) fn side(&self, s: SampleIx) -> Option<usize> {
        self.figures.contrast.as_ref()?.side(self.study.corpus.samples[s as usize].source)
    }

    /// Other answers of the compared models to the prompts of some texts; other texts of theirs where there are no prompts.
    pub(super) fn answers_beside(&self, texts: &[SampleIx], inside: &HashSet<SampleIx>) -> Vec<SampleIx> {
        let samples = &self.study.corpus.samples;
        let asked: HashSet<PromptId> = texts.iter().filter_map(|&s| samples[s as usize].prompt).collect();
        let free = |s: &SampleIx| !inside.contains(s) && self.side(*s).is_some();
        let all = 0..samples.len() as SampleIx;
        let beside: Vec<SampleIx> = all
            .clone()
            .filter(|&s| samples[s as usize].prompt.is_some_and(|p| asked.contains(&p)))
            .filter(free)
            .collect();
        if beside.is_empty() { all.filter(free).collect() } else { beside }
    }

    /// The texts that a judge sees: those of the difference of each side, and other answers to the same prompts. Every run shows
    /// other texts in another order; the first the most telling ones.
    pub(super) fn evidence(&self, about: &About, run: u32, rng: &mut Xoshiro256PlusPlus, side: SideOf) -> Evidence {
        let inside: HashSet<SampleIx> = about.members.iter().copied().collect();
        let wanted = self.count(JUDGED, 3);
        let mut shown: [Vec<SampleIx>; 2] = Default::default();
        for (at, list) in shown.iter_mut().enumerate() {
            let of_side: Vec<SampleIx> = about.members.iter().copied().filter(|&s| side(s) == Some(at)).collect();
            let mut some = self.spread(&of_side);
            some.truncate(3 * wanted);
            if run > 0 {
                some.shuffle(rng);
                some = self.spread(&some);
            }
            some.truncate(wanted);
            *list = some;
        }
        let mut beside = self.answers_beside(&shown.concat(), &inside);
        beside.shuffle(rng);
        let beside = self.spread(&beside);
        let other = |at: usize| -> Vec<Excerpt> {
            let of_side = beside.iter().filter(|&&s| side(s) == Some(at));
            of_side.take(self.count(BESIDE, 1)).map(|&s| self.excerpt(s, LONG)).collect()
        };
        let names = ["the precursor", "the fine-tuned model"];
        let mut order = [0, 1];
        if run % 2 == 1 {
            order.reverse();
        }
        let mut groups: Vec<(String, Vec<Excerpt>)> = order
            .iter()
            .map(|&at| {
                let texts = shown[at].iter().map(|&s| about.excerpt(self, s, LONG)).collect();
                (format!("Texts of {} that belong to the difference", names[at]), texts)
            })
            .collect();
        let more = order
            .iter()
            .map(|&at| (format!("Other answers of {}, which do not belong to the difference", names[at]), other(at)));
        groups.extend(more.filter(|g| !g.1.is_empty()));
        Evidence { groups }
    }

    /// Sides with the models' labels shuffled: within prompts that both sides answered, and over all texts where there are none.
    pub(super) fn shuffled_sides(&self, rng: &mut Xoshiro256PlusPlus) -> HashMap<SampleIx, usize> {
        let samples = &self.study.corpus.samples;
        let mut blocks: BTreeMap<Option<PromptId>, Vec<(SampleIx, usize)>> = BTreeMap::new();
        for s in 0..samples.len() as SampleIx {
            if let Some(side) = self.side(s) {
                blocks.entry(samples[s as usize].prompt).or_default().push((s, side));
            }
        }
        // A prompt that one side alone answered has no labels to shuffle; all such texts are one block.
        let mixed = |b: &[(SampleIx, usize)]| b.iter().any(|t| t.1 == 0) && b.iter().any(|t| t.1 == 1);
        let mut rest: Vec<(SampleIx, usize)> = Vec::new();
        let mut out = HashMap::new();
        let mut deal = |block: Vec<(SampleIx, usize)>| {
            let mut labels: Vec<usize> = block.iter().map(|t| t.1).collect();
            labels.shuffle(rng);
            out.extend(block.iter().map(|t| t.0).zip(labels));
        };
        for (_, block) in blocks {
            if mixed(&block) { deal(block) } else { rest.extend(block) }
        }
        deal(rest);
        out
    }
}
