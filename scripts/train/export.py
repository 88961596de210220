"""Puts a trained model and its tokenizer into one GGUF file that llama.cpp loads."""

import gguf
import torch

# The template of Llama 3, so that chat clients other than ours render what the model was taught.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' "
    "+ message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
NORMAL, CONTROL = 1, 3
KINDS = {"f16": gguf.F16, "q8_0": gguf.Q8_0}


def tensors(model, kind):
    """(name, array, kind) in llama.cpp's names; norms stay F32."""
    c = model.config
    state = {k: v.detach().float().cpu().numpy() for k, v in model.state_dict().items()}
    out = [("token_embd.weight", state["embedding.weight"], kind)]
    for i in range(c.layers):
        p, name = f"blocks.{i}.", f"blk.{i}."
        q, kv = c.heads * c.head, c.kv_heads * c.head
        qkv, both = state[p + "qkv.weight"], state[p + "gate_up.weight"]
        out += [
            (name + "attn_norm.weight", state[p + "attention_norm.weight"], gguf.F32),
            (name + "attn_q.weight", qkv[:q], kind),
            (name + "attn_k.weight", qkv[q : q + kv], kind),
            (name + "attn_v.weight", qkv[q + kv :], kind),
            (name + "attn_output.weight", state[p + "output.weight"], kind),
            (name + "ffn_norm.weight", state[p + "feed_norm.weight"], gguf.F32),
            (name + "ffn_gate.weight", both[: c.hidden], kind),
            (name + "ffn_up.weight", both[c.hidden :], kind),
            (name + "ffn_down.weight", state[p + "down.weight"], kind),
        ]
    return out + [("output_norm.weight", state["norm.weight"], gguf.F32)]


def metadata(config, tokenizer, kind, provenance):
    m = gguf.Metadata()
    m.string("general.architecture", "llama")
    m.string("general.type", "model")
    m.string("general.name", "ilsai compact")
    m.string("general.license", "MIT")
    m.string("general.description", "Plans and phrases the answers of an optical shop's questions about its sales, stock and patients")
    m.u32("general.file_type", gguf.FILE_TYPES[kind])
    m.u32("general.quantization_version", 2)
    m.u32("general.alignment", gguf.ALIGNMENT)
    m.u32("llama.context_length", config.context)
    m.u32("llama.embedding_length", config.width)
    m.u32("llama.block_count", config.layers)
    m.u32("llama.feed_forward_length", config.hidden)
    m.u32("llama.attention.head_count", config.heads)
    m.u32("llama.attention.head_count_kv", config.kv_heads)
    m.f32("llama.attention.layer_norm_rms_epsilon", config.epsilon)
    m.u32("llama.rope.dimension_count", config.head)
    m.f32("llama.rope.freq_base", config.theta)
    m.u32("llama.vocab_size", config.vocabulary)
    m.string("tokenizer.ggml.model", "gpt2")
    m.string("tokenizer.ggml.pre", "llama-bpe")
    m.strings("tokenizer.ggml.tokens", tokenizer.tokens)
    m.i32s("tokenizer.ggml.token_type", [CONTROL if t.startswith("<|") and len(t) > 4 else NORMAL for t in tokenizer.tokens])
    m.strings("tokenizer.ggml.merges", [" ".join(pair) for pair in tokenizer.merges])
    m.u32("tokenizer.ggml.bos_token_id", tokenizer.bos)
    m.u32("tokenizer.ggml.eos_token_id", tokenizer.eot)
    m.u32("tokenizer.ggml.eot_token_id", tokenizer.eot)
    m.boolean("tokenizer.ggml.add_bos_token", False)  # the template writes it
    m.boolean("tokenizer.ggml.add_eos_token", False)
    m.string("tokenizer.chat_template", CHAT_TEMPLATE)
    m.string("ilsai.profile", "compact")
    m.strings("ilsai.domains", provenance["domains"])
    m.u64("ilsai.data_seed", provenance["seed"])
    m.u64("ilsai.steps", provenance["steps"])
    m.u32("ilsai.catalogue_version", provenance["catalogue_version"])
    return m


def export(path, model, tokenizer, provenance, kind="f16"):
    gguf.write(path, metadata(model.config, tokenizer, KINDS[kind], provenance), tensors(model, KINDS[kind]))


@torch.no_grad()
def rounded(model, kind="f16"):
    """Give the model the weights the file holds, so that what is scored is what is shipped."""
    for parameter in model.parameters():
        if parameter.ndim == 2:
            parameter.copy_(torch.from_numpy(gguf.unquantized(parameter.float().cpu().numpy(), KINDS[kind])))
    return model


def state_of(path):
    """The weights of an exported file, as the model's own state."""
    t = {k: torch.from_numpy(v) for k, v in gguf.read(path).items()}
    state = {"embedding.weight": t["token_embd.weight"], "norm.weight": t["output_norm.weight"]}
    for i in range(sum(k.endswith(".attn_q.weight") for k in t)):
        p, name = f"blocks.{i}.", f"blk.{i}."
        state |= {
            p + "attention_norm.weight": t[name + "attn_norm.weight"],
            p + "qkv.weight": torch.cat([t[name + f"attn_{x}.weight"] for x in "qkv"]),
            p + "output.weight": t[name + "attn_output.weight"],
            p + "feed_norm.weight": t[name + "ffn_norm.weight"],
            p + "gate_up.weight": torch.cat([t[name + "ffn_gate.weight"], t[name + "ffn_up.weight"]]),
            p + "down.weight": t[name + "ffn_down.weight"],
        }
    return state
