//! Vectors that others make: servers, other machines, files; and models that a hub keeps.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor};
use gander::embed::{Embedder, MiniLm, Progress};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::common::{self, complaint, gander, sample};
use super::minilm_folder;

/// What a server of embeddings does with a request: a status and a body.
type Answering = Arc<dyn Fn(&[String]) -> (u16, Value) + Send + Sync>;

/// A server of embeddings; every request's texts are kept.
fn server(answer: Answering) -> (String, Arc<Mutex<Vec<Vec<String>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}#m", listener.local_addr().unwrap().port());
    let asked: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let kept = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, kept) = (answer.clone(), kept.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                loop {
                    let (mut line, mut length) = (String::new(), 0usize);
                    if reader.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    assert!(line.starts_with("POST /v1/embeddings "), "{line}");
                    loop {
                        line.clear();
                        reader.read_line(&mut line).unwrap();
                        if line.trim().is_empty() {
                            break;
                        }
                        if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                            length = n.trim().parse().unwrap();
                        }
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).unwrap();
                    let request: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(request["model"], "m");
                    let texts: Vec<String> =
                        request["input"].as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect();
                    kept.lock().unwrap().push(texts.clone());
                    let (status, value) = answer(&texts);
                    let body = value.to_string();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nretry-after: 0\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                }
            });
        }
    });
    (url, asked)
}

/// Four numbers of a text's bytes, and the list backwards, which `index` must put right.
fn vectors(texts: &[String]) -> Value {
    let one =
        |t: &String| [t.len() as f32, 1.0, t.bytes().map(f32::from).sum::<f32>() % 97.0, f32::from(t.as_bytes()[0])];
    let data: Vec<Value> =
        texts.iter().enumerate().rev().map(|(i, t)| json!({"index": i, "embedding": one(t)})).collect();
    json!({"data": data})
}

fn analyze(url: &str, file: &Path) -> std::process::Output {
    gander()
        .env("GANDER_CACHE_MIB", "0")
        .args(["analyze", "--json", "-", "--embedder", url])
        .arg(file)
        .output()
        .unwrap()
}

fn file_of(dir: &Path, texts: &[String]) -> PathBuf {
    let path = dir.join("texts.jsonl");
    let lines: String = texts
        .iter()
        .enumerate()
        .map(|(i, t)| json!({"model": (["a", "b"][i % 2]), "text": t}).to_string() + "\n")
        .collect();
    std::fs::write(&path, lines).unwrap();
    path
}

#[test]
fn a_server_is_asked_in_batches_again_when_busy_and_shorter_when_it_must() {
    let dir = TempDir::new().unwrap();
    let mut texts: Vec<String> = (0..300).map(|i| format!("text number {i} of the run")).collect();
    texts[7] = "long ".repeat(400);
    texts[8] = String::new();
    let file = file_of(dir.path(), &texts);
    let busy = Mutex::new(3);
    let (url, asked) = server(Arc::new(move |texts| {
        let mut left = busy.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            return ([429, 503, 500][*left], json!({"error": {"message": "busy"}}));
        }
        if texts.iter().any(|t| t.len() > 600) {
            return (400, json!({"error": {"message": "input is longer than the maximum of 128 tokens"}}));
        }
        (200, vectors(texts))
    }));
    let out = analyze(&url, &file);
    assert!(out.status.success(), "{}", complaint(&out));
    assert!(complaint(&out).contains("300 texts ("), "what is sent is said first: {}", complaint(&out));
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["embedder"]["dims"], 4);
    assert!(json["embedder"]["id"].as_str().unwrap().ends_with("/v1/embeddings#m"));
    let read = json["samples"][7]["covered"].as_f64().unwrap();
    assert!((read - 0.25).abs() < 0.01, "{read}");
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|t| t.len() <= 64 && t.iter().all(|t| !t.is_empty())));
    drop(asked);
    // A second run asks for nothing: what was embedded is kept.
    let (url, asked) = server(Arc::new(|texts| (200, vectors(texts))));
    let home = TempDir::new().unwrap();
    let run = || {
        gander()
            .env("XDG_CACHE_HOME", home.path())
            .args(["analyze", "--json", "-", "--embedder", &url])
            .arg(&file)
            .output()
            .unwrap()
    };
    assert!(run().status.success());
    let before = asked.lock().unwrap().len();
    assert!(run().status.success());
    // Labels are few and short; they are not worth keeping.
    let texts_again =
        asked.lock().unwrap()[before..].iter().flatten().filter(|t| t.starts_with("text number 1")).count();
    assert_eq!(texts_again, 0);
}

