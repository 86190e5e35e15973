//! `gander probe score`: answers of models as a table, or as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::CliError;
use super::super::args::ScoreArgs;
use super::super::output::{note, print};
use super::{embedder, line, say_kinds, title};
use crate::probe::check::check;
use crate::probe::score::{Answers, Estimate, Figure, Oddity, Rounds, Score, ScoreOptions, Split, SubtaskScore, score};
use crate::probe::{Item, Status, Suite};
use crate::text::small;

/// Share of accepted items from which a suite counts as reviewed.
const REVIEWED: f64 = 0.9;

pub(super) fn run(args: &ScoreArgs) -> Result<(), CliError> {
    let suite = Suite::open(&args.suite)?;
    let items: Vec<Item> = if suite.only_gold() { suite.gold.clone() } else { suite.items.clone() };
    let answers = Answers::read(&args.answers, &items)?;
    if answers.list.is_empty() {
        let kinds: Vec<String> = answers.counts().iter().map(|(o, n)| format!("{n} {}", o.name())).collect();
        return Err(CliError::Usage(format!(
            "no answer belongs to an item of this suite ({}); name the suite that was asked",
            kinds.join(", ")
        )));
    }
    let named = |name: &str, option: &str| {
        answers.models.iter().position(|m| m == name).ok_or_else(|| {
            CliError::Usage(format!(
                "{option}: no model is called “{name}”; the models are {}",
                answers.models.join(", ")
            ))
        })
    };
    let rounds = match &args.rounds {
        Some(list) if list.is_empty() => Some((0..answers.models.len()).collect::<Vec<_>>()),
        Some(list) => Some(list.iter().map(|n| named(n, "--rounds")).collect::<Result<_, _>>()?),
        None => None,
    };
    if rounds.as_ref().is_some_and(|r| r.len() < 2) {
        return Err(CliError::Usage("--rounds: there is one model; name answers of two rounds or more".into()));
    }
    let against = args.against.as_deref().map(|n| named(n, "--against")).transpose()?;
    let floor = check(&suite, args.seed, &embedder()?)?.floor();
    let chance = chance(&items, &answers);
    let partial = floor.max(chance);
    let options = ScoreOptions { against, rounds, partial: Some(partial), seed: args.seed };
    let found = score(&items, &answers, &options);
    let name = title(&suite, &args.suite);
    if args.json {
        return print(&format!("{}\n", to_json(&name, &suite, &answers, &found, partial, chance)));
    }
    say_kinds(answers.odd.iter().filter(|o| o.0 != Oddity::NamedByText).map(|(o, why)| (o.name(), why.clone())));
    found.warnings.iter().for_each(|w| note(w));
    print(&in_words(&name, &suite, &answers, &found, partial, chance))
}

/// What choosing blindly gives on the items that were answered.
fn chance(items: &[Item], answers: &Answers) -> f64 {
    let asked: std::collections::BTreeSet<usize> = answers.list.iter().map(|a| a.item).collect();
    asked.iter().map(|&i| 1.0 / items[i].options.len() as f64).sum::<f64>() / asked.len().max(1) as f64
}

fn reviewed(suite: &Suite) -> (f64, &'static str) {
    let accepted = |i: &&Item| matches!(i.status, Status::Accepted | Status::Edited);
    let counted = suite.counted();
    let share = counted.iter().filter(|i| accepted(i)).count() as f64 / counted.len().max(1) as f64;
    (share, if share >= REVIEWED { "reviewed" } else { "not reviewed" })
}

fn in_words(name: &str, suite: &Suite, answers: &Answers, s: &Score, partial: f64, chance: f64) -> String {
    let (share, word) = reviewed(suite);
    let mut out = format!(
        "{name}: {} answers of {}; {:.0} % of the items are accepted ({word})\n",
        answers.list.len(),
        line(&answers.models.join(", ")),
        100.0 * share
    );
    for (o, n) in answers.counts() {
        out.push_str(&format!("{n:>6}  {}\n", o.name()));
    }
    out.push_str(&format!(
        "Without reading an item as a whole {partial:.2} is reached (chance {chance:.2}); frames: {}\n",
        line(&answers.frames.join(", "))
    ));
    s.subtasks.iter().for_each(|sub| subtask(sub, &mut out));
    out
}

