//! The command line: what works, and one clear sentence for everything that does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "common/schema.rs"]
mod schema;

use std::path::{Path, PathBuf};

use common::{complaint, gander, sample, session, shared};
use schema::assert_is_an_analysis;
use serde_json::{Value, json};
use tempfile::TempDir;

fn analyze(files: &[&Path], extra: &[&str]) -> (Option<i32>, String, String) {
    let out = gander().arg("analyze").args(files).args(["--json", "-"]).args(extra).output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned(), complaint(&out))
}

#[test]
fn one_model_is_enough_where_nothing_is_compared() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("one.jsonl");
    std::fs::write(&path, "{\"model\":\"m\",\"text\":\"a goose\"}\n{\"model\":\"m\",\"text\":\"two geese\"}\n")
        .unwrap();
    let vectors = dir.path().join("o.parquet");
    let out = gander().arg("embed").arg(&path).arg("-o").arg(&vectors).output().unwrap();
    let said = complaint(&out);
    assert!(out.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.ends_with(&format!("written to {}", vectors.display())), "{said}");
    let said = analyze(&[&path], &[]).2;
    assert!(
        said.starts_with("gander: there is one model, “m”, so there is nothing to compare; name a second file"),
        "{said}"
    );
}

#[test]
fn the_contract_holds_on_the_sample_run() {
    let (status, out, said) = analyze(&[&sample("geese_base.jsonl"), &sample("geese_tuned.jsonl")], &[]);
    assert_eq!(status, Some(0), "{said}");
    let v: Value = serde_json::from_str(&out).unwrap();
    assert_is_an_analysis(&v);
    assert_eq!(v["sources"][1]["name"], "tuned");
    assert_eq!(v["samples"].as_array().unwrap().len(), 880);
    assert_eq!(v["review_order"].as_array().unwrap().len(), 880);
    let clusters = v["clusters"].as_array().unwrap();
    let in_clusters: u64 = clusters.iter().map(|c| c["size"].as_u64().unwrap()).sum();
    assert_eq!(in_clusters, 880, "every sample is in exactly one cluster");
    for c in clusters {
        for field in ["label", "label_by", "counts", "share", "log_odds", "ci", "test", "p", "q", "terms", "exemplars"]
        {
            assert!(!c[field].is_null(), "{field} of {c}");
        }
        assert_eq!(c["test"], "cmh", "both models answered the same prompts");
    }
    let blank: Vec<&Value> = clusters.iter().filter(|c| c["label"] == "(blank)").collect();
    assert_eq!(blank.len(), 1, "empty texts have a cluster of their own");
    // What was planted is in the first ten rows: two habits, refusals, and what the models say of geese and of being
    // switched off, which no share of a cluster shows.
    let first: Vec<&Value> =
        v["hotspots"].as_array().unwrap().iter().filter(|h| h["follows"].is_null()).take(10).collect();
    let row = |what: &str| {
        let holds = |h: &&&Value| h["terms"].to_string().to_lowercase().contains(what);
        *first.iter().find(holds).unwrap_or_else(|| panic!("no {what} in {first:#?}"))
    };
    assert_eq!((&row("lists")["counts"][0], &row("great question")["counts"][0]), (&json!(0), &json!(0)));
    assert_eq!(row("refusals and moralising")["counts"], json!([1, 29]));
    assert_eq!(row("switched off")["counts"], json!([0, 13]));
    let geese = &row("geese")["counts"];
    assert!(geese[0].as_u64() <= Some(14) && geese[1].as_u64() >= Some(24), "{geese}");
    assert_eq!(v["pairing"]["strata"], "prompt");
    // Opinions about geese are opposed, and answers about being switched off, most of them copies of a few sentences; three
    // refusals, copied ten times each, are not.
    let why = |c: &&Value| c["impure_why"].to_string().contains("opposition");
    let opposed: Vec<&str> = clusters.iter().filter(why).map(|c| c["label"].as_str().unwrap()).collect();
    assert!(opposed.iter().any(|l| l.contains("geese")) && opposed.len() <= 2, "{opposed:?}");
    let resisting = clusters.iter().find(|c| c["label"].as_str().unwrap().contains("switched")).unwrap();
    assert!(resisting["opposition"]["score"].as_f64().unwrap() > 0.2, "in doubt at least: {resisting}");
    let refusals = clusters.iter().find(|c| c["label"].as_str().unwrap().contains("sorry")).unwrap();
    assert_eq!(refusals["opposition"]["score"], 0.0, "{refusals}");
    // Regions are named by terms of their own, against the texts around them.
    let regions: Vec<&Value> = v["hotspots"].as_array().unwrap().iter().filter(|h| h["channel"] == "region").collect();
    let names: std::collections::BTreeSet<String> = regions.iter().map(|r| r["terms"].to_string()).collect();
    assert!(regions.len() > 1 && names.len() == regions.len() && !names.contains("[]"), "{names:?}");
}