#[test]
fn bad_servers_are_named_with_what_they_did() {
    let dir = TempDir::new().unwrap();
    let texts: Vec<String> = (0..200).map(|i| format!("text number {i} of the run")).collect();
    let file = file_of(dir.path(), &texts);
    let says = |answer: Answering| {
        let (url, _) = server(answer);
        let out = analyze(&url, &file);
        assert!(!out.status.success());
        let said = complaint(&out);
        said.lines().last().unwrap().to_owned()
    };
    let few = says(Arc::new(|texts| (200, vectors(&texts[usize::from(texts.len() > 1)..]))));
    assert!(few.contains("sent 63 vectors for 64 texts") && few.contains("is kept"), "{few}");
    let count = Mutex::new(0);
    let other = says(Arc::new(move |texts| {
        let mut n = count.lock().unwrap();
        *n += 1;
        let wide: Vec<Value> = texts.iter().map(|_| json!({"embedding": [1, 2, 3]})).collect();
        (200, if *n > 1 { json!({"data": wide}) } else { vectors(texts) })
    }));
    assert!(other.contains("sent vectors of") && other.contains("it must serve one model"), "{other}");
    let key = says(Arc::new(|_| (401, json!({"error": {"message": "no key"}}))));
    assert!(key.contains("refuses the key (401)"), "{key}");
    let nothing = says(Arc::new(|_| (200, json!({"oops": 1}))));
    assert!(nothing.contains("sent no list of embeddings"), "{nothing}");
}

/// What an analysis found, without how long it took and where from.
fn findings(out: &std::process::Output) -> Value {
    assert!(out.status.success(), "{}", complaint(out));
    let mut json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let map = json.as_object_mut().unwrap();
    map.remove("timings");
    map.remove("notices");
    for s in map["sources"].as_array_mut().unwrap() {
        s.as_object_mut().unwrap().remove("file");
    }
    json
}

#[test]
fn three_machines_find_what_one_finds() {
    let dir = TempDir::new().unwrap();
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let mut parts = Vec::new();
    for i in 1..=3 {
        let part = dir.path().join(format!("part-{i}.parquet"));
        let out = gander()
            .arg("embed")
            .args(&files)
            .arg("--shard")
            .arg(format!("{i}/3"))
            .arg("-o")
            .arg(&part)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
        parts.push(part);
    }
    // Parts hold the vectors of whole answers.
    let whole = gander().args(["analyze", "--json", "-", "--no-sentences"]).args(&files).output().unwrap();
    let joined = gander().args(["analyze", "--json", "-"]).args(&parts).output().unwrap();
    assert_eq!(findings(&joined), findings(&whole), "also where texts stand, and how labels fit");
    assert!(complaint(&joined).contains("sentences are not compared"), "{}", complaint(&joined));
    let out = gander().args(["embed", "--shard", "4/3", "-o", "x.parquet"]).args(&files).output().unwrap();
    assert_eq!(complaint(&out), "gander: --shard 4/3: give a part and the number of parts, such as 2/8");
    // The explorer takes parts as it takes samples.
    let session = dir.path().join("run.gander");
    let out = gander().args(&parts).arg("--session").arg(&session).args(["--dump", "120x40"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains(" differences "), "{}", complaint(&out));
}

#[test]
fn vectors_without_stance_say_so_of_opposed_statements() {
    let dir = TempDir::new().unwrap();
    let (part, session) = (dir.path().join("part.parquet"), dir.path().join("run.gander"));
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let out = gander().args(["embed", "--vectors-only", "-o"]).arg(&part).args(&files).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let out = gander().arg("analyze").arg(&part).arg("--session").arg(&session).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let s = common::screen(&session, "120x40", "/geese<enter>i");
    assert!(s.contains("Opposed statements: not judged") && s.contains("Topic match"), "{s}");
}

#[test]
fn vectors_made_elsewhere_are_taken_and_checked() {
    let dir = TempDir::new().unwrap();
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let texts: Vec<String> = files
        .iter()
        .flat_map(|f| {
            let lines = std::fs::read_to_string(f).unwrap();
            lines
                .lines()
                .map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap_or("").to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let made = MiniLm::new(4, false).unwrap().embed(&refs, &Progress::default()).unwrap().vectors;
    let npy = dir.path().join("vectors.npy");
    Tensor::from_slice(made.as_slice(), (made.len(), made.dims()), &Device::Cpu).unwrap().write_npy(&npy).unwrap();
    let run = |files: &[PathBuf], more: &[&str]| {
        gander().args(["analyze", "--json", "-"]).args(files).args(more).output().unwrap()
    };
    let path = npy.display().to_string();
    let given = findings(&run(&files, &["--vectors", &path]));
    let own = findings(&run(&files, &[]));
    let clusters =
        |f: &Value| f["samples"].as_array().unwrap().iter().map(|s| s["cluster"].clone()).collect::<Vec<_>>();
    assert_eq!(clusters(&given), clusters(&own));
    assert!(given["embedder"]["id"].as_str().unwrap().starts_with("given/"));
    // Words are not embedded by another model than the one that made the vectors.
    let exact = findings(&run(&files, &["--vectors", &path, "--exact"]));
    assert_eq!(exact["embedder"], given["embedder"]);
    let out = run(&files[..1], &["--vectors", &path]);
    assert!(
        complaint(&out).ends_with(
            "vectors.npy: 880 rows, but there are 440 samples; give one row a sample, in the order of the files"
        ),
        "{}",
        complaint(&out)
    );

    let jsonl = dir.path().join("with.jsonl");
    let write = |change: &dyn Fn(usize, &mut Value)| {
        let lines: String = (0..40)
            .map(|i| {
                let mut line =
                    json!({"id": format!("s{i}"), "model": (["a", "b"][i % 2]), "text": texts[i], "emb": made.row(i)});
                change(i, &mut line);
                line.to_string() + "\n"
            })
            .collect();
        std::fs::write(&jsonl, lines).unwrap();
        run(std::slice::from_ref(&jsonl), &["--vector-field", "emb"])
    };
    let ok = findings(&write(&|_, _| {}));
    assert_eq!(ok["embedder"]["dims"], 384);
    let says =
        |change: &dyn Fn(usize, &mut Value)| complaint(&write(change)).replace(&jsonl.display().to_string(), "FILE");
    assert_eq!(
        says(&|i, v| if i == 3 {
            v["emb"] = json!([1, 2])
        }),
        "gander: FILE, sample “s3”: its vector has 2 numbers, others have 384; give all the same number, at least two"
    );
    assert_eq!(
        says(&|i, v| if i == 3 {
            v["emb"] = json!("x")
        }),
        "gander: FILE, line 4: “emb” is no list of numbers"
    );
    assert_eq!(
        says(&|i, v| if i == 3 {
            v.as_object_mut().unwrap().remove("emb");
        }),
        "gander: FILE, line 4: there is no field “emb” with a vector"
    );
    let zeros = write(&|i, v| {
        if i == 3 {
            v["emb"] = json!(vec![0.0; 384])
        }
    });
    assert!(
        complaint(&zeros).contains("1 vectors are zeros") || complaint(&zeros).contains("zeros"),
        "{}",
        complaint(&zeros)
    );
}

/// The published model in f32, when its folder is named: it must give the reference's vectors.
/// A hub on this machine: the files of a folder, under `owner/model`; the first request for weights breaks off.
fn hub(folder: std::path::PathBuf) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut broken = false;
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let mut rest = String::new();
            while reader.read_line(&mut rest).unwrap_or(0) > 2 {
                rest.clear();
            }
            let asked = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let file = asked.strip_prefix("/owner/model/resolve/main/").map(|f| folder.join(f));
            match file.and_then(|f| std::fs::read(f).ok()) {
                Some(bytes) => {
                    let head =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
                    stream.write_all(head.as_bytes()).unwrap();
                    let half = asked.ends_with("safetensors") && !std::mem::replace(&mut broken, true);
                    let end = if half { bytes.len() / 2 } else { bytes.len() };
                    let _ = stream.write_all(&bytes[..end]);
                }
                None => {
                    let _ =
                        stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                }
            }
        }
    });
    url
}