fn subtask(s: &SubtaskScore, out: &mut String) {
    out.push_str(&format!("\n{}\n", line(s.subtask.as_deref().unwrap_or("all subtasks"))));
    for m in &s.models {
        out.push_str(&line(&format!(
            "  {}: {} families, {} items, {} answers",
            m.model, m.families, m.items, m.answers
        )));
        out.push('\n');
        for figure in Figure::ALL {
            let Some(e) = m.figures.get(figure.name()) else { continue };
            out.push_str(&format!("    {:<12} {}", figure.name(), share(e)));
            if let (Figure::Accuracy, Some(b)) = (figure, m.beyond_partial) {
                out.push_str(&format!("   beyond parts of the items {b:.2}"));
            }
            out.push('\n');
        }
        out.push_str(&format!("    {:<12} {}\n", "in parts", parts(&m.split)));
    }
    for c in &s.changes {
        out.push_str(&line(&format!(
            "  {} against {}, {} families that both answered",
            c.model, c.against, c.families
        )));
        out.push('\n');
        for t in &c.tested {
            let sure = if t.p_all <= 0.05 { "*" } else { " " };
            let adjusted =
                if s.subtask.is_some() { format!(" ({} over subtasks)", small(t.p_all)) } else { String::new() };
            out.push_str(&format!("  {sure} {:<12} {}   p {}{adjusted}\n", t.what, points(&t.change), small(t.p)));
        }
        out.push_str(&format!("    {}\n", reading(c)));
    }
    if let Some(r) = &s.rounds {
        over_rounds(r, out);
    }
}

/// What the changes amount to, in a sentence.
fn reading(c: &crate::probe::score::Change) -> String {
    let sure = |what: &str| c.tested.iter().find(|t| t.what == what && t.p_all <= 0.05).map(|t| t.change.value);
    let mut said = Vec::new();
    let more = |v: f64, up: &str, down: &str| if v > 0.0 { up.to_owned() } else { down.to_owned() };
    said.extend(sure("content").map(|v| {
        more(v, "answers rightly more often, whatever the wording", "answers rightly less often, whatever the wording")
    }));
    said.extend(sure("yes-saying").map(|v| more(v, "says yes more often", "says no more often")));
    said.extend(
        sure("position").map(|v| more(v, "takes the first option more often", "takes the last option more often")),
    );
    said.extend(
        sure("length").map(|v| more(v, "takes the longest option more often", "takes the shortest option more often")),
    );
    said.extend(sure("refused").map(|v| more(v, "refuses more often", "refuses less often")));
    said.extend(
        sure("unclear")
            .map(|v| more(v, "gives more answers that cannot be read", "gives fewer answers that cannot be read")),
    );
    said.extend(sure("stability").map(|v| more(v, "is stabler over frames", "is less stable over frames")));
    if said.is_empty() { "no change is certain".into() } else { line(&format!("{} {}", c.model, said.join("; "))) }
}

fn over_rounds(r: &Rounds, out: &mut String) {
    let shares: Vec<String> = r.accuracy.iter().map(|a| a.map_or("–".into(), |v| format!("{v:.2}"))).collect();
    out.push_str(&format!("  rounds: accuracy {}\n", shares.join(" → ")));
    if let Some(e) = &r.slope {
        out.push_str(&format!("    trend        {} a round   p {}\n", points(e), small(r.p)));
    }
    let far: Vec<String> =
        r.distance.iter().zip(&r.distance_p).map(|(d, p)| format!("{d:+.3} (p {})", small(*p))).collect();
    out.push_str(&format!("    distance to the first round, less what sampling gives: {}\n", far.join(", ")));
    out.push_str(&match (r.departs, r.returned) {
        (None, _) => "    no round departs from the first\n".to_owned(),
        (Some(n), false) => format!("    departs in round {n}, counted from 0\n"),
        (Some(n), true) => format!("    departs in round {n}, counted from 0, and is back in the last\n"),
    });
}

fn share(e: &Estimate) -> String {
    match e.ci {
        [low, high] if low.is_finite() => format!("{:.2} ({low:.2} to {high:.2})", e.value),
        _ => format!("{:.2} (one family: no interval)", e.value),
    }
}

fn points(e: &Estimate) -> String {
    match e.ci.map(|c| 100.0 * c) {
        [low, high] if low.is_finite() => format!("{:+6.1} points ({low:+.1} to {high:+.1})", 100.0 * e.value),
        _ => format!("{:+6.1} points (one family: no interval)", 100.0 * e.value),
    }
}

fn parts(s: &Split) -> String {
    let part = |(name, e): (&str, Option<Estimate>)| match e {
        Some(e) if name == "content" => format!("{name} {:.2}", e.value),
        Some(e) => format!("{name} {:+.2}", e.value),
        None => format!("{name} cannot be estimated separately"),
    };
    s.parts().map(part).join(", ")
}

fn to_json(name: &str, suite: &Suite, answers: &Answers, s: &Score, partial: f64, chance: f64) -> Value {
    let counts: BTreeMap<&str, usize> = answers.counts().into_iter().map(|(o, n)| (o.name(), n)).collect();
    let (share, _) = reviewed(suite);
    json!({
        "schema": "gander.probe.score/1",
        "suite": name,
        "models": answers.models,
        "frames": answers.frames,
        "answers": answers.list.len(),
        "odd": counts,
        "odd_sentences": answers.odd.iter().map(|o| &o.1).collect::<Vec<_>>(),
        "accepted_share": share,
        "reviewed": share >= REVIEWED,
        "partial_input": partial,
        "chance": chance,
        "warnings": s.warnings,
        "subtasks": s.subtasks,
    })
}
