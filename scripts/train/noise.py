"""How people really type: slips of the finger, left-out words, chat around the question, careless punctuation."""

import words
from grammar import DIMENSION, END, MIDDLE, VALUE, pieces

NEAR = {"q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl", "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jlim", "l": "kop",
        "z": "xas", "x": "zcs", "c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "nk"}
DROPPED = {"the", "our", "a", "an", "of", "in", "for", "is", "was", "were", "are", "did", "do", "me", "we", "have", "my", "at", "by"}
SWAPS = {"what is": "whats", "what's": "whats", "you": "u", "please": "pls", "and": "&", "with": "w/", "average": "avg", "number": "no.", "quantity": "qty", "revenue": "rev", "percentage": "pct", "percent": "%", "versus": "vs", "compared to": "cf", "per": "/", "are": "r",
         "category": "cat", "categories": "cats", "product": "prod", "products": "prods", "customers": "custs", "month": "mth", "months": "mths", "quarter": "qtr", "year": "yr", "years": "yrs", "week": "wk", "weeks": "wks", "transactions": "txns", "transaction": "txn", "discount": "disc", "who is": "whos", "who's": "whos", "how much": "how mch",
         "category ": "cat ", "employee": "emp", "margin": "marg", "yesterday": "yday", "today": "tday", "monthly": "mthly", "average order value": "aov", "quarterly": "qtrly", "and ": "n ", "weekly": "wkly", "number of": "# of", "how many": "how mny", "people": "ppl", "last year": "last yr", "last month": "last mth", "last week": "last wk", "last quarter": "last qtr", "this month": "this mth", "this quarter": "this qtr", "what are": "whatre", "before": "b4", "weekend": "wkend", "returns": "rtns", "salesperson": "sales person", "units": "unts", "orders": "ords", "best selling": "bestselling", "best-selling": "best selling", "yesterday's": "yesterdays", "compared with": "cmp with", "money": "mony", "patients": "pts", "patient": "pt", "appointments": "appts", "appointment": "appt", "inventory": "inv", "supplier": "suppl", "suppliers": "suppls", "insurance": "ins", "diagnosis": "dx", "prescription": "rx", "available": "avail",
         "between": "btwn", "department": "dept", "departments": "depts", "location": "loc", "locations": "locs", "manufacturer": "mfr", "receipts": "rcpts", "customer": "cust", "amount": "amt", "gross profit": "gp", "gross margin": "gm", "through": "thru", "from": "frm", "employees": "emps", "about": "abt", "tomorrow": "tmrw", "tonight": "2nite", "thanks": "thnx", "previous": "prev", "salespeople": "sales ppl", "best": "bst", "today's": "todays", "last month's": "last months", "last week's": "last weeks"}
# What an indirect question hangs on ("… how much we sold").
EMBED = ["tell me ", "can you tell me ", "show me ", "i want to know ", "i need to know ", "let me know ", "do you know ", "please tell me ", "could you check ", "check ", "find out ", "i'd like to know ", "can you see ", "i wonder ", "could you tell me ", "can you work out ", "please check ", "would be good to know ", "any idea ", "do we know ", "remind me ", "just ", "calculate ", "i am curious "]
FRONT = ["hi, ", "hi ", "hello, ", "hey, ", "hey ", "good morning, ", "morning, ", "ok, ", "ok ", "so ", "please ", "pls ", "quick question: ", "quick question, ", "just wondering, ", "i was wondering, ", "i wonder ", "can you tell me ", "could you tell me ", "tell me ", "do you know ", "i'd like to know ", "i want to know ", "i need to know ", "question: ", "well, ",
         "hi there, ", "good afternoon, ", "for my report, ", "for the meeting: ", "my boss asks ", "and ", "also, ", "now ", "remind me ", "can i ask, ", "sorry, ", "let me know ", "out of interest, ", "say, ", "help me out: ", "one more: ", "next: ", "would you mind telling me ", "any idea ", "dear assistant, ", "hello! ", "hi! ", "thanks. ", "great, ", "show me ", "hmm, ", "btw ", "uh ", "um, ", "could you please tell me ", "can you please give me ", "i would love to know ", "i'm preparing a report. ", "the owner wants to know: ", "for the newsletter: ", "we have a meeting. ", "it was a busy day. ", "new here, ", "dear team, ", "right, ", "look, ", "anyway, ", "alright ", "quickly: ", "my manager asked me ", "need to know: ", "looking for ", "fyi i need ", "quick one, ", "quick one: ", "ok so ", "okay so ", "just curious, ", "curious, ", "just checking, ", "one quick thing, ", "sorry to bother you, ", "hey there, ", "hiya, ", "good evening, ", "morning! ", "afternoon! ", "hi all, ", "hello there, ", "ok, next one: ", "and another one: ", "last one: ", "if you can, ", "when you have a sec, ", "when you get a chance, ", "i'm doing the report, ", "it's for the accountant: ", "for the owner: ", "for head office: ", "for the team meeting: ", "my colleague wants to know ", "let me ask: ", "right then, ", "oh and ", "then ", "yes, and ", "no rush, ", "thx, ", "cool, ", "perfect, ", "super, now ", "i have a question: ", "got a question, ", "can u tell me ", "could u tell me ", "wondering ", "i'm wondering ", "was wondering ", "do we know ", "please can you tell me ", "would you know ", "i'd love to see "]
BACK = [" please", " pls", ", please", " thanks", ", thanks", " thank you", " thx", " if possible", " for me", " exactly", " overall", " again", " at all", ", roughly", " by any chance", " in numbers", ", need it for the meeting", ", it is for the owner", ", my manager asks", " and thanks", " combined", " altogether", " together", " all in all", " in all", ", many thanks", ", in a list", ", in a table", " as a list", ", short answer", ", just the number", " would you", " again please", ", i forgot", ", thank you so much", " please and thanks", " do you know", ", can you check", ", quick", " for the report", " then", " actually", " btw", ", ta", " asap", ", cheers", ", if you can", ", when you have a minute", ", for head office", ", for the accountant", ", for the owner", ", roughly speaking", ", just roughly", ", quickly please", ", no rush", " in one number", ", a rough idea is fine", " for my notes", ", would be great", ", can you tell", ", you know", ", lol", ", tell me", ", i need it now", ", appreciate it", " mate", ", i wonder", ", anyone know", ", do we know", " as a table", " as a chart", ", my manager wants it", " pretty please", " plz", " thanks!", " ok", " right now", " these days", " currently", " lately", " recently", " at the moment", " in general", " usually", " normally", " typically", " generally", " as a rule"]
# These say "now" loosely; behind a named period they would sound wrong.
VAGUE = (" right now", " these days", " currently", " lately", " recently", " at the moment", " in general", " overall", " usually", " normally", " typically", " generally", " as a rule")


# The words a plan hangs on, of all domains: mistyped they must still be read, and not for a name.
KEY = {w for loaded in map(words.catalogue, words.DOMAINS) for part in ("metrics", "dimensions") for one in loaded[part] for phrase in one.get("words", []) for w in phrase.split()}
KEY |= {w for nouns in words.NOUNS.values() for phrase in nouns for w in phrase.split()}
KEY = {w for w in KEY if len(w) > 5 and w.isalpha()} | {"sales", "units", "orders", "profit", "margin", "store", "brand", "staff", "stock", "visits", "share", "trend", "customers", "compare", "highest", "lowest", "biggest", "average", "number"}

# Words one slip away from each other that mean different plans.
APART = {"last", "past", "most", "lost", "least", "best", "beat", "qtd", "wtd", "ytd", "mtd", "mon", "sun", "may", "mar", "jan", "jun", "jul", "dec", "yoy", "mom", "wow", "qoq", "year", "years", "week", "weekday", "weekdays", "day", "days", "one", "ten", "two", "six", "four", "five", "nine"}


def slip(rng, word):
    """One slip in a word of three letters or more, never into a word that means something else."""
    wrong = _slip(rng, word)
    return word if wrong in APART or wrong in KEY else wrong


def _slip(rng, word):
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    at = rng.randrange(len(word))
    kind = rng.random()
    if kind < 0.12:  # by ear: "catagory", "recieved", "accesories"
        return by_ear(rng, word)
    if kind < 0.36 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.6 and len(word) > 3:
        return word[:at] + word[at + 1 :]
    if kind < 0.78:
        return word[:at] + word[at] * 2 + word[at + 1 :]
    if kind < 0.93:
        return word[:at] + rng.choice(NEAR[word[at]]) + word[at + 1 :]
    return word[:at] + rng.choice("aeiourstln") + word[at:]


EAR = [("ie", "ei"), ("ei", "ie"), ("tion", "sion"), ("ant", "ent"), ("ent", "ant"), ("ance", "ence"), ("ible", "able"), ("ph", "f"), ("ck", "k"), ("c", "k"), ("s", "z"), ("y", "i"), ("ll", "l"), ("ss", "s"), ("cc", "c"), ("nn", "n"), ("mm", "m"), ("tt", "t"), ("pp", "p"), ("e", "a"), ("a", "e"), ("i", "e"), ("o", "u"), ("u", "o"), ("e", "i")]


def by_ear(rng, word):
    """Spelt as it sounds; the first letter stays."""
    heard = [(a, b) for a, b in EAR if a in word[1:]]
    if not heard:
        return word
    a, b = rng.choice(heard)
    at = word.index(a, 1)
    return word[:at] + b + word[at + len(a) :]


def keep(text, kind, name):
    """Put a piece back into its marks."""
    if kind == VALUE:
        return f"{VALUE}{text}{END}"
    return f"{DIMENSION}{name}{MIDDLE}{text}{END}" if kind == DIMENSION else text


# How often such a word is mistyped where nothing else is.
KEY_RATE = 0.03


def mistype(rng, text, rate):
    """Slips, dropped small words and abbreviations; the marks stay where they are."""
    out = []
    for part, kind, name in pieces(text):
        if kind != VALUE:
            for long, short in SWAPS.items():
                if long in part and rng.random() < 0.05:
                    part = (" " + part + " ").replace(f" {long} ", f" {short} ")[1:-1]
        tokens = part.split(" ")
        for i, word in enumerate(tokens):
            bare = word.strip("?,.!:")
            if kind is None and bare in DROPPED and rng.random() < 0.07:
                tokens[i] = ""
            elif rng.random() < (rate / 2 if kind == VALUE else max(2.5 * rate, KEY_RATE) if bare in KEY else rate) and not any(c.isdigit() for c in bare):
                # A dimension keeps its last letter: "store" and "stores" mean different limits.
                wrong = slip(rng, bare[:-1]) + bare[-1] if bare and (kind == DIMENSION or kind == VALUE and bare.endswith("s")) else slip(rng, bare)
                tokens[i] = word.replace(bare, wrong, 1) if bare else word
        out.append(keep(" ".join(tokens), kind, name))
    return "".join(out)


# Words that mean nothing here, dropped into a sentence as people speak.
FILLERS = ["actually", "really", "roughly", "exactly", "basically", "maybe", "honestly", "approximately", "kind of", "quickly", "erm", "um", "perhaps", "just", "sort of", "simply", "mainly", "more or less", "actually", "really"]

BEFORE_FILLER = set("we is are was were have has had me who sell sold make made take took did do brought bring earned gave give came get got know need want see spend spent bought returned grew fell".split())


def filler(rng, text):
    """Such a word behind a subject or a verb, outside of names."""
    parts = list(pieces(text))
    at = rng.choice([i for i, (_, kind, _) in enumerate(parts) if kind is None] or [None])
    if at is None:
        return text
    tokens = parts[at][0].split(" ")
    gaps = [i for i in range(1, len(tokens)) if tokens[i - 1] in BEFORE_FILLER]
    if gaps:
        tokens.insert(rng.choice(gaps), rng.choice(FILLERS))
        parts[at] = (" ".join(tokens), None, "")
    return "".join(keep(*part) for part in parts)


def chat(rng, text, named):
    """Words around the question. `named`: a period is named, so no vague "lately" behind it."""
    if rng.random() < 0.03:
        text = filler(rng, text)
    if rng.random() < 0.17:
        text = rng.choice(FRONT) + text
        if rng.random() < 0.1:
            text = rng.choice(FRONT) + text
    if rng.random() < 0.11:
        tail = rng.choice(BACK)
        text += "" if named and tail in VAGUE else tail
    return text


def punctuate(rng, text):
    roll = rng.random()
    if roll < 0.4:
        text += "?"
    elif roll < 0.45:
        text += "."
    elif roll < 0.475:
        text += rng.choice(["??", " ?", "!", "?!", "...", " ...", "???", ";"])
    if rng.random() < 0.08:
        text = text.replace("'s ", "s " if not any(m in text for m in (VALUE + "'s", END + "'s")) else "'s ")
    if rng.random() < 0.05:
        text = text.replace("'", "\u2019")
    if rng.random() < 0.03:
        text = text.replace(", ", ",") if rng.random() < 0.5 else text.replace(",", "")
    return text
