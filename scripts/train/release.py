"""Writes what ships: the GGUF file, its registry entry and provenance, the held-out set, and the Go tests' fixtures."""

import hashlib
import json
import os

import yaml

import export
import fixtures

NAME = "ilsai-compact"


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def write(out, model, tokenizer, prompt, held, kind, provenance):
    """`model` holds the weights as the file will (export.rounded), so that the greedy fixtures are the file's own."""
    os.makedirs(os.path.join(out, "testdata"), exist_ok=True)
    path = os.path.join(out, f"{NAME}.gguf")
    export.export(path, model, tokenizer, provenance, kind)
    size, sha = os.path.getsize(path), digest(path)
    dump(os.path.join(out, "registry.json"), {"models": [
        {"name": NAME, "file": f"{NAME}.gguf", "sha256": sha, "size": size, "profile": "compact", "license": "MIT", "embedded": True}
    ]})
    dump(os.path.join(out, f"{NAME}.provenance.json"), {
        "name": NAME, "sha256": sha, "size": size, "kind": kind, "parameters": model.parameters_count(), "config": model.config.dict(), **provenance,
    })
    for domain, (pairs, _) in held.items():
        questions_file(os.path.join(out, f"heldout-{domain}.yaml"), pairs)
    fixtures.write(os.path.join(out, "testdata"), model, tokenizer, prompt, held)
    print(f"{path}: {size:,} bytes, sha256 {sha}", flush=True)


def questions_file(path, pairs):
    with open(path, "w", encoding="utf-8") as f:
        f.write("# Generated questions that training never saw, by seed and by text; `where` is written without the leading space.\n")
        for question, plan in pairs:
            plan = {k: [v.strip() for v in value] if k == "where" else value for k, value in plan.items()}
            line = yaml.safe_dump({"q": question, "plan": plan}, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
            f.write(f"- {line}")


def dump(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=2)
        f.write("\n")
