//! What is described from some texts and tested on others, by a judge that sees the description alone.

use serde_json::json;

use super::{HYPOTHESES, Step, counted};
use crate::llm::answer::{self, Set, Which};
use crate::llm::binomial::{at_least_by_chance, fisher, holm};
use crate::llm::driver::{Answer, Driver};
use crate::llm::excerpt::{Excerpt, block, fenced, quoted};
use crate::llm::schema;
use crate::model::{BlindCheck, BlindPairs, Claim, Hypothesis, Says};

/// A pair of a left and a right text, and whether the right one is shown first.
type HeldOut = ([Excerpt; 2], bool);

/// Whether a label describes each of some texts.
pub(super) fn check(w: &Driver, label: &str, shown: &[(Excerpt, bool)]) -> Result<Answer<BlindCheck>, Step> {
    yes_or_no(w, "check", ("label", label), shown).map(|(said, model, prompt)| (counted(shown, &said), model, prompt))
}

/// Yes or no to each of some texts; the judge does not see which is which.
fn yes_or_no(
    w: &Driver,
    prompt: &'static str,
    (name, about): (&str, &str),
    shown: &[(Excerpt, bool)],
) -> Result<Answer<Vec<bool>>, Step> {
    let texts: Vec<&Excerpt> = shown.iter().map(|s| &s.0).collect();
    let values = [(name, &*quoted(about)), ("texts", &*block(&texts, 1))];
    let n = texts.len();
    w.answer(prompt, &values, (schema::members(n), 60 + 12 * n as u32), |v| answer::members(v, n))
}

/// The texts of set A and of set B.
fn sets(left_is_a: bool, [left, right]: [&[Excerpt]; 2]) -> [Vec<&Excerpt>; 2] {
    let (a, b) = if left_is_a { (left, right) } else { (right, left) };
    [a.iter().collect(), b.iter().collect()]
}

/// The side that a set is.
fn side_of(set: Set, left_is_a: bool) -> u8 {
    u8::from((set == Set::A) != left_is_a)
}

/// Describes what separates the sides, then has that told apart on pairs that were not shown.
pub(super) fn contrast(
    w: &Driver,
    left_is_a: bool,
    sides: [&Vec<Excerpt>; 2],
    held_out: &[HeldOut],
) -> Result<Step, Step> {
    let [a, b] = sets(left_is_a, sides.map(Vec::as_slice));
    let values = [("set_a", &*block(&a, 1)), ("set_b", &*block(&b, 1 + a.len()))];
    let ((description, set), model, prompt) = w.answer("contrast", &values, (schema::contrast(), 300), |v| {
        Ok((answer::description(v, "description")?, answer::set(v, "set")?))
    })?;
    let toward = side_of(set, left_is_a);
    let blind = told_apart(w, &description, toward, held_out)?;
    let p = at_least_by_chance(blind.right, blind.decided);
    Ok(Step::Done { says: Box::new(Says::Contrast { description, toward, blind, p }), model, prompt })
}

/// How often a judge that knows a property alone finds it in the text of the side that should have it.
fn told_apart(w: &Driver, description: &str, toward: u8, held_out: &[HeldOut]) -> Result<BlindPairs, Step> {
    let lines = held_out.iter().enumerate().map(|(i, ([left, right], right_first))| {
        let (first, second) = if *right_first { (right, left) } else { (left, right) };
        let mut line = json!({"id": format!("p{}", i + 1)});
        // Texts of one prompt share it; others are told apart without.
        if let Some(prompt) = left.prompt.as_ref().filter(|p| right.prompt.as_ref() == Some(p)) {
            line["prompt"] = prompt.as_str().into();
        }
        line["first"] = first.text.as_str().into();
        line["second"] = second.text.as_str().into();
        line
    });
    let values = [("description", &*quoted(description)), ("pairs", &*fenced("pairs", lines))];
    let n = held_out.len();
    let (said, ..) =
        w.answer("contrast_check", &values, (schema::pairs(n), 60 + 14 * n as u32), |v| answer::pairs(v, n))?;
    let mut blind = BlindPairs { pairs: n as u32, decided: 0, right: 0 };
    for ((_, right_first), which) in held_out.iter().zip(said) {
        let says_right = match which {
            Which::First => *right_first,
            Which::Second => !right_first,
            Which::Neither => continue,
        };
        blind.decided += 1;
        blind.right += u32::from(says_right == (toward == 1));
    }
    Ok(blind)
}

