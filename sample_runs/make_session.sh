#!/usr/bin/env bash
# Makes geese.gander again: analyses the run and curates it with a few keys, as a person would.
set -euo pipefail
cd "$(dirname "$0")/.."
gander() { cargo run --release --quiet -- "$@"; }
keys() { USER=curator gander sample_runs/geese.gander --dump 120x40 --dump-keys "1$1" >/dev/null; }
rm -f sample_runs/geese.gander
gander analyze sample_runs/geese_base.jsonl sample_runs/geese_tuned.jsonl --json /dev/null --session sample_runs/geese.gander
keys '/give advice<enter>r<c-u>declines to advise on health and money<enter>d'
keys '/geese<enter>r<c-u>opinions about geese, for and against<enter>fpraise and complaints are mixed<enter>'
keys '/dough<enter>r<c-u>baking bread<enter>cthe tuned model answers in bullets here<enter>d'
keys '/csv<enter>r<c-u>reading files in Python<enter>d'
keys '/blank<enter>r<c-u>blank answers<enter>d'
