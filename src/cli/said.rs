//! What a language model said, on a line or a few.

use std::collections::BTreeMap;

use crate::model::{Opinion, Says};
use crate::text::small;

/// A side as a person knows it.
fn side(toward: u8) -> &'static str {
    if toward == 1 { "fine-tune" } else { "precursor" }
}

/// An opinion in a line or a few. `not_tested` says why its p means nothing, where it does; `ids` names samples; `family` holds
/// the p of scans for all of them together.
pub(super) fn in_words(
    o: &Opinion,
    not_tested: Option<&str>,
    ids: &dyn Fn(&[u32]) -> Vec<String>,
    family: &BTreeMap<u64, f64>,
) -> String {
    let p_or_why = |p: f64| not_tested.map_or_else(|| format!("p {}", small(p)), str::to_owned);
    let target = &o.target;
    match &o.says {
        Says::Label { label, fit, .. } => {
            let fit = fit.map_or_else(String::new, |f| format!("  (topic match {f:.2} over held-out texts)"));
            format!("{target}  label: {label}{fit}")
        }
        Says::Check { label, blind, .. } if blind.is_one_sided() => format!(
            "{target}  check of “{label}”: no evidence, since the judge said yes to {} of {} texts, members and outsiders alike",
            blind.called(),
            blind.judged()
        ),
        Says::Check { label, blind, ci } => format!(
            "{target}  check of “{label}”: balanced accuracy {:.2} ({:.2}–{:.2}), precision {}, recall {:.2}",
            blind.balanced(),
            ci[0],
            ci[1],
            blind.precision().map_or_else(|| "–".into(), |p| format!("{p:.2}")),
            blind.recall()
        ),
        Says::Purity { reason, sides: None } => format!("{target}  pure: {reason}"),
        Says::Purity { reason, sides: Some([a, b]) } => format!(
            "{target}  mixed: {reason}\n    {}: {}\n    {}: {}",
            a.name,
            ids(&a.members).join(" "),
            b.name,
            ids(&b.members).join(" ")
        ),
        Says::Contrast { description, toward, blind, p } => format!(
            "{target}  contrast, more of the {}: {description}  ({} of {} held-out pairs right, {})",
            side(*toward),
            blind.right,
            blind.decided,
            p_or_why(*p)
        ),
        Says::Describe { description, blind } => {
            let tested = match blind {
                None => "not checked: there are too few other texts".to_owned(),
                Some(b) if b.is_one_sided() => {
                    format!("no evidence: the judge said yes to {} of {} texts", b.called(), b.judged())
                }
                Some(b) => format!(
                    "fits {} of {} held-out texts of it and {} of {} others",
                    b.hits, b.members, b.false_alarms, b.outsiders
                ),
            };
            format!("{target}  {description}  ({tested})")
        }
        Says::Scan { claim: None, reason } => format!("{target}  the same: {reason}"),
        Says::Scan { claim: Some(c), .. } => {
            let (here, there) = (usize::from(c.toward), 1 - usize::from(c.toward));
            let all = family.get(&o.id).filter(|_| not_tested.is_none());
            let all = all.map_or_else(String::new, |p| format!(", {} for all scanned together", small(*p)));
            format!(
                "{target}  claimed by the {}: {}  ({} of {} held-out texts of it say so, {} of {} of the other; {}{all})",
                side(c.toward),
                c.text,
                c.made[here],
                c.of[here],
                c.made[there],
                c.of[there],
                p_or_why(c.p)
            )
        }
        Says::Hypotheses { tested } => {
            let mut s = format!("{target}  hypotheses, each tested on held-out pairs, p for all together:");
            for h in tested {
                s.push_str(&format!(
                    "\n    {}, more of the {}: {}  ({} of {} pairs right, p {})",
                    if h.holm < 0.05 { "holds" } else { "does not hold" },
                    side(h.toward),
                    h.description,
                    h.blind.right,
                    h.blind.decided,
                    small(h.holm)
                ));
            }
            s
        }
        Says::Blank { judged, found } => format!(
            "{target}  with the models' labels shuffled, so that nothing differs, this judge found something in {found} of {judged}"
        ),
        Says::Verdict { verdict, reasons, votes } => {
            let agreed = votes
                .filter(|v| v.runs > 1)
                .map_or_else(String::new, |v| format!(" ({} of {} runs agree)", v.agreed, v.runs));
            let mut s = format!("{target}  {}{agreed}", verdict.name());
            for r in reasons {
                s.push_str(&format!("\n    {} [{}]", r.text, ids(&r.cites).join(" ")));
            }
            s
        }
        Says::Summary { overview, ranked } => {
            let mut s = overview.clone();
            for (i, (target, sentence)) in ranked.iter().enumerate() {
                s.push_str(&format!("\n{:>3}. {target}: {sentence}", i + 1));
            }
            s
        }
    }
}
