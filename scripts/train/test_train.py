"""Checks of the generator and the tokenizer: python3 -m unittest discover -s scripts/train"""

import json
import os
import random
import re
import unittest

import answers
import circuit
import evaluate
import follow
import gguf
import linking
import model
import numpy as np
import optimizer
import questions
import tokenizer
import torch
import words

HERE = os.path.dirname(os.path.abspath(__file__))
MONTH = "(january|february|march|april|may|june|july|august|september|october|november|december)"
YEAR, DAY = "20[0-9][0-9]", "(monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
# The periods of docs/plan-language.md, as the server's grammar takes them.
PERIOD = re.compile(
    "(default|all_time|today|yesterday|(this|last)_(week|month|quarter|year|weekend)"
    "|last_[0-9]+_(days|weeks|months|years)|[0-9]+_(days|weeks|months|quarters|years)_ago"
    f"|{DAY}(\\.\\.({DAY}|today))?|{YEAR}(\\.\\.({YEAR}|today))?|q[1-4](_{YEAR}|_last_year)?"
    f"|{MONTH}(_last_year)?|{MONTH}(_{YEAR})?(\\.\\.({MONTH}(_{YEAR})?|today))?"
    f"|{MONTH}_[0-9]+(_{YEAR})?(\\.\\.({MONTH}_[0-9]+(_{YEAR})?|today))?)"
)


def follow_up(rng, domain):
    before, _, question, plan = follow.example(rng, domain)
    return questions.plan_text(before), question, plan


class Start(unittest.TestCase):
    def test_a_new_model_copies(self):
        """Before any training, the planted heads put the token that followed last time first, far more often than chance."""
        torch.manual_seed(1)
        config = model.Config(vocabulary=1536)
        started = model.Llama(config)
        circuit.plant(started)
        rng, right, asked = random.Random(4), 0, 0
        with torch.no_grad():
            for _ in range(40):
                word = rng.sample(range(300, 1500), 12)
                guesses = started(torch.tensor([word + [5, 6] + word]))[0, 14:-1].argmax(-1)
                right += (guesses == torch.tensor(word[1:])).sum().item()
                asked += 11
        self.assertGreater(right / asked, 0.05)  # chance is 0.0007


class Deepened(unittest.TestCase):
    def test_more_blocks_compute_the_same(self):
        torch.manual_seed(2)
        small = model.Llama(model.Config(vocabulary=64, width=64, layers=3, heads=2, kv_heads=1, hidden=64))
        ids = torch.randint(0, 64, (2, 9))
        for layers in (3, 4, 5):
            deep = model.Llama(model.Config(vocabulary=64, width=64, layers=layers, heads=2, kv_heads=1, hidden=64))
            deep.load_state_dict(model.deepened(small.state_dict(), deep))
            self.assertTrue(torch.allclose(small(ids), deep(ids), atol=1e-5))
            if layers > 3:
                deep(ids).square().mean().backward()
                self.assertTrue(all(any(p.grad.abs().max() > 0 for p in block.parameters()) for block in deep.blocks))


class Average(unittest.TestCase):
    def test_it_follows_the_weights_and_lends_itself(self):
        layer = torch.nn.Linear(2, 2, bias=False)
        torch.nn.init.zeros_(layer.weight)
        average = optimizer.Average(layer, decay=0.5)
        torch.nn.init.ones_(layer.weight)
        for wanted in (0.5, 0.75):
            average.step()
            with average.instead():
                self.assertTrue((layer.weight == wanted).all())
            self.assertTrue((layer.weight == 1).all())