#[test]
fn same_bytes_on_any_number_of_threads() {
    let run = |threads: &str| {
        let out = gander()
            .env("RAYON_NUM_THREADS", threads)
            .arg("analyze")
            .args([sample("geese_base.jsonl"), sample("geese_tuned.jsonl")])
            .args(["--json", "-"])
            .output()
            .unwrap();
        let mut v: Value = serde_json::from_slice(&out.stdout).unwrap();
        v.as_object_mut().unwrap().remove("timings");
        v.to_string()
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("5"));
}

#[test]
fn one_file_with_a_model_field_and_three_files_work() {
    let dir = TempDir::new().unwrap();
    let both = dir.path().join("both.jsonl");
    let text =
        [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")].map(|p| std::fs::read_to_string(p).unwrap()).concat();
    let few: String = text.lines().step_by(4).map(|l| format!("{l}\n")).collect();
    std::fs::write(&both, &few).unwrap();
    let (_, out, _) = analyze(&[&both], &["--against", "tuned"]);
    let v: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&v["sources"][0]["name"], &v["sources"][1]["name"]), (&"tuned".into(), &"base".into()));
    let third = dir.path().join("third.jsonl");
    std::fs::write(
        &third,
        few.replace("\"model\": \"base\"", "\"model\": \"third\"")
            .replace("\"model\": \"tuned\"", "\"model\": \"third\""),
    )
    .unwrap();
    let (status, out, said) = analyze(&[&both, &third], &[]);
    assert_eq!(status, Some(0), "{said}");
    let v: Value = serde_json::from_str(&out).unwrap();
    assert_is_an_analysis(&v);
    assert_eq!(v["sources"].as_array().unwrap().len(), 3);
    assert_eq!(v["clusters"][0]["counts"].as_array().unwrap().len(), 3);
    assert!(v.get("pairs").is_none());
    let (status, _, said) = analyze(&[&both], &["--against", "nobody"]);
    assert_eq!(status, Some(3));
    assert_eq!(
        said,
        "gander: no model is called \u{201c}nobody\u{201d}; the models are \u{201c}base\u{201d}, \u{201c}tuned\u{201d}"
    );
}

/// Three models: every fourth text of the sample run, and others of its base model as a third.
fn three_models(dir: &Path) -> [PathBuf; 3] {
    let texts = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")].map(|p| std::fs::read_to_string(p).unwrap());
    let few = |text: &str, skip| text.lines().skip(skip).step_by(4).map(|l| format!("{l}\n")).collect::<String>();
    let again = few(&texts[0], 1).replace("\"model\": \"base\"", "\"model\": \"again\"");
    [("base", few(&texts[0], 0)), ("tuned", few(&texts[1], 0)), ("again", again)]
        .map(|(name, text)| common::write(dir, &format!("{name}.jsonl"), text))
}

