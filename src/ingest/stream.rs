//! Reads any source once: its first bytes are known without being lost, and compression and UTF-16 are decoded.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read, Seek};

/// Bytes looked at to tell the format.
pub(super) const HEAD: usize = 1 << 18;
/// Packings inside each other, at most.
const DEPTH: usize = 4;

/// A source with its first bytes known.
pub(super) struct Peeked<R> {
    head: Vec<u8>,
    rest: R,
    /// Whether it was compressed or in UTF-16.
    pub packed: bool,
}

impl<R: Read> Peeked<R> {
    /// Reads the first [`HEAD`] bytes, or all when there are fewer: a pipe gives them in pieces.
    pub fn new(mut source: R) -> io::Result<Self> {
        let mut head = Vec::new();
        source.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        Ok(Self { head, rest: source, packed: false })
    }

    /// The first bytes.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// All of it, from the first byte.
    pub fn whole(self) -> Chain<Cursor<Vec<u8>>, R> {
        Cursor::new(self.head).chain(self.rest)
    }
}

/// Any source.
pub(super) type Source<'a> = Peeked<Box<dyn Read + 'a>>;

/// How a source is compressed or encoded, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Utf16 { little: bool },
}

fn packing(head: &[u8]) -> Option<Packing> {
    // ASCII in UTF-16 has a zero in every other byte; no text in UTF-8 has.
    let zeros = |from: usize| head.len() >= 8 && head[..8].iter().skip(from).step_by(2).all(|b| *b == 0);
    match head {
        [0x1f, 0x8b, ..] => Some(Packing::Gzip),
        // The second is a frame to be skipped, with which some programs begin.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Some(Packing::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Xz),
        // With two zeros after it this mark is that of UTF-32.
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(Packing::Utf16 { little: true }),
        [0xfe, 0xff, ..] => Some(Packing::Utf16 { little: false }),
        [a, b, ..] if *a != 0 && *b != 0 => None,
        _ if zeros(1) && !zeros(0) => Some(Packing::Utf16 { little: true }),
        _ if zeros(0) && !zeros(1) => Some(Packing::Utf16 { little: false }),
        _ => None,
    }
}

/// Decompresses a source; UTF-16 becomes UTF-8.
///
/// # Errors
/// When it cannot be read, or what it is packed in is broken.
pub(super) fn unpack<'a>(source: Box<dyn Read + 'a>) -> io::Result<Source<'a>> {
    let mut source: Source = Peeked::new(source)?;
    for _ in 0..DEPTH {
        let Some(packing) = packing(source.head()) else { break };
        let inner = BufReader::with_capacity(HEAD, source.whole());
        let inner: Box<dyn Read + 'a> = match packing {
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(inner)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(inner)?),
            Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(inner)),
            Packing::Xz => Box::new(lzma_rust2::XzReader::new(inner, true)),
            Packing::Utf16 { little } => {
                Box::new(Utf16 { source: inner, little, ready: Vec::new(), at: 0, start: true })
            }
        };
        source = Peeked { packed: true, ..Peeked::new(inner)? };
    }
    Ok(source)
}

