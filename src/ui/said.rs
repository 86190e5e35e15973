//! What a language model said, in words.

use crate::app::App;
use crate::llm::scans_together;
use crate::model::{BlindCheck, BlindPairs, Opinion, Says};
use crate::text::small;

/// An opinion in words: lines with their indent. `not_tested` says why its p means nothing, where it does.
pub(super) fn in_words(app: &App, o: &Opinion, not_tested: Option<&str>) -> Vec<(usize, String)> {
    let head = |s: u32| app.run.heads.get(s as usize).cloned().unwrap_or_default();
    match &o.says {
        Says::Label { label, reason, fit } => {
            let fit = fit.map_or_else(String::new, |f| format!(" Topic match over held-out texts: {f:.2}."));
            vec![(0, format!("Name: “{label}”. {reason}{fit}"))]
        }
        Says::Check { label, blind, ci } => {
            let precision = blind.precision().map_or_else(|| "–".to_owned(), |p| format!("{p:.2}"));
            if blind.is_one_sided() {
                return vec![(0, no_evidence(label, *blind))];
            }
            vec![(
                0,
                format!(
                    "Blind check of “{label}”: balanced accuracy {:.2} ({:.2}–{:.2}), precision {precision}, recall {:.2}; {} of {} members recognised, {} of {} outsiders taken for members.",
                    blind.balanced(),
                    ci[0],
                    ci[1],
                    blind.recall(),
                    blind.hits,
                    blind.members,
                    blind.false_alarms,
                    blind.outsiders
                ),
            )]
        }
        Says::Purity { reason, sides: None } => vec![(0, format!("Of one mind: {reason}"))],
        Says::Purity { reason, sides: Some(sides) } => {
            let mut out = vec![(0, format!("Mixed: {reason}"))];
            for s in sides {
                out.push((
                    2,
                    format!(
                        "{} texts: {}, such as “{}”",
                        s.members.len(),
                        s.name,
                        s.members.first().map_or(String::new(), |&s| head(s))
                    ),
                ));
            }
            out
        }
        Says::Contrast { description, toward, blind, p } => {
            vec![(0, format!("More of {}: {description} {}", side(app, *toward), of_pairs(blind, *p, not_tested)))]
        }
        Says::Describe { description, blind } => {
            let tested = match blind {
                None => "It was not checked: there are too few other texts.".to_owned(),
                Some(b) if b.is_one_sided() => no_evidence(description, *b),
                Some(b) => format!(
                    "Checked blindly: it fits {} of {} held-out texts of the difference and {} of {} others.",
                    b.hits, b.members, b.false_alarms, b.outsiders
                ),
            };
            vec![(0, format!("In one sentence: {description} {tested}"))]
        }
        Says::Scan { claim: None, reason } => vec![(0, format!("Both models claim the same: {reason}"))],
        Says::Scan { claim: Some(c), .. } => {
            let all = scans_together(&app.llm.opinions)
                .get(&o.id)
                .filter(|_| not_tested.is_none())
                .map_or_else(String::new, |p| format!(", {} for all clusters scanned", small(*p)));
            let (here, there) = (usize::from(c.toward), 1 - usize::from(c.toward));
            vec![(
                0,
                format!(
                    "Claimed by {}: {} Blind test: {} of {} held-out texts of it say so, and {} of {} of the other; {}{all}.",
                    side(app, c.toward),
                    c.text,
                    c.made[here],
                    c.of[here],
                    c.made[there],
                    c.of[there],
                    not_tested.map_or_else(|| format!("p {}", small(c.p)), str::to_owned)
                ),
            )]
        }
        Says::Hypotheses { tested } => {
            let mut out =
                vec![(0, "What may separate the models over the run, each tested on held-out pairs:".to_owned())];
            for h in tested {
                let holds = if h.holm < 0.05 { "holds" } else { "does not hold" };
                out.push((
                    2,
                    format!(
                        "More of {}: {} {holds}: {} of {} decided pairs right ({} shown), p {} for all {} together.",
                        side(app, h.toward),
                        h.description,
                        h.blind.right,
                        h.blind.decided,
                        h.blind.pairs,
                        small(h.holm),
                        tested.len()
                    ),
                ));
            }
            out
        }
        Says::Blank { judged, found } => vec![(
            0,
            format!(
                "With the models' labels shuffled, so that nothing differs, this judge found something in {found} of {judged}: \
                 so much of its verdicts may be guessing."
            ),
        )],
        Says::Verdict { verdict, reasons, votes } => {
            let agreed = votes
                .filter(|v| v.runs > 1)
                .map_or_else(String::new, |v| format!(" ({} of {} runs agree)", v.agreed, v.runs));
            let mut out = vec![(0, format!("Verdict: {}{agreed}.", verdict.name()))];
            for r in reasons {
                out.push((2, r.text.clone()));
                for &s in r.cites.iter().take(2) {
                    out.push((4, format!("“{}”", head(s))));
                }
            }
            out
        }
        Says::Summary { overview, .. } => vec![(0, overview.clone())],
    }
}

/// The models of a side, as a person knows them.
fn side(app: &App, toward: u8) -> String {
    app.run.contrast().map_or_else(String::new, |c| {
        let side = if toward == 1 { &c.right } else { &c.left };
        side.iter().map(|&s| app.run.source_name(s)).collect::<Vec<_>>().join(" + ")
    })
}

fn of_pairs(blind: &BlindPairs, p: f64, not_tested: Option<&str>) -> String {
    let (verdict, p) = match (not_tested, p < 0.05) {
        (Some(why), _) => ("", why.to_owned()),
        (None, true) => (" holds", format!("p {}", small(p))),
        (None, false) => (" does not hold", format!("p {}", small(p))),
    };
    format!(
        "The blind test{verdict}: {} of {} decided pairs right ({} shown), {p}.",
        blind.right, blind.decided, blind.pairs
    )
}

/// What a judge that always says the same tells of a label.
fn no_evidence(label: &str, b: BlindCheck) -> String {
    format!(
        "Blind check of “{label}”: no evidence. The judge said yes to {} of {} texts, members and outsiders alike.",
        b.called(),
        b.judged()
    )
}
