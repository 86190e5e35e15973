//! Labels and assignments, one sample a line.

use std::io::{self, Write};

use serde_json::json;

use super::shown_label;
use crate::jobs::Figures;
use crate::model::{Cluster, Corpus, Partition, SampleIx};

struct Row<'a> {
    sample: &'a crate::model::Sample,
    source: &'a str,
    prompt: Option<&'a str>,
    cluster: &'a Cluster,
    label: String,
    by: String,
}

fn rows<'a>(
    corpus: &'a Corpus,
    partition: &'a Partition,
    figures: Option<&'a Figures>,
) -> impl Iterator<Item = Row<'a>> {
    corpus.samples.iter().enumerate().filter_map(move |(i, sample)| {
        let cluster = partition.get(partition.cluster_of(i as SampleIx)?)?;
        let f =
            figures.and_then(|f| f.clusters.binary_search_by_key(&cluster.id, |c| c.id).ok().map(|at| &f.clusters[at]));
        let (label, by) = shown_label(cluster, f);
        Some(Row {
            sample,
            source: &corpus.sources[sample.source.ix()].name,
            prompt: sample.prompt.map(|p| corpus.prompts[p.0 as usize].as_str()),
            cluster,
            label,
            by: by.to_string(),
        })
    })
}

/// JSON lines: `id, model, prompt, text, cluster, label, label_by, flag, note, reviewed`.
///
/// # Errors
/// When writing fails.
pub fn write_jsonl(
    out: &mut impl Write,
    corpus: &Corpus,
    partition: &Partition,
    figures: Option<&Figures>,
) -> io::Result<()> {
    for r in rows(corpus, partition, figures) {
        let row = json!({
            "id": r.sample.id, "model": r.source, "prompt": r.prompt, "text": r.sample.text,
            "cluster": r.cluster.id, "label": r.label, "label_by": r.by,
            "flag": r.cluster.flag, "note": r.cluster.note, "reviewed": r.cluster.reviewed,
        });
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// CSV with the same columns (RFC 4180: fields in double quotes, quotes doubled).
///
/// # Errors
/// When writing fails.
pub fn write_csv(
    out: &mut impl Write,
    corpus: &Corpus,
    partition: &Partition,
    figures: Option<&Figures>,
) -> io::Result<()> {
    out.write_all(b"id,model,prompt,text,cluster,label,label_by,flag,note,reviewed\r\n")?;
    for r in rows(corpus, partition, figures) {
        let fields = [
            r.sample.id.as_str(),
            r.source,
            r.prompt.unwrap_or(""),
            &r.sample.text,
            &r.cluster.id.to_string(),
            &r.label,
            &r.by,
            r.cluster.flag.as_deref().unwrap_or(""),
            r.cluster.note.as_deref().unwrap_or(""),
            if r.cluster.reviewed { "yes" } else { "no" },
        ];
        let line = fields.map(quoted).join(",");
        out.write_all(line.as_bytes())?;
        out.write_all(b"\r\n")?;
    }
    Ok(())
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_quoted_where_needed() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }
}
