//! Labels and assignments, one sample a row; data sets; the history of edits.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::json;

use crate::analysis::Figures;
use crate::analysis::shown_label;
use crate::model::{Cluster, Corpus, Partition, Record, Sample, SampleIx, Void};

/// What is written: some samples of a session, with what is known of them.
pub struct Rows<'a> {
    /// The samples with their texts.
    pub corpus: &'a Corpus,
    /// The clusters after all edits.
    pub partition: &'a Partition,
    /// Their numbers.
    pub figures: &'a Figures,
    /// The samples to write, in order.
    pub chosen: &'a [SampleIx],
}

struct Row<'a> {
    sample: &'a Sample,
    source: &'a str,
    prompt: Option<&'a str>,
    cluster: &'a Cluster,
    label: String,
    by: String,
    void: Option<Void>,
}

impl Rows<'_> {
    fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.chosen.iter().filter_map(|&i| {
            let sample = self.corpus.samples.get(i as usize)?;
            let cluster = self.partition.get(self.partition.cluster_of(i)?)?;
            let list = &self.figures.clusters;
            let f = list.binary_search_by_key(&cluster.id, |c| c.id).ok().map(|at| &list[at]);
            let (label, by) = shown_label(cluster, f);
            Some(Row {
                sample,
                source: &self.corpus.sources[sample.source.ix()].name,
                prompt: self.corpus.prompt_of(sample),
                cluster,
                label,
                by: by.to_string(),
                void: self.partition.void(cluster.id),
            })
        })
    }
}

/// JSON lines: `id, model, prompt, text, cluster, label, label_by, flag, note, reviewed, void`: the last says why a test of
/// the cluster would be circular, if it would.
///
/// # Errors
/// When writing fails.
pub fn write_jsonl(out: &mut dyn Write, rows: &Rows) -> io::Result<()> {
    for r in rows.iter() {
        let row = json!({
            "id": r.sample.id, "model": r.source, "prompt": r.prompt, "text": r.sample.text,
            "cluster": r.cluster.id, "label": r.label, "label_by": r.by,
            "flag": r.cluster.flag, "note": r.cluster.note, "reviewed": r.cluster.reviewed,
            "void": r.void,
        });
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Chats, one a line: `messages` of a user (where the prompt is known) and an assistant, with `label`, `cluster`, `model` and
/// `id` beside them.
///
/// # Errors
/// When writing fails.
pub fn write_dataset(out: &mut dyn Write, rows: &Rows) -> io::Result<()> {
    for r in rows.iter() {
        let user = r.prompt.map(|p| json!({"role": "user", "content": p}));
        let answer = json!({"role": "assistant", "content": r.sample.text});
        let messages: Vec<_> = user.into_iter().chain([answer]).collect();
        let row = json!({
            "messages": messages, "label": r.label, "label_by": r.by, "cluster": r.cluster.id, "model": r.source,
            "id": r.sample.id,
        });
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The history, one edit a line: number, time (ms since 1970, UTC), author, whether names were hidden, words, and the edit.
///
/// # Errors
/// When writing fails.
pub fn write_edits(out: &mut dyn Write, records: &[Record]) -> io::Result<()> {
    for r in records {
        let row = json!({
            "seq": r.seq, "time_ms": r.time_ms, "author": r.author.to_string(), "blind": r.blind,
            "says": r.edit.describe(), "edit": r.edit,
        });
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The first line of such a CSV.
pub const CSV_HEADER: &str = "id,model,prompt,text,cluster,label,label_by,flag,note,reviewed,void";

/// CSV with the columns of [`write_jsonl`] (RFC 4180).
///
/// # Errors
/// When writing fails.
pub fn write_csv(out: &mut dyn Write, rows: &Rows) -> io::Result<()> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    out.write_record(CSV_HEADER.split(',')).map_err(of_csv)?;
    for r in rows.iter() {
        out.write_record([
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
            r.void.map_or("", Void::name),
        ])
        .map_err(of_csv)?;
    }
    out.flush()
}

/// The error below, by whose kind a reader that went away is told from a full disk.
fn of_csv(e: csv::Error) -> io::Error {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => io::Error::other(format!("{other:?}")),
    }
}

const SCHEMA: &str = "message gander {
    required binary id (utf8); required binary model (utf8); optional binary prompt (utf8); required binary text (utf8);
    required int32 cluster; required binary label (utf8); required binary label_by (utf8);
    optional binary flag (utf8); optional binary note (utf8); required boolean reviewed;
    optional binary void (utf8);
}";

/// Parquet with the columns of [`write_jsonl`], one row group.
///
/// # Errors
/// When writing fails.
pub fn write_parquet(out: &mut (dyn Write + Send), rows: &Rows) -> io::Result<()> {
    let broken = super::parquet_failed;
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(broken)?);
    let level = ZstdLevel::try_new(3).map_err(broken)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(broken)?;
    let mut group = file.next_row_group().map_err(broken)?;
    let all: Vec<Row> = rows.iter().collect();
    let mut column = 0;
    while let Some(mut c) = group.next_column().map_err(broken)? {
        let texts = |get: &dyn Fn(&Row) -> Option<String>| {
            let cells: Vec<Option<String>> = all.iter().map(get).collect();
            let levels: Vec<i16> = cells.iter().map(|c| i16::from(c.is_some())).collect();
            let values: Vec<ByteArray> = cells.into_iter().flatten().map(|s| ByteArray::from(s.into_bytes())).collect();
            (values, levels)
        };
        let some = |s: &str| Some(s.to_owned());
        match column {
            4 => {
                let values: Vec<i32> = all.iter().map(|r| r.cluster.id.0 as i32).collect();
                c.typed::<Int32Type>().write_batch(&values, None, None).map_err(broken)?;
            }
            9 => {
                let values: Vec<bool> = all.iter().map(|r| r.cluster.reviewed).collect();
                c.typed::<BoolType>().write_batch(&values, None, None).map_err(broken)?;
            }
            _ => {
                let (values, levels) = match column {
                    0 => texts(&|r| some(&r.sample.id)),
                    1 => texts(&|r| some(r.source)),
                    2 => texts(&|r| r.prompt.map(str::to_owned)),
                    3 => texts(&|r| some(&r.sample.text)),
                    5 => texts(&|r| some(&r.label)),
                    6 => texts(&|r| some(&r.by)),
                    7 => texts(&|r| r.cluster.flag.clone()),
                    10 => texts(&|r| r.void.map(|v| v.name().to_owned())),
                    _ => texts(&|r| r.cluster.note.clone()),
                };
                let optional = matches!(column, 2 | 7 | 8 | 10);
                let levels = optional.then_some(levels.as_slice());
                c.typed::<ByteArrayType>().write_batch(&values, levels, None).map_err(broken)?;
            }
        }
        c.close().map_err(broken)?;
        column += 1;
    }
    group.close().map_err(broken)?;
    file.close().map(|_| ()).map_err(broken)
}
