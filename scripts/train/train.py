"""Trains the default model from the catalogue: generate, train, score, export.

    python3 scripts/train/train.py --out models --minutes 60

Reproducible from --seed with --steps; --minutes stretches the schedule over a time instead. Runs on CPU or CUDA.
"""

import argparse
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before torch loads; see parallel.py
    os.environ.setdefault(name, "1")

import subprocess
import time

import torch
import torch.nn.functional as F

import circuit
import data
import evaluate
import export
import model as llama
import optimizer
import parallel
import questions
import release
import words
from prompt import Prompt
from tokenizer import Tokenizer

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", default="models", help="folder of the model, its provenance and its fixtures")
    p.add_argument("--work", default="out/train", help="folder of checkpoints")
    p.add_argument("--seed", type=int, default=20260702)
    p.add_argument("--minutes", type=float, help="train for this long")
    p.add_argument("--steps", type=int, help="train for this many steps (repeatable to the bit on one kind of machine)")
    p.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    p.add_argument("--start", help="start from the weights of this checkpoint or exported file, which may have fewer layers, with a schedule of its own")
    p.add_argument("--first-chunk", type=int, default=0)
    p.add_argument("--tokens", type=int, default=2560, help="tokens per step and process")
    p.add_argument("--lr", type=float, default=0.01)
    p.add_argument("--adam-lr", type=float, default=0.004)
    p.add_argument("--decay", type=float, default=0.1)
    p.add_argument("--width", type=int, default=192)
    p.add_argument("--layers", type=int, default=6)
    p.add_argument("--hidden", type=int, default=512)
    p.add_argument("--kind", default="f16", choices=export.KINDS)
    p.add_argument("--processes", type=int, default=1 if torch.cuda.is_available() else min(4, os.cpu_count() or 1))
    p.add_argument("--check-minutes", type=float, default=4, help="score this often")
    p.add_argument("--save-minutes", type=float, default=3, help="checkpoint this often")
    p.add_argument("--no-export", action="store_true")
    return p.parse_args()


def schedule(progress):
    """Warm up over 2 %, then straight down to nearly nothing."""
    return min(1.0, progress / 0.02 + 0.02) * (1 - 0.98 * max(0.0, progress - 0.02) / 0.98)


def loss_of(model, prefix, ids, targets, weights, everything):
    """Weighted loss of the completion; now and then of the question too, at a tenth."""
    caches = [[] for _ in model.blocks]
    model.hidden(ids[:1, :prefix], caches)  # what all rows begin with, once
    caches = [[part.expand(len(ids), -1, -1, -1) for part in cache] for cache in caches]
    hidden = model.hidden(ids[:, prefix:], caches, prefix)
    targets, weights = targets[:, prefix:], weights[:, prefix:]
    weights = weights + 0.1 * ((targets >= 0) & (weights == 0)) if everything else weights
    chosen = weights > 0
    losses = F.cross_entropy(model.logits(hidden[chosen]), targets[chosen], reduction="none")
    return (losses * weights[chosen]).sum() / weights[chosen].sum()


def main():
    args = arguments()
    if not args.minutes and not args.steps:
        args.minutes = 60
    parallel.run(train, args.processes, args)