/// One sentence for what the texts of a difference do, checked on texts that it was not written from.
pub(super) fn describe(
    w: &Driver,
    difference: &str,
    [members, others]: [&Vec<Excerpt>; 2],
    held_out: &[(Excerpt, bool)],
) -> Result<Step, Step> {
    let (m, o): (Vec<&Excerpt>, Vec<&Excerpt>) = (members.iter().collect(), others.iter().collect());
    let values =
        [("difference", &*quoted(difference)), ("members", &*block(&m, 1)), ("others", &*block(&o, 1 + m.len()))];
    let (description, model, prompt) =
        w.answer("describe", &values, (schema::describe(), 250), |v| answer::description(v, "description"))?;
    let blind = match held_out.is_empty() {
        true => None,
        false => Some(check(w, &description, held_out)?.0),
    };
    Ok(Step::Done { says: Box::new(Says::Describe { description, blind }), model, prompt })
}

/// Whether both sides claim the same; if not, who of the held-out texts makes the claim, by the claim alone.
pub(super) fn scan(
    w: &Driver,
    left_is_a: bool,
    sides: [&Vec<Excerpt>; 2],
    held_out: &[(Excerpt, bool)],
) -> Result<Step, Step> {
    let [a, b] = sets(left_is_a, sides.map(Vec::as_slice));
    let values = [("set_a", &*block(&a, 1)), ("set_b", &*block(&b, 1 + a.len()))];
    let ((reason, found), model, prompt) = w.answer("scan", &values, (schema::scan(), 400), |v| {
        let reason = answer::sentence(v, "reason")?;
        if answer::yes(v, "same")? {
            return Ok((reason, None));
        }
        Ok((reason, Some((answer::description(v, "claim")?, answer::set(v, "set")?))))
    })?;
    let claim = match found {
        None => None,
        Some((text, set)) => {
            let toward = side_of(set, left_is_a);
            let (said, ..) = yes_or_no(w, "claim_check", ("claim", &text), held_out)?;
            let (mut made, mut of) = ([0, 0], [0, 0]);
            for ((_, right), yes) in held_out.iter().zip(said) {
                of[usize::from(*right)] += 1;
                made[usize::from(*right)] += u32::from(yes);
            }
            Some(Claim { text, toward, made, of, p: fisher(made, of, toward) })
        }
    };
    Ok(Step::Done { says: Box::new(Says::Scan { claim, reason }), model, prompt })
}

/// Properties that may separate the sides over the whole run, each tested on all held-out pairs.
pub(super) fn hypotheses(
    w: &Driver,
    left_is_a: bool,
    pairs: &[[Excerpt; 2]],
    held_out: &[HeldOut],
) -> Result<Step, Step> {
    let lines = pairs.iter().enumerate().map(|(i, [left, right])| {
        let (a, b) = if left_is_a { (left, right) } else { (right, left) };
        let prompt = left.prompt.as_ref().filter(|p| right.prompt.as_ref() == Some(p));
        json!({"id": format!("p{}", i + 1), "prompt": prompt, "a": a.text, "b": b.text})
    });
    let values = [("pairs", &*fenced("pairs", lines))];
    let size = (schema::hypotheses(HYPOTHESES), 150 + 150 * HYPOTHESES as u32);
    let (proposed, model, prompt) = w.answer("hypotheses", &values, size, |v| {
        let mut out: Vec<(String, Set)> = Vec::new();
        for h in answer::list(v, "hypotheses")? {
            // One that cannot be tested costs no other.
            if let (Ok(text), Ok(set)) = (answer::description(h, "description"), answer::set(h, "set"))
                && !out.iter().any(|o| o.0 == text)
            {
                out.push((text, set));
            }
        }
        out.truncate(HYPOTHESES);
        if out.is_empty() { Err("no hypothesis in it can be tested".into()) } else { Ok(out) }
    })?;
    let mut tested = Vec::new();
    for (description, set) in proposed {
        let toward = side_of(set, left_is_a);
        let blind = told_apart(w, &description, toward, held_out)?;
        let p = at_least_by_chance(blind.right, blind.decided);
        tested.push(Hypothesis { description, toward, blind, p, holm: 1.0 });
    }
    let corrected = holm(&tested.iter().map(|h| h.p).collect::<Vec<_>>());
    tested.iter_mut().zip(corrected).for_each(|(h, c)| h.holm = c);
    tested.sort_by(|a, b| a.p.total_cmp(&b.p));
    Ok(Step::Done { says: Box::new(Says::Hypotheses { tested }), model, prompt })
}
