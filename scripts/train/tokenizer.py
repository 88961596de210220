"""Byte-level BPE as llama.cpp reads it (`tokenizer.ggml.model=gpt2`, `pre=llama-bpe`).

Encoding must give the very ids llama.cpp gives: the server tokenizes with llama.cpp what the model was taught with
this file. The round-trip fixtures (fixtures.py) hold both sides together.
"""

import json
from collections import Counter, defaultdict

import regex

SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]

# llama.cpp's white space (unicode-data.cpp), spelled out because Python's \s also takes U+001C..U+001F.
_S = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
# llama.cpp splits Llama-3 text by hand-written code; this is the pattern that code implements.
_PIECES = regex.compile(
    "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
    "|\\p{N}{1,3}"
    f"| ?[^{_S}\\p{{L}}\\p{{N}}]+[\\r\\n]*"
    f"|[{_S}]*[\\r\\n]+|[{_S}]+(?![^{_S}])|[{_S}]+"
)


def _byte_characters():
    """GPT-2's printable stand-in for each byte."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in keep else chr(next(spare)) for b in range(256)]


BYTES = _byte_characters()


class Tokenizer:
    """Tokens by id: 256 bytes, the merges' results, then the special tokens."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = list(BYTES)
        known = set(self.tokens)
        for a, b in self.merges:
            if a + b not in known:  # two merges may spell the same token; llama.cpp knows tokens by spelling
                known.add(a + b)
                self.tokens.append(a + b)
        self.tokens += SPECIALS
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.ranks = {m: i for i, m in enumerate(self.merges)}
        self.eot = self.ids["<|eot_id|>"]
        self.bos = self.ids["<|begin_of_text|>"]
        self._words = {}
        self._specials = regex.compile("(" + "|".join(map(regex.escape, SPECIALS)) + ")")
        self._bytes = {c: b for b, c in enumerate(BYTES)}

    def __len__(self):
        return len(self.tokens)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls([m.split(" ") for m in json.load(f)["merges"]])

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"merges": [" ".join(m) for m in self.merges]}, f, ensure_ascii=False, indent=0)
            f.write("\n")

    def encode(self, text, special=False):
        """Ids of text; special tokens are recognised only when asked for, as in llama_tokenize."""
        if special:
            ids = []
            for part in self._specials.split(text):
                if part in SPECIALS:
                    ids.append(self.ids[part])
                elif part:
                    ids += self.encode(part)
            return ids
        ids = []
        for word in _PIECES.findall(text):
            got = self._words.get(word)
            if got is None:
                got = self._word(word)
                if len(self._words) < 500_000:
                    self._words[word] = got
            ids += got
        return ids

    def _word(self, word):
        spelled = "".join(BYTES[b] for b in word.encode())
        if spelled in self.ids:  # llama-bpe ignores merges for a word that is a token
            return [self.ids[spelled]]
        parts = list(spelled)
        while len(parts) > 1:
            rank, at = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self.ids[p] for p in parts]

    def decode(self, ids, special=False):
        out = bytearray()
        for i in ids:
            token = self.tokens[i]
            if token in SPECIALS:
                out += token.encode() if special else b""
            else:
                out += bytes(self._bytes[c] for c in token)
        return out.decode("utf-8", errors="replace")


def train(texts, size, minimum=3):
    """Learn merges until the vocabulary (bytes, merges, specials) has `size` tokens."""
    counts = Counter(piece for text in texts for piece in _PIECES.findall(text))
    words = [(["".join(BYTES[b]) for b in w.encode()], n) for w, n in sorted(counts.items())]
    pairs, where = Counter(), defaultdict(set)
    for index, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(index)
    merges, known = [], set(BYTES)
    while len(known) + len(SPECIALS) < size and pairs:
        best = max(pairs, key=lambda p: (pairs[p], p))
        if pairs[best] < minimum:
            break
        merges.append(best)
        known.add(best[0] + best[1])
        for index in where.pop(best):
            parts, n = words[index]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
            merged, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    merged.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    merged.append(parts[i])
                    i += 1
            words[index] = (merged, n)
            for pair in zip(merged, merged[1:]):
                pairs[pair] += n
                where[pair].add(index)
        pairs.pop(best, None)
        if len(merges) % 200 == 0:
            pairs = +pairs
    return Tokenizer(merges)