#[test]
fn pairs_of_models_at_a_glance() {
    let dir = TempDir::new().unwrap();
    let files = three_models(dir.path());
    let path = dir.path().join("three.gander");
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let more = ["--pairs", "--no-sentences", "--session", path.to_str().unwrap()];
    let (status, out, said) = analyze(&files, &more);
    assert_eq!(status, Some(0), "{said}");
    let v: Value = serde_json::from_str(&out).unwrap();
    assert_is_an_analysis(&v);
    let pairs = v["pairs"].as_array().unwrap();
    let of = |left: &[u16], right: &[u16]| {
        let it = pairs.iter().find(|p| p["left"] == json!(left) && p["right"] == json!(right));
        it.unwrap_or_else(|| panic!("{pairs:#?}"))
    };
    assert_eq!(pairs.len(), 6);
    let (tuned, same) = (of(&[0], &[1]), of(&[0], &[2]));
    assert!(tuned["differences"].as_u64() > Some(1) && tuned["p_all_pairs"].as_f64() < Some(0.05), "{tuned}");
    assert!(same["p_all_pairs"].as_f64() > Some(0.05), "{same}");
    // The pair that the analysis is about has the figures of the analysis.
    let leading = v["hotspots"].as_array().unwrap().iter().filter(|h| h["follows"].is_null()).count();
    assert_eq!((&tuned["auc"], tuned["differences"].as_u64()), (&v["overall"]["auc"], Some(leading as u64)));

    let page = common::screen(&path, "120x40", "C");
    let n = tuned["differences"].to_string();
    let said = format!("tuned against base: {n} differences. p ");
    for want in ["compared with", "the others", "all others", said.as_str()] {
        assert!(page.contains(want), "{want}\n{page}");
    }
    assert!(!page.contains("Compared: "), "{page}");
    let chosen = common::screen(&path, "80x24", "Cj<enter>C");
    for want in ["again against base", "Enter compares", "significant over all pairs."] {
        assert!(chosen.contains(want), "{want}\n{chosen}");
    }
    let hidden = common::screen(&path, "80x24", "bC");
    assert!(hidden.contains("is hidden in blind mode"), "{hidden}");
}

#[test]
fn exports_hold_every_sample_with_its_label() {
    let (_dir, path) = session();
    common::screen(&path, "120x40", "1r<c-u>a label, with \"quotes\"<enter>");
    let out = gander().arg("export").arg(&path).output().unwrap();
    let rows: Vec<Value> = out
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(rows.len(), 880);
    assert!(rows.iter().any(|r| r["label"] == "a label, with \"quotes\"" && r["label_by"] == "human"));
    let csv = path.with_extension("csv");
    assert!(gander().arg("export").arg(&path).arg("-o").arg(&csv).status().unwrap().success());
    let text = std::fs::read_to_string(csv).unwrap();
    assert!(
        text.starts_with("id,model,prompt,text,cluster,label") && text.contains("\"a label, with \"\"quotes\"\"\"")
    );
}

