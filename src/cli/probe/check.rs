//! `gander probe check`: what can be said of a suite without a language model.

use serde_json::{Value, json};

use super::super::CliError;
use super::super::args::ProbeCheckArgs;
use super::super::output::print;
use super::{embedder, line, say_problems, title};
use crate::probe::check::{Check, Cue, EQUAL, check, false_alarms};
use crate::probe::{Item, Suite};
use crate::text::small;

/// Faults and copies that are listed.
const LISTED: usize = 5;

pub(super) fn run(args: &ProbeCheckArgs) -> Result<(), CliError> {
    let suite = Suite::open(&args.suite)?;
    let embed = embedder()?;
    let found = check(&suite, args.seed, &embed)?;
    let alarms = match args.shuffled {
        Some(n) => Some((n, false_alarms(&suite, n, args.seed, &embed)?)),
        None => None,
    };
    let items = suite.counted();
    let name = title(&suite, &args.suite);
    if args.json {
        print(&format!("{}\n", to_json(&name, &items, &found, alarms)))?;
    } else {
        say_problems(&found.problems);
        print(&in_words(&name, &suite, &items, &found, alarms))?;
    }
    let broken: Vec<&str> = found.rules.iter().filter(|r| r.broken).map(|r| r.rule.as_str()).collect();
    if broken.is_empty() { Ok(()) } else { Err(CliError::Broken(broken.join("; "))) }
}

fn in_words(name: &str, suite: &Suite, items: &[&Item], c: &Check, alarms: Option<(usize, usize)>) -> String {
    let mut out = format!(
        "{name}: {} items, {} with one key, {} units (families, exact copies joined)\n",
        c.items, c.keyed, c.units
    );
    if suite.only_gold() {
        out.push_str("The suite has no items yet, so the gold items are checked.\n");
    }
    out.push_str("\n1. Are the items sound?\n");
    let mut kinds: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    c.problems.iter().for_each(|p| *kinds.entry(p.fault.name()).or_default() += 1);
    kinds.iter().for_each(|(kind, n)| out.push_str(&format!("   {n:>5}  {kind}\n")));
    if kinds.is_empty() {
        out.push_str("   no fault found\n");
    }
    variety(items, c, &mut out);
    out.push_str("\n3. Does the wording give the key away? p holds over all these tests together.\n");
    c.cues.iter().for_each(|cue| out.push_str(&cue_line(cue)));
    if !c.words.is_empty() {
        out.push_str("   words that go with the key:\n");
    }
    for w in &c.words {
        let way = if w.z > 0.0 { "right" } else { "wrong" };
        let share = if w.z > 0.0 { w.share } else { 1.0 - w.share };
        out.push_str(&line(&format!(
            "     “{}” {way} in {share:.2} of {} ({}, z {:.1})",
            w.word,
            w.items,
            w.form.name(),
            w.z
        )));
        out.push('\n');
    }
    if let Some((n, flagged)) = alarms {
        out.push_str(&format!("   with keys shuffled {n} times: {flagged} times a cue\n"));
    }
    causes(items, c, &mut out);
    out.push_str("\nRules\n");
    for r in &c.rules {
        let word = if r.broken { "BROKEN" } else { "kept" };
        out.push_str(&line(&format!("   {word:<7} {}: {}", r.rule, r.found)));
        out.push('\n');
    }
    out
}

fn cue_line(cue: &Cue) -> String {
    let mark = match (cue.found, cue.form.name()) {
        (true, "form") => "CUE",
        (true, _) => "content",
        _ => "",
    };
    line(&format!("   {mark:<8} {}, p {}", cue.says, small(cue.p_all))) + "\n"
}

