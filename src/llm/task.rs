//! Questions, and how replies lead from one to the next.

mod blind;
mod judging;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::answer;
use super::binomial::balanced_interval;
use super::call::Reply;
use super::driver::Driver;
use super::excerpt::{Excerpt, block, quoted};
use super::prompts::Prompts;
use super::schema;
use super::step::{Known, Step};
use crate::model::{BlindCheck, Job, OpinionSide, SampleIx, Says, Target, Verdict};

/// Hypotheses asked for at once.
pub(super) const HYPOTHESES: usize = 5;

/// One line of a summary's material.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The difference.
    pub target: Target,
    /// What it is and how large, in words.
    pub difference: String,
    /// The model's verdict with its first reason.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// A person's verdict.
    pub human: Option<Verdict>,
}

/// The texts that a judge sees, in the order in which it sees them, each group under its heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Headings with their texts.
    pub groups: Vec<(String, Vec<Excerpt>)>,
}

impl Evidence {
    fn texts(&self) -> Vec<&Excerpt> {
        self.groups.iter().flat_map(|g| &g.1).collect()
    }

    /// All groups, the texts numbered through.
    fn block(&self) -> String {
        let mut out = Vec::new();
        let mut first = 1;
        for (heading, texts) in &self.groups {
            let shown: Vec<&Excerpt> = texts.iter().collect();
            out.push(format!("{heading}:\n{}", block(&shown, first)));
            first += texts.len();
        }
        out.join("\n\n")
    }
}

/// A difference that is none: the models' labels were shuffled.
#[derive(Debug, Clone, PartialEq)]
pub struct BlankTrial {
    /// What it is said to be, with the counts after the shuffle.
    pub difference: String,
    /// Its texts under shuffled labels.
    pub evidence: Evidence,
}

/// What is asked, with all that the answer may rest on.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the fields say what they are
pub enum Question {
    Label {
        members: Vec<Excerpt>,
        boundary: Vec<Excerpt>,
        outsiders: Vec<Excerpt>,
    },
    /// `shown` in the order in which the judge sees them, each with whether it is a member.
    Check {
        label: String,
        shown: Vec<(Excerpt, bool)>,
    },
    Purity {
        label: String,
        members: Vec<Excerpt>,
    },
    /// Pairs of a left and a right text; `held_out` with whether the right one is shown first.
    Contrast {
        left_is_a: bool,
        left: Vec<Excerpt>,
        right: Vec<Excerpt>,
        held_out: Vec<([Excerpt; 2], bool)>,
    },
    /// `held_out` in the order in which the judge sees them, each with whether it is in the difference.
    Describe {
        difference: String,
        members: Vec<Excerpt>,
        others: Vec<Excerpt>,
        held_out: Vec<(Excerpt, bool)>,
    },
    /// `held_out` in the order in which the judge sees them, each with whether it is of the right side.
    Scan {
        left_is_a: bool,
        left: Vec<Excerpt>,
        right: Vec<Excerpt>,
        held_out: Vec<(Excerpt, bool)>,
    },
    /// Pairs as in a contrast, of the whole run.
    Hypotheses {
        left_is_a: bool,
        pairs: Vec<[Excerpt; 2]>,
        held_out: Vec<([Excerpt; 2], bool)>,
    },
    /// One run for each order of the evidence.
    Verdict {
        intent: String,
        difference: String,
        runs: Vec<Evidence>,
    },
    Blank {
        intent: String,
        trials: Vec<BlankTrial>,
    },
    Summary {
        intent: String,
        differences: Vec<Ranked>,
    },
}

/// A question about something.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What about.
    pub target: Target,
    /// [`fingerprint`](crate::model::fingerprint) of its members.
    pub members: u64,
    /// What is asked.
    pub question: Question,
}

impl Task {
    /// The kind of work.
    pub fn job(&self) -> Job {
        match self.question {
            Question::Label { .. } => Job::Label,
            Question::Check { .. } => Job::Check,
            Question::Purity { .. } => Job::Purity,
            Question::Contrast { .. } => Job::Contrast,
            Question::Describe { .. } => Job::Describe,
            Question::Scan { .. } => Job::Scan,
            Question::Hypotheses { .. } => Job::Hypotheses,
            Question::Verdict { .. } => Job::Verdict,
            Question::Blank { .. } => Job::Blank,
            Question::Summary { .. } => Job::Summary,
        }
    }

    /// Members of the cluster that a name is written from; they cannot judge it.
    pub fn members_shown(&self) -> Vec<SampleIx> {
        match &self.question {
            Question::Label { members, boundary, .. } => members.iter().chain(boundary).map(|e| e.sample).collect(),
            _ => Vec::new(),
        }
    }

    /// Calls that the task needs at most when every answer can be used.
    pub fn calls(&self) -> u32 {
        match &self.question {
            Question::Contrast { .. } | Question::Scan { .. } => 2,
            Question::Describe { held_out, .. } => 1 + u32::from(!held_out.is_empty()),
            Question::Hypotheses { .. } => 1 + HYPOTHESES as u32,
            Question::Verdict { runs, .. } => runs.len() as u32,
            Question::Blank { trials, .. } => trials.len() as u32,
            _ => 1,
        }
    }

    /// Goes as far as the known replies lead.
    pub fn advance(&self, model: &str, prompts: &Prompts, known: Known) -> Step {
        let walk = Driver { model, prompts, known };
        self.walk(&walk).unwrap_or_else(|step| step)
    }

    /// The same, with the hashes of the replies that led there.
    pub fn advance_counting(&self, model: &str, prompts: &Prompts, known: Known) -> (Step, Vec<String>) {
        let met = std::cell::RefCell::new(Vec::new());
        let step = self.advance(model, prompts, &|hash| {
            let found = known(hash);
            if found.is_some() {
                met.borrow_mut().push(hash.to_owned());
            }
            found
        });
        (step, met.into_inner())
    }

