//! Verdicts: several runs of each, how often they agree, what the judge sees where nothing is, and the summary.

use serde_json::{Value, json};

use super::{BlankTrial, Evidence, Ranked, Step, ids};
use crate::llm::answer;
use crate::llm::driver::{Answer, Driver};
use crate::llm::excerpt::{fenced, quoted};
use crate::llm::schema;
use crate::model::{Reason, SampleIx, Says, Verdict, Votes};

/// Reasons kept of one run.
const REASONS: usize = 4;

/// What one run says.
type Judged = (Verdict, Vec<Reason>);

fn one(w: &Driver, intent: &str, difference: &str, evidence: &Evidence) -> Result<Answer<Judged>, Step> {
    let texts = evidence.texts();
    let shown = ids(&texts);
    let values = [("intent", &*quoted(intent)), ("difference", &*quoted(difference)), ("texts", &*evidence.block())];
    w.answer("verdict", &values, (schema::verdict(texts.len()), 600), |v| {
        let mut reasons = Vec::new();
        for r in answer::list(v, "reasons")? {
            // A reason that rests on nothing shown is none.
            let cites: Vec<SampleIx> = answer::cited(r, "ids", &shown);
            if !cites.is_empty() {
                reasons.push(Reason { text: answer::sentence(r, "text")?, cites });
            }
        }
        reasons.truncate(REASONS);
        if reasons.is_empty() {
            return Err("no reason cites a text that was shown".into());
        }
        Ok((answer::verdict(v)?, reasons))
    })
}

/// The verdict of most runs; unclear when no answer has more than half of them.
pub(super) fn verdict(w: &Driver, intent: &str, difference: &str, runs: &[Evidence]) -> Result<Step, Step> {
    let mut said: Vec<Judged> = Vec::new();
    let (mut model, mut prompt) = (String::new(), String::new());
    for evidence in runs {
        let (judged, by, after) = one(w, intent, difference, evidence)?;
        said.push(judged);
        (model, prompt) = (by, after);
    }
    let count = |v: Verdict| said.iter().filter(|s| s.0 == v).count();
    let (most, agreed) =
        Verdict::ALL.map(|v| (v, count(v))).into_iter().max_by_key(|c| c.1).unwrap_or((Verdict::Unclear, 0));
    let votes = Some(Votes { agreed: agreed as u32, runs: runs.len() as u32 });
    let says = if 2 * agreed > runs.len() {
        let reasons = said.into_iter().find(|s| s.0 == most).map(|s| s.1).unwrap_or_default();
        Says::Verdict { verdict: most, reasons, votes }
    } else {
        // Each run's first reason shows what they disagree on.
        let first = said.into_iter().filter_map(|(v, mut r)| {
            let Reason { text, cites } = if r.is_empty() { return None } else { r.remove(0) };
            Some(Reason { text: format!("{}: {text}", v.name()), cites })
        });
        Says::Verdict { verdict: Verdict::Unclear, reasons: first.collect(), votes }
    };
    Ok(Step::Done { says: Box::new(says), model, prompt })
}

/// How often the judge calls something a difference that is none.
pub(super) fn blank(w: &Driver, intent: &str, trials: &[BlankTrial]) -> Result<Step, Step> {
    let (mut found, mut model, mut prompt) = (0, String::new(), String::new());
    for t in trials {
        let ((verdict, _), by, after) = one(w, intent, &t.difference, &t.evidence)?;
        found += u32::from(!matches!(verdict, Verdict::Unclear | Verdict::Artefact));
        (model, prompt) = (by, after);
    }
    let says = Says::Blank { judged: trials.len() as u32, found };
    Ok(Step::Done { says: Box::new(says), model, prompt })
}

/// All verdicts, ranked.
pub(super) fn summary(w: &Driver, intent: &str, differences: &[Ranked]) -> Result<Step, Step> {
    let lines = differences.iter().enumerate().map(|(i, d)| {
        json!({"id": format!("d{}", i + 1), "difference": d.difference, "model_verdict": d.verdict,
               "model_reason": d.reason, "person_verdict": d.human})
    });
    let values = [("intent", &*quoted(intent)), ("differences", &*fenced("differences", lines))];
    let n = differences.len();
    w.ask("summary", &values, (schema::summary(n), 400 + 70 * n as u32), |v| {
        let lines = answer::list(v, "ranked")?;
        let named: Vec<&str> = lines.iter().map(|l| l["id"].as_str().unwrap_or_default()).collect();
        let order = answer::order(&named, 'd', n)?;
        let sentence = |(at, line): (usize, &Value)| -> Result<_, String> {
            Ok((differences[at].target.clone(), answer::sentence(line, "sentence")?))
        };
        let ranked = order.into_iter().zip(lines).map(sentence).collect::<Result<_, _>>()?;
        Ok(Says::Summary { overview: answer::overview(v, "overview")?, ranked })
    })
}