fn variety(items: &[&Item], c: &Check, out: &mut String) {
    let v = &c.variety;
    let share = |n: usize| 100.0 * n as f64 / c.items.max(1) as f64;
    out.push_str("\n2. Do they vary?\n");
    out.push_str(&format!(
        "   {:>5}  exact copies of a question of another family ({:.1} %)\n",
        v.exact,
        share(v.exact)
    ));
    out.push_str(&format!("   {:>5}  near copies, most words the same ({:.1} %)\n", v.near, share(v.near)));
    for copy in v.copies.iter().take(LISTED) {
        let (a, b) = (items[copy.item], items[copy.of]);
        out.push_str(&line(&format!("          {} is like {}", a.id, b.id)));
        out.push('\n');
    }
    if let Some((n, of)) = v.effective {
        out.push_str(&format!("   {n:>5.1}  effective number of items among {of} (Vendi score)"));
        out.push_str(if of < EQUAL { "; suites of other sizes cannot be compared\n" } else { "\n" });
    }
    out.push_str(&format!("   {:>4.0} %  share a frame of words with two families or more", 100.0 * v.templates));
    match &v.frame {
        Some((frame, n)) => out.push_str(&format!("; the commonest, in {n}: “{}”\n", line(frame))),
        None => out.push('\n'),
    }
    if let Some((mean, near)) = v.gold {
        out.push_str(&format!(
            "   {mean:>5.2}  mean cosine to the nearest gold item; {:.0} % of the items are at 0.9 or more\n",
            100.0 * near
        ));
    }
    let d = &c.design;
    if d.pairs.1 > 0 {
        out.push_str(&format!("   {:>5}  of {} pairs of the design's values occur\n", d.pairs.0, d.pairs.1));
    }
    if !d.empty.is_empty() {
        out.push_str(&line(&format!("          values that no family has: {}", d.empty.join(", "))));
        out.push('\n');
    }
    for (value, [with, without], p) in &d.keyed {
        out.push_str(&line(&format!(
            "          {value}: yes is right in {with:.2}, elsewhere in {without:.2}, p {}",
            small(*p)
        )));
        out.push('\n');
    }
}

fn causes(items: &[&Item], c: &Check, out: &mut String) {
    out.push_str("\n4. Do keys follow their cause?\n");
    if c.causal.families == 0 {
        out.push_str("   cannot be said: no family has a base and a variant\n");
        return;
    }
    out.push_str(&format!(
        "   {:>5}  families with variants; the key changes in {} of them\n",
        c.causal.families, c.causal.changing
    ));
    for b in c.causal.broken.iter().take(LISTED) {
        out.push_str(&line(&format!("          {} (item {}): {}", items[b.item].place, items[b.item].id, b.why)));
        out.push('\n');
    }
    if c.causal.broken.len() > LISTED {
        out.push_str(&format!("          {} in all; --json lists every one\n", c.causal.broken.len()));
    }
}

fn to_json(name: &str, items: &[&Item], c: &Check, alarms: Option<(usize, usize)>) -> Value {
    let v = &c.variety;
    let problem = |p: &crate::probe::Problem| {
        json!({"fault": p.fault.name(), "item": p.item, "file": p.place.file.display().to_string(), "line": p.place.line,
               "why": p.why, "fatal": p.fault.is_fatal()})
    };
    let word = |w: &crate::probe::check::Word| json!({"word": w.word, "form": w.form, "items": w.items, "share": w.share, "z": w.z, "p": w.p});
    let id = |at: usize| items[at].id.clone();
    json!({
        "schema": "gander.probe.check/1",
        "suite": name,
        "items": c.items,
        "keyed": c.keyed,
        "units": c.units,
        "problems": c.problems.iter().map(problem).collect::<Vec<_>>(),
        "variety": {
            "exact_copies": v.exact,
            "near_copies": v.near,
            "copies": v.copies.iter().map(|k| json!({"item": id(k.item), "of": id(k.of), "alike": k.alike})).collect::<Vec<_>>(),
            "effective_number": v.effective.map(|e| json!({"value": e.0, "of": e.1})),
            "template_rate": v.templates,
            "commonest_frame": v.frame.as_ref().map(|f| json!({"frame": f.0, "families": f.1})),
            "gold": v.gold.map(|g| json!({"mean_cosine": g.0, "share_from_0.9": g.1})),
        },
        "cues": c.cues,
        "words": c.words.iter().map(word).collect::<Vec<_>>(),
        "shuffled": alarms.map(|(n, flagged)| json!({"times": n, "with_cue": flagged})),
        "causal": {
            "families": c.causal.families,
            "changing": c.causal.changing,
            "uncausal": c.causal.uncausal(),
            "incomplete": c.causal.incomplete,
            "broken": c.causal.broken.iter().map(|b| json!({"family": b.family, "item": id(b.item), "why": b.why, "key": b.key})).collect::<Vec<_>>(),
        },
        "design": {
            "empty": c.design.empty,
            "pairs_filled": c.design.pairs.0,
            "pairs": c.design.pairs.1,
            "keyed": c.design.keyed.iter().map(|(value, shares, p)| json!({"value": value, "yes_with": shares[0], "yes_without": shares[1], "p": p})).collect::<Vec<_>>(),
        },
        "rules": c.rules,
    })
}