    /// Tokens that the largest of its calls needs of the model's context, its answer with it. A second call holds what the first
    /// one said; for that the longest answer is taken.
    pub fn context(&self, model: &str, prompts: &Prompts) -> u64 {
        let mut said: HashMap<String, Reply> = HashMap::new();
        let mut largest = 0;
        for _ in 0..self.calls() {
            match self.advance(model, prompts, &|hash| said.get(hash).cloned()) {
                // A question asked again comes only of an answer that nobody has given.
                Step::Ask(call) if call.turns.len() > 1 => break,
                Step::Ask(call) => {
                    largest = largest.max(call.context());
                    let text = longest_answer();
                    let reply = Reply { text, model: String::new(), tokens_in: 0, tokens_out: 0, cut: false };
                    said.insert(call.hash(), reply);
                }
                _ => break,
            }
        }
        largest
    }

    fn walk(&self, w: &Driver) -> Result<Step, Step> {
        match &self.question {
            Question::Label { members, boundary, outsiders } => label(w, members, boundary, outsiders),
            Question::Check { label, shown } => {
                let (blind, model, prompt) = blind::check(w, label, shown)?;
                let says = Says::Check { label: label.clone(), blind, ci: balanced_interval(blind) };
                Ok(Step::Done { says: Box::new(says), model, prompt })
            }
            Question::Purity { label, members } => {
                let texts: Vec<&Excerpt> = members.iter().collect();
                let values = [("label", &*quoted(label)), ("texts", &*block(&texts, 1))];
                let size = (schema::purity(texts.len()), 300 + 10 * members.len() as u32);
                w.ask("purity", &values, size, |v| purity(v, &texts))
            }
            Question::Contrast { left_is_a, left, right, held_out } => {
                blind::contrast(w, *left_is_a, [left, right], held_out)
            }
            Question::Describe { difference, members, others, held_out } => {
                blind::describe(w, difference, [members, others], held_out)
            }
            Question::Scan { left_is_a, left, right, held_out } => blind::scan(w, *left_is_a, [left, right], held_out),
            Question::Hypotheses { left_is_a, pairs, held_out } => blind::hypotheses(w, *left_is_a, pairs, held_out),
            Question::Verdict { intent, difference, runs } => judging::verdict(w, intent, difference, runs),
            Question::Blank { intent, trials } => judging::blank(w, intent, trials),
            Question::Summary { intent, differences } => judging::summary(w, intent, differences),
        }
    }
}

/// An answer to any question, as long as one can be.
fn longest_answer() -> String {
    let long = "x".repeat(answer::SENTENCE);
    let mut all = json!({
        "description": long, "claim": long, "reason": long, "same": false, "set": "A",
        "hypotheses": [{"description": long, "set": "A"}],
        "reasons": [{"ids": ["t1"], "text": long}], "verdict": "unclear",
    });
    for i in 1..=100 {
        all[format!("p{i}")] = "neither".into();
        all[format!("t{i}")] = true.into();
    }
    all.to_string()
}

fn label(w: &Driver, members: &[Excerpt], boundary: &[Excerpt], outsiders: &[Excerpt]) -> Result<Step, Step> {
    let (m, b, o): (Vec<_>, Vec<_>, Vec<_>) =
        (members.iter().collect(), boundary.iter().collect(), outsiders.iter().collect());
    let values = [
        ("members", &*block(&m, 1)),
        ("boundary", &*block(&b, 1 + m.len())),
        ("outsiders", &*block(&o, 1 + m.len() + b.len())),
    ];
    w.ask("label", &values, (schema::label(), 300), |v| {
        let label = answer::name(v, "label")?;
        let label = label.trim_matches(['"', '“', '”', '\'']).to_owned();
        Ok(Says::Label { label, reason: answer::sentence(v, "reason")?, fit: None })
    })
}

/// The texts behind `t1`, `t2` and so on.
fn ids(texts: &[&Excerpt]) -> HashMap<String, SampleIx> {
    texts.iter().enumerate().map(|(i, e)| (format!("t{}", i + 1), e.sample)).collect()
}

fn purity(v: &Value, texts: &[&Excerpt]) -> Result<Says, String> {
    let reason = answer::sentence(v, "reason")?;
    if !answer::yes(v, "mixed")? {
        return Ok(Says::Purity { reason, sides: None });
    }
    let on = answer::sides(v, texts.len())?;
    let side = |which: answer::Set, what: &str| -> Result<OpinionSide, String> {
        let members: Vec<SampleIx> =
            texts.iter().zip(&on).filter(|(_, on)| **on == Some(which)).map(|(t, _)| t.sample).collect();
        if members.is_empty() {
            return Err(format!("the group is called mixed, but {what} has no text"));
        }
        Ok(OpinionSide { name: answer::name(v, what)?, members })
    };
    Ok(Says::Purity { reason, sides: Some([side(answer::Set::A, "side_a")?, side(answer::Set::B, "side_b")?]) })
}

/// Counts what a judge said of texts without knowing which are members.
fn counted(shown: &[(Excerpt, bool)], said: &[bool]) -> BlindCheck {
    let mut blind = BlindCheck::default();
    for ((_, member), yes) in shown.iter().zip(said) {
        let (n, hit) = match member {
            true => (&mut blind.members, &mut blind.hits),
            false => (&mut blind.outsiders, &mut blind.false_alarms),
        };
        *n += 1;
        *hit += u32::from(*yes);
    }
    blind
}

#[cfg(test)]
mod tests;
