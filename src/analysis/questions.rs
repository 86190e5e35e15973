//! Questions for a language model, made from a study: which texts are shown, which are held back.

mod claims;
mod evidence;
mod judging;

use std::collections::{BTreeMap, HashSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::figures::Figures;
use super::study::Study;
use crate::analysis::shown_label;
use crate::compare::exemplars;
use crate::diagnostics::TrustContext;
use crate::llm::{Excerpt, Question, Task};
use crate::model::{ClusterId, Job, Opinion, Partition, SampleIx, Target, fingerprint};

/// Characters shown of a text when few are shown.
const LONG: usize = 700;
/// Characters shown of a text when many are.
const SHORT: usize = 400;
/// Characters shown of what a text answers.
const ASKED: usize = 250;
/// The same where many texts are shown.
const ASKED_BRIEFLY: usize = 120;
/// Steps by which questions are made smaller, at most; see [`Asking::scale`].
pub(crate) const LEAST: u32 = 7;
/// What each step leaves.
const STEP: f64 = 0.75;
/// Texts that a name is written from: typical, other, at the edge, outside.
const NAMED_FROM: (usize, usize, usize, usize) = (6, 6, 4, 8);
/// Held-out texts of each kind that a label is checked on.
const CHECKED: usize = 16;
/// Texts shown when looking for opposed statements.
const LOOKED_THROUGH: usize = 60;
/// Texts of each side that a contrast is described from, and held-out pairs that test it.
const CONTRASTED: (usize, usize) = (8, 12);
/// Held-out pairs below which a contrast cannot be tested: all right of them has p 0.03.
const FEWEST_PAIRS: usize = 5;
/// Texts of each side shown for a verdict.
const JUDGED: usize = 7;

/// Makes questions of one state of the clusters.
pub(crate) struct Asking<'a> {
    pub study: &'a Study,
    pub partition: &'a Partition,
    pub figures: &'a Figures,
    pub context: TrustContext<'a>,
    pub intent: Option<&'a str>,
    pub opinions: &'a [Opinion],
    /// Runs of each verdict.
    pub votes: u32,
    pub seed: u64,
    /// How often questions were made smaller to fit the model's context; 0 shows what a large one can hold.
    pub scale: u32,
}

