//! Questions, and how replies lead from one to the next.

use std::collections::HashMap;

use serde_json::json;

use super::answer;
use super::call::{Call, Reply};
use super::certainty::{at_least_by_chance, balanced_interval};
use super::excerpt::{Excerpt, block, fenced, quoted};
use super::prompts::Prompts;
use super::walk::Walk;
use crate::model::{BlindCheck, BlindPairs, Job, OpinionSide, Reason, SampleIx, Says, Target, Verdict};

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
    Verdict {
        intent: String,
        difference: String,
        left: Vec<Excerpt>,
        right: Vec<Excerpt>,
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

/// Where a task stands with the replies known.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// This call must be answered first.
    Ask(Box<Call>),
    /// It is done: what was said, by which model, after which prompt.
    Done {
        /// What was said.
        says: Box<Says>,
        /// The model, as its server names it.
        model: String,
        /// The prompt.
        prompt: String,
    },
    /// It failed for good.
    Failed(String),
}

/// Replies known, by [`Call::hash`].
pub(super) type Known<'a> = &'a dyn Fn(&str) -> Option<Reply>;

impl Task {
    /// The kind of work.
    pub fn job(&self) -> Job {
        match self.question {
            Question::Label { .. } => Job::Label,
            Question::Check { .. } => Job::Check,
            Question::Purity { .. } => Job::Purity,
            Question::Contrast { .. } => Job::Contrast,
            Question::Verdict { .. } => Job::Verdict,
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

    /// Calls that the task needs when every answer can be used.
    pub fn calls(&self) -> u32 {
        if self.job() == Job::Contrast { 2 } else { 1 }
    }

    /// Goes as far as the known replies lead.
    pub fn advance(&self, model: &str, prompts: &Prompts, known: Known) -> Step {
        let walk = Walk { model, prompts, known };
        self.walk(&walk).unwrap_or_else(|step| step)
    }

    fn walk(&self, w: &Walk) -> Result<Step, Step> {
        match &self.question {
            Question::Label { members, boundary, outsiders } => {
                let (m, b, o): (Vec<_>, Vec<_>, Vec<_>) =
                    (members.iter().collect(), boundary.iter().collect(), outsiders.iter().collect());
                let values = [
                    ("members", &*block(&m, 1)),
                    ("boundary", &*block(&b, 1 + m.len())),
                    ("outsiders", &*block(&o, 1 + m.len() + b.len())),
                ];
                w.ask("label", &values, 300, |a: answer::Label| {
                    let label = answer::name(&a.label, "label")?;
                    Ok(Says::Label { label, reason: answer::sentence(&a.reason, "reason")?, fit: None })
                })
            }
            Question::Check { label, shown } => {
                let texts: Vec<&Excerpt> = shown.iter().map(|s| &s.0).collect();
                let values = [("label", &*quoted(label)), ("texts", &*block(&texts, 1))];
                w.ask("check", &values, 60 + 24 * shown.len() as u32, |a: answer::Check| {
                    let said = answer::complete(a.answers.into_iter().map(|m| (m.id, m.member)), 't', shown.len())?;
                    let mut blind = BlindCheck::default();
                    for ((_, member), yes) in shown.iter().zip(said) {
                        let (n, hit) = match member {
                            true => (&mut blind.members, &mut blind.hits),
                            false => (&mut blind.outsiders, &mut blind.false_alarms),
                        };
                        *n += 1;
                        *hit += u32::from(yes);
                    }
                    Ok(Says::Check { label: label.clone(), blind, ci: balanced_interval(blind) })
                })
            }
            Question::Purity { label, members } => {
                let texts: Vec<&Excerpt> = members.iter().collect();
                let values = [("label", &*quoted(label)), ("texts", &*block(&texts, 1))];
                let tokens = 400 + 8 * members.len() as u32;
                w.ask("purity", &values, tokens, |a: answer::Purity| purity(&a, &ids(&texts)))
            }
            Question::Contrast { left_is_a, left, right, held_out } => contrast(w, *left_is_a, left, right, held_out),
            Question::Verdict { intent, difference, left, right } => {
                let (l, r): (Vec<&Excerpt>, Vec<&Excerpt>) = (left.iter().collect(), right.iter().collect());
                let values = [
                    ("intent", &*quoted(intent)),
                    ("difference", &*quoted(difference)),
                    ("left", &*block(&l, 1)),
                    ("right", &*block(&r, 1 + l.len())),
                ];
                let shown = ids(&l.iter().chain(&r).copied().collect::<Vec<_>>());
                w.ask("verdict", &values, 600, |a: answer::Judgement| {
                    if a.reasons.is_empty() || a.reasons.len() > 4 {
                        return Err(format!("there are {} reasons, not one to four", a.reasons.len()));
                    }
                    let mut reasons = Vec::new();
                    for r in a.reasons {
                        let cites = answer::resolve(&r.ids, &shown)?;
                        if cites.is_empty() {
                            return Err("a reason cites no text".into());
                        }
                        reasons.push(Reason { text: answer::sentence(&r.text, "text")?, cites });
                    }
                    Ok(Says::Verdict { verdict: a.verdict, reasons })
                })
            }
            Question::Summary { intent, differences } => {
                let lines = differences.iter().enumerate().map(|(i, d)| {
                    json!({"id": format!("d{}", i + 1), "difference": d.difference, "model_verdict": d.verdict,
                           "model_reason": d.reason, "person_verdict": d.human})
                });
                let values = [("intent", &*quoted(intent)), ("differences", &*fenced("differences", lines))];
                let n = differences.len();
                w.ask("summary", &values, 400 + 70 * n as u32, |a: answer::Summary| {
                    let order: Vec<(String, usize)> =
                        a.ranked.iter().enumerate().map(|(place, r)| (r.id.clone(), place)).collect();
                    let places = answer::complete(order.into_iter(), 'd', n)?;
                    let mut by_place: Vec<usize> = (0..n).collect();
                    by_place.sort_by_key(|&d| places[d]);
                    let mut ranked = Vec::with_capacity(n);
                    for d in by_place {
                        let sentence = answer::sentence(&a.ranked[places[d]].sentence, "sentence")?;
                        ranked.push((differences[d].target.clone(), sentence));
                    }
                    Ok(Says::Summary { overview: answer::overview(&a.overview)?, ranked })
                })
            }
        }
    }
}

/// The texts behind `t1`, `t2` and so on.
fn ids(texts: &[&Excerpt]) -> HashMap<String, SampleIx> {
    texts.iter().enumerate().map(|(i, e)| (format!("t{}", i + 1), e.sample)).collect()
}

fn purity(a: &answer::Purity, shown: &HashMap<String, SampleIx>) -> Result<Says, String> {
    let reason = answer::sentence(&a.reason, "reason")?;
    if !a.mixed {
        return Ok(Says::Purity { reason, sides: None });
    }
    let side = |s: &answer::Side, what: &str| -> Result<OpinionSide, String> {
        let members = answer::resolve(&s.ids, shown)?;
        if members.is_empty() {
            return Err(format!("the group is called mixed, but {what} has no text"));
        }
        Ok(OpinionSide { name: answer::name(&s.name, "name")?, members })
    };
    let (a, b) = (side(&a.side_a, "side_a")?, side(&a.side_b, "side_b")?);
    if let Some(both) = a.members.iter().find(|s| b.members.contains(s)) {
        let id = shown.iter().find(|(_, s)| *s == both).map_or("?", |(id, _)| id.as_str());
        return Err(format!("the text {id} is on both sides"));
    }
    Ok(Says::Purity { reason, sides: Some([a, b]) })
}

/// Describes what separates the sides, then has that told apart on pairs that were not shown.
fn contrast(
    w: &Walk,
    left_is_a: bool,
    left: &[Excerpt],
    right: &[Excerpt],
    held_out: &[([Excerpt; 2], bool)],
) -> Result<Step, Step> {
    let (l, r): (Vec<&Excerpt>, Vec<&Excerpt>) = (left.iter().collect(), right.iter().collect());
    let (a, b) = if left_is_a { (&l, &r) } else { (&r, &l) };
    let values = [("set_a", &*block(a, 1)), ("set_b", &*block(b, 1 + a.len()))];
    let ((description, set), model, prompt) = w.answer("contrast", &values, 300, |c: answer::Contrast| {
        Ok((answer::sentence(&c.description, "description")?, c.set))
    })?;
    let right_has_it = (set == answer::Set::A) != left_is_a;
    let lines = held_out.iter().enumerate().map(|(i, ([left, right], right_first))| {
        let (first, second) = if *right_first { (right, left) } else { (left, right) };
        json!({"id": format!("p{}", i + 1), "first": first.text, "second": second.text})
    });
    let values = [("description", &*quoted(&description)), ("pairs", &*fenced("pairs", lines))];
    let n = held_out.len();
    let (blind, ..) = w.answer("contrast_check", &values, 60 + 24 * n as u32, |c: answer::PairCheck| {
        let said = answer::complete(c.answers.into_iter().map(|p| (p.id, p.which)), 'p', n)?;
        let mut blind = BlindPairs { pairs: n as u32, decided: 0, right: 0 };
        for ((_, right_first), which) in held_out.iter().zip(said) {
            let says_right = match which {
                answer::Which::First => *right_first,
                answer::Which::Second => !right_first,
                answer::Which::Neither => continue,
            };
            blind.decided += 1;
            blind.right += u32::from(says_right == right_has_it);
        }
        Ok(blind)
    })?;
    let p = at_least_by_chance(blind.right, blind.decided);
    let says = Says::Contrast { description, toward: u8::from(right_has_it), blind, p };
    Ok(Step::Done { says: Box::new(says), model, prompt })
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
