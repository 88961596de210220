package admission

import "encoding/binary"

// Outcome is what work comes to. With an error it has the counts only: what the failure took.
type Outcome struct {
	Answer []byte // the same for all who ask
	Detail []byte // for the one it was made for, such as how long it took; opaque here

	PromptTokens     int
	CachedTokens     int
	CompletionTokens int
}

// shared is what others than the one it was made for get: the answer, at no cost.
func (o Outcome) shared() Outcome { return Outcome{Answer: o.Answer} }

// encode puts an outcome into one value: three counts and the detail's length as varints, the detail, the answer.
func encode(o Outcome) []byte {
	b := make([]byte, 0, len(o.Answer)+len(o.Detail)+16)
	for _, n := range []int{o.PromptTokens, o.CachedTokens, o.CompletionTokens, len(o.Detail)} {
		b = binary.AppendUvarint(b, uint64(max(n, 0)))
	}
	b = append(b, o.Detail...)
	return append(b, o.Answer...)
}

// decode reads what encode wrote; the parts point into b.
func decode(b []byte) Outcome {
	var n [4]int
	for i := range n {
		v, size := binary.Uvarint(b)
		if size <= 0 {
			return Outcome{}
		}
		n[i], b = int(v), b[size:]
	}
	if n[3] > len(b) {
		return Outcome{}
	}
	return Outcome{PromptTokens: n[0], CachedTokens: n[1], CompletionTokens: n[2], Detail: b[:n[3]], Answer: b[n[3]:]}
}
