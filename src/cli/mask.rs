//! `gander mask`: which differences are left when the wording is taken out.

use super::CliError;
use super::args::MaskArgs;
use super::output::{Protected, note, print, session_place};
use super::session_view::SessionView;
use crate::analysis::{MaskTarget, Masked, MaskingReport, rerun_masked, study_session, wording_of};
use crate::diagnostics::Mask;
use crate::embed::Progress;
use crate::session::{Access, Session, SessionMeta};
use crate::text::{Clean, small};
use crate::worker::Computed;

pub(super) fn run(args: &MaskArgs) -> Result<(), CliError> {
    if let Some(path) = &args.output {
        session_place(path, &Protected::default().and([args.session.as_path()]))?;
    }
    let mut c = SessionView::open(&args.session, Access::ReadOnly)?;
    c.refresh()?;
    let mut masks: Vec<Mask> = args.phrase.iter().map(|p| Mask::Phrase(p.trim().to_lowercase())).collect();
    if masks.is_empty() {
        masks = wording_of(&c.figures);
    }
    if masks.is_empty() {
        return Err(CliError::Usage(format!(
            "{}: no wording was found that one model uses more; name some with --phrase \"I hope this helps\"",
            args.session.display()
        )));
    }
    let Some(study) = study_session(&c.session, c.figures.contrast.clone())? else {
        return Err(CliError::Usage(format!("{}: open it once in the explorer", args.session.display())));
    };
    let embedder = super::embedder::make_for_session(c.meta.max_windows, c.meta.embedder.as_deref())?;
    let taken = if args.project { MaskTarget::Vectors } else { MaskTarget::Texts };
    let now = (&study, &c.figures, &c.partition);
    let Masked { left, study: masked, coverage, figures } =
        rerun_masked(now, &masks, taken, &*embedder, &Progress::default(), &|_| {})?;
    print(&told(&left))?;
    if let Some(path) = &args.output {
        let notices = vec![format!("Clusters and regions are made without this. {}", left.head())];
        let meta = SessionMeta { notices, ..c.meta.clone() };
        // The session keeps both models' texts as they were written.
        let computed = Computed::of(&masked, coverage, embedder.id(), figures);
        Session::create_whole(path, &study.corpus, &meta, |session| computed.store(session))?;
        note(&format!("session of {} texts written to {}", study.corpus.len(), path.display()));
    }
    Ok(())
}

/// A p in seven places.
fn short(p: f64) -> String {
    format!("{:>7}", small(p))
}

fn told(left: &MaskingReport) -> String {
    let mut out = format!("{}\n{} texts contain some of it.\n\n{}\n", left.head(), left.changed, left.count());
    for f in &left.before {
        let fate = match f.after {
            Some(after) => format!("survives  p {} → {}", short(f.p), short(after)),
            None => format!("gone      p {}          ", short(f.p)),
        };
        let remark = if f.wording { "  (wording)" } else { "" };
        let branch = if f.follows { "└ " } else { "" };
        out.push_str(&format!("  {fate}  {branch}{}{remark}\n", f.title));
    }
    if !left.new.is_empty() {
        out.push_str("\nFound only without the wording:\n");
        for (title, p) in &left.new {
            out.push_str(&format!("  p {}  {title}\n", short(*p)));
        }
    }
    out.lines().map(|l| format!("{}\n", Clean::from_untrusted(l).as_str())).collect()
}