/// A source as a file that can be read from any place: itself, or a copy without a name in the folder for temporary files.
///
/// # Errors
/// When it cannot be read, or the copy cannot be written.
pub(super) fn seekable(mut source: impl Read) -> io::Result<File> {
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut source, &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

/// UTF-16 read as UTF-8.
struct Utf16<R> {
    source: R,
    little: bool,
    ready: Vec<u8>,
    at: usize,
    start: bool,
}

impl<R: Read> Utf16<R> {
    /// Decodes the next stretch.
    fn fill(&mut self) -> io::Result<()> {
        let broken = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("broken UTF-16: {why}"));
        let mut bytes = Vec::new();
        self.source.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
        let unit = |pair: &[u8; 2]| if self.little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
        // A stretch must not end inside a pair of surrogates.
        if bytes.as_chunks().0.last().is_some_and(|last| (0xd800..0xdc00).contains(&unit(last))) {
            self.source.by_ref().take(2).read_to_end(&mut bytes)?;
        }
        let (pairs, rest) = bytes.as_chunks();
        if !rest.is_empty() {
            return Err(broken("it ends inside a character; is the file still being written?"));
        }
        let mut text = String::with_capacity(bytes.len());
        for c in char::decode_utf16(pairs.iter().map(unit)) {
            text.push(c.map_err(|_| broken("it holds half a character"))?);
        }
        if std::mem::take(&mut self.start) && text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        self.ready = text.into_bytes();
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            self.fill()?;
        }
        let n = out.len().min(self.ready.len() - self.at);
        out[..n].copy_from_slice(&self.ready[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, as a slow pipe may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(out.len()).min(1);
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        unpack(Box::new(Slow(bytes)))?.whole().read_to_string(&mut text)?;
        Ok(text)
    }

    fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}")
            .encode_utf16()
            .flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() })
            .collect()
    }

    #[test]
    fn utf16_is_read_with_its_mark_and_without() {
        for text in ["{\"text\":\"a goose\"}\n", "{\"text\":\"🪿 gänse 鵝\"}", ""] {
            for (little, mark) in [(true, true), (false, true), (true, false), (false, false)] {
                assert_eq!(read(&utf16(text, little, mark)).unwrap(), text);
            }
        }
        // A pair of surrogates across the border of two stretches.
        let long = format!("{}🪿{}", "a".repeat(HEAD / 2 - 2), "b".repeat(HEAD));
        assert_eq!(read(&utf16(&long, true, true)).unwrap(), long);
        assert_eq!(read("鵝".as_bytes()).unwrap(), "鵝");
        let mut cut = utf16("goose", true, true);
        cut.pop();
        assert!(read(&cut).unwrap_err().to_string().contains("ends inside a character"));
        assert!(read(&[0xff, 0xfe, 0x3d, 0xd8, 0x20, 0]).unwrap_err().to_string().contains("half a character"));
    }

    #[test]
    fn packed_streams_are_read_whole_with_all_their_members() {
        use std::io::Write;
        let gz = |t: &str| {
            let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            e.write_all(t.as_bytes()).unwrap();
            e.finish().unwrap()
        };
        let bz = |t: &str| {
            let mut e = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            e.write_all(t.as_bytes()).unwrap();
            e.finish().unwrap()
        };
        let zst = |t: &str| zstd::encode_all(t.as_bytes(), 1).unwrap();
        assert_eq!(read(&[gz("one "), gz("two")].concat()).unwrap(), "one two");
        assert_eq!(read(&[bz("one "), bz("two")].concat()).unwrap(), "one two");
        assert_eq!(read(&[zst("one "), zst("two")].concat()).unwrap(), "one two");
        assert_eq!(read(&[&[0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9][..], &zst("two")].concat()).unwrap(), "two");
        // What `xz` makes of "goose\n".
        assert_eq!(read(&[XZ, XZ].concat()).unwrap(), "goose\ngoose\n");
        assert_eq!(read(&bz("")).unwrap(), "");
        let mut cut = bz("a goose that hisses");
        cut.truncate(cut.len() - 4);
        assert!(read(&cut).is_err());
        assert!(read(&XZ[..XZ.len() - 4]).is_err());
    }

    const XZ: &[u8] = &[
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x1c, 0x00,
        0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0x01, 0x00, 0x05, 0x67, 0x6f, 0x6f, 0x73, 0x65, 0x0a, 0x00, 0x00, 0x00,
        0x04, 0x10, 0x63, 0x94, 0x6e, 0x3a, 0x0c, 0x0c, 0x00, 0x01, 0x1e, 0x06, 0xc1, 0x2f, 0xa4, 0x1d, 0x1f, 0xb6,
        0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
    ];
}
