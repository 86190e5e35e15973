//! The list of differences with what people noted of each, one JSON object a line.

use serde_json::{Map, Value, json};

use super::analysis::{Known, exact, hotspot};
use crate::analysis::shown_label;
use crate::analysis::{Difference, Figures};
use crate::model::{ClusterId, Contrast, Corpus, DifferenceId, Mark, Partition, Target};

/// All differences of a session: findings in the order of the analysis, then clusters; those that a person dismissed last. A finding has the fields of
/// the analysis (`hotspots`), a cluster its label, counts and q; each has `reviewed`, `dismissed` (the reason), `note` and
/// `verdict`. Marks whose difference is not there any more come at the end, with `found` false.
pub fn differences_json(corpus: &Corpus, partition: &Partition, figures: &Figures) -> Vec<Value> {
    let Some(contrast) = &figures.contrast else { return Vec::new() };
    let known = Known { corpus, partition, figures, slices: &[] };
    let findings =
        figures.hotspots.findings.iter().enumerate().map(|(n, f)| (Target::Finding(f.id()), hotspot(&known, n, f)));
    let clusters = figures.differences(partition).into_iter().filter_map(|d| match d.what {
        Difference::Cluster(id) => Some((Target::Cluster(id), cluster(partition, figures, id))),
        Difference::Finding(_) => None,
    });
    let mut rows: Vec<(Mark, Value)> = findings
        .chain(clusters)
        .map(|(target, row)| {
            let mark = partition.mark(&of(&target, contrast));
            let row = with_mark(row, &target, &mark, true, partition);
            (mark, row)
        })
        .collect();
    rows.sort_by_key(|(mark, _)| mark.dismissed.is_some());
    let lost = figures.lost_marks(partition).map(|(d, mark)| {
        let key = json!({"key": d.target.to_string()});
        with_mark(key, &d.target, mark, false, partition)
    });
    rows.into_iter().map(|(_, row)| row).chain(lost).collect()
}

fn of(target: &Target, contrast: &Contrast) -> DifferenceId {
    DifferenceId { target: target.clone(), contrast: contrast.clone() }
}

fn cluster(partition: &Partition, figures: &Figures, id: ClusterId) -> Value {
    let f = figures.clusters.iter().find(|f| f.id == id);
    json!({
        "key": Target::Cluster(id).to_string(),
        "channel": "cluster",
        "cluster": id,
        "label": partition.get(id).map(|c| shown_label(c, f).0),
        "counts": f.map(|f| f.sides),
        "q": f.and_then(|f| f.q).map(exact),
    })
}

fn with_mark(row: Value, target: &Target, mark: &Mark, found: bool, partition: &Partition) -> Value {
    let mut row = match row {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    row.insert("found".into(), found.into());
    row.insert("reviewed".into(), mark.reviewed.into());
    row.insert("dismissed".into(), mark.dismissed.clone().into());
    row.insert("note".into(), mark.note.clone().into());
    row.insert("verdict".into(), partition.verdict(target).map(|v| v.name()).into());
    Value::Object(row)
}
