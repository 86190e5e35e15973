//! `gander check`: is each cluster what its label says? Offline; with a language model also by a blind check.

use super::CliError;
use super::args::AskArgs;
use super::output::print;
use super::session_view::SessionView;
use crate::analysis::shown_label;
use crate::model::{ClusterId, Job};
use crate::session::Access;
use crate::text::Clean;

pub(super) fn run(args: &AskArgs) -> Result<(), CliError> {
    let asked = super::llm::config(&args.llm)?.is_some();
    if asked {
        return super::ask::run(args, &[Job::Check]);
    }
    let mut c = SessionView::open(&args.select.session, Access::ReadOnly)?;
    c.refresh()?;
    let chosen = |id: ClusterId| {
        let listed = args.select.clusters.is_empty() || args.select.clusters.contains(&id.0);
        listed && (!args.select.flagged || c.partition.get(id).is_some_and(|k| k.flag.is_some()))
    };
    if let Some(lost) = args.select.clusters.iter().find(|id| c.partition.get(ClusterId(**id)).is_none()) {
        return Err(CliError::Usage(format!("--clusters: there is no cluster {lost} in this session")));
    }
    let mut out = String::new();
    for (f, t) in c.figures.clusters.iter().zip(&c.figures.trust).filter(|(f, _)| chosen(f.id)) {
        let Some(k) = c.partition.get(f.id) else { continue };
        let (label, by) = shown_label(k, Some(f));
        let why = t.why(k.flag.is_some());
        if args.json {
            let v = serde_json::json!({
                "cluster": f.id, "size": c.partition.size(f.id), "label": label, "label_by": by.to_string(), "label_fit": t.label_fit_json(),
                "label_stance": t.label_stance_json(),
                "stability": t.stability, "strays": t.strays.len(), "impure": !why.is_empty(), "impure_why": why,
                "stale": k.is_stale(c.partition.size(f.id)), "void": c.partition.void(f.id),
            });
            out.push_str(&v.to_string());
        } else {
            let fit = t.fit.filter(|_| !t.label_is_contradicted()).map_or_else(
                || "  –              ".into(),
                |v| format!("{:.2} ({:.2}–{:.2})", v.auc, v.ci[0], v.ci[1]),
            );
            let mut reasons: Vec<&str> = why.iter().map(|w| w.describe()).collect();
            if k.is_stale(c.partition.size(f.id)) {
                reasons.push("the label is older than its texts");
            }
            let strays = match t.strays.len() {
                0 => String::new(),
                1 => "1 text of another cluster belongs here by its nearest texts".into(),
                n => format!("{n} texts of other clusters belong here by their nearest texts"),
            };
            if !strays.is_empty() {
                reasons.push(&strays);
            }
            let reasons = if reasons.is_empty() { String::new() } else { format!("  <- {}", reasons.join("; ")) };
            let line =
                format!("#{:<4} {:>6} texts  topic match {fit}  {label}{reasons}", f.id.0, c.partition.size(f.id));
            out.push_str(&Clean::one_line(&line));
        }
        out.push('\n');
    }
    print(&out)
}