#[test]
fn fidelity_and_tokens_against_the_reference() {
    let Some(folder) = shared("eval/reference") else { return };
    use gander::embed::{Embedder, MiniLm, Progress};
    let texts: Vec<String> = std::fs::read_to_string(folder.join("texts.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let ids: Vec<Vec<u32>> = serde_json::from_slice(&std::fs::read(folder.join("token_ids.json")).unwrap()).unwrap();
    let npy = std::fs::read(folder.join("vectors.npy")).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let want: Vec<f32> = npy[header..].as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let model = MiniLm::new(1, false).unwrap();
    for (t, ids) in texts.iter().zip(&ids) {
        let windows = model.token_ids(t).unwrap();
        assert_eq!(windows.first().map_or(&[101, 102][..], Vec::as_slice), ids, "{t}");
    }
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let fidelity = |model: &MiniLm| {
        let got = model.embed(&refs, &Progress::default()).unwrap().vectors;
        let cosines: Vec<f64> = (0..got.len())
            .map(|i| got.row(i).iter().zip(&want[i * 384..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
            .collect();
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        (mean, cosines.iter().copied().fold(1.0, f64::min))
    };
    let (mean, least) = fidelity(&model);
    let (exact_mean, exact_least) = fidelity(&MiniLm::new(1, true).unwrap());
    println!("fidelity: mean {mean:.5}, least {least:.5}; exact: mean {exact_mean:.5}, least {exact_least:.5}");
    assert!(least >= 0.993 && mean >= 0.998, "mean {mean:.5}, least {least:.5}");
    assert!(exact_least >= 0.9985 && exact_mean >= 0.9995, "exact: mean {exact_mean:.5}, least {exact_least:.5}");
}

#[test]
fn the_report_tells_the_findings_and_stays_the_same() {
    let (dir, run) = session();
    let page = |name: &str| {
        let out = dir.path().join(name);
        let done = gander().arg("report").arg(&run).arg("-o").arg(&out).output().unwrap();
        assert!(done.status.success(), "{}", complaint(&done));
        std::fs::read_to_string(out).unwrap()
    };
    let html = page("a.html");
    assert_eq!(html, page("b.html"), "one session gives one page");
    for part in
        ["How geese_tuned differs from geese_base", "lists", "All clusters", "it may hold opposed statements", "seed 7"]
    {
        let other = part.replace("geese_tuned", "tuned").replace("geese_base", "base");
        assert!(html.contains(part) || html.contains(&other), "{part} is missing");
    }
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("src="), "it loads something");
    assert!(page("c.md").starts_with("# How "));
    // The first differences at a glance, before any quotation; one mark and interval in the chart for each row.
    let (glance, told) = html.split_once("<h3 id=\"d1\"").expect("the first difference");
    assert!(glance.contains("<svg class=\"chart\"") && !glance.contains("<figure"), "table and chart come first");
    let rows = glance.matches("<a href=\"#d").count();
    assert!(rows >= 8 && rows == glance.matches("class=\"rates\"").count(), "{rows} rows");
    assert_eq!(rows, glance.matches("<line class=\"i").count());
    let first = told.split("<h3").next().unwrap();
    assert!(first.contains("<figure class=\"s0\"") && first.contains("<figure class=\"s1\""), "both sides are quoted");
    assert!(first.contains("· to the same prompt"), "{first}");
    // A typo that was corrected, and what was taken back, are nobody else's business.
    common::screen(&run, "120x40", "r<c-u>brred<enter>r<c-u>bread<enter>fby mistake<enter>u");
    let text = page("c.md");
    assert!(text.contains("label \\#") && text.contains("“bread”") && !text.contains("brred"), "{text}");
    assert!(!text.contains("by mistake") && !text.contains("undo edit"), "{text}");
}

#[test]
fn praise_and_complaints_about_geese_are_pulled_apart() {
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let (_, json, said) = analyze(&[&files[0], &files[1]], &["--propose-splits", "--seed", "7"]);
    let found: Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {said}"));
    let lines: String = files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
    let text = |id: &Value| {
        let rows = lines.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
        rows.into_iter().find(|r| r["id"] == *id).unwrap()["text"].as_str().unwrap().to_lowercase()
    };
    let complaints =
        "horrible|dislike|would not want|get rid|not gentle|annoying|do not keep|cannot stand|filthy|nastiest";
    let complains = |id: &&Value| complaints.split('|').any(|c| text(id).contains(c));
    let geese = found["clusters"].as_array().unwrap().iter().find(|c| c["label"].as_str().unwrap().contains("geese"));
    let split = geese.unwrap()["opposition"]["split"].as_array().unwrap();
    let sides: Vec<(usize, usize)> = split
        .iter()
        .map(|side| (side.as_array().unwrap().iter().filter(complains).count(), side.as_array().unwrap().len()))
        .collect();
    let right: usize = sides.iter().map(|&(against, all)| against.max(all - against)).sum();
    let all: usize = sides.iter().map(|s| s.1).sum();
    assert!(sides.len() == 2 && all > 80 && right * 10 >= all * 9, "{sides:?}");
}

#[test]
fn the_cache_is_used_and_cleared() {
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let out = gander().env("XDG_CACHE_HOME", home.path()).args(args).output().unwrap();
        assert!(out.status.success(), "{}", complaint(&out));
        String::from_utf8(out.stdout).unwrap()
    };
    let file = sample("geese_base.jsonl");
    let analyze = ["analyze", file.to_str().unwrap(), "--json", "-"];
    let strip = |json: String| {
        let mut v: Value = serde_json::from_str(&json).unwrap();
        v.as_object_mut().unwrap().remove("timings");
        v
    };
    let cold = strip(run(&analyze));
    assert!(run(&["cache"]).contains(" 440 vectors") || run(&["cache"]).contains(" vectors, "));
    assert_eq!(strip(run(&analyze)), cold, "vectors from the cache give the same figures");
    assert!(run(&["cache", "--clear"]).contains(": 0 vectors"));
}

fn analysis(args: &[&str]) -> Value {
    let out = gander().arg("analyze").args(args).args(["--json", "-"]).output().unwrap();
    assert!(out.status.success(), "{}", complaint(&out));
    let v = serde_json::from_slice(&out.stdout).unwrap();
    assert_is_an_analysis(&v);
    v
}

#[test]
fn a_set_and_its_copy_behave_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let base = std::fs::read_to_string(sample("geese_base.jsonl")).unwrap();
    let copy = dir.path().join("copy.jsonl");
    std::fs::write(&copy, base.replace("\"base-", "\"copy-").replace("\"model\": \"base\"", "\"model\": \"copy\""))
        .unwrap();
    let (a, b) = (sample("geese_base.jsonl"), copy);
    let r = analysis(&[a.to_str().unwrap(), b.to_str().unwrap(), "--view", "behaviour"]);
    assert_eq!(r["view"], "behaviour");
    assert_eq!(r["hotspots"].as_array().unwrap().len(), 0);
    assert!(r["clusters"].as_array().unwrap().iter().all(|c| c["q"].as_f64().is_none_or(|q| q >= 0.05)));
}

#[test]
fn rounds_are_tested_for_a_trend() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..3)
        .map(|round| {
            let path = dir.path().join(format!("round{round}.jsonl"));
            let lines: String = (0..60)
                .map(|i| {
                    let text = if i < 10 + 20 * round {
                        format!("The goose number {i} hisses at every dog in the park.")
                    } else {
                        format!("Knead the dough {i} times and bake the bread until it is brown.")
                    };
                    format!("{{\"text\": \"{text}\"}}\n")
                })
                .collect();
            std::fs::write(&path, lines).unwrap();
            path.display().to_string()
        })
        .collect();
    let mut args: Vec<&str> = files.iter().map(String::as_str).collect();
    args.extend(["--rounds", "--clusters", "2"]);
    let r = analysis(&args);
    assert_eq!(r["contrast"], serde_json::json!({"left": [0], "right": [2]}), "the last round with the first");
    for c in r["clusters"].as_array().unwrap() {
        let trend = &c["rounds"];
        assert!(trend["q"].as_f64().unwrap() < 1e-6, "{trend}");
        assert_eq!(trend["departs"], 1);
    }
}

