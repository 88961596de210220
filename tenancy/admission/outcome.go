package admission

import (
	"encoding/binary"

	"github.com/ils-platform/ilsai/tenancy"
)

// Outcome is what work comes to. With an error it has the counts only: what the failure took.
type Outcome struct {
	Answer []byte            // the same for all who ask
	Kind   tenancy.QueryType // what the question turned out to be; "" is what it was asked as
	Detail []byte            // for the one it was made for, such as how long it took; opaque here

	PromptTokens     int
	CachedTokens     int
	CompletionTokens int
}

// shared is what others than the one it was made for get: the answer, at no cost.
func (o Outcome) shared() Outcome { return Outcome{Answer: o.Answer, Kind: o.Kind} }

// encode puts an outcome into one value: three counts and two lengths as varints, the detail, the kind, the answer.
func encode(o Outcome) []byte {
	b := make([]byte, 0, len(o.Answer)+len(o.Detail)+16)
	for _, n := range []int{o.PromptTokens, o.CachedTokens, o.CompletionTokens, len(o.Detail), len(o.Kind)} {
		b = binary.AppendUvarint(b, uint64(max(n, 0)))
	}
	b = append(append(b, o.Detail...), o.Kind...)
	return append(b, o.Answer...)
}

// decode reads what encode wrote; the parts point into b.
func decode(b []byte) Outcome {
	var n [5]int
	for i := range n {
		v, size := binary.Uvarint(b)
		if size <= 0 {
			return Outcome{}
		}
		n[i], b = int(v), b[size:]
	}
	if n[3] > len(b) || n[4] > len(b)-n[3] {
		return Outcome{}
	}
	return Outcome{PromptTokens: n[0], CachedTokens: n[1], CompletionTokens: n[2],
		Detail: b[:n[3]], Kind: tenancy.QueryType(b[n[3] : n[3]+n[4]]), Answer: b[n[3]+n[4]:]}
}
