//! `gander agree`: do two people, or a person and a language model, curate alike?

use super::CliError;
use super::args::AgreeArgs;
use super::output::print;
use super::session_view::SessionView;
use crate::compare::{Agreement, adjusted_rand, agreement};
use crate::model::{Opinion, SampleIx, Says, Target, fingerprint};
use crate::session::Access;

pub(super) fn run(args: &AgreeArgs) -> Result<(), CliError> {
    let first = SessionView::open(&args.session, Access::ReadOnly)?;
    let mut out = String::new();
    match &args.other {
        Some(path) => {
            let second = SessionView::open(path, Access::ReadOnly)?;
            let ids = |c: &SessionView| -> Result<Vec<(String, String)>, CliError> {
                Ok(c.session.corpus()?.samples.into_iter().map(|s| (s.id, s.text)).collect())
            };
            if ids(&first)? != ids(&second)? {
                return Err(CliError::Usage(format!(
                    "{} and {} do not hold the same samples; agreement needs two copies of one session",
                    args.session.display(),
                    path.display()
                )));
            }
            of_people(&first, &second, &mut out);
        }
        None => of_person_and_model(&first, &mut out)?,
    }
    print(&out)
}

fn of_people(a: &SessionView, b: &SessionView, out: &mut String) {
    let n = a.partition.samples() as SampleIx;
    let rand = adjusted_rand(a.partition.assign(), b.partition.assign());
    out.push_str(&format!("clusters: adjusted Rand index {rand:.3} over {n} texts (1 is the same grouping)\n"));
    // Clusters may differ, so that labels and flags are compared text by text.
    let label = |c: &SessionView, s: SampleIx| {
        let cluster = c.partition.cluster_of(s).and_then(|id| c.partition.get(id))?;
        cluster.label.as_ref().map(|l| l.trim().to_lowercase())
    };
    let labels: Vec<_> = (0..n).filter_map(|s| Some((label(a, s)?, label(b, s)?))).collect();
    row(out, "labels, of texts that both labelled", &agreement(&labels));
    let reviewed = |c: &SessionView, s: SampleIx| {
        let cluster = c.partition.cluster_of(s).and_then(|id| c.partition.get(id))?;
        (cluster.reviewed || cluster.flag.is_some()).then_some(cluster.flag.is_some())
    };
    let flags: Vec<_> = (0..n).filter_map(|s| Some((reviewed(a, s)?, reviewed(b, s)?))).collect();
    row(out, "impure or not, of texts in clusters that both reviewed", &agreement(&flags));
    let verdicts: Vec<_> =
        a.partition.verdicts().filter_map(|(t, v)| b.partition.verdict(t).map(|other| (v, other))).collect();
    row(out, "verdicts, of differences that both judged", &agreement(&verdicts));
    for (c, name) in [(a, "first"), (b, "second")] {
        let records = c.history.records();
        let blind = records.iter().filter(|r| r.blind).count();
        out.push_str(&format!("the {name} session has {} edits, {blind} of them made blind\n", records.len()));
    }
}

fn of_person_and_model(c: &SessionView, out: &mut String) -> Result<(), CliError> {
    let opinions = c.session.opinions()?;
    let latest = |target: &Target, of: &dyn Fn(&Opinion) -> bool| {
        opinions.iter().rev().find(|o| o.target == *target && of(o)).cloned()
    };
    let verdicts: Vec<_> = c
        .partition
        .verdicts()
        .filter_map(|(target, mine)| match latest(target, &|o| matches!(o.says, Says::Verdict { .. }))?.says {
            Says::Verdict { verdict, .. } => Some((mine, verdict)),
            _ => None,
        })
        .collect();
    row(out, "verdicts, of differences that a person and a model judged", &agreement(&verdicts));
    let flags: Vec<_> = c
        .partition
        .clusters()
        .filter(|k| k.reviewed || k.flag.is_some())
        .filter_map(|k| {
            let o = latest(&Target::Cluster(k.id), &|o| matches!(o.says, Says::Purity { .. }))?;
            let current = o.members == fingerprint(c.partition.members(k.id));
            match o.says {
                Says::Purity { sides, .. } if current => Some((k.flag.is_some(), sides.is_some())),
                _ => None,
            }
        })
        .collect();
    row(out, "impure or not, of clusters that a person reviewed and a model looked through", &agreement(&flags));
    Ok(())
}

pub(super) fn row(out: &mut String, what: &str, a: &Agreement) {
    let said = match (a.items, a.kappa, a.ci) {
        (0, ..) => "nothing to compare yet".to_owned(),
        (n, Some(k), Some([low, high])) => {
            format!("κ {k:.2} ({low:.2} to {high:.2}), {:.0} % agreement on {n}", 100.0 * a.alike)
        }
        (n, ..) => format!("all {n} were judged the same way, so κ is undefined"),
    };
    out.push_str(&format!("{what}: {said}\n"));
}
