//! The explorer in a pseudo-terminal that counts: time from a key to the last byte of the frame it causes, bytes of that
//! frame, the first screen, memory, search, and what an idle minute costs.
//!
//!     cargo bench --bench terminal -- [SAMPLES] [CLUSTERS] [IDLE SECONDS]
//!
//! Times are also given as ratios to a byte that `cat` sends back through the same kind of terminal in the same run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use gander::analysis::Figures;
use gander::cluster::{Map, Tree};
use gander::compare::{Design, cluster_figures};
use gander::diagnostics::{LabelFit, Trust};
use gander::model::{ClusterId, Contrast, Corpus, PromptId, Sample, Source, SourceId, View};
use gander::session::{Session, SessionMeta};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// End of a large frame: the end of a synchronised update.
const FRAME: &[u8] = b"\x1b[?2026l";
/// Silence after which a key has caused nothing.
const NOTHING: Duration = Duration::from_millis(250);
/// Silence after which a frame is over.
const QUIET: Duration = Duration::from_millis(30);

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let samples = numbers.first().copied().unwrap_or(100_000);
    let clusters = numbers.get(1).copied().unwrap_or(300);
    let idle = numbers.get(2).copied().unwrap_or(60) as u64;
    let path = session(samples, clusters);
    println!(
        "{samples} samples in {clusters} clusters, 120 × 40, {} MB",
        std::fs::metadata(&path).unwrap().len() >> 20
    );
    let echo = echo_ms();
    println!("a byte echoed by cat: {echo:.3} ms (1.0 below)");
    let mut t = Pty::open(&path);
    println!("first screen: {:.0} ms ({:.0}), {} MB resident", t.first_ms, t.first_ms / echo, t.resident_mb());
    println!(
        "{:<34} {:>5} {:>8} {:>8} {:>8} {:>9} {:>8}",
        "keys", "n", "p50 ms", "p99 ms", "p99 ×", "median B", "max B"
    );
    for (what, keys, times) in [
        ("j in clusters", "j", 200),
        ("k in clusters", "k", 100),
        ("page down in clusters", "\x04", 20),
        ("last and first cluster", "Gg", 20),
        ("sort", "o", 14),
        ("open texts and back", "\rq", 20),
        ("into texts", "\r", 1),
        ("j in texts", "j", 200),
        ("page down in texts", "\x04", 40),
        ("open reader and back", "\rq", 20),
        ("order of texts by prompt and on", "o", 4),
        ("pair and back", "pp", 10),
        ("out", "q", 1),
        ("differences and back", "21", 10),
        ("map", "4", 1),
        ("right on the map", "l", 60),
        ("next cluster on the map", "n", 40),
        ("back to clusters", "1", 1),
        ("help and back", "?\x1b", 10),
        ("palette and back", ":\x1b", 10),
        ("next pane", "\t", 30),
    ] {
        t.measure(what, keys, times, echo);
    }
    search(&mut t, samples);
    let (bytes, cpu) = t.idle(Duration::from_secs(idle));
    println!("idle {idle} s: {bytes} bytes, {cpu:.2} s of processor");
    println!("resident at the end: {} MB", t.resident_mb());
}

/// The full text of everything, for something rare and for something that most texts hold.
fn search(t: &mut Pty, samples: usize) {
    for (what, needle) in [("rare", "zebra 77"), ("common", "answer")] {
        t.send(b"S\x15");
        t.send(needle.as_bytes());
        t.settle();
        let start = Instant::now();
        t.send(b"\r");
        let mut first = None;
        let found = loop {
            let screen = t.next_frame();
            if first.is_none() && screen.contains(" with “") && !screen.contains("0 of") {
                first = Some(start.elapsed());
            }
            if screen.contains("Esc ends the search") || start.elapsed() > Duration::from_secs(60) {
                break start.elapsed();
            }
        };
        let first = first.map_or(0.0, |f| f.as_secs_f64() * 1e3);
        println!(
            "search all {samples} texts, {what}: first hits {first:.0} ms, all {:.0} ms",
            found.as_secs_f64() * 1e3
        );
        t.send(b"q");
        t.settle();
    }
}

