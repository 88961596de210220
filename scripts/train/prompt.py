"""The chat form of Llama 3, tokenized in the three pieces the server tokenizes apart.

The user's text must never become special tokens, so it is tokenized alone; what surrounds it is fixed per task.
"""

PREFIX = "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{system}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
SUFFIX = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"


class Prompt:
    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.suffix = tokenizer.encode(SUFFIX, special=True)
        self._prefixes = {}

    def prefix(self, task, domain="sales"):
        key = (task, domain)
        if key not in self._prefixes:
            self._prefixes[key] = self.tokenizer.encode(PREFIX.format(system=f"{task} {domain}".strip()), special=True)
        return self._prefixes[key]

    def ids(self, task, user, domain="sales"):
        return self.prefix(task, domain) + self.tokenizer.encode(user) + self.suffix

    def example(self, task, user, completion, domain="sales"):
        """(ids, index of the first completion token): the completion ends with <|eot_id|>."""
        prompt = self.ids(task, user, domain)
        return prompt + self.tokenizer.encode(completion) + [self.tokenizer.eot], len(prompt)
