//! Samples with their vectors as Parquet, for job arrays and for other tools.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::embed::Embedded;
use crate::ingest::{COVERAGE, EMBEDDER, STANCE, VECTOR};
use crate::linalg::Vectors;
use crate::model::{Corpus, Sample};

/// Rows of a row group: tens of megabytes.
const GROUP: usize = 20_000;

/// A stretch of a corpus with what was made of it.
pub struct Part<'a> {
    /// All samples.
    pub corpus: &'a Corpus,
    /// Those written.
    pub range: Range<usize>,
    /// Their vectors, one row a sample of the stretch.
    pub embedded: &'a Embedded,
    /// Who made them.
    pub embedder: &'a str,
}

fn schema(stance: bool) -> String {
    let list =
        |name: &str| format!("required group {name} (LIST) {{ repeated group list {{ required float element; }} }}");
    let stance = if stance { list(STANCE) } else { String::new() };
    format!(
        "message part {{ required binary id (utf8); required binary model (utf8); optional binary prompt (utf8);
            required binary text (utf8); required binary {EMBEDDER} (utf8); required float {COVERAGE}; {} {stance} }}",
        list(VECTOR)
    )
}

/// Writes a part.
///
/// # Errors
/// When writing fails.
pub fn write_part(out: &mut (dyn Write + Send), part: &Part) -> io::Result<()> {
    let broken = super::parquet_failed;
    let schema = Arc::new(parse_message_type(&schema(part.embedded.stance.is_some())).map_err(broken)?);
    let level = ZstdLevel::try_new(3).map_err(broken)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(broken)?;
    let samples = &part.corpus.samples[part.range.clone()];
    for from in (0..samples.len()).step_by(GROUP) {
        let rows = from..samples.len().min(from + GROUP);
        let group_samples = &samples[rows.clone()];
        let mut group = file.next_row_group().map_err(broken)?;
        let mut column = 0;
        while let Some(mut c) = group.next_column().map_err(broken)? {
            let text = |get: &dyn Fn(&Sample) -> String| -> Vec<ByteArray> {
                group_samples.iter().map(|s| ByteArray::from(get(s).into_bytes())).collect()
            };
            match column {
                5 => {
                    c.typed::<FloatType>()
                        .write_batch(&part.embedded.coverage[rows.clone()], None, None)
                        .map_err(broken)?;
                }
                6 | 7 => {
                    let vectors =
                        if column == 6 { Some(&part.embedded.vectors) } else { part.embedded.stance.as_ref() };
                    let (values, repeated) = vectors.map(|v| list(v, rows.clone())).unwrap_or_default();
                    let defined = vec![1i16; values.len()];
                    c.typed::<FloatType>().write_batch(&values, Some(&defined), Some(&repeated)).map_err(broken)?;
                }
                2 => {
                    let prompts: Vec<Option<&str>> = group_samples.iter().map(|s| part.corpus.prompt_of(s)).collect();
                    let levels: Vec<i16> = prompts.iter().map(|p| i16::from(p.is_some())).collect();
                    let values: Vec<ByteArray> =
                        prompts.into_iter().flatten().map(|p| ByteArray::from(p.as_bytes().to_vec())).collect();
                    c.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).map_err(broken)?;
                }
                _ => {
                    let values = match column {
                        0 => text(&|s| s.id.clone()),
                        1 => text(&|s| part.corpus.sources[s.source.ix()].name.clone()),
                        3 => text(&|s| s.text.clone()),
                        _ => text(&|_| part.embedder.to_owned()),
                    };
                    c.typed::<ByteArrayType>().write_batch(&values, None, None).map_err(broken)?;
                }
            }
            c.close().map_err(broken)?;
            column += 1;
        }
        group.close().map_err(broken)?;
    }
    file.close().map(|_| ()).map_err(broken)
}

/// The numbers of some rows, and where each row begins.
fn list(v: &Vectors, rows: Range<usize>) -> (Vec<f32>, Vec<i16>) {
    let values = v.rows(rows.clone()).to_vec();
    let repeated = rows.flat_map(|_| (0..v.dims()).map(|i| i16::from(i > 0))).collect();
    (values, repeated)
}