def train(team, args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = Tokenizer.load(os.path.join(HERE, "vocabulary.json"))
    prompt = Prompt(tokenizer)
    config = llama.Config(vocabulary=len(tokenizer), width=args.width, layers=args.layers, heads=args.width // 32, hidden=args.hidden)
    model = llama.Llama(config).to(device)
    circuit.plant(model)
    muon = optimizer.Muon(model, team, args.lr, args.adam_lr, args.decay)
    held, excluded = {}, set()
    for domain in questions.DOMAINS:
        pairs, replies = data.held_out(args.seed, 400, domain)
        held[domain] = pairs, [u for u, _ in replies]
        excluded |= {data.key(q) for q, _ in pairs} | {data.key(u.split("\n")[0]) for u, _ in replies}
    say = print if team.rank == 0 else lambda *_, **__: None
    say(f"{model.parameters_count():,} parameters, vocabulary {len(tokenizer)}, {device} x{team.size}, seed {args.seed}", flush=True)

    os.makedirs(args.work, exist_ok=True)
    checkpoint = os.path.join(args.work, "checkpoint.pt")
    step, seen, spent, number, log, parts = 0, 0, 0.0, args.first_chunk, [], []
    started = release.digest(args.start) if args.start else ""
    if args.start:
        model.load_state_dict(llama.deepened(export.state_of(args.start) if args.start.endswith(".gguf") else torch.load(args.start, map_location=device)["model"], model))
    if args.resume:
        state = torch.load(checkpoint, map_location=device)
        model.load_state_dict(state["model"])
        muon.load(state["optimizer"])
        step, seen, spent, number, log = state["step"], state["seen"], state["spent"], state["chunk"] + 1, state["log"]
        parts = state["parts"]
    parts.append({"from_step": step, "first_chunk": number, "commit": commit()})

    def save():
        if team.rank == 0:
            state = {"model": model.state_dict(), "average": average.weights, "optimizer": muon.state(), "step": step, "seen": seen, "spent": spent, "chunk": number, "log": log, "parts": parts, "config": config.dict()}
            torch.save(state, checkpoint + ".new")
            os.replace(checkpoint + ".new", checkpoint)

    parameters, tasks = list(model.parameters()), {}
    average = optimizer.Average(model)
    if args.resume:
        average.weights = state["average"]
    began, scored, saved, smooth, since, since_tokens = time.monotonic() - spent, spent, spent, None, time.monotonic(), seen
    for number, task, prefix, ids, targets, weights in data.batches(prompt, args.seed, excluded, args.tokens, number, team, copying=not args.start):
        spent = team.agree(time.monotonic() - began)
        progress = step / args.steps if args.steps else spent / (args.minutes * 60)
        if progress >= 1:
            break
        muon.scale = schedule(progress)
        muon.zero_grad()
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_of(model, prefix, ids.to(device), targets.to(device), weights.to(device), step % 6 == 0)
        loss.backward()
        team.mean(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        muon.step()
        average.step()
        step, seen = step + 1, seen + ids[:, prefix:].numel() * team.size
        if step % 6 != 1:
            smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
            tasks[task] = 0.9 * tasks.get(task, loss.item()) + 0.1 * loss.item()
        if step % 25 == 0:
            rate = (seen - since_tokens) / (time.monotonic() - since)
            left = (args.minutes * 60 - spent) if not args.steps else spent / step * (args.steps - step)
            by_task = " ".join(f"{k} {v:.3f}" for k, v in sorted(tasks.items()))
            say(f"step {step} chunk {number} loss {smooth:.4f} ({by_task}) tokens {seen:,} {rate:,.0f} tokens/s lr x{muon.scale:.2f} eta {left / 60:.1f} min", flush=True)
            since, since_tokens = time.monotonic(), seen
        if spent - saved > args.save_minutes * 60:
            saved = spent
            save()
        if spent - scored > args.check_minutes * 60:
            scored = spent
            # Half of the processes score plans, half sentences, so that none waits long.
            with average.instead():
                exact = {d: round(evaluate.plans(model, prompt, pairs[:80], d)[0], 4) for d, (pairs, _) in held.items()} if team.rank == 0 else {}
                clean = sum(evaluate.answers(model, prompt, users[:20], d)[0] for d, (_, users) in held.items()) / len(held) if team.rank == team.size - 1 else 0.0
            clean = team.total(torch.tensor(clean)).item()
            log.append({"step": step, "minutes": round(spent / 60, 1), "tokens": seen, "loss": round(smooth, 4), "exact_plan": exact, "sentence_rules": round(clean, 4)})
            say(f"== {spent / 60:.1f} min: held-out exact of 80 {exact}, sentences {clean:.1%}", flush=True)
            since, since_tokens = time.monotonic(), seen
    save()
    if team.rank == 0:
        model.load_state_dict(average.weights)
        finish(args, model, tokenizer, prompt, held, {
            **({"start": {"file": args.start, "sha256": started}} if started else {}), "steps": step, "tokens": seen, "minutes": round(spent / 60, 1), "device": f"{device} x{team.size}", "parts": parts, "log": log,
        })


def commit():
    """The commit whose generator makes the data, so that a run that was resumed says what each part learned from."""
    got = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return got.stdout.strip()


def finish(args, model, tokenizer, prompt, held, run):
    """Score the weights as the file will hold them, and write the release."""
    export.rounded(model, args.kind)
    scores = {}
    for domain, (pairs, users) in held.items():
        scores[domain] = evaluate.report(model, prompt, pairs, users, domain)
        forms, misses = evaluate.plans(model, prompt, questions.FORMS[domain], domain)
        scores[domain]["guide_questions"] = forms
        print(f"the guide's own questions of {domain}: {forms:.0%}", misses, flush=True)
    if not args.no_export:
        command = {k: v for k, v in vars(args).items() if v not in (None, False) and k not in ("work", "out")}
        release.write(args.out, model, tokenizer, prompt, held, args.kind, {
            "seed": args.seed, "domains": questions.DOMAINS, "catalogue_version": words.catalogue()["version"], **run, "scores": scores, "command": command,
        })


if __name__ == "__main__":
    main()