impl Asking<'_> {
    /// The question about one target.
    ///
    /// # Errors
    /// Why it cannot be asked, in words.
    pub fn task(&self, job: Job, target: &Target) -> Result<Task, String> {
        let (members, question) = match (job, target) {
            (Job::Summary, _) => (0, self.summary()?),
            (Job::Verdict, _) => self.verdict(target)?,
            (Job::Blank, _) => (0, self.blank()?),
            (Job::Hypotheses, _) => (0, self.hypotheses()?),
            (Job::Describe, _) => self.describe(target)?,
            (_, Target::Cluster(id)) => {
                let members = self.partition.members(*id);
                if members.is_empty() {
                    return Err("it does not exist any more".to_owned());
                }
                let question = match job {
                    Job::Label => self.label(*id, members),
                    Job::Check => self.check(*id, members)?,
                    Job::Purity => self.purity(*id, members)?,
                    Job::Scan => self.scan(members)?,
                    _ => self.contrast(*id, members)?,
                };
                (fingerprint(members), question)
            }
            _ => return Err(format!("“{}” applies to clusters only", job.name())),
        };
        Ok(Task { target: target.clone(), members, question })
    }

    fn text(&self, s: SampleIx) -> &str {
        &self.study.corpus.samples[s as usize].text
    }

    fn prompt(&self, s: SampleIx) -> Option<&str> {
        self.study.corpus.prompt_of(&self.study.corpus.samples[s as usize])
    }

    /// Characters of a text or a prompt, made fewer for a model that holds little.
    fn chars(&self, limit: usize) -> usize {
        ((limit as f64 * STEP.powi(self.scale as i32)) as usize).max(60)
    }

    /// Texts shown, made fewer for a model that holds little, and not below `least`.
    fn count(&self, n: usize, least: usize) -> usize {
        ((n as f64 * STEP.powi(self.scale as i32)) as usize).max(least.min(n))
    }

    /// A text with what it answers.
    fn excerpt(&self, s: SampleIx, limit: usize) -> Excerpt {
        let asked = if limit < LONG { ASKED_BRIEFLY } else { ASKED };
        Excerpt::of(s, self.text(s), self.chars(limit)).to(self.prompt(s), self.chars(asked))
    }

    fn excerpts(&self, samples: &[SampleIx], limit: usize) -> Vec<Excerpt> {
        samples.iter().map(|&s| self.excerpt(s, limit)).collect()
    }

    /// The same texts in an order in which the first of every prompt come first, so that few of them are of many prompts.
    fn spread(&self, samples: &[SampleIx]) -> Vec<SampleIx> {
        let mut met: BTreeMap<_, usize> = BTreeMap::new();
        let mut turns: Vec<(usize, usize, SampleIx)> = Vec::with_capacity(samples.len());
        for (place, &s) in samples.iter().enumerate() {
            let turn = match self.study.corpus.samples[s as usize].prompt {
                Some(p) => {
                    let n = met.entry(p).or_default();
                    *n += 1;
                    *n
                }
                None => 1,
            };
            turns.push((turn, place, s));
        }
        turns.sort_unstable();
        turns.into_iter().map(|t| t.2).collect()
    }

    fn rng(&self, id: ClusterId, job: Job) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed ^ (u64::from(id.0) << 8) ^ job as u64)
    }

    fn shown_label(&self, id: ClusterId) -> String {
        let figures = self.figures.clusters.iter().find(|f| f.id == id);
        self.partition.get(id).map_or_else(String::new, |c| shown_label(c, figures).0)
    }

    /// The texts a name is written from: typical and other members, members at the edge. A check leaves them out.
    fn named_from(&self, id: ClusterId, members: &[SampleIx]) -> (Vec<SampleIx>, Vec<SampleIx>) {
        let ranked = self.spread(&exemplars(&self.study.vectors, members, members.len()));
        let (typical, other, edge, _) = NAMED_FROM;
        let mut inside: Vec<SampleIx> = ranked.iter().copied().take(typical).collect();
        let rest = ranked.get(typical..).unwrap_or_default();
        let boundary: Vec<SampleIx> = rest.iter().rev().take(edge).copied().collect();
        let mut middle: Vec<SampleIx> = rest.iter().copied().filter(|s| !boundary.contains(s)).collect();
        middle.shuffle(&mut self.rng(id, Job::Label));
        inside.extend(middle.into_iter().take(other));
        (inside, boundary)
    }

    fn label(&self, id: ClusterId, members: &[SampleIx]) -> Question {
        let (inside, boundary) = self.named_from(id, members);
        let outside = &self.context.outsiders(id, NAMED_FROM.3);
        let some = |list: &[SampleIx], n: usize, least: usize, limit: usize| {
            self.excerpts(&list[..list.len().min(self.count(n, least))], limit)
        };
        Question::Label {
            members: some(&inside, NAMED_FROM.0 + NAMED_FROM.1, 4, LONG),
            boundary: some(&boundary, NAMED_FROM.2, 1, LONG),
            outsiders: some(outside, NAMED_FROM.3, 2, SHORT),
        }
    }

    fn check(&self, id: ClusterId, members: &[SampleIx]) -> Result<Question, String> {
        let (inside, boundary) = self.named_from(id, members);
        let seen: HashSet<SampleIx> = inside.into_iter().chain(boundary).collect();
        let mut held: Vec<SampleIx> = members.iter().copied().filter(|s| !seen.contains(s)).collect();
        let all_outside = self.context.outsiders(id, NAMED_FROM.3 + 2 * CHECKED);
        let mut outside: Vec<SampleIx> = all_outside.get(NAMED_FROM.3..).unwrap_or_default().to_vec();
        if held.len() < 4 || outside.len() < 4 {
            return Err("there are too few texts besides those that its name is written from".to_owned());
        }
        let mut rng = self.rng(id, Job::Check);
        held.shuffle(&mut rng);
        outside.shuffle(&mut rng);
        let mut shown: Vec<(Excerpt, bool)> = Vec::new();
        for (list, member) in [(&held, true), (&outside, false)] {
            let some = &list[..list.len().min(self.count(CHECKED, 4))];
            shown.extend(self.excerpts(some, SHORT).into_iter().map(|e| (e, member)));
        }
        shown.shuffle(&mut rng);
        Ok(Question::Check { label: self.shown_label(id), shown })
    }

    fn purity(&self, id: ClusterId, members: &[SampleIx]) -> Result<Question, String> {
        if members.len() < 4 {
            return Err("there are too few texts to split".to_owned());
        }
        let mut some = members.to_vec();
        some.shuffle(&mut self.rng(id, Job::Purity));
        let some = &self.spread(&some)[..some.len().min(self.count(LOOKED_THROUGH, 8))];
        Ok(Question::Purity { label: self.shown_label(id), members: self.excerpts(some, SHORT) })
    }

    /// The texts of the two sides among some texts.
    fn sides(&self, members: &[SampleIx]) -> Result<[Vec<SampleIx>; 2], String> {
        let contrast = self.figures.contrast.as_ref().ok_or("there is one model, so there is nothing to compare")?;
        let mut sides = [Vec::new(), Vec::new()];
        for &s in members {
            if let Some(side) = contrast.side(self.study.corpus.samples[s as usize].source) {
                sides[side].push(s);
            }
        }
        Ok(sides)
    }

    /// Pairs of a left and a right text, of one prompt where there is one: those to test on, and those to describe from.
    /// Prompts are kept apart where there are enough of them, and no text stands on both lists.
    fn pairs(
        &self,
        mut rng: Xoshiro256PlusPlus,
        sides: [Vec<SampleIx>; 2],
        (described, tested): (usize, usize),
    ) -> [Vec<[SampleIx; 2]>; 2] {
        let mut by_prompt: BTreeMap<_, [Vec<SampleIx>; 2]> = BTreeMap::new();
        let mut alone = [Vec::new(), Vec::new()];
        for (side, list) in sides.into_iter().enumerate() {
            for s in list {
                match self.study.corpus.samples[s as usize].prompt {
                    Some(p) => by_prompt.entry(p).or_default()[side].push(s),
                    None => alone[side].push(s),
                }
            }
        }
        let mut groups: Vec<Vec<[SampleIx; 2]>> = Vec::new();
        for [mut left, mut right] in by_prompt.into_values() {
            left.shuffle(&mut rng);
            right.shuffle(&mut rng);
            let n = left.len().min(right.len());
            alone[0].extend(left.split_off(n));
            alone[1].extend(right.split_off(n));
            groups.push(left.into_iter().zip(right).map(|(l, r)| [l, r]).collect());
        }
        let [mut left, mut right] = alone;
        left.shuffle(&mut rng);
        right.shuffle(&mut rng);
        groups.retain(|g| !g.is_empty());
        // Texts of different prompts are paired where there are too few of one prompt.
        if groups.len() < described + tested {
            groups.extend(left.into_iter().zip(right).map(|(l, r)| vec![[l, r]]));
        }
        groups.shuffle(&mut rng);
        // Many answers to one prompt say less than one to each of many.
        if groups.len() >= described + tested {
            groups.iter_mut().for_each(|g| g.truncate(1));
        }
        let total: usize = groups.iter().map(Vec::len).sum();
        let wanted = tested.min(total / 2);
        let mut tested: Vec<[SampleIx; 2]> = Vec::new();
        let mut shown: Vec<[SampleIx; 2]> = Vec::new();
        for group in groups {
            // A prompt with many answers would leave nothing to describe from: then it is divided.
            let room = wanted - tested.len().min(wanted);
            let take = if group.len() <= room.max(3) { group.len().min(room) } else { room };
            tested.extend(&group[..take]);
            shown.extend(&group[take..]);
        }
        let known: HashSet<&str> = shown.iter().take(described).flatten().map(|&s| self.text(s)).collect();
        // Two copies of one answer separate nothing.
        let fair = |[l, r]: &[SampleIx; 2]| {
            self.text(*l) != self.text(*r) && !known.contains(self.text(*l)) && !known.contains(self.text(*r))
        };
        tested.retain(fair);
        [tested, shown]
    }

    fn contrast(&self, id: ClusterId, members: &[SampleIx]) -> Result<Question, String> {
        let (described, tested) = (self.count(CONTRASTED.0, FEWEST_PAIRS), self.count(CONTRASTED.1, FEWEST_PAIRS));
        let [held_out, rest] = self.pairs(self.rng(id, Job::Contrast), self.sides(members)?, (described, tested));
        if held_out.len() < FEWEST_PAIRS || rest.len() < FEWEST_PAIRS {
            return Err(
                "there are too few different texts of both models to describe a contrast and test it".to_owned()
            );
        }
        let side = |i: usize| -> Vec<SampleIx> { rest.iter().take(described).map(|p| p[i]).collect() };
        let mut rng = self.rng(id, Job::Summary);
        let mut coin = || rand::Rng::gen_bool(&mut rng, 0.5);
        Ok(Question::Contrast {
            left_is_a: coin(),
            left: self.excerpts(&side(0), LONG),
            right: self.excerpts(&side(1), LONG),
            held_out: held_out.iter().map(|&pair| (pair.map(|s| self.excerpt(s, SHORT)), coin())).collect(),
        })
    }
}