/// A session as a large run leaves it; made once and kept in Cargo's folder for such things.
fn session(samples: usize, clusters: usize) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{samples}-{clusters}-6.gander"));
    if path.exists() {
        return path;
    }
    let mut state = 7u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let syllables =
        ["ga", "nder", "mo", "li", "tru", "ste", "ing", "ri", "ver", "ca", "lo", "ne", "pa", "ti", "su", "wo"];
    let mut words: Vec<String> =
        (0..3_000).map(|_| (0..1 + random(3)).map(|_| syllables[random(syllables.len())]).collect()).collect();
    words.extend(std::iter::repeat_n("answer".to_owned(), 30));
    let mut corpus = Corpus::default();
    for name in ["base", "tuned"] {
        corpus.sources.push(Source { name: name.into(), file: format!("{name}.jsonl"), samples: samples / 2 });
    }
    corpus.prompts = (0..samples / 4).map(|i| format!("Prompt number {i}: what would you say about it?")).collect();
    let mut leaf_of = Vec::new();
    for i in 0..samples {
        let length = 20 + random(60);
        let mut text: String = (0..length).map(|_| words[random(words.len())].as_str()).collect::<Vec<_>>().join(" ");
        if i % 997 == 0 {
            text.push_str(&format!(" zebra {}", i % 100));
        }
        corpus.samples.push(Sample {
            source: SourceId((i % 2) as u16),
            prompt: Some(PromptId((i / 4) as u32)),
            id: format!("s{i}"),
            text,
        });
        leaf_of.push(random(clusters) as u32);
    }
    let merges: Vec<[usize; 2]> =
        (0..clusters - 1).map(|t| if t == 0 { [0, 1] } else { [t + 1, clusters + t - 1] }).collect();
    let ids: Vec<usize> = (1..=clusters + merges.len()).collect();
    let tree: Tree = serde_json::from_value(serde_json::json!({
        "leaf_of": leaf_of, "leaves": clusters, "merges": merges, "ids": ids, "base": clusters,
    }))
    .unwrap();
    let contrast = Contrast { left: vec![SourceId(0)], right: vec![SourceId(1)] };
    let design = Design::new(&corpus, &contrast, &corpus.canonical_ranks());
    let mut figures = Figures {
        clusters: cluster_figures(&corpus, Some(&design), None, &tree.partition(clusters as u32), 1.0),
        contrast: Some(contrast.clone()),
        pairing: Some(design.pairing().clone()),
        ..Figures::default()
    };
    for f in &mut figures.clusters {
        f.exemplars = tree.partition(clusters as u32).members(f.id).iter().take(5).copied().collect();
        f.terms = (0..5).map(|_| words[random(words.len())].clone()).collect();
    }
    // As full as real ones are: a fit, and clusters nearby.
    let ids: Vec<ClusterId> = figures.clusters.iter().map(|f| f.id).collect();
    figures.trust = ids
        .iter()
        .map(|_| Trust {
            fit: Some(LabelFit { auc: 0.5 + random(50) as f64 / 100.0, ci: [0.5, 1.0], held_out: 60 }),
            related: (0..5).map(|_| (ids[random(ids.len())], 0.5)).collect(),
            ..Trust::default()
        })
        .collect();
    let every = samples.div_ceil(6_000).max(1);
    let on_map: Vec<u32> = (0..samples as u32).step_by(every).collect();
    let places = on_map.iter().map(|_| [random(10_000) as f32 / 1e4, random(10_000) as f32 / 1e4]).collect();
    let meta = SessionMeta {
        made_by: "benchmark".into(),
        seed: 7,
        clusters: Some(clusters),
        max_windows: 4,
        embedder: None,
        view: View::Topic,
        rounds: false,
        sentences: false,
        contrast: Some(contrast),
        notices: Vec::new(),
    };
    let session = Session::create(&path, &corpus, &meta).unwrap();
    session.put_tree(&tree).unwrap();
    session.put_figures(&figures, 0).unwrap();
    session.put_map(&Map { samples: on_map, coordinates: places }).unwrap();
    path
}

/// The program behind a terminal of our own.
struct Pty {
    keys: Box<dyn Write + Send>,
    bytes: Receiver<(Instant, Vec<u8>)>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
    parser: vt100::Parser,
    pid: u32,
    first_ms: f64,
}

/// Where keys go, what comes back and when, our end of the terminal, and the process.
type Opened = (Box<dyn Write + Send>, Receiver<(Instant, Vec<u8>)>, Box<dyn portable_pty::MasterPty + Send>, u32);

/// One frame: milliseconds from the key to its last byte, and its bytes.
type Frame = (f64, usize);

