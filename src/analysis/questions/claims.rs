//! Questions about what texts claim or do, each with texts held back to test the answer on.

use std::collections::{BTreeMap, HashSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Asking, FEWEST_PAIRS, LONG, SHORT};
use crate::llm::{Excerpt, Question};
use crate::model::{Job, PromptId, SampleIx, Target, fingerprint};

/// Texts of each side that a claim is looked for in, and held-out texts of each that test it.
const SCANNED: (usize, usize) = (8, 12);
/// Texts of each side below which nothing is looked for, and below which nothing is tested: all right of three and three has
/// p 0.05.
const FEWEST_SCANNED: (usize, usize) = (3, 4);
/// Texts of a difference and others that it is described from, and held-out ones of each that test the description.
const DESCRIBED: (usize, usize) = (8, 10);
/// Held-out texts of each kind below which a description is not tested.
const FEWEST_DESCRIBED: usize = 4;
/// Pairs over the whole run that hypotheses are made from, and held-out pairs that test them.
const HYPOTHESISED: (usize, usize) = (14, 24);

impl Asking<'_> {
    pub(super) fn rng_of(&self, what: u64, job: Job) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed ^ what.rotate_left(17) ^ (job as u64) << 56)
    }

    /// Whether both sides claim the same.
    pub(super) fn scan(&self, members: &[SampleIx]) -> Result<Question, String> {
        let mut rng = self.rng_of(fingerprint(members), Job::Scan);
        let sides = self.sides(members)?;
        let (shown, tested) = (self.count(SCANNED.0, FEWEST_SCANNED.0), self.count(SCANNED.1, FEWEST_SCANNED.1));
        let enough = |sides: &[Vec<SampleIx>; 2], n: usize| sides.iter().all(|s| s.len() >= n);
        let [mut first, mut held] = self.halves(&sides, &mut rng, true);
        if !enough(&first, FEWEST_SCANNED.0) || !enough(&held, FEWEST_SCANNED.1) {
            [first, held] = self.halves(&sides, &mut rng, false);
        }
        first.iter_mut().for_each(|s| s.truncate(shown));
        // A copy of a text that was shown tests nothing.
        let known: HashSet<&str> = first.iter().flatten().map(|&s| self.text(s)).collect();
        for side in &mut held {
            side.retain(|&s| !known.contains(self.text(s)));
            side.truncate(tested);
        }
        if !enough(&first, FEWEST_SCANNED.0) || !enough(&held, FEWEST_SCANNED.1) {
            return Err("there are too few different texts of both models to compare claims and test one".to_owned());
        }
        let mut held_out: Vec<(Excerpt, bool)> = Vec::new();
        for (side, list) in held.iter().enumerate() {
            held_out.extend(self.excerpts(list, SHORT).into_iter().map(|e| (e, side == 1)));
        }
        held_out.shuffle(&mut rng);
        let [left, right] = first.map(|s| self.excerpts(&s, LONG));
        Ok(Question::Scan { left_is_a: rand::Rng::gen_bool(&mut rng, 0.5), left, right, held_out })
    }

    /// The texts of each side in two halves, all texts of a prompt in one of them where `by_prompt`.
    fn halves(
        &self,
        sides: &[Vec<SampleIx>; 2],
        rng: &mut Xoshiro256PlusPlus,
        by_prompt: bool,
    ) -> [[Vec<SampleIx>; 2]; 2] {
        let mut groups: BTreeMap<(Option<PromptId>, SampleIx), [Vec<SampleIx>; 2]> = BTreeMap::new();
        for (side, list) in sides.iter().enumerate() {
            for &s in list {
                let prompt = self.study.corpus.samples[s as usize].prompt.filter(|_| by_prompt);
                let alone = if prompt.is_some() { 0 } else { s };
                groups.entry((prompt, alone)).or_default()[side].push(s);
            }
        }
        let mut groups: Vec<[Vec<SampleIx>; 2]> = groups.into_values().collect();
        groups.shuffle(rng);
        let mut out: [[Vec<SampleIx>; 2]; 2] = Default::default();
        for mut group in groups {
            group.iter_mut().for_each(|g| g.shuffle(rng));
            // To the half that has less of the side of which the group has most; the tested one may be the larger.
            let side = usize::from(group[1].len() > group[0].len());
            let half = usize::from(out[1][side].len() <= out[0][side].len());
            for (all, more) in out[half].iter_mut().zip(group) {
                all.extend(more);
            }
        }
        out.map(|half| half.map(|s| self.spread(&s)))
    }

    /// One sentence for a difference, with texts to check it on.
    pub(super) fn describe(&self, target: &Target) -> Result<(u64, Question), String> {
        let about = self.about(target)?;
        let members = self.spread(&about.members);
        let inside: HashSet<SampleIx> = about.members.iter().copied().collect();
        let mut rng = self.rng_of(about.fingerprint, Job::Describe);
        let mut others: Vec<SampleIx> = match target {
            Target::Cluster(id) => self
                .context
                .outsiders(*id, DESCRIBED.0 + DESCRIBED.1)
                .into_iter()
                .filter(|s| !inside.contains(s))
                .collect(),
            // Other answers to the same prompts show best what is special about these.
            _ => self.answers_beside(&members, &inside),
        };
        others.shuffle(&mut rng);
        let others = self.spread(&others);
        let cut = |list: &[SampleIx]| list.len().saturating_sub(list.len() / 2).min(self.count(DESCRIBED.0, 4));
        let (first, last) = members.split_at(cut(&members));
        let (beside, rest) = others.split_at(cut(&others));
        if first.is_empty() {
            return Err("there are no texts of these models in it".into());
        }
        let known: HashSet<&str> = first.iter().chain(beside).map(|&s| self.text(s)).collect();
        let tested = self.count(DESCRIBED.1, FEWEST_DESCRIBED);
        let mut held_out: Vec<(Excerpt, bool)> = Vec::new();
        for (list, member) in [(last, true), (rest, false)] {
            let fresh = list.iter().copied().filter(|&s| !known.contains(self.text(s))).take(tested);
            held_out.extend(fresh.map(|s| (about.excerpt(self, s, SHORT), member)));
        }
        let few = |member: bool| held_out.iter().filter(|h| h.1 == member).count() < FEWEST_DESCRIBED;
        if few(true) || few(false) {
            held_out.clear();
        }
        held_out.shuffle(&mut rng);
        let question = Question::Describe {
            difference: about.difference.clone(),
            members: first.iter().map(|&s| about.excerpt(self, s, LONG)).collect(),
            others: self.excerpts(beside, SHORT),
            held_out,
        };
        Ok((about.fingerprint, question))
    }

    /// Pairs over the whole run.
    pub(super) fn hypotheses(&self) -> Result<Question, String> {
        let all: Vec<SampleIx> = (0..self.study.corpus.len() as SampleIx).collect();
        let mut rng = self.rng_of(0, Job::Hypotheses);
        let (shown, tested) = (self.count(HYPOTHESISED.0, FEWEST_PAIRS), self.count(HYPOTHESISED.1, 2 * FEWEST_PAIRS));
        let [held_out, rest] = self.pairs(rng.clone(), self.sides(&all)?, (shown, tested));
        if held_out.len() < 2 * FEWEST_PAIRS || rest.len() < FEWEST_PAIRS {
            return Err(
                "there are too few different answers of both models to make hypotheses and test them".to_owned()
            );
        }
        let excerpts = |pair: [SampleIx; 2]| pair.map(|s| self.excerpt(s, SHORT));
        let mut coin = || rand::Rng::gen_bool(&mut rng, 0.5);
        Ok(Question::Hypotheses {
            left_is_a: coin(),
            pairs: rest.into_iter().take(shown).map(excerpts).collect(),
            held_out: held_out.into_iter().map(|pair| (excerpts(pair), coin())).collect(),
        })
    }
}