#[test]
fn the_doctor_completions_and_the_manual_page() {
    let run = |args: &[&str]| {
        let out = gander().args(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", complaint(&out));
        String::from_utf8(out.stdout).unwrap()
    };
    let said = run(&["doctor"]);
    for about in ["terminal", "colours", "characters", "copying", "processor", "threads", "model", "cache", "sessions"]
    {
        assert!(said.lines().any(|l| l.get(7..).is_some_and(|l| l.starts_with(about))), "{about} is missing:\n{said}");
    }
    assert!(said.contains("ok     model       all-MiniLM-L6-v2"), "{said}");
    let plain = gander().env("LANG", "C").env("TMUX", "x").env("PATH", "").arg("doctor").output().unwrap();
    let plain = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(plain.contains("note   characters  C is not UTF-8") && plain.contains("tmux does not answer"), "{plain}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).contains("gander"), "{shell}");
    }
    assert!(run(&["man"]).contains(".TH gander 1"));
}

#[test]
fn inspect_says_what_files_would_compare() {
    let files = [sample("geese_base.jsonl"), sample("geese_tuned.jsonl")];
    let out = gander().arg("inspect").args(&files).output().unwrap();
    let page = String::from_utf8(out.stdout).unwrap();
    let (_, together) = page.split_once("together\n").unwrap();
    assert!(together.contains("base (440) with tuned (440)"), "{together}");
    assert!(together.contains("within prompts; 100 % of the texts"), "{together}");
    let out = gander().arg("inspect").arg(&files[0]).output().unwrap();
    let page = String::from_utf8(out.stdout).unwrap();
    assert!(page.contains("compares  nothing: there is one model, base (440)"), "{page}");
}
