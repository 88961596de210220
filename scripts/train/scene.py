"""What one question is about, and the slots of the templates that say its parts.

Parts (filters, period, comparison) are said once: the first slot that can say one takes it, and the tail `<T>` says
what is left, in some order. So one template gives many word orders.
"""

import linking
import names
import periods
import words
from grammar import END, dimension, expand, value

NOUNS = words.nouns(words.catalogue())
SINGULAR = {many: one for one, many in words.CATEGORIES if not one.startswith("pair")}


def pick(rng, weights):
    return rng.choices(list(weights), list(weights.values()))[0]


def sample_filters(rng, average=0.75):
    """Kind of filter to its values; mostly none or one kind."""
    kinds = ["brand", "category", "product", "store", "staff", "segment"]
    count = rng.choices([0, 1, 2, 3], [max(0.05, 1.22 - average), 0.55, 0.36 * average, 0.08 * average])[0]
    out = {}
    chosen = rng.sample(kinds, count)
    if count and rng.random() < 0.12:  # "zeiss lenses": two values that look like one name
        chosen = ["brand", "category"] + (["store"] if rng.random() < 0.3 else [])
    for kind in chosen:
        if kind == "product" and ("brand" in out or "category" in out):
            continue
        out[kind] = list(dict.fromkeys(sample_value(rng, kind) for _ in range(rng.choices([1, 2, 3], [0.87, 0.11, 0.02])[0])))
    if "product" in out:
        out.pop("brand", None)
        out.pop("category", None)
    if sum(map(len, out.values())) > 4:
        return sample_filters(rng, average)
    return out


def sample_value(rng, kind, plural=True):
    return linking.note(kind, _sample_value(rng, kind, plural))


def _sample_value(rng, kind, plural):
    if kind == "category":
        if rng.random() < 0.06:
            return names.syllables(rng, 1, 2) + "s"
    if kind in ("brand", "product", "store") and rng.random() < 0.05:
        return long_name(rng, kind)
    if kind == "category":
        return rng.choice(words.CATEGORIES if rng.random() < 0.35 else words.CATEGORIES[:27])[1 if plural else 0]
    if kind == "segment":
        return rng.choice(words.SEGMENTS[:19] if rng.random() < 0.7 else words.SEGMENTS)
    return getattr(names, kind)(rng)


def long_name(rng, kind):
    """Names of two to four words, with digits, hyphens, joiners: each is one span, whatever stands in it."""
    a, b, n = names.syllables(rng, 1, 2), names.syllables(rng, 1, 2), rng.choice([2, 3, 10, 20, 24, 55, 90, 100, 300, 500, 1.5, 1.67, 2000])
    if kind == "store":
        place = rng.choice(["mall", "street", "station", "retail park", "shopping centre", "square", "village", "hospital"])
        return rng.choice([f"{a} {b} {place}", f"{a}-{b} {place}", f"{a} & {b} {place}", f"{place} {a}", f"{a} {rng.randint(1, 12)}", f"{a} {place} {rng.randint(1, 9)}", f"{a}'s {place}"])
    if kind == "brand":
        return rng.choice([f"{a} & {b}", f"{a} + {b}", f"{a} {b} eyewear", f"{a}-{b} optics", f"{a}'s", f"{a} of {b}", f"{a} {n}", f"house of {a}", f"{a} {b} {names.syllables(rng, 1, 2)}", f"{a}.{b}"])
    return rng.choice([f"{a} {b} {n}", f"{a} {names.code(rng)}", f"{a}-{b} {n}", f"{a} {b} {rng.choice(['xl', 'slim', 'kids', 'matte black', 'ii', 'mk2', 'daily', 'toric'])}", f"{a} {n} pack", f"{a} & {b} {n}", f"{a} {n} ml", f"{a} {b} no. {rng.randint(1, 9)}", f"{a}'s {b}"])


def possessive(rng, marked):
    """"maria's", "james'": the mark stays out of the span."""
    if marked.endswith("'s" + END):
        return marked
    plain = marked[1:-1]
    if rng.random() < 0.05 and plain.isalpha() and not plain.endswith("s"):  # "marias sales"; the server knows plurals
        if plain in linking.NOTED:
            linking.note(linking.NOTED[plain], plain + "s")
        return value(plain + "s")
    return marked + ("'" if marked.endswith("s" + END) and rng.random() < 0.55 else "'s")


