"""What the Go tests hold llama.cpp against: token ids of many strings, greedy output of many prompts."""

import json
import os
import random

import answers
import names
import questions

SCRIPTS = ["Ελληνικά μάτια", "русские очки", "日本語のメガネ", "中文眼镜店", "한국어 안경", "עברית משקפיים", "العربية نظارات", "हिन्दी चश्मा", "ไทยแว่นตา", "ǅungla ßtraße İstanbul", "é e\u0301 ñ ü å ø", "𝒜𝓃𝓃𝒶 𝟙𝟚𝟛", "½ ² ③ Ⅷ ٣٤", "👓 🕶️ 👩‍⚕️ 🇩🇪 🏴", "\u200b\u200d\ufeff", "«quotes» “curly” ‘single’", "—–-‐", "€$£¥ %‰"]


def strings(count=1200, seed=7):
    """Questions, plans, sentences, scripts, white space, punctuation, digits, and valid UTF-8 at random."""
    rng, out = random.Random(seed), ["", " ", "  ", "\n", "\n\n", " \n ", "a", " a", "a ", "\t", "\r\n", "<|eot_id|>", "<|begin_of_text|> hello", "x<|eot_id|>y", "'s", "don't we'll I'm THEY'RE o'malley's", *SCRIPTS]
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"()[]{}<>|/\\@#$%^&*-_=+~`\n\t\r"
    while len(out) < count:
        kind = rng.randrange(10)
        question, plan = questions.example(rng)
        if kind <= 1:
            out.append(question)
        elif kind == 2:
            out.append(questions.plan_text(plan))
        elif kind == 3:
            out.append("\n".join(answers.example(rng)))
        elif kind == 4:
            out.append("".join(rng.choice(alphabet) for _ in range(rng.randint(1, 60))))
        elif kind == 5:
            out.append("".join(rng.choice([" ", "  ", "\n", "\t", "\u00a0", "\u3000", "\r", "w", " w", "9"]) for _ in range(rng.randint(1, 25))))
        elif kind == 6:
            out.append(rng.choice(SCRIPTS) + rng.choice(["", " ", "\n", "!", "9"]) + rng.choice(SCRIPTS))
        elif kind == 7:
            out.append(" ".join(str(rng.randint(0, 10 ** rng.randint(1, 12))) for _ in range(rng.randint(1, 6))))
        elif kind == 8:
            out.append(rng.choice([str.upper, str.title, str.swapcase])(question) + names.invented(rng))
        else:
            # Latin, Greek, Cyrillic, general punctuation, arrows, CJK: blocks without unassigned code points.
            blocks = [(0x20, 0x7E), (0xA1, 0x17F), (0x3B1, 0x3C9), (0x410, 0x44F), (0x2010, 0x2027), (0x2190, 0x21FF), (0x4E00, 0x9FA5), (0x1F600, 0x1F64F), (0xAC00, 0xD7A3)]
            out.append("".join(chr(rng.randint(*rng.choice(blocks))) for _ in range(rng.randint(1, 30))))
    return out


def write(folder, model, tokenizer, prompt, held):
    dump(os.path.join(folder, "tokenizer.json"), {
        "plain": [{"text": s, "ids": tokenizer.encode(s)} for s in strings()],
        "special": [{"text": s, "ids": tokenizer.encode(s, special=True)} for s in special()],
    })
    asked = []
    for domain, (pairs, users) in held.items():
        plans, replies = (60, 20) if domain == "sales" else (20, 10)
        asked += [("plan", q, domain) for q, _ in pairs[:plans]] + [("answer", u, domain) for u in users[:replies]]
    prompts = [prompt.ids(*a) for a in asked]
    outputs = model.greedy(prompts, tokenizer.eot, 200)
    dump(os.path.join(folder, "greedy.json"), {"stop": tokenizer.eot, "prompts": [
        {"task": task, "domain": domain, "user": user, "prompt": ids, "output": out, "text": tokenizer.decode(out)} for (task, user, domain), ids, out in zip(asked, prompts, outputs)
    ]})


def special():
    """Texts in which special tokens count: what the server itself writes around the user's words."""
    from prompt import PREFIX, SUFFIX

    return [PREFIX.format(system=s) for s in ["route"] + [f"{t} {d}" for t in ("plan", "answer") for d in questions.DOMAINS]] + [SUFFIX, "<|eot_id|>", "a<|eot_id|>b", "<|begin_of_text|><|end_of_text|>", "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>"]


def dump(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")