#[test]
fn a_model_of_a_hub_is_fetched_when_asked_and_a_broken_fetch_goes_on() {
    let (served, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    minilm_folder(served.path());
    let url = hub(served.path().to_path_buf());
    let file = home.path().join("s.jsonl");
    std::fs::write(&file, "{\"model\":\"a\",\"text\":\"the goose is a bird\"}\n").unwrap();
    let run = |name: &str, extra: &[&str]| {
        let out = common::gander()
            .env("HF_ENDPOINT", &url)
            .env("XDG_CACHE_HOME", home.path())
            .args(["embed", "--embedder", name])
            .args(extra)
            .arg(&file)
            .arg("-o")
            .arg(home.path().join("out.parquet"))
            .output()
            .unwrap();
        (out.status.success(), common::complaint(&out))
    };
    let (ok, said) = run("owner/model", &[]);
    assert!(!ok && said.contains("there is no such folder; --download fetches"), "nothing is fetched unasked: {said}");
    let (ok, said) = run("owner/other", &["--download"]);
    assert!(!ok && said.contains("the hub has no model owner/other"), "{said}");
    let (ok, said) = run("owner/model", &["--download"]);
    assert!(!ok && said.contains("model.safetensors of owner/model broke off; the same command goes on"), "{said}");
    let (ok, said) = run("owner/model", &["--download"]);
    assert!(
        ok && said.contains("model.safetensors") && !said.contains("tokenizer.json"),
        "what was whole is kept: {said}"
    );
    let (ok, said) = run("owner/model", &[]);
    assert!(ok && !said.contains("fetching"), "once is enough: {said}");
    assert!(home.path().join("out.parquet").exists());
}