fn open(command: CommandBuilder) -> Opened {
    let pair = native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).unwrap();
    let child = pair.slave.spawn_command(command).unwrap();
    let pid = child.process_id().unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (send, bytes) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0u8; 1 << 16];
        while let Ok(n) = reader.read(&mut buffer) {
            if n == 0 || send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                break;
            }
        }
    });
    let keys = pair.master.take_writer().unwrap();
    (keys, bytes, pair.master, pid)
}

impl Pty {
    fn open(path: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gander"));
        command.arg(path);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let start = Instant::now();
        let (keys, bytes, master, pid) = open(command);
        let mut pty = Self { keys, bytes, _master: master, parser: vt100::Parser::new(40, 120, 0), pid, first_ms: 0.0 };
        let mut all = Vec::new();
        while !all.windows(FRAME.len()).any(|w| w == FRAME) {
            let (at, more) = pty.bytes.recv_timeout(Duration::from_secs(60)).unwrap();
            pty.first_ms = (at - start).as_secs_f64() * 1e3;
            pty.parser.process(&more);
            all.extend(more);
        }
        pty.settle();
        pty
    }

    fn send(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for silence.
    fn settle(&mut self) -> usize {
        let mut bytes = 0;
        while let Ok((_, more)) = self.bytes.recv_timeout(QUIET * 3) {
            bytes += more.len();
            self.parser.process(&more);
        }
        bytes
    }

    fn next_frame(&mut self) -> String {
        if let Ok((_, more)) = self.bytes.recv_timeout(Duration::from_secs(60)) {
            self.parser.process(&more);
        }
        self.parser.screen().contents()
    }

    /// One key and everything it causes.
    fn key(&mut self, key: u8) -> Frame {
        let start = Instant::now();
        self.send(&[key]);
        let (mut last, mut bytes, mut ended) = (start, 0, false);
        loop {
            let patience = if ended { QUIET } else { NOTHING };
            match self.bytes.recv_timeout(patience) {
                Ok((at, more)) => {
                    ended = true;
                    last = at;
                    bytes += more.len();
                    self.parser.process(&more);
                }
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("gander ended"),
            }
        }
        ((last - start).as_secs_f64() * 1e3, bytes)
    }

    fn measure(&mut self, what: &str, keys: &str, times: usize, echo: f64) {
        let frames: Vec<Frame> = (0..times).flat_map(|_| keys.bytes()).map(|k| self.key(k)).collect();
        let mut ms: Vec<f64> = frames.iter().map(|f| f.0).collect();
        let mut bytes: Vec<usize> = frames.iter().map(|f| f.1).collect();
        ms.sort_by(f64::total_cmp);
        bytes.sort_unstable();
        let at = |share: f64| ((ms.len() - 1) as f64 * share).ceil() as usize;
        let (p50, p99) = (ms[at(0.5)], ms[at(0.99)]);
        println!(
            "{what:<34} {:>5} {p50:>8.2} {p99:>8.2} {:>8.0} {:>9} {:>8}",
            ms.len(),
            p99 / echo,
            bytes[bytes.len() / 2],
            bytes[bytes.len() - 1]
        );
    }

    /// Bytes and seconds of processor while nobody does anything.
    fn idle(&mut self, time: Duration) -> (usize, f64) {
        self.settle();
        let before = self.cpu();
        let end = Instant::now() + time;
        let mut bytes = 0;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Ok((_, more)) = self.bytes.recv_timeout(left) {
                bytes += more.len();
            }
        }
        (bytes, self.cpu() - before)
    }

    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        let fields: Vec<f64> =
            stat.rsplit(')').next().unwrap_or("").split_whitespace().filter_map(|f| f.parse().ok()).collect();
        // utime and stime in ticks of a hundredth; the state before them is no number.
        fields.get(10).copied().unwrap_or(0.0) / 100.0 + fields.get(11).copied().unwrap_or(0.0) / 100.0
    }

    fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or("");
        line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

/// Median milliseconds of a byte to `cat` and back.
fn echo_ms() -> f64 {
    let (mut keys, bytes, _master, _) = open(CommandBuilder::new("cat"));
    let mut times: Vec<f64> = (0..50)
        .map(|_| {
            let start = Instant::now();
            keys.write_all(b"x\n").unwrap();
            let (at, _) = bytes.recv_timeout(Duration::from_secs(5)).unwrap();
            while bytes.recv_timeout(Duration::from_millis(5)).is_ok() {}
            (at - start).as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