class Generator(unittest.TestCase):
    def test_plans_are_legal(self):
        for domain in questions.DOMAINS:
            self.check_plans(domain, lambda rng, domain=domain: ("", *questions.example(rng, domain)))

    def test_follow_ups_are_legal(self):
        for domain in questions.DOMAINS:
            self.check_plans(domain, lambda rng, domain=domain: follow_up(rng, domain))

    def check_plans(self, domain, example):
        loaded = words.catalogue(domain)
        metrics, dimensions = {m["id"]: m for m in loaded["metrics"]}, {d["id"] for d in loaded["dimensions"]}
        point = {f["id"] for f in loaded.get("facts", []) if f.get("point")}
        rng = random.Random(11)
        for _ in range(3000):
            before, question, plan = example(rng)
            with self.subTest(before=before, question=question, plan=plan):
                self.assertEqual(question, questions.normalise(question))
                if "unsupported" in plan:
                    self.assertEqual(list(plan), ["unsupported"])
                    continue
                self.assertIn(plan["metric"], metrics)
                self.assertLessEqual(set(plan.get("by", [])), dimensions)
                self.assertLessEqual(len(plan.get("by", [])), 2)
                if metrics[plan["metric"]].get("fact") in point:
                    self.assertEqual(plan["period"], "now")
                    self.assertNotIn("compare", plan)
                    self.assertFalse(set(plan.get("by", [])) & {"weekday", *words.TIMES})
                else:
                    self.assertRegex(plan["period"], f"^{PERIOD.pattern}$")
                if "as" in plan:
                    self.assertTrue(metrics[plan["metric"]].get("additive", True) and plan["by"] and "compare" not in plan)
                    self.assertTrue(plan["as"] == "share" or len(plan["by"]) == 1 and plan["by"][0] in words.TIMES and not {"order", "limit"} & set(plan))
                for span in plan.get("where", []):
                    self.assertTrue(span.strip() in question or span in before)
                    self.assertTrue(span.startswith(" ") and not span.endswith((" ", ".")))
                if plan.get("order") in ("growth", "decline"):
                    self.assertIn("compare", plan)
                self.assertLessEqual(1, plan.get("limit", 1))
                self.assertLessEqual(plan.get("limit", 1), 100)

    def test_the_line_of_values_is_the_servers(self):
        with open(os.path.join(HERE, "..", "..", "assistant", "semantic", "testdata", "linked.json"), encoding="utf-8") as f:
            for case in json.load(f)["lines"]:
                with self.subTest(case=case):
                    self.assertEqual(case["line"], linking.line([tuple(v) for v in case["old"]], [tuple(v) for v in case["new"]]))

    def test_values_are_linked(self):
        """Most values of plans stand in the line before the question, and what stands there is a span of question or last plan."""
        for domain in questions.DOMAINS:
            rng, named, linked = random.Random(16), 0, 0
            for _ in range(2000):
                linking.forget()
                last, values, question, plan = follow.example(rng, domain)
                line = linking.before(rng, domain, question, values)
                self.assertTrue(line == "" or line.endswith("\n") and line.count("\n") == 1)
                for group in filter(None, line.strip().split("; ")):
                    old, _, new = group.partition(" > ") if not re.match(r"\w+ > ", group) else ("", "", group.split(" > ", 1)[1])
                    self.assertTrue(all(v in question for v in new.split(", ") if v), (line, question))
                    self.assertTrue(not old or all(" " + v in last["where"] for v in old.split(" ", 1)[1].split(", ")), (line, last))
                for span in plan.get("where", []):
                    named, linked = named + 1, linked + bool(re.search(rf"{re.escape(span)}(?=[,;\n ])", line))
            self.assertGreater(linked / named, 0.7)

    def test_sentences_keep_to_the_facts(self):
        rng = random.Random(12)
        for domain in questions.DOMAINS:
            for _ in range(2500):
                user, text = answers.example(rng, domain)
                self.assertIsNone(evaluate.wrong(user, text), f"{user}\n{text}")

    def test_same_seed_same_data(self):
        a, b = random.Random("x"), random.Random("x")
        self.assertEqual([answers.example(a) for _ in range(50)], [answers.example(b) for _ in range(50)])

    def test_a_third_names_no_period(self):
        rng = random.Random(13)
        plans = [plan for _, plan in (questions.example(rng) for _ in range(3000)) if "metric" in plan]
        self.assertAlmostEqual(sum(p["period"] == "default" for p in plans) / len(plans), 1 / 3, delta=0.05)


class Tokenizer(unittest.TestCase):
    def test_round_trip_and_specials(self):
        t = tokenizer.Tokenizer.load(os.path.join(HERE, "vocabulary.json"))
        rng = random.Random(14)
        for _ in range(500):
            text = "".join(chr(rng.choice([rng.randint(32, 126), rng.randint(0xA1, 0x24F), rng.randint(0x4E00, 0x9FA5), 10, 9])) for _ in range(30))
            self.assertEqual(t.decode(t.encode(text)), text)
        self.assertEqual(t.encode("<|eot_id|>", special=True), [t.eot])
        self.assertNotIn(t.eot, t.encode("<|eot_id|>"))

    def test_a_value_has_the_tokens_it_has_in_the_question(self):
        t = tokenizer.Tokenizer.load(os.path.join(HERE, "vocabulary.json"))
        question, span = t.encode("revenue of ray-ban frames"), t.encode(" ray-ban")
        self.assertIn(json.dumps(span)[1:-1], json.dumps(question))


class Quantization(unittest.TestCase):
    def test_q8_0_is_close(self):
        a = np.random.default_rng(15).normal(size=(8, 64)).astype(np.float32)
        self.assertLess(np.abs(gguf.unquantized(a, gguf.Q8_0) - a).max(), np.abs(a).max() / 127)
        self.assertEqual(len(gguf.q8_0(a)), a.size // 32 * 34)


if __name__ == "__main__":
    unittest.main()
