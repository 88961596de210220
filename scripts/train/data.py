"""Examples as token ids, in batches of about equal length.

Chunk number c of seed s is always the same data, so a run can be repeated and resumed. Whatever is held out is kept out
of every chunk by its normalised text.
"""

import os
import random
import re

import torch
import yaml

import answers
import follow
import linking
import names
import questions
import route

ANSWER_SHARE = 0.11  # of the examples; they are twice as long, so of the tokens it is nearly a fifth
FOLLOW_SHARE = 0.45  # of the plans: those that go on from a plan before
ROUTE_SHARE = 0.2
CHUNK = 8192
# In the first chunks the model also just repeats text: a plan copies a few tokens of a name, a repetition copies all of
# them, meant to form the attention that copies sooner. Afterwards the tokens are worth more elsewhere.
COPY_CHUNKS, COPY_SHARE = 8, 0.16


def key(question):
    """What makes two questions the same for the hold-out: letters and digits only."""
    return re.sub(r"[^a-z0-9]+", " ", question.lower()).strip()


# How much of the training is about each domain.
SHARES = {"sales": 0.42, "inventory": 0.28, "patients": 0.3}


def held_out_file(domain):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", f"heldout-{domain}.yaml")


def held_out(seed, count, domain="sales"):
    """Distinct (question, plan) pairs of a domain that training never sees, and half as many answers.

    The questions, once drawn, are kept in a file beside the model, as the vocabulary is: a better generator must not
    choose its own examination.
    """
    rng = random.Random(f"held-out {seed}" + ("" if domain == "sales" else f" {domain}"))
    replies = [answers.example(rng, domain) for _ in range(count // 2)]
    if os.path.exists(held_out_file(domain)):
        return read(held_out_file(domain)), replies
    plans, seen = [], {key(q) for q, _ in questions.FORMS[domain]}
    while len(plans) < count:
        question, plan = questions.example(rng, domain)
        if key(question) not in seen:
            seen.add(key(question))
            plans.append((question, plan))
    return plans, replies


def read(path):
    with open(path, encoding="utf-8") as f:
        rows = yaml.safe_load(f)
    return [(row["q"], {k: [" " + v for v in value] if k == "where" else value for k, value in row["plan"].items()}) for row in rows]


def chunk(prompt, seed, number, excluded, copying=True):
    """Examples of one chunk: (task, domain, ids, start of the completion, weight)."""
    rng, out = random.Random(f"train {seed} {number}"), []
    copies = COPY_SHARE if copying and number < COPY_CHUNKS else 0.0
    while len(out) < CHUNK:
        domain = rng.choices(list(SHARES), list(SHARES.values()))[0]
        if rng.random() < copies:
            text = " ".join(names.invented(rng) for _ in range(rng.randint(1, 5))) if rng.random() < 0.6 else questions.example(rng)[0]
            if key(text) not in excluded:
                out.append(("copy", "sales", *prompt.example("copy", text, text), 1.0))
            continue
        if rng.random() < ROUTE_SHARE:
            user, kind = route.example(rng)
            if key(user.split("\n")[-1]) not in excluded:
                out.append(("route", "", *prompt.example("route", user, kind, ""), 1.0))
            continue
        roll = rng.random()
        if roll < ANSWER_SHARE:
            user, text = answers.example(rng, domain)
            if key(user.split("\n")[0]) not in excluded:
                # Several phrasings are right, so their tokens teach less than a plan's, which are all decided.
                out.append(("answer", domain, *prompt.example("answer", user, text, domain), 0.5))
            continue
        linking.forget()
        last, values = "", ()
        if rng.random() < FOLLOW_SHARE:
            last, values, question, plan = follow.example(rng, domain)
            last = questions.plan_text(last) + "\n"
        else:
            question, plan = rng.choice(questions.FORMS[domain]) if roll > 0.994 else questions.example(rng, domain)
        if key(question) not in excluded:
            user = last + linking.before(rng, domain, question, values) + question
            out.append(("plan", domain, *prompt.example("plan", user, questions.plan_text(plan), domain), 1.0))
    return out


def batches(prompt, seed, excluded, tokens, first, team, copying=True):
    """Endless (chunk number, task, length of the common prefix, ids, targets, weights).

    Padding is wasted time, so neighbours in length go together; so is computing the prompt's fixed beginning once per
    example, so a batch holds one task of one domain only and says how long its common beginning is.
    """
    number = first
    while True:
        rng = random.Random(f"order {seed} {number}")
        examples, groups = {}, []
        for task, domain, *example in chunk(prompt, seed, number, excluded, copying):
            examples.setdefault((task, domain), []).append(example)
        for (task, domain), some in examples.items():
            prefix = prompt.prefix(task, domain)
            some = sorted(some, key=lambda e: (len(e[0]), rng.random()))
            at = 0
            while at < len(some):
                # The longest decides how many fit.
                size = max(8, tokens // (len(some[min(len(some) - 1, at + 48)][0]) - len(prefix)))
                groups.append((f"{task} {domain}", len(prefix), some[at : at + size]))
                at += size
        rng.shuffle(groups)
        groups = groups[: len(groups) // team.size * team.size]  # every process makes as many steps
        for task, length, group in groups[team.rank :: team.size]:
            yield (number, task, length, *tensors(group))
        number += 1


def tensors(group):
    length = max(len(ids) for ids, _, _ in group)
    ids = torch.zeros(len(group), length, dtype=torch.long)
    targets = torch.full((len(group), length), -1, dtype=torch.long)
    weights = torch.zeros(len(group), length)
    for row, (tokens, start, weight) in enumerate(group):
        n = len(tokens)
        ids[row, :n] = torch.tensor(tokens)
        targets[row, : n - 1] = ids[row, 1:n]
        weights[row, start - 1 : n - 1] = weight
    return ids, targets, weights
