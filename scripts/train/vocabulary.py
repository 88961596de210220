"""Learns the vocabulary from generated text. Its result, vocabulary.json, is kept: a new one makes all old weights useless."""

import argparse
import os
import random

import answers
import questions
import tokenizer


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--size", type=int, default=1536)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--examples", type=int, default=60_000)
    args = p.parse_args()
    rng, texts = random.Random(args.seed), []
    for _ in range(args.examples):
        question, plan = questions.example(rng)
        # A question's first word has no space before it; plans would drown everything, so only a few of them count.
        texts += [question, " " + question] + ([questions.plan_text(plan)] if rng.random() < 0.25 else [])
        if rng.random() < 0.2:
            texts += answers.example(rng)
        if rng.random() < 0.02:  # the words around every prompt, each worth a token
            texts += ["system", "user", "assistant", "plan", "answer", " sales", " inventory", " patients", " ophthalmic"]
    learnt = tokenizer.train(texts, args.size)
    learnt.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vocabulary.json"))
    print(len(learnt), "tokens")


if __name__ == "__main__":
    main()