class Scene:
    """The slots of one question. Keys are the slot names; unknown keys fail loudly."""

    def __init__(self, rng, metric=None, period=None, filters=None, by=(), other=""):
        self.rng, self.metric, self.by = rng, metric, list(by)
        self.period = period or periods.DEFAULT
        self.filters = dict(filters or {})
        self.other = other  # words for the comparison, said after the period
        self.said_period = self.period is periods.DEFAULT
        self.extra = {}
        who = [k for k in ("staff", "store") if k in self.filters and len(self.filters[k]) == 1]
        self.subject = rng.choice(who) if who and rng.random() < 0.55 else None
        self.fronted = False

    def __getitem__(self, key):
        if key in self.extra:
            return self.extra[key]
        return getattr(self, "s_" + key)()

    def say(self, template):
        front = ""
        if ("<T>" in template or "<F>" in template) and not self.fronted:
            self.fronted = True
            front = self.front(template)
        return front + expand(self.rng, template, self)

    def front(self, template):
        """Now and then the period or a filter stands before the question: "last month, how …", "at downtown: …"."""
        rng, bits = self.rng, []
        if template.startswith("<T>") or "<Z>" in template or "<w2>" in template:
            return ""
        if "<T>" in template and not self.said_period and rng.random() < 0.09:
            self.said_period = True
            words_ = [w for w in self.period.after + self.period.name[:1] if not w.startswith("of ")]
            bits.append(self.say(rng.choice(words_)))
        groups = [g for g in (("brand", "category", "product"), ("store",), ("staff",), ("segment",)) if any(k in self.filters for k in g)]
        if "<O>" in template or "<I>" in template or "<Q>" in template:
            groups = [g for g in groups if len(g) == 1]
        if groups and rng.random() < 0.11:
            group = rng.choice(groups)
            if self.subject in group:
                self.subject = None
            kept = {k: self.filters.pop(k) for k in list(self.filters) if k not in group}
            if rng.random() < 0.5 or "segment" in group:
                phrase = self.filter_phrases()[0]
            else:
                thing = self.object() if len(group) > 1 else self.join(self.filters.pop(group[0]))
                if group == ("store",) and rng.random() < 0.5:
                    thing = rng.choice([f"the {thing} {self.shop()}", f"{thing} {self.shop()}", f"our {thing} {self.shop()}"])
                phrase = rng.choice(["", "", "", "", "looking at ", "regarding ", "as for ", "about ", "just for ", "only for ", "only ", "on ", "for ", "for ", "concerning ", "a question about ", "this is about "]) + thing
            self.filters.update(kept)
            bits.insert(rng.randint(0, len(bits)), phrase)
        return (rng.choice([" ", ", "]).join(bits) + rng.choice([", ", ", ", ", ", ": ", " ", " - ", "; ", " \u2013 "])) if bits else ""

    def join(self, values):
        marked = [value(v) for v in values]
        if len(marked) > 2:
            return ", ".join(marked[:-1]) + self.rng.choice([" and ", " and ", ", ", " or ", ", and "]) + marked[-1]
        if len(marked) == 2 and self.rng.random() < 0.06:
            return f"both {marked[0]} and {marked[1]}"
        return self.rng.choice([" and ", " and ", " and ", " or ", " & ", ", ", " plus "]).join(marked)

    # What is sold.
    def object(self):
        """Noun phrase of brand, category and product filters; '' when there is none left."""
        f, rng = self.filters, self.rng
        brand, category, product = f.pop("brand", None), f.pop("category", None), f.pop("product", None)
        if product:
            p = self.join(product)
            return rng.choice([p] * 12 + [f"the {p}", f"the {p}", f"our {p}", f"the {p} model", f"product {p}", f"the product {p}", f"item {p}", f"{p} model"])
        segment = f.pop("segment")[0] if category and not brand and len(f.get("segment", [])) == 1 and rng.random() < 0.25 else None
        if segment:  # "student frames": two values side by side
            v = value(segment)
            if rng.random() < 0.3:  # "kids' frames"
                v = possessive(rng, v)
            return rng.choice([f"{v} {self.join(category)}", f"{v} {self.join(category)}", f"{self.join(category)} for {value(segment)}"])
        if brand and category:
            b, c = self.join(brand), self.join(category)
            return rng.choice([f"{b} {c}", f"{b} {c}", f"{b} {c}", f"{c} from {b}", f"{c} by {b}", f"{c} of {b}", f"{possessive(rng, b)} {c}", f"{b} brand {c}", f"{c} made by {b}", f"{c}, {b}", f"{b}, {c}", f"{b} branded {c}", f"the {b} {c}", f"{b} {c} {rng.choice(['products', 'models', 'range', 'line', 'items'])}"])
        if brand:
            b = self.join(brand)
            return rng.choice([b, b, b, b, f"{b} products", f"{b} items", f"the {b} brand", f"{b} stuff", f"the brand {b}", f"products from {b}", f"{b} goods", f"our {b} range", f"the {b} line", f"{b} models", f"products by {b}", f"brand {b}", f"the label {b}", f"{b} articles", f"the {b} collection", f"anything {b}", f"anything from {b}", f"all {b}", f"items by {b}", f"the {b} range", f"{b} pieces"])
        if not category:
            return ""
        c = self.join(category)
        return rng.choice([c] * 14 + [f"our {c}", f"all {c}", f"the {c} category", f"{c} products", f"the category {c}", f"anything in {c}", f"{c} items"])

    def s_O(self):
        return self.object() or self.rng.choice(["", "", "stuff", "merchandise"])

    def s_Q(self):  # what customers bought
        return self.object() or self.rng.choice(["something", "from us", "", "anything", "here"])

    def s_I(self):  # what is counted
        plain = ["items", "units", "pieces", "products", "pairs", "things", "articles", "goods"]
        if self.rng.random() < 0.8 and any(k in self.filters for k in ("brand", "category", "product")):
            thing = self.object()
            return self.rng.choice([thing, thing, thing, thing, f"pairs of {thing}", f"units of {thing}", f"pieces of {thing}", f"{thing} units", f"{thing} items", f"of our {thing}"])
        return self.rng.choice(plain)

    def s_of(self):
        if any(k in self.filters for k in ("brand", "category", "product")) and self.rng.random() < 0.6:
            return f" {self.rng.choice(['on', 'from', 'with', 'of', 'in', 'for', 'selling'])} {self.object()}"
        return ""

    # Who sells.
    def s_S(self):
        if self.subject and self.subject in self.filters:
            v = value(self.filters.pop(self.subject)[0])
            if self.subject == "store":
                return self.rng.choice([v, v, f"the {v} {self.shop()}", f"the {v} {self.shop()}", f"our {v} {self.shop()}", f"{v} {self.shop()}", f"the {self.shop()} in {v}", f"the {v} team", f"the {self.shop()} at {v}"])
            return self.rng.choice([v] * 12 + [f"our {v}", f"colleague {v}", f"our colleague {v}"])
        self.subject = None
        return self.rng.choice(["we", "we", "we", "we", "we", "we", "i", "the team", "the company", "us", "the business"]) if self.rng.random() < 0.25 else "we"

    def shop(self):
        return self.rng.choice(["store", "store", "shop", "branch", "location", "outlet", "one"])

    def s_did(self):
        return "did"

    def s_have(self):
        return "has" if self.subject else "have"

    def s_does(self):
        return "does" if self.subject else "do"

    # The metric as a noun.
    def s_N(self):
        return self.rng.choice(NOUNS[self.metric])

    def s_M(self):
        """Noun phrase of the metric with what may stand in front of it."""
        rng, f = self.rng, self.filters
        noun, front = self.s_N(), rng.choice(["our ", "our ", "the ", "the ", "", "", "", "my ", "total ", "the total ", "your "])
        if noun.startswith("number") and front in ("", "total ", "the total "):
            front = "the "
        roll = rng.random()
        if roll < 0.3 and not self.said_period and self.period.name and rng.random() < 0.6:
            self.said_period = True
            name = self.say(rng.choice(self.period.name))
            return f"{name}{rng.choice([chr(39) + 's', chr(39) + 's', '', '', 's'])} {rng.choice(['', '', '', '', 'total ', 'overall '])}{noun}"
        for kind in ("staff", "store"):
            if kind in f and len(f[kind]) == 1 and rng.random() < 0.45:
                v = value(f.pop(kind)[0])
                p = possessive(rng, v)
                return rng.choice([f"{p} {noun}", f"{p} {noun}", f"{v} {noun}", f"{v} {noun}", f"the {v} {self.shop()}'s {noun}" if kind == "store" else f"{p} total {noun.removeprefix('total ')}", f"{v} {self.shop()} {noun}" if kind == "store" else f"{p} {noun}", f"the {v} {noun}" if kind == "store" else f"{p} own {noun}"])
        if len(f.get("segment", [])) == 1 and rng.random() < 0.3:
            v = value(f.pop("segment")[0])
            return rng.choice([f"{v} {noun}", f"our {v} {noun}", f"the {v} segment's {noun}", f"{v} customers {noun}"])
        if len(f.get("category", [])) == 1 and rng.random() < 0.4:  # "frame sales"
            f["category"] = [one if (one := SINGULAR.get(f["category"][0])) else f["category"][0]]
        if any(k in f for k in ("brand", "category", "product")) and rng.random() < 0.5:
            thing = self.object()
            if rng.random() < 0.2 and thing.endswith(END):
                return f"{possessive(rng, thing)} {noun}"
            if rng.random() < 0.18 and len(f.get("store", [])) == 1:  # "downtown ray-ban sales": two values side by side
                return f"{value(f.pop('store')[0])} {thing} {noun}"
            return f"{rng.choice(['', '', '', 'our ', 'the '])}{thing} {noun}"
        return front + noun

    # Places for the period, and the tail.
    def s_P(self):
        if self.said_period or self.rng.random() > 0.3:
            return ""
        return " " + self.period_words()

    def period_words(self):
        self.said_period = True
        return self.say(self.rng.choice(self.period.after))

    def filter_phrases(self):
        rng, f, out = self.rng, self.filters, []
        if any(k in f for k in ("brand", "category", "product")):
            thing = self.object()
            out.append(f"{rng.choice(['for', 'for', 'for', 'on', 'of', 'from', 'with', 'in', 'just', 'only', ',', '', 'just for', 'only for', 'within', 'across', 'regarding', 'when it comes to', 'concerning'])} {thing}")
        for kind in [k for k in ("store", "staff", "segment") if k in f]:
            v = self.join(f.pop(kind))
            if kind == "store":
                preposition = rng.choice(["at", "at", "at", "in", "in", "for", "from", "", ",", "over at", "down at", "only at", "just in", "out of", "inside", "across"])
                shops = "{store|shop|branch|location|outlet}"
                out.append(self.say(f"{preposition} {rng.choice([v, v, f'the {v} {shops}', f'the {v} {shops}', f'our {v} {shops}', f'{v} {shops}', f'the {shops} in {v}', f'the {v}'])}"))
            elif kind == "staff":
                out.append(f"{rng.choice(['by', 'by', 'for', 'from', 'sold by', 'of', '', ',', 'just', 'only', 'only by', 'through', 'made by', 'via', 'rung up by'])} {rng.choice([v] * 10 + ['our colleague ' + v, 'employee ' + v, 'salesperson ' + v])}")
            else:
                tail = rng.choice(["", "", "", "", " customers", " segment", " shoppers", " buyers", " group", " clients", " customer group"])
                front = rng.choice(["", "", "our ", "the "]) if tail not in (" segment", " group", " customer group") else "the "
                out.append(f"{rng.choice(['to', 'for', 'from', 'by', 'among', 'with', 'bought by', 'to', 'sold to', 'just', 'only', 'with our', 'for our', 'in', ','])} {front}{v}{tail}")
        return out

    def s_T(self):
        parts = self.filter_phrases()
        self.rng.shuffle(parts)
        if not self.said_period:
            parts.insert(self.rng.choice([0, len(parts), len(parts)]), self.period_words())
        if parts and self.rng.random() < 0.13:  # headline style: "revenue, downtown, last year"
            parts = [", ".join(p.removeprefix(",").strip() for p in parts if p.strip())]
            if self.rng.random() < 0.7:
                parts.insert(0, ",")
        if self.other:
            parts.append(self.other)
        return " " + " ".join(parts)

    # Dimensions.
    def s_D(self):
        return dimension(self.by[0], self.rng.choice(words.SINGULAR[self.by[0]]))

    def s_Ds(self):
        return dimension(self.by[0], self.rng.choice(words.PLURAL[self.by[0]]))

    def s_DD(self):  # "store by store"
        word = self.rng.choice(words.SINGULAR[self.by[0]])
        return dimension(self.by[0], f"{word} by {word}" if " " not in word else f"by {word}")

    def s_E(self):
        return dimension(self.by[1], self.rng.choice(words.SINGULAR[self.by[1]]))

    def s_A(self):
        return dimension(self.by[0], self.rng.choice(words.ADJECTIVE[self.by[0]]))

    # Small words of every question.
    def s_was(self):
        return self.rng.choice(["was", "were", "is", "are"] if self.period.open else ["was", "was", "were"])

    def s_show(self):
        return self.say(self.rng.choice(SHOW))


SHOW = ["show me", "show", "give me", "get me", "i need", "i want", "i'd like", "i would like to see", "let me see", "display", "list", "pull up", "can you show me", "could you give me", "tell me", "can i {see|get|have}", "can you {pull|get|give me}", "please show",
        "i want to {see|know}", "let's see", "what about", "report", "bring up", "do you have", "find", "calculate", "check", "print", "fetch", "run", "send me", "let me have", "may i see", "could i get", "i'd like to see", "how about", "quickly show me", "look up", "work out", "i'm after", "we need", "put together", "need", "want"]
