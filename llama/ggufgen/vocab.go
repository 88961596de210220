package ggufgen

import (
	"fmt"
	"strings"
)

// Special tokens, as Llama 3 names them. They take the last ids.
var specials = []string{"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}

// MinVocab is the smallest vocabulary: one token per byte and the special ones.
const MinVocab = 256 + 4

// Token types of GGUF.
const (
	normalToken  = 1
	controlToken = 3
	unusedToken  = 5
)

// chatTemplate is the form of Llama 3's that llama.cpp recognises.
const chatTemplate = "{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' " +
	"+ message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}" +
	"{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"

const letters = "etaoinshrdlucmfwypvbgkjqxz"

type vocab struct {
	tokens []string
	types  []int32
	merges []string
	seen   map[string]bool
}

// spelled tells whether a token is text of more than one byte.
func (v *vocab) spelled(id int) bool { return id >= 256 && v.types[id] == normalToken }

// makeVocab builds a byte-level BPE vocabulary of n tokens: the bytes, merges that spell common
// words and then two to four letters, unused tokens if that was not enough, and the specials.
func makeVocab(n int) vocab {
	v := vocab{seen: map[string]bool{}}
	for _, s := range byteAlphabet() {
		v.add(s, normalToken)
	}
	room := n - len(specials)
	for _, word := range strings.Fields(words) {
		v.spell("Ġ"+word, room)
		v.spell(word, room)
	}
	for shorter := strings.Split(letters, ""); len(shorter[0]) < 4 && len(v.tokens) < room; {
		var longer []string
		for _, a := range shorter {
			for _, b := range letters {
				v.merge(a, string(b), room)
				longer = append(longer, a+string(b))
			}
		}
		shorter = longer
	}
	for i := 0; len(v.tokens) < room; i++ {
		v.add(fmt.Sprintf("<|unused_%d|>", i), unusedToken)
	}
	for _, s := range specials {
		v.add(s, controlToken)
	}
	return v
}

func (v *vocab) add(token string, typ int32) {
	v.tokens, v.types = append(v.tokens, token), append(v.types, typ)
	v.seen[token] = true
}

// merge adds the token a+b, if there is room and its parts exist.
func (v *vocab) merge(a, b string, room int) bool {
	if v.seen[a+b] {
		return true
	}
	if len(v.tokens) >= room || !v.seen[a] || !v.seen[b] {
		return false
	}
	v.add(a+b, normalToken)
	v.merges = append(v.merges, a+" "+b)
	return true
}

func (v *vocab) spell(word string, room int) {
	runes := []rune(word)
	for i := 1; i < len(runes); i++ {
		if !v.merge(string(runes[:i]), string(runes[i]), room) {
			return
		}
	}
}

// byteAlphabet is GPT-2's map from bytes to printable characters.
func byteAlphabet() [256]string {
	var out [256]string
	next := rune(256)
	for b := range 256 {
		switch {
		case b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae:
			out[b] = string(rune(b))
		default:
			out[b] = string(next)
			next++
		}
	}
	return out
}

const words = `the of and to in is for was what were our top sales revenue product products this last month week year
quarter by store customer segment growth trend total average order value margin orders units sold frames lenses contact
category brand staff day how many which show me compare with previous period best selling most did we do than more less`
